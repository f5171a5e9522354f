"""The conversation with a modem (pure, sans-I/O): bytes, commands and time in; bytes, events and a deadline out."""

import re
from collections.abc import Callable, Generator
from typing import Any

from ranin.cellular import forwards, readings
from ranin.cellular.at import Answer, Ask, Urc, number_at, values
from ranin.cellular.calls import Calls
from ranin.cellular.channel import Echoed, Heard, Hung
from ranin.cellular.messages import Messages
from ranin.cellular.network import Network
from ranin.cellular.pin import Tried
from ranin.cellular.profiles import Profile, profile_of
from ranin.cellular.talk import Output, Pause, Script, Talk
from ranin.core import mobile, outage
from ranin.core.commands import Command
from ranin.core.mobile import ModemStage
from ranin.core.settings import CellSettings

CARD_EVERY_S = 30.0
"""Between looks at a SIM that is missing or locked."""
_BUSY_TRIES = 10
"""So often, a second apart, a SIM may say that it is busy."""
_CARD_BUSY = frozenset({14, 515})
_CARD_ERRORS = {10: "there is no SIM card", 13: "the SIM card fails", 15: "this is not the right SIM card"}
_WRONG = frozenset({11, 12, 16})
"""+CME errors that say the PIN was wrong: PIN wanted, PUK wanted, incorrect password (27.007 §9.2.1)."""
_WANTS = {
    "SIM PUK": "the SIM wants its PUK: unlock it in a mobile",
    "PH-NET PIN": "the modem is locked to another network",
    "PH-SIM PIN": "the modem is locked to another SIM",
}
_RESET = b"\x1bAT+CFUN=1,1\r"
"""Escape first: the modem may wait for the body of a message."""
_ALWAYS = ("AT+CREG=2", "AT+CEREG=2", "AT+CTZR=1", 'AT+CSCS="IRA"')
_WITH_CARD = (
    "AT+CLIP=1", "AT+CCWA=1", "AT+COPS=3,0", "AT+CUSD=1", "AT+CMGF=0", 'AT+CPMS="SM","SM","SM"', "AT+CNMI=2,1,0,0,0",
)  # fmt: skip
_ORDERS = (mobile.SendSms, mobile.SetCellForward)


