"""Text messages and USSD codes (pure; 3GPP TS 27.005, 27.007 §7.15)."""

import logging
import re
from dataclasses import dataclass, field

from ranin.cellular import pdu, readings
from ranin.cellular.at import LOST, Answer, Ask, Final, Urc, number_at, quote, values
from ranin.cellular.network import Network
from ranin.cellular.pdu import Part
from ranin.cellular.talk import Script, Talk
from ranin.core.mobile import SendSms, SendUssd, SmsArrived, UssdAnswered
from ranin.core.outage import OrderTried, Outcome

log = logging.getLogger(__name__)

SEND_WITHIN_S = 120.0
USSD_WITHIN_S = 120.0
PARTS_WITHIN_S = 3600.0
"""So long the missing part of a message is waited for; then what is there is shown."""
_MISSING = "[…]"
_READ_TRIES = 3
_NEVER = frozenset({1, 8, 10, 21, 28, 29, 30, 50, 69, 303, 304})
"""+CMS errors that trying again does not mend: no such number, barred, rejected … (27.005 §3.2.5, 24.011 §8.2.5.4)."""


@dataclass(slots=True)
class Pieces:
    """What has come of one message."""

    total: int
    parts: dict[int, Part] = field(default_factory=dict)
    slots: list[int] = field(default_factory=list)

    def message(self) -> SmsArrived:
        """The message; a missing part shows as such."""
        texts = [self.parts[at].text if at in self.parts else _MISSING for at in range(1, self.total + 1)]
        first = self.parts[min(self.parts)]
        return SmsArrived(first.number, pdu.join(texts), first.sent)


class Messages:
    """Sends and receives; a message is deleted from the SIM when all of it has been told."""

    def __init__(self, talk: Talk, network: Network) -> None:
        self._talk = talk
        self._network = network
        self._pieces: dict[tuple[str, int, int], Pieces] = {}
        self._slots: set[int] = set()
        """Places in the SIM that have been read and not yet deleted."""
        self._ref = 0
        self._asked = False
        """A USSD answer is awaited."""

    def forget(self) -> None:
        """The modem starts anew: what it stores will be read again."""
        self._pieces.clear()
        self._slots.clear()
        if self._asked:
            self._tell(LOST.words, False)

    def send(self, order: SendSms) -> None:
        """Send a text and tell what came of it."""
        refusal = self._network.order_refusal()
        if refusal:
            self._talk.tell(OrderTried(order.order, Outcome.FAILED, refusal))
            return
        self._ref = (self._ref + 1) % 256
        try:
            parts = pdu.submit(order.number, order.text, self._ref)
        except ValueError as error:
            self._talk.tell(OrderTried(order.order, Outcome.REFUSED, str(error)))
            return
        self._talk.run(self._send(order.order, parts))

    def _send(self, order: int, parts: list[tuple[int, str]]) -> Script:
        for length, body in parts:
            answer = yield Ask(f"AT+CMGS={length}", SEND_WITHIN_S, "+CMGS", body)
            if not answer.ok:
                self._talk.tell(OrderTried(order, _outcome(answer.final), answer.final.words))
                return
        self._talk.tell(OrderTried(order, Outcome.DONE))

    def collect(self) -> None:
        """Read every message that waits in the SIM."""
        self._talk.run(self._collect())

    def _collect(self) -> Script:
        answer = yield Ask("AT+CMGL=4", 20.0, "*")
        for slot, text in _listed(answer):
            part = pdu.deliver(text)
            if part is not None:
                yield from self._add(slot, part)

    def stored(self, line: str) -> None:
        """+CMTI: a message lies in the SIM."""
        slot = number_at(values(line), 1)
        if slot >= 0:
            self._talk.run(self._read(slot))

    def _read(self, slot: int) -> Script:
        """Read one message; a line that was cut short is read again, one that is no message is deleted."""
        for _ in range(_READ_TRIES):
            answer = yield Ask(f"AT+CMGR={slot}", 10.0, "*")
            part = next((part for part in map(pdu.deliver, answer.lines) if part is not None), None)
            if part is not None:
                yield from self._add(slot, part)
                return
        if answer.ok:
            log.warning("the message in place %d cannot be read; deleting it", slot)
            yield Ask(f"AT+CMGD={slot}", 10.0)

    def direct(self, urc: Urc) -> None:
        """+CMT: a message that is stored nowhere."""
        part = pdu.deliver(urc.body)
        if part is not None:
            self._talk.run(self._add(None, part))

    def _add(self, slot: int | None, part: Part) -> Script:
        if slot is not None and slot in self._slots:
            return
        key = (part.number, part.ref, part.total) if part.total > 1 else ("", -1, slot or 0)
        pieces = self._pieces.setdefault(key, Pieces(part.total))
        pieces.parts[part.index] = part
        if slot is not None:
            pieces.slots.append(slot)
            self._slots.add(slot)
        if len(pieces.parts) == pieces.total:
            yield from self._hand_over(key)
        else:
            self._talk.after(f"sms {key}", PARTS_WITHIN_S, lambda: self._give_up(key))

    def _give_up(self, key: tuple[str, int, int]) -> None:
        self._talk.run(self._hand_over(key))

    def _hand_over(self, key: tuple[str, int, int]) -> Script:
        """Tell the message, then free its places."""
        pieces = self._pieces.pop(key)
        self._talk.cancel(f"sms {key}")
        self._talk.tell(pieces.message())
        for slot in pieces.slots:
            answer = yield Ask(f"AT+CMGD={slot}", 10.0)
            if answer.ok:
                self._slots.discard(slot)

    def call_code(self, order: SendUssd) -> None:
        """Send a USSD code, or the reply that the last one wants."""
        refusal = self._network.order_refusal(costs=False)
        if refusal:
            self._talk.tell(UssdAnswered(refusal, False))
        else:
            self._talk.run(self._call_code(order.code))

    def _call_code(self, code: str) -> Script:
        self._asked = True
        self._talk.after("ussd", USSD_WITHIN_S, self._unanswered)
        answer = yield Ask(f"AT+CUSD=1,{quote(code)},15", 30.0)
        if not answer.ok and self._asked:
            self._tell(answer.final.words, False)

    def answered(self, line: str) -> None:
        """+CUSD: the network speaks, asked or not."""
        meaning, text = readings.ussd(line)
        words = text or {4: "not supported", 5: "the network did not answer"}.get(meaning, "")
        if words or self._asked:
            self._tell(words, meaning == 1)

    def _tell(self, words: str, wants_reply: bool) -> None:
        self._asked = False
        self._talk.cancel("ussd")
        self._talk.tell(UssdAnswered(words, wants_reply))

    def _unanswered(self) -> None:
        self._tell("the network did not answer", False)
        self._talk.run(_cancel_code())


def _cancel_code() -> Script:
    yield Ask("AT+CUSD=2", 10.0)


def _outcome(final: Final) -> Outcome:
    return Outcome.REFUSED if final.word == "+CMS ERROR" and final.code in _NEVER else Outcome.FAILED


def _listed(answer: Answer) -> list[tuple[int, str]]:
    """(place, PDU) of the rows of +CMGL (27.005 §4.1)."""
    rows, slot = [], -1
    for line in answer.lines:
        if line.startswith("+CMGL:"):
            slot = number_at(values(line), 0)
        elif slot >= 0 and re.fullmatch(r"[0-9A-Fa-f]+", line):
            rows.append((slot, line))
            slot = -1
    return rows
