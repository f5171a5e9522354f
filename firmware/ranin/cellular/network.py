"""Where the modem is (pure): registration, operator, signal, clock, and what may be done there."""

from dataclasses import replace

from ranin.cellular import readings
from ranin.cellular.at import Answer, Ask
from ranin.cellular.profiles import UNKNOWN, Profile, Sound
from ranin.cellular.readings import Registration
from ranin.cellular.settings import CellSettings
from ranin.cellular.talk import Script, Talk
from ranin.core.mobile import ModemChanged, ModemStage, NetworkTimeRead

LOOK_EVERY_S = 30.0
CLOCK_EVERY_S = 3600.0
_SIGNAL_STEP_DB = 4
"""A smaller change is not worth an event."""
_ALWAYS_EMERGENCY = frozenset({"112", "911"})
_NO_CARD_EMERGENCY = frozenset({"000", "08", "110", "118", "119", "999"})
"""Emergency numbers of a phone without a usable SIM (3GPP TS 22.101 §10.1.1)."""
_SILENT = (ModemStage.ABSENT, ModemStage.BROKEN)


class Network:
    """Follows the registration and posts ModemChanged when something is new."""

    def __init__(self, talk: Talk, settings: CellSettings) -> None:
        self._talk = talk
        self.settings = settings
        self.profile: Profile = UNKNOWN
        self._blocked: tuple[ModemStage, str] | None = (ModemStage.ABSENT, "")
        self._circuit = self._packet = Registration(0)
        self._has_packet = True
        self._operator = self._technology = ""
        self._dbm: int | None = None
        self._told: ModemChanged | None = None
        self._looking = False
        self._had_clock = False

    def block(self, stage: ModemStage, reason: str = "") -> None:
        """The modem is not in a network for this reason."""
        self._blocked = (stage, reason)
        self._circuit = self._packet = Registration(0)
        self._has_packet, self._had_clock, self._looking = True, False, False
        self._operator, self._technology, self._dbm = "", "", None
        self.publish()

    def unblock(self) -> None:
        """The SIM is ready: look for the network, again and again."""
        self._blocked = None
        self.publish()
        self.look()

    @property
    def blocked(self) -> bool:
        """Whether the SIM is not ready, or the modem is not there."""
        return self._blocked is not None

    @property
    def _state(self) -> int:
        """The better of both registrations: home, roaming, denied, else what the circuit side says."""
        states = (self._circuit.state, self._packet.state)
        known = (readings.HOME_STATES, readings.ROAMING_STATES, frozenset({readings.DENIED_STATE}))
        return next((state for good in known for state in states if state in good), states[0])

    @property
    def roaming(self) -> bool:
        """Whether the network is a foreign one."""
        return self._state in readings.ROAMING_STATES

    @property
    def registered(self) -> bool:
        """Whether a network has taken us."""
        return not self.blocked and (self.roaming or self._state in readings.HOME_STATES)

    def is_emergency(self, number: str) -> bool:
        """Whether the number is for emergencies, here and now."""
        usual = number in _ALWAYS_EMERGENCY or number in self.settings.emergency
        return usual or (self.blocked and number in _NO_CARD_EMERGENCY)

    def refusal(self, number: str) -> tuple[int, str] | None:
        """(SIP status, reason) why this number cannot be called; None when it can."""
        if not self._talk.open or (self._blocked is not None and self._blocked[0] in _SILENT):
            return 503, "the modem is not there"
        if self.is_emergency(number):
            return None
        if not self.registered:
            return 503, (self._blocked[1] if self._blocked else "") or "no mobile network"
        if self.roaming and not self.settings.roaming_allowed:
            return 403, "roaming is not allowed"
        if not self._hears():
            return 488, "the modem's sound does not reach the handset"
        return None

    def order_refusal(self, costs: bool = True) -> str:
        """Why an order cannot be carried out now, in words; empty when it can."""
        if not self.registered:
            return (self._blocked[1] if self._blocked else "") or "no mobile network"
        return "roaming is not allowed" if costs and self.roaming and not self.settings.roaming_allowed else ""

    def _hears(self) -> bool:
        return self.profile.sound is not Sound.NONE or self.settings.analogue_sound

    def _voice(self) -> bool:
        cs_only_sms = self._circuit.state in readings.SMS_ONLY_STATES
        abroad = self.roaming and not self.settings.roaming_allowed
        return self.registered and self._hears() and not cs_only_sms and not abroad

    def publish(self) -> None:
        """Post what is new."""
        now = self._now()
        if self._told is not None and _near(now.signal_dbm, self._told.signal_dbm):
            now = replace(now, signal_dbm=self._told.signal_dbm)
        if now != self._told:
            self._told = now
            self._talk.tell(now)

    def _now(self) -> ModemChanged:
        if self._blocked is not None:
            return ModemChanged(*self._blocked)
        stage, reason = self._stage()
        if not self.registered:
            return ModemChanged(stage, reason)
        return ModemChanged(stage, "", self._operator, self._technology, self._dbm, self._voice())

    def _stage(self) -> tuple[ModemStage, str]:
        if self.registered:
            return (ModemStage.ROAMING if self.roaming else ModemStage.HOME), ""
        if self._state == readings.DENIED_STATE:
            return ModemStage.DENIED, "the network refuses the SIM"
        only = self._state == readings.EMERGENCY_STATE
        return ModemStage.SEARCHING, "emergency calls only" if only else ""

    def take(self, line: str) -> None:
        """A line of +CREG or +CEREG, asked for or not."""
        found = readings.registration(line)
        if found is None:
            return
        before = self.registered
        if line.startswith("+CEREG"):
            self._packet = found
        elif line.startswith("+CREG"):
            self._circuit = found
        self._technology = found.technology or self._technology
        if self.registered and not before and not self._looking:
            self._talk.after("look", 0.0, self.look)
        if not self.blocked:
            self.publish()

    def look(self) -> None:
        """Ask how things are, now and every 30 s; this also finds a hung modem."""
        self._talk.after("look", LOOK_EVERY_S, self.look)
        if not self._looking:
            self._looking = True
            self._talk.run(self._look())

    def _look(self) -> Script:
        self._lines((yield Ask("AT+CREG?", 10.0, "+CREG")), "+CREG")
        if self._has_packet:
            answer = yield Ask("AT+CEREG?", 10.0, "+CEREG")
            self._has_packet = answer.ok or answer.final.word != "ERROR"
            self._lines(answer, "+CEREG")
        if self.registered:
            yield from self._operator_and_signal()
        self._looking = False
        if self.registered and not self._had_clock:
            self.read_clock()

    def _operator_and_signal(self) -> Script:
        answer = yield Ask("AT+COPS?", 10.0, "+COPS")
        for line in answer.lines:
            self._operator, act = readings.operator(line)
            self._technology = act or self._technology
        if self._technology == "LTE":
            answer = yield Ask("AT+CESQ", 5.0, "+CESQ")
            self._dbm = next((readings.rsrp_dbm(line) for line in answer.lines), None)
        if self._technology != "LTE" or self._dbm is None:
            answer = yield Ask("AT+CSQ", 5.0, "+CSQ")
            self._dbm = next((readings.rssi_dbm(line) for line in answer.lines), self._dbm)
        self.publish()

    def _lines(self, answer: Answer, name: str) -> None:
        for line in answer.lines:
            if line.startswith(name):
                self.take(line)

    def read_clock(self) -> None:
        """Read the network's clock, now and every hour."""
        self._had_clock = True
        self._talk.after("clock", CLOCK_EVERY_S, self.read_clock)
        self._talk.run(self._read_clock())

    def _read_clock(self) -> Script:
        answer = yield Ask(self.profile.clock, 5.0, "+QLTS" if "QLTS" in self.profile.clock else "+CCLK")
        wall = next(filter(None, map(readings.clock, answer.lines)), "")
        if wall:
            self._talk.tell(NetworkTimeRead(wall))


def _near(one: int | None, other: int | None) -> bool:
    return one is not None and other is not None and abs(one - other) < _SIGNAL_STEP_DB
