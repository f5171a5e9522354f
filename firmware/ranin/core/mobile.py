"""What the modem adds to the core's words: its stages, its calls, messages and forwards."""

from dataclasses import dataclass
from enum import Enum

from ranin.core.settings import CellSettings


class ModemStage(Enum):
    """How far the modem has come."""

    ABSENT = "absent"
    STARTING = "starting"
    LOCKED = "locked"
    """The SIM wants a PIN that we do not have, or its PUK."""
    SEARCHING = "searching"
    HOME = "home"
    ROAMING = "roaming"
    DENIED = "denied"
    BROKEN = "broken"
    """It does not answer, or its port is gone; it is being recovered."""


ASKING = frozenset({ModemStage.SEARCHING, ModemStage.LOCKED, ModemStage.DENIED, ModemStage.HOME, ModemStage.ROAMING})
"""Stages in which a modem takes an emergency call (3GPP TS 22.101 §10.1.1: any network, no SIM needed)."""


@dataclass(frozen=True, slots=True)
class ModemChanged:
    """What the modem is like now."""

    stage: ModemStage
    reason: str = ""
    """Why it is LOCKED, DENIED or BROKEN, in words."""
    operator: str = ""
    technology: str = ""
    """`LTE`, `3G`, `2G`; empty when not registered."""
    signal_dbm: int | None = None
    voice: bool = False
    """Whether it can carry voice calls."""


@dataclass(frozen=True, slots=True)
class CellCallArrived:
    """RING with the caller (empty: withheld), or a waiting call; `offer` names it until the core numbers it."""

    offer: str
    number: str
    waiting: bool = False


@dataclass(frozen=True, slots=True)
class CellSoundReady:
    """The modem's voice flows: where the SIP engine finds it."""

    call: int
    pcm: str = ""
    """ALSA PCM of a modem with a sound card; empty with a serial port."""
    device: str = ""
    """Serial port that carries raw S16_LE mono; empty with a sound card."""
    rate: int = 8000


@dataclass(frozen=True, slots=True)
class CellSoundLost:
    """The modem's voice cannot be had, or not any more; `reason` in words."""

    call: int
    reason: str


@dataclass(frozen=True, slots=True)
class SmsArrived:
    """A whole text message (its parts put together)."""

    number: str
    text: str
    sent: str
    """The service centre's time stamp, ISO 8601 (3GPP TS 23.040 §9.2.3.11)."""


@dataclass(frozen=True, slots=True)
class UssdAnswered:
    """The network's answer to a code (3GPP TS 22.090)."""

    text: str
    wants_reply: bool


@dataclass(frozen=True, slots=True)
class NetworkTimeRead:
    """The mobile network's clock (NITZ), ISO 8601 with its offset from UTC."""

    wall: str


@dataclass(frozen=True, slots=True)
class ConfigureModem:
    """Use the modem like this from now on; a new PIN is tried at once."""

    settings: CellSettings


@dataclass(frozen=True, slots=True)
class PlaceCellCall:
    """Call `number` over the modem's own voice. Progress and end come back as for a SIP call of that number."""

    call: int
    number: str
    hidden: bool = False
    """Without our number (CLIR)."""


@dataclass(frozen=True, slots=True)
class AlertCellCaller:
    """Take the modem's offer as `call`; it goes on ringing."""

    call: int
    offer: str


@dataclass(frozen=True, slots=True)
class RefuseCellOffer:
    """Reject what the modem offers; a call in progress stays."""

    offer: str


@dataclass(frozen=True, slots=True)
class AnswerCellCall:
    """Answer the modem's call."""

    call: int


@dataclass(frozen=True, slots=True)
class HangUpCellCall:
    """End the modem's call in whatever state it is."""

    call: int


@dataclass(frozen=True, slots=True)
class SendCellDtmf:
    """Send one digit in the modem's call (+VTS)."""

    call: int
    digit: str


@dataclass(frozen=True, slots=True)
class SendSms:
    """Carry out an order: send a text message."""

    order: int
    number: str
    text: str


@dataclass(frozen=True, slots=True)
class SendUssd:
    """Send a code to the mobile network; UssdAnswered comes back."""

    code: str


class ForwardReason(Enum):
    """When a call to the SIM's number goes elsewhere; the value is +CCFC's <reason> (3GPP TS 27.007 §7.11)."""

    UNCONDITIONAL = 0
    BUSY = 1
    NO_REPLY = 2
    NOT_REACHABLE = 3


@dataclass(frozen=True, slots=True)
class SetCellForward:
    """Carry out an order: forward the SIM's calls to `number`; an empty one erases. Read back before it counts."""

    order: int
    reason: ForwardReason
    number: str


@dataclass(frozen=True, slots=True)
class JoinCellSound:
    """Join the modem's voice to the SIP engine's bridge as `call`; the words are those of `CellSoundReady`.

    MediaStarted or CellSoundLost comes back. An engine that was started again has to be told again.
    """

    call: int
    pcm: str = ""
    device: str = ""
    rate: int = 8000


@dataclass(frozen=True, slots=True)
class LeaveCellSound:
    """Take the modem's voice off the bridge; one that is not joined is fine."""

    call: int
