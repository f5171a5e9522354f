"""What failing power and networks add to the core's words: links, the modem, orders, the battery."""

from dataclasses import dataclass
from enum import Enum

from ranin.core.forwarding.known import ForgetForward, KeepForward
from ranin.core.mobile import (
    AlertCellCaller,
    AnswerCellCall,
    CellCallArrived,
    CellSoundLost,
    CellSoundReady,
    ConfigureModem,
    HangUpCellCall,
    JoinCellSound,
    LeaveCellSound,
    ModemChanged,
    NetworkTimeRead,
    PlaceCellCall,
    RefuseCellOffer,
    SendCellDtmf,
    SendSms,
    SendUssd,
    SetCellForward,
    SmsArrived,
    UssdAnswered,
)
from ranin.core.neighbours import (
    ConfigureLan,
    DigitReceived,
    JoinCalls,
    NeighbourGone,
    NeighbourSeen,
    ProgressCall,
    SeekNeighbours,
    TakeOffer,
)
from ranin.core.settings import Account, Means


class Link(Enum):
    """The ways out of the phone, best first."""

    ETHERNET = "ethernet"
    WIFI = "wifi"
    LTE = "lte"


@dataclass(frozen=True, slots=True)
class LinkProbed:
    """Whether the first line's server answered over this link just now; `reason` says why not, in words."""

    link: Link
    alive: bool
    reason: str = ""
    address: str = ""
    """Our own address on the link; empty when it has none."""
    server: str = ""
    """The server's address that answered; empty when none did, or not the one that the line names."""
    at: int = 0
    """Which of the line's servers answered, the best is 0."""


class Outcome(Enum):
    """What came of an order."""

    DONE = "done"
    FAILED = "failed"
    """It may work later, or on another path."""
    REFUSED = "refused"
    """The other side will not have it; trying again is of no use."""


@dataclass(frozen=True, slots=True)
class OrderKept:
    """The order is on disk: it may be tried."""

    order: int


@dataclass(frozen=True, slots=True)
class OrderNotKept:
    """The card does not take the order; it may be tried, but a power cut loses it. `reason` in words."""

    order: int
    reason: str


@dataclass(frozen=True, slots=True)
class OrderTried:
    """What came of trying an order."""

    order: int
    outcome: Outcome
    detail: str = ""
    """In words; never a secret."""
    armed: bool | None = None
    """What the other side says of the forward, where it says so."""


@dataclass(frozen=True, slots=True)
class PowerRead:
    """A reading of mains and battery, every 10 s and at once when mains comes or goes."""

    mains: bool
    charge: float
    """0 to 1, of the model, not the gauge's word."""
    standby_min: int
    """Minutes left when nobody talks."""
    talk_min: int
    millivolts: int = 0
    trouble: str = ""
    """What is wrong with battery or gauge, in words."""
    known: bool = True
    """The model knows this very battery; the minutes of another one are a rough guess."""


@dataclass(frozen=True, slots=True)
class PowerLost:
    """There is no battery or its gauge does not answer; `reason` in words."""

    reason: str


class ClockSource(Enum):
    """Who vouches for the wall clock."""

    NOBODY = ""
    NTP = "ntp"
    """The system's clock follows a time server."""
    NITZ = "nitz"
    """The mobile network told the time (3GPP TS 22.042)."""
    HOST = "host"
    """The machine that simulates the phone keeps its clock itself."""


@dataclass(frozen=True, slots=True)
class ClockJudged:
    """Whether the wall clock is right, and by whose word; also told when it was corrected by more than a moment."""

    sure: bool
    source: ClockSource


@dataclass(frozen=True, slots=True)
class BatteryTestRefused:
    """The board cannot feed the phone from the battery while mains is there; `reason` in words."""

    reason: str


@dataclass(frozen=True, slots=True)
class ProbeLinks:
    """Ask this account's server over every link, again and again; None stops."""

    account: Account | None


class OrderKind(Enum):
    """What an order does to the forward of a number."""

    ARM = "arm"
    """Ring the mobile when the phone is not reachable."""
    ARM_ALWAYS = "arm-always"
    """Ring the mobile for every call: the phone is about to go."""
    DISARM = "disarm"
    """Take ARM back: no forward of ours is left behind."""
    DISARM_ALWAYS = "disarm-always"
    """Take ARM_ALWAYS back: the phone has returned."""
    VERIFY = "verify"
    """Read back what is in effect, where the other side tells."""


