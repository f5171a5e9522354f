"""Voice calls (pure): +CLCC is the truth, codes that come by themselves only hasten the look at it."""

import logging
import re
from collections.abc import Generator

from ranin.cellular import readings
from ranin.cellular.at import TIMEOUT, Answer, Ask, Final
from ranin.cellular.leg import Leg
from ranin.cellular.network import Network
from ranin.cellular.profiles import Sound
from ranin.cellular.readings import CallRow, CallStat
from ranin.cellular.talk import Pause, Script, Talk
from ranin.core.events import CallAnswered, CallEnded, CallProgressed, OfferWithdrawn, Progress
from ranin.core.mobile import CellCallArrived, CellSoundReady

log = logging.getLogger(__name__)

ANSWER_WITHIN_S = 20.0
POLL_S = 1.0
POLL_TALKING_S = 2.0
_SOUND_TRIES = 3
_AGAIN_S = 0.3
_GOING_TRIES = 10
_FINAL_CODES = {"BUSY": 486, "NO ANSWER": 480, "NO DIALTONE": 503, "NO DIAL TONE": 503, "LOST": 503}
_CME_CODES = {3: 403, 30: 503, 31: 504, 32: 403}
"""Not allowed, no network, time-out, emergency calls only (27.007 §9.2.1)."""
_GONE = "the modem is gone"