class Conversation:
    """One modem from port to port; every method returns what is to be done."""

    def __init__(
        self,
        settings: CellSettings = CellSettings(),
        tried: tuple[str, ...] = (),
        salt: str = "",
        sound_device: str = "",
        pcm: str = "",
    ) -> None:
        """`tried` is what an earlier Output.keep held; `salt` is chance for the next one."""
        self._talk = Talk()
        self._network = Network(self._talk, settings)
        self._calls = Calls(self._talk, self._network)
        self._messages = Messages(self._talk, self._network)
        self._tried = Tried(tried)
        self._salt = salt
        self._running = False
        self._keeps_echo = False
        self._checking = False
        self._calls.sound_device, self._calls.pcm = sound_device, pcm

    @property
    def profile(self) -> Profile:
        """The family of the modem, `UNKNOWN` until it has said its name."""
        return self._network.profile

    def opened(self, now_s: float, sound_device: str | None = None) -> Output:
        """The port is open."""
        self._talk.now_s = now_s
        if sound_device is not None:
            self._calls.sound_device = sound_device
        self._begin()
        return self._talk.output()

    def closed(self, stage: ModemStage, reason: str, now_s: float) -> Output:
        """The port is gone (BROKEN), or there is none or no more (ABSENT); what can still be written ends the calls."""
        self._talk.now_s = now_s
        if self._calls.any:
            self._talk.farewell = b"\x1b" + self.profile.hang_up[0].encode() + b"\r"
        self._end(stage, reason)
        return self._talk.output()

    def configure(self, settings: CellSettings, now_s: float) -> Output:
        """Use these settings from now on."""
        self._talk.now_s = now_s
        self._network.settings = settings
        self._network.publish()
        if self._running and self._network.blocked:
            self._check_card()
        return self._talk.output()

    def feed(self, data: bytes, now_s: float) -> Output:
        """The modem has said something."""
        self._talk.now_s = now_s
        if self._talk.open:
            self._hear(self._talk.channel.feed(data, now_s))
        return self._talk.output()

    def tick(self, now_s: float) -> Output:
        """The deadline is there; earlier does no harm."""
        self._talk.now_s = now_s
        if self._talk.open:
            self._hear(self._talk.channel.tick(now_s))
            self._talk.due()
        return self._talk.output()

    def execute(self, command: Command, now_s: float) -> Output:
        """Carry out a command of the core."""
        self._talk.now_s = now_s
        _COMMANDS[type(command)](self, command)
        return self._talk.output()

    def _begin(self) -> None:
        self._network.block(ModemStage.STARTING)
        self._talk.begin()
        self._talk.run(self._start())

    def _end(self, stage: ModemStage, reason: str) -> None:
        self._running = self._checking = False
        self._network.block(stage, reason)
        self._talk.end()
        self._calls.lose()
        self._messages.forget()

    def _restart(self) -> None:
        """The modem has forgotten what it was told; so do we."""
        self._end(ModemStage.STARTING, "")
        self._begin()

    def _hear(self, found: list[Heard]) -> None:
        for item in self._talk.heard(found):
            if isinstance(item, Hung):
                self._reset()
            elif isinstance(item, Urc):
                self._unasked(item)
            elif isinstance(item, Echoed):
                self._echoed()

    def _echoed(self) -> None:
        """A modem that echoes again was reset, unless it never ceased to."""
        if not self._running:
            self._keeps_echo = True
        elif not self._keeps_echo:
            self._restart()

    def _reset(self) -> None:
        """It does not answer: the last thing to try is to have it start anew (27.007 §8.2)."""
        self._end(ModemStage.BROKEN, "it does not answer")
        self._talk.farewell = _RESET
        self._talk.reopen = True

    def _start(self) -> Script:
        identity: list[str] = []
        for text in ("ATV1", "AT+CMEE=1", "ATE0"):
            yield Ask(text)
            self._keeps_echo = False
        for text in ("ATI", "AT+CGMM"):
            identity += (yield Ask(text, 5.0, "*")).lines
        if identity:
            self._network.profile = profile_of("\n".join(identity))
        for text in (*self.profile.init, self.profile.hang_up[0], *_ALWAYS):
            yield Ask(text)
        self._running = self._talk.open
        self._check_card()

    def _check_card(self) -> None:
        if not self._checking and self._talk.open:
            self._checking = True
            self._talk.run(self._check())

    def _check(self) -> Script:
        reason = yield from self._unlock()
        if not self._talk.open:
            return
        if not reason:
            for text in _WITH_CARD:
                yield from self._patiently(text)
        self._checking = False
        if reason:
            self._lock(reason)
        elif self._talk.open:
            self._network.unblock()
            self._messages.collect()

    def _lock(self, reason: str) -> None:
        self._network.block(ModemStage.LOCKED, reason)
        self._talk.after("card", CARD_EVERY_S, self._check_card)

    def _unlock(self) -> Generator[Ask | Pause, Answer, str]:
        """Make the SIM ready; why it is not, in words."""
        wanted = yield from self._wanted()
        if wanted != "SIM PIN":
            return _WANTS.get(wanted, wanted)
        pin = self._network.settings.pin
        card = yield from self._card_number()
        left = yield from self._attempts_left()
        objection = self._tried.objection(pin, card, left)
        return objection or (yield from self._enter(card))

    def _enter(self, card: str) -> Generator[Ask | Pause, Answer, str]:
        """Enter the PIN, once; that it was is on disk before it is."""
        pin = self._network.settings.pin
        self._keep(self._tried.pending(pin, card, self._salt))
        answer = yield Ask(f'AT+CPIN="{pin.text}"', 10.0)
        if answer.final.word == "ERROR" or answer.final.code in _WRONG:
            self._keep(self._tried.refused(pin, card, self._salt))
            return "the SIM refuses the PIN"
        wanted = yield from self._wanted()
        if not wanted:
            self._keep(self._tried.forgotten(pin, card))
        return _WANTS.get(wanted, wanted) if wanted != "SIM PIN" else "the SIM still wants a PIN"

    def _keep(self, tried: Tried) -> None:
        self._tried, self._talk.keep = tried, tried.rows

    def _wanted(self) -> Generator[Ask | Pause, Answer, str]:
        """What the SIM waits for; empty when it is ready, words when it fails."""
        answer = yield from self._patiently("AT+CPIN?", "+CPIN")
        word = next((line.partition(":")[2].strip() for line in answer.lines), "")
        if word in ("READY", "SIM PIN2", "SIM PUK2"):
            return ""
        return word or _CARD_ERRORS.get(answer.final.code or 0, f"the SIM does not answer: {answer.final.words}")

    def _patiently(self, text: str, prefix: str = "") -> Generator[Ask | Pause, Answer, Answer]:
        """Ask again while the SIM is busy."""
        for _ in range(_BUSY_TRIES):
            answer = yield Ask(text, 10.0, prefix)
            if answer.final.code not in _CARD_BUSY:
                break
            yield Pause(1.0)
        return answer

    def _card_number(self) -> Generator[Ask | Pause, Answer, str]:
        answer = yield Ask(self.profile.card_number, 5.0, "*")
        found = re.search(r"\d{18,20}", " ".join(answer.lines))
        return found[0] if found else ""

    def _attempts_left(self) -> Generator[Ask | Pause, Answer, int | None]:
        for text in self.profile.attempts:
            answer = yield Ask(text, 5.0, "+" + re.split(r"[?=]", text[3:])[0])
            left = [found for found in map(readings.pin_attempts, answer.lines) if found is not None]
            if left:
                return left[0]
        return None

    def _unasked(self, urc: Urc) -> None:
        take = _URCS.get(urc.name)
        if take is not None:
            take(self, urc)

    def _forgotten(self, _urc: Urc) -> None:
        """The modem says that it has just started."""
        if self._running:
            self._restart()

    def _card_changed(self, urc: Urc) -> None:
        """A SIM came or went."""
        ready = urc.line.partition(":")[2].strip() == "READY"
        if self._running and ready == self._network.blocked:
            self._check_card()

    def _rang(self, urc: Urc) -> None:
        if urc.name == "RING" or "VOICE" in urc.line:
            self._calls.ring()

    def _waits(self, urc: Urc) -> None:
        """+CCWA: "number",type,class: only class 1 is a voice call (27.007 §7.12)."""
        if number_at(values(urc.line), 2, 1) & 1:
            self._calls.clip(urc.line, waiting=True)

    def _order(self, command: Any) -> None:
        """An order without a modem has failed; it may be tried again."""
        if not self._talk.open:
            self._talk.tell(outage.OrderTried(command.order, outage.Outcome.FAILED, "the modem is not there"))
        elif isinstance(command, mobile.SendSms):
            self._messages.send(command)
        else:
            self._talk.run(forwards.carry_out(self._talk, self._network, command))