@dataclass(frozen=True, slots=True)
class Order:
    """What must reach the other side, whatever happens in between."""

    number: int
    kind: OrderKind
    backend: str
    """Name of the back end of `core.forwarding` that carries it out."""
    line: int
    """-1 for the SIM's own number."""
    target: str
    """The mobile's number, also in an order that takes it off."""
    made: str
    """Wall clock, ISO 8601."""
    place: str = ""
    """Where the forward is: see `KnownForward.place`."""
    account: str = ""
    """`user@domain` of the line, or `sim`: the line may have moved in the list since."""
    means: Means = ()
    """What its back end needs to carry it out, as it was set when the order was made."""


@dataclass(frozen=True, slots=True)
class KeepOrder:
    """Put the order on disk; OrderKept comes back when a power cut cannot lose it any more."""

    order: Order


@dataclass(frozen=True, slots=True)
class DropOrder:
    """The order is in effect, or not wanted any more."""

    order: int


@dataclass(frozen=True, slots=True)
class CallHttp:
    """Carry out an order at a provider's HTTP interface."""

    order: int
    profile: str
    """`fusionpbx`, `ovh`, `voipms`, `telnyx` or `custom`; see the forwarding room."""
    kind: OrderKind
    target: str
    values: Means = ()
    """What the profile's template needs: host, user, key … as configured."""


@dataclass(frozen=True, slots=True)
class SendFeatureCode:
    """Carry out an order: call the code on the line, end that call; DONE when it was answered or got a 2xx."""

    order: int
    line: int
    code: str
    """`*52+33612345678`: what a person would dial."""


@dataclass(frozen=True, slots=True)
class SetServerForward:
    """Carry out an order by as-feature-event; see `core.forwarding.feature_event` for the bodies."""

    order: int
    line: int
    kind: OrderKind
    number: str
    """Empty to take the forward off."""


@dataclass(frozen=True, slots=True)
class SetClock:
    """The mobile network's time is the right one; `wall` is ISO 8601 with its offset. ClockJudged comes back."""

    wall: str


@dataclass(frozen=True, slots=True)
class WriteLog:
    """One line for the system's log: something a person would want to know of later."""

    text: str


@dataclass(frozen=True, slots=True)
class SavePower:
    """How hard to save: 0 not at all, 1 dimmed, 2 slower processor, 3 all that is not the phone off."""

    step: int


@dataclass(frozen=True, slots=True)
class TestBattery:
    """Feed the phone from the battery although mains is there, or no more."""

    __test__ = False  # no test case, whatever a test runner makes of its name
    on: bool


@dataclass(frozen=True, slots=True)
class KeepBatteryTest:
    """Put on disk when the battery was last tested; the next `Started` tells it."""

    tested: str
    """Wall clock, ISO 8601."""


@dataclass(frozen=True, slots=True)
class ShutDown:
    """Everything is in order: switch the machine off."""


OutageEvent = (
    LinkProbed
    | ModemChanged
    | CellCallArrived
    | CellSoundReady
    | CellSoundLost
    | SmsArrived
    | UssdAnswered
    | NetworkTimeRead
    | OrderKept
    | OrderNotKept
    | OrderTried
    | PowerRead
    | PowerLost
    | NeighbourSeen
    | NeighbourGone
    | DigitReceived
    | ClockJudged
    | BatteryTestRefused
)

OutageCommand = (
    ProbeLinks
    | ConfigureModem
    | PlaceCellCall
    | AlertCellCaller
    | RefuseCellOffer
    | AnswerCellCall
    | HangUpCellCall
    | SendCellDtmf
    | SendSms
    | SendUssd
    | SetCellForward
    | KeepOrder
    | DropOrder
    | KeepForward
    | ForgetForward
    | CallHttp
    | SendFeatureCode
    | SetServerForward
    | JoinCellSound
    | LeaveCellSound
    | SetClock
    | WriteLog
    | SavePower
    | TestBattery
    | KeepBatteryTest
    | ShutDown
    | SeekNeighbours
    | ConfigureLan
    | TakeOffer
    | ProgressCall
    | JoinCalls
)
