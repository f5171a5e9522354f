"""The mobile network around the simulated modem: registration, calls, forwards, messages, USSD codes."""

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field

from ranin.cellular.readings import CallStat
from ranin.sim.cell import smsc

RING_EVERY_S = 3.0
ALERTING_AFTER_S = 0.2
USSD_AFTER_S = 0.1


@dataclass(slots=True)
class SimCall:
    """A call as the simulated modem lists it."""

    index: int
    outgoing: bool
    stat: CallStat
    number: str
    active_s: float = 0.0
    """When it was answered."""


@dataclass(slots=True)
class Mobile:
    """What the network knows and does; a person at the other end moves it by the methods."""

    clock: Callable[[], float]
    say: Callable[[str], None]
    """Sends an unsolicited line."""
    changed: Callable[[SimCall, bool], None]
    """A call has a new state; True: it has ended, by the other side."""
    rang: Callable[[SimCall], None]
    """A call is offered (again)."""
    registered: Callable[[], None]
    """The registration has changed."""
    state: int = 1
    act: int = 7
    operator: str = "Simnet"
    rssi: int = 20
    calls: list[SimCall] = field(default_factory=list)
    forwards: dict[int, tuple[str, int]] = field(default_factory=dict)
    """Reason → (number, seconds)."""
    sent: list[tuple[str, str]] = field(default_factory=list)
    """Messages that the phone has sent, whole: (number, text)."""
    inbox: dict[int, str] = field(default_factory=dict)
    """Place → PDU in the SIM."""
    codes: dict[str, tuple[int, str]] = field(default_factory=dict)
    """USSD code → (m, text)."""
    digits: list[str] = field(default_factory=list)
    """DTMF that the other side has heard."""
    answer_after_s: float | None = None
    """People take calls by themselves after ringing so long; None: they wait for `answer`."""
    cause: str = "Normal call clearing"
    """What +CEER says."""
    _parts: list[str] = field(default_factory=list)
    _later: list[tuple[float, int, Callable[[], None]]] = field(default_factory=list)
    _serial: int = 0

    def later(self, after_s: float, action: Callable[[], None]) -> None:
        """Do something when its time has come."""
        self._serial += 1
        heapq.heappush(self._later, (self.clock() + after_s, self._serial, action))

    @property
    def deadline_s(self) -> float | None:
        """When `due` has something to do."""
        return self._later[0][0] if self._later else None

    def due(self) -> None:
        """Do what is due."""
        while self._later and self._later[0][0] <= self.clock():
            heapq.heappop(self._later)[2]()

    def clear(self) -> None:
        """The modem was reset: no call and no plan survives."""
        self.calls.clear()
        self._later.clear()
        self._parts.clear()

    def set_signal(self, rssi: int) -> None:
        """0 to 31, 99 for none (+CSQ)."""
        self.rssi = rssi

    def register(self, state: int, act: int | None = None) -> None:
        """1 home, 2 searching, 3 denied, 5 roaming, 8 emergency only (+CREG)."""
        self.state = state
        self.act = self.act if act is None else act
        self.registered()

    def ring(self, number: str) -> None:
        """Somebody calls the SIM; an empty number is withheld."""
        busy = any(call.stat is CallStat.ACTIVE for call in self.calls)
        call = self._new(False, CallStat.WAITING if busy else CallStat.INCOMING, number)
        self._ring(call)

    def _ring(self, call: SimCall) -> None:
        if call in self.calls and call.stat in (CallStat.INCOMING, CallStat.WAITING):
            self.rang(call)
            if call.stat is CallStat.INCOMING:
                self.later(RING_EVERY_S, lambda: self._ring(call))

    def dial(self, number: str) -> None:
        """The phone calls; it rings there soon."""
        call = self._new(True, CallStat.DIALING, number)
        self.later(ALERTING_AFTER_S, lambda: self._move(call, CallStat.DIALING, CallStat.ALERTING))
        if self.answer_after_s is not None:
            self.later(self.answer_after_s, lambda: self._move(call, CallStat.ALERTING, CallStat.ACTIVE))

    def answer(self) -> None:
        """The person called takes the call."""
        for call in self.calls:
            if call.stat in (CallStat.DIALING, CallStat.ALERTING):
                self._activate(call)

    def accept(self, call: SimCall) -> None:
        """The phone takes the call; one that was active is held."""
        for other in self.calls:
            if other.stat is CallStat.ACTIVE:
                other.stat = CallStat.HELD
        self._activate(call)

    def hang_up(self, cause: str = "Normal call clearing", number: str = "") -> None:
        """The other side ends its call (all of them without a number)."""
        self.cause = cause
        for call in [call for call in self.calls if number in ("", call.number)]:
            self.drop(call, far=True)

    def drop(self, call: SimCall, far: bool = False) -> None:
        """A call ends; a waiting one rings then."""
        self.calls.remove(call)
        self.changed(call, far)
        if not any(other.stat is CallStat.ACTIVE for other in self.calls):
            for other in self.calls:
                if other.stat is CallStat.WAITING:
                    other.stat = CallStat.INCOMING
                    self._ring(other)

    def _new(self, outgoing: bool, stat: CallStat, number: str) -> SimCall:
        index = next(at for at in range(1, 9) if all(call.index != at for call in self.calls))
        call = SimCall(index, outgoing, stat, number)
        self.calls.append(call)
        if outgoing:
            self.changed(call, False)
        return call

    def _move(self, call: SimCall, before: CallStat, after: CallStat) -> None:
        if call not in self.calls or call.stat is not before:
            return
        if after is CallStat.ACTIVE:
            self._activate(call)
        else:
            call.stat = after
            self.changed(call, False)

    def _activate(self, call: SimCall) -> None:
        call.stat, call.active_s = CallStat.ACTIVE, self.clock()
        self.changed(call, False)

    def deliver(self, number: str, text: str, parts: tuple[int, ...] | None = None) -> None:
        """A text message for the phone; `parts`: only these, in this order, from 0."""
        pdus = smsc.deliver(number, text)
        for at in range(len(pdus)) if parts is None else parts:
            self.store(pdus[at])

    def store(self, pdu: str) -> None:
        """Lay a PDU into the SIM and say so."""
        slot = next(at for at in range(1, 100) if at not in self.inbox)
        self.inbox[slot] = pdu
        self.say(f'+CMTI: "SM",{slot}')

    def submit(self, pdu: str) -> None:
        """Take a part of a message from the phone."""
        number, text, index, total = smsc.read_submit(pdu)
        self._parts.append(text)
        if index == total:
            whole = "".join(self._parts).encode("utf-16-be", "surrogatepass").decode("utf-16-be")
            self.sent.append((number, whole))
            self._parts.clear()

    def call_code(self, code: str) -> None:
        """Answer a USSD code."""
        meaning, text = self.codes.get(code, (0, f"Unknown code {code}"))
        self.later(USSD_AFTER_S, lambda: self.say(f'+CUSD: {meaning},"{text}",15'))