_COMMANDS: dict[type, Callable[[Conversation, Any], None]] = {
    mobile.PlaceCellCall: lambda it, order: it._calls.place(order.call, order.number, order.hidden),
    mobile.AlertCellCaller: lambda it, order: it._calls.alert(order.call, order.offer),
    mobile.RefuseCellOffer: lambda it, order: it._calls.refuse(order.offer),
    mobile.AnswerCellCall: lambda it, order: it._calls.answer(order.call),
    mobile.HangUpCellCall: lambda it, order: it._calls.hang_up(order.call),
    mobile.SendCellDtmf: lambda it, order: it._calls.send_digit(order.call, order.digit),
    mobile.SendUssd: lambda it, order: it._messages.call_code(order),
    mobile.SendSms: Conversation._order,
    mobile.SetCellForward: Conversation._order,
}
HANDLES = tuple(_COMMANDS)
"""The commands that a modem carries out."""

_URCS: dict[str, Callable[[Conversation, Urc], None]] = {
    "RDY": Conversation._forgotten,
    "*ATREADY": Conversation._forgotten,
    "+CPIN": Conversation._card_changed,
    "RING": Conversation._rang,
    "+CRING": Conversation._rang,
    "+CLIP": lambda it, urc: it._calls.clip(urc.line),
    "+CCWA": Conversation._waits,
    "+CREG": lambda it, urc: it._network.take(urc.line),
    "+CEREG": lambda it, urc: it._network.take(urc.line),
    "+CMTI": lambda it, urc: it._messages.stored(urc.line),
    "+CMT": lambda it, urc: it._messages.direct(urc),
    "+CUSD": lambda it, urc: it._messages.answered(urc.line),
    "+CTZV": lambda it, urc: it._network.read_clock(),
    "+CTZE": lambda it, urc: it._network.read_clock(),
    "*PSUTTZ": lambda it, urc: it._network.read_clock(),
    "VOICE CALL": lambda it, urc: it._calls.poll(),
    "^DSCI": lambda it, urc: it._calls.poll(),
    **{
        word: lambda it, urc: it._calls.ended(urc.name)
        for word in ("NO CARRIER", "BUSY", "NO ANSWER", "NO DIALTONE", "NO DIAL TONE")
    },
}