class Calls:
    """Carries out the core's orders about calls and tells it what becomes of them."""

    def __init__(self, talk: Talk, network: Network) -> None:
        self._talk = talk
        self._network = network
        self._legs: list[Leg] = []
        self._offers = 0
        self._polling = self._again = False
        self._over = False
        """The modem has said that some call is over."""
        self._sounding = False
        self.sound_device = ""
        """Serial port of the voice."""
        self.pcm = ""
        """ALSA PCM in place of the profile's."""

    @property
    def any(self) -> bool:
        """Whether a call lives."""
        return bool(self._legs)

    def lose(self) -> None:
        """The modem is gone, and with it every call."""
        legs, self._legs = self._legs, []
        self._polling = self._again = self._sounding = False
        for leg in legs:
            self._tell_end(leg, 503, _GONE)

    def place(self, call: int, number: str, hidden: bool = False) -> None:
        """Call a number, maybe without ours (CLIR, 3GPP TS 27.007 §6.2); the answer comes as events of `call`."""
        refusal = self._refusal(number)
        if refusal is not None:
            self._talk.tell(CallEnded(call, *refusal))
            return
        leg = Leg(True, number, self._talk.now_s, call=call, hidden=hidden)
        self._legs.append(leg)
        self._talk.run(self._dial(leg))

    def _refusal(self, number: str) -> tuple[int, str] | None:
        """A number cannot smuggle in a second command, and a code is no call: ATD would carry it out."""
        if not re.fullmatch(r"\+?[0-9]{1,30}", number):
            return 484, "this is no number for a call"
        return self._network.refusal(number)

    def _dial(self, leg: Leg) -> Script:
        yield from self._last_gone(leg)
        for text in self._network.profile.before_call:
            yield Ask(text, urgent=True)
        if leg.leaving:
            self._finish(leg)
            return
        within_s = self._network.profile.dial_within_s
        answer = yield Ask(f"ATD{leg.number}{'I' if leg.hidden else ''};", within_s, dials=True, urgent=True)
        leg.dialed, leg.since_s = True, self._talk.now_s
        if not answer.ok and answer.final is not TIMEOUT:  # after a time-out +CLCC tells whether there is a call
            leg.cause = answer.final.word
            yield from self._bury(leg, _code_of(answer.final))
            return
        self._talk.tell(CallProgressed(leg.call or 0, Progress.TRYING))
        if leg.leaving:
            self._talk.run(self._end(leg))
        self.poll()

    def _last_gone(self, leg: Leg) -> Script:
        """A call that is being ended goes first: its place in +CLCC becomes the new one's, which would be ended."""
        for _ in range(_GOING_TRIES):
            if leg.leaving or not any(other.leaving for other in self._legs):
                return
            yield Pause(_AGAIN_S)

    def alert(self, call: int, offer: str) -> None:
        """The offer is the core's `call` from now on."""
        leg = next((leg for leg in self._legs if leg.offer == offer and leg.announced), None)
        if leg is None:
            self._talk.tell(CallEnded(call, 487, "the caller gave up"))
        else:
            leg.call = call

    def refuse(self, offer: str) -> None:
        """Reject an offer; a call in progress stays."""
        for leg in self._legs:
            if leg.offer == offer and leg.offered:
                leg.leaving, leg.announced = True, False
                self._talk.run(self._end(leg))

    def answer(self, call: int) -> None:
        """Answer an offer."""
        leg = self._by_call(call)
        if leg is not None and leg.offered:
            self._talk.run(self._answer(leg))

    def _answer(self, leg: Leg) -> Script:
        for text in self._network.profile.before_call:
            yield Ask(text, urgent=True)
        others = any(other.answered for other in self._legs)
        answer = yield Ask("AT+CHLD=2" if others else "ATA", ANSWER_WITHIN_S, dials=not others, urgent=True)
        if not answer.ok:
            log.warning("the call could not be answered: %s", answer.final.words)
        self.poll()

    def hang_up(self, call: int) -> None:
        """End a call in whatever state it is."""
        leg = self._by_call(call)
        if leg is not None:
            leg.leaving = True
            if leg.dialed or not leg.outgoing:
                self._talk.run(self._end(leg))

    def _end(self, leg: Leg) -> Script:
        yield Ask(self._order_to_end(leg), 20.0, urgent=True)
        self.poll()

    def _order_to_end(self, leg: Leg) -> str:
        """A call alone: the profile's command, each in turn; beside others: by +CHLD (3GPP TS 22.030 §6.5.5)."""
        usual = self._network.profile.hang_up
        order = usual[leg.orders_to_end % len(usual)]
        leg.orders_to_end += 1
        if len(self._legs) < 2:
            return order
        if leg.offered:
            return "AT+CHLD=0"
        return f"AT+CHLD=1{leg.index}" if leg.index is not None else order

    def send_digit(self, call: int, digit: str) -> None:
        """Send one DTMF digit (27.007 §C.2.11)."""
        leg = self._by_call(call)
        if leg is not None and re.fullmatch(r"[0-9*#A-D]", digit):
            self._talk.run(_once(Ask(f"AT+VTS={digit}", 3.0)))

    def ring(self) -> None:
        """RING: somebody calls, +CLIP or +CLCC tells who."""
        self._offered(CallStat.INCOMING)
        self.poll()

    def clip(self, line: str, waiting: bool = False) -> None:
        """+CLIP or +CCWA: who calls."""
        number, settled = readings.caller(line)
        leg = self._offered(CallStat.WAITING if waiting else CallStat.INCOMING)
        leg.number, leg.numbered = number or leg.number, settled or waiting
        self._announce(leg)
        self.poll()

    def _offered(self, stat: CallStat) -> Leg:
        """The offered call, known or new."""
        offered = [leg for leg in self._legs if leg.offered]
        leg = next((leg for leg in offered if leg.stat is stat), None)
        if leg is None and stat is CallStat.INCOMING:  # one that waited rings when the other call has ended
            leg = next(iter(offered), None)
        if leg is None:
            self._offers += 1
            leg = Leg(False, "", self._talk.now_s, offer=f"cell-{self._offers}", stat=stat, began_s=self._talk.now_s)
            self._legs.append(leg)
        leg.stat, leg.since_s = stat, self._talk.now_s
        return leg

    def _announce(self, leg: Leg) -> None:
        if leg.ready_to_announce(self._talk.now_s):
            leg.announced = True
            self._talk.tell(CellCallArrived(leg.offer, leg.number, leg.stat is CallStat.WAITING))

    def ended(self, word: str) -> None:
        """BUSY, NO ANSWER, NO CARRIER: which call it was, +CLCC tells."""
        for leg in self._legs:
            if leg.outgoing and not leg.answered and (leg.index is None or word != "NO CARRIER"):
                leg.cause = word
        self._over = True
        self.poll()

    def poll(self) -> None:
        """Look at the calls now, and again while one lives."""
        if self._polling:
            self._again = True
        elif self._talk.open:
            self._polling = True
            self._talk.cancel("calls")
            self._talk.run(self._poll())

    def _poll(self) -> Script:
        self._again = False
        answer = yield Ask("AT+CLCC", 5.0, "+CLCC", urgent=True)
        self._polling = False
        if answer.ok or self._over:  # some answer ERROR when there is no call
            self._compare([row for row in map(readings.call_row, answer.lines) if row is not None])
        self._over = False
        if self._again:
            self.poll()
        elif self._legs:
            busy = any(not leg.answered or leg.leaving for leg in self._legs)
            self._talk.after("calls", POLL_S if busy else POLL_TALKING_S, self.poll)

    def _compare(self, rows: list[CallRow]) -> None:
        listed = []
        for row in rows:
            leg = self._match(row)
            if leg is not None:
                listed.append(leg)
                self._update(leg, row)
            elif row.stat in (CallStat.INCOMING, CallStat.WAITING):
                listed.append(self._found(row))
            else:
                self._talk.run(_once(Ask(f"AT+CHLD=1{row.index}", 20.0)))  # a call of nobody's costs money
        for leg in [leg for leg in self._legs if leg not in listed]:
            if not leg.survives_unlisted(self._talk.now_s):
                self._finish(leg)

    def _match(self, row: CallRow) -> Leg | None:
        same = [leg for leg in self._legs if leg.outgoing == row.outgoing]
        offered = row.stat in (CallStat.INCOMING, CallStat.WAITING)
        known = next((leg for leg in same if leg.index == row.index and not (offered and leg.answered)), None)
        fresh = (leg for leg in same if leg.index is None and (leg.offered or leg.outgoing))
        return known or next(fresh, None)

    def _found(self, row: CallRow) -> Leg:
        """A call that +CLCC tells of before RING."""
        leg = self._offered(row.stat)
        self._update(leg, row)
        return leg

    def _update(self, leg: Leg, row: CallRow) -> None:
        leg.index, leg.stat = row.index, row.stat
        if leg.offered and row.number:
            leg.number, leg.numbered = row.number, True
        if row.stat is CallStat.ALERTING and not leg.ringing:
            leg.ringing = True
            self._talk.tell(CallProgressed(leg.call or 0, Progress.RINGING))
        if row.stat is CallStat.ACTIVE and not leg.answered:
            self._answered(leg)
        if leg.leaving and leg.orders_to_end:
            self._talk.after(f"end {leg.index}", POLL_S, lambda: self._end_again(leg))
        self._announce(leg)

    def _end_again(self, leg: Leg) -> None:
        if leg in self._legs:
            self._talk.run(self._end(leg))

    def _answered(self, leg: Leg) -> None:
        leg.answered = True
        if leg.call is None:
            self._talk.run(self._end(leg))
            return
        self._talk.tell(CallAnswered(leg.call))
        self._talk.run(self._connect(leg, leg.call))

    def _connect(self, leg: Leg, call: int) -> Script:
        """Let the voice flow; a call that stays silent is ended."""
        profile = self._network.profile
        if not self._sounding and profile.voice_start:
            yield Pause(profile.voice_wait_s)
            if not (yield from self._start_sound()):
                leg.silent = True
                self.hang_up(call)
                return
        self._sounding = True
        if leg not in self._legs or leg.leaving:
            self._quieten()
        elif profile.sound is Sound.SERIAL:
            self._talk.tell(CellSoundReady(call, device=self.sound_device, rate=profile.rate))
        elif profile.sound is Sound.CARD:
            self._talk.tell(CellSoundReady(call, pcm=self.pcm or profile.pcm, rate=profile.rate))

    def _start_sound(self) -> Generator[Ask | Pause, Answer, bool]:
        for _ in range(_SOUND_TRIES):
            answers: list[Answer] = []
            for text in self._network.profile.voice_start:
                answers.append((yield Ask(text, 3.0, urgent=True)))
            if all(answer.ok for answer in answers):
                return True
            yield Pause(_AGAIN_S)
        return False

    def _quieten(self) -> None:
        """Nobody talks any more: the voice stops; the next call's is started by its answer."""
        if self._sounding and not any(leg.answered for leg in self._legs):
            self._sounding = False
            for text in self._network.profile.voice_end:
                self._talk.run(_once(Ask(text, 3.0)))

    def _finish(self, leg: Leg) -> None:
        self._talk.run(self._bury(leg))

    def _bury(self, leg: Leg, code: int = 0) -> Script:
        """Tell the end of a call, with the reason that the modem gives."""
        if leg not in self._legs:
            return
        self._legs.remove(leg)
        self._quieten()
        code = code or _FINAL_CODES.get(leg.cause, 0)
        if leg.silent:
            self._tell_end(leg, 488, "the modem's sound cannot be had")
        elif leg.leaving or leg.answered or not leg.outgoing:
            ours = leg.answered or leg.leaving
            self._tell_end(leg, 200 if leg.answered else 487, "" if ours else "the caller gave up")
        elif code:
            self._tell_end(leg, code, leg.cause.lower())
        else:
            answer = yield Ask("AT+CEER", 3.0, "*", urgent=True)
            words = " ".join(answer.lines).partition(":")[2].strip()
            self._tell_end(leg, readings.cause_code(words), words)

    def _tell_end(self, leg: Leg, code: int, reason: str) -> None:
        if leg.call is not None:
            self._talk.tell(CallEnded(leg.call, code, reason))
        elif leg.announced:
            self._talk.tell(OfferWithdrawn(leg.offer))

    def _by_call(self, call: int) -> Leg | None:
        return next((leg for leg in self._legs if leg.call == call), None)


def _once(ask: Ask) -> Script:
    yield ask


def _code_of(final: Final) -> int:
    """The SIP status of a final code to ATD; 0: +CEER tells more."""
    if final.word == "+CME ERROR":
        return _CME_CODES.get(final.code or 0, 503)
    return 503 if final.word == "ERROR" else _FINAL_CODES.get(final.word, 0)
