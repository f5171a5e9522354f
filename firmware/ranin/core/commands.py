"""What the core wants done: the only way it reaches the world."""

from dataclasses import dataclass
from enum import Enum

from ranin.core.events import LoggedCall, Timer
from ranin.core.outage import OutageCommand
from ranin.core.pages import PageCommand
from ranin.core.realtext import SendText
from ranin.core.screens.screen import Screen
from ranin.core.settings import Account, Settings
from ranin.core.team import TeamCommand


class Led(Enum):
    """The lamps of the phone."""

    RING = "ring"
    MESSAGE = "message"
    MUTE = "mute"
    LINE = "line"


class Blink(Enum):
    """What a lamp does; times are (on_ms, off_ms)."""

    OFF = (0, 0)
    ON = (1, 0)
    SLOW = (500, 500)
    FAST = (100, 100)
    FLASH = (60, 2940)


@dataclass(frozen=True, slots=True)
class ToneStep:
    """A piece of a tone: `frequencies_hz` (none is silence) for `length_ms` (0: for ever)."""

    frequencies_hz: tuple[int, ...]
    length_ms: int
    modulation: bool = False
    """Two frequencies multiplied, not added (ITU-T E.180: `f1×f2`)."""


@dataclass(frozen=True, slots=True)
class Tone:
    """A cadence in the ear; `repeat` False plays the steps once."""

    name: str
    steps: tuple[ToneStep, ...]
    level_dbm0: float = -13.0
    repeat: bool = True


@dataclass(frozen=True, slots=True)
class RegisterLine:
    """Register this account now, replacing whatever the line had before.

    The same account over another way takes its calls along: MediaStarted tells of each that has
    arrived, CallEnded of each that could not.
    """

    line: int
    account: Account
    via: str = ""
    """Our own address on the link to use; empty: whatever way the system takes."""
    server: str = ""
    """The server's address where it is known to answer; empty: its name is looked up."""
    at: int = 0
    """Which of its servers, the best is 0."""


@dataclass(frozen=True, slots=True)
class UnregisterLine:
    """Remove the line's registration (`Expires: 0`) and forget the account."""

    line: int


@dataclass(frozen=True, slots=True)
class ConfigureEngine:
    """Give the SIP engine what all lines share."""

    codecs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PlaceCall:
    """Send an INVITE from `line` to `target`: a number or a whole SIP address."""

    call: int
    line: int
    target: str
    hidden: bool = False
    """From anonymous (RFC 3323 §4.1.1.3); the server alone is told who calls (RFC 3325)."""


@dataclass(frozen=True, slots=True)
class AlertCaller:
    """Take the offer as `call` and answer 180 Ringing."""

    call: int
    offer: str


@dataclass(frozen=True, slots=True)
class RefuseOffer:
    """Answer the offer with a final status (486 Busy Here, 480 …)."""

    offer: str
    code: int
    target: str = ""
    """302: who is to be called instead (RFC 3261 §21.3.3)."""


@dataclass(frozen=True, slots=True)
class AnswerCall:
    """Answer 200 and connect the handset."""

    call: int


@dataclass(frozen=True, slots=True)
class HangUpCall:
    """End the call in the way its state asks: CANCEL, `code`, or BYE."""

    call: int
    code: int = 0
    """Final status for a call not answered yet; 0 lets the engine choose."""
    target: str = ""
    """302: who is to be called instead."""


@dataclass(frozen=True, slots=True)
class SendDtmf:
    """Send one digit in the call, by its account's method (RFC 4733 or INFO)."""

    call: int
    digit: str


@dataclass(frozen=True, slots=True)
class HoldCall:
    """Put the call aside: re-INVITE with `a=sendonly` (RFC 3264 §8.4)."""

    call: int


@dataclass(frozen=True, slots=True)
class ResumeCall:
    """Take a call back: re-INVITE with `a=sendrecv`."""

    call: int


@dataclass(frozen=True, slots=True)
class TransferCall:
    """REFER the other side (RFC 3515); CallTransferred tells how it ended.

    To `target`, a number or a whole SIP address; or, where `goal` is not 0, to the other side of
    that call, whose place it takes (Replaces, RFC 3891).
    """

    call: int
    target: str
    goal: int = 0


@dataclass(frozen=True, slots=True)
class ConnectEar:
    """What the handset is joined to: calls heard and spoken to; none closes the card."""

    calls: tuple[int, ...] = ()
    """Several hear each other as well: a conference."""
    tone: Tone | None = None
    """Heard in the ear only, never sent."""
    muted: bool = False
    """Nothing is sent from the handset's microphone."""
    held: tuple[int, ...] = ()
    """Calls that hear music instead."""
    route: str = "handset"
    """`handset`, `headset` or `speaker`: where the person listens and speaks."""


@dataclass(frozen=True, slots=True)
class PlayKeyTone:
    """Let the ear hear one DTMF digit once, 100 ms (ITU-T Q.23)."""

    digit: str


@dataclass(frozen=True, slots=True)
class SetVolume:
    """Level of the handset's earpiece, 0 to 10."""

    level: int


@dataclass(frozen=True, slots=True)
class Ring:
    """Ring with this melody; an empty one stops; level 0 to 10."""

    melody: str
    level: int = 0


@dataclass(frozen=True, slots=True)
class SetLed:
    """Light a lamp."""

    led: Led
    blink: Blink


@dataclass(frozen=True, slots=True)
class ShowScreen:
    """Draw this screen; the newest wins."""

    screen: Screen
    language: str = "en"
    """What its messages are to be said in, a code of `core.text`."""


@dataclass(frozen=True, slots=True)
class SetTimer:
    """Start or restart a timer.

    `jitter` is the share of `after_s` that chance may take off: 0.5 fires after
    50 to 100 % of it (RFC 5626 §4.5), 0 after exactly `after_s`.
    """

    timer: Timer
    token: int
    after_s: float
    jitter: float = 0.0
    of: int = 0


@dataclass(frozen=True, slots=True)
class CancelTimer:
    """Stop a timer; one that does not run is fine."""

    timer: Timer
    of: int = 0


@dataclass(frozen=True, slots=True)
class KeepSettings:
    """Write what was changed on the phone itself to the local layer of the configuration."""

    settings: Settings


@dataclass(frozen=True, slots=True)
class LogCall:
    """Keep one finished call in the call log."""

    call: LoggedCall


@dataclass(frozen=True, slots=True)
class MarkSeen:
    """Every missed call has been looked at."""


Command = (
    ConfigureEngine
    | RegisterLine
    | UnregisterLine
    | PlaceCall
    | AlertCaller
    | RefuseOffer
    | AnswerCall
    | HangUpCall
    | SendDtmf
    | HoldCall
    | ResumeCall
    | TransferCall
    | ConnectEar
    | PlayKeyTone
    | SetVolume
    | Ring
    | SetLed
    | ShowScreen
    | SetTimer
    | CancelTimer
    | KeepSettings
    | LogCall
    | MarkSeen
    | OutageCommand
    | TeamCommand
    | SendText
    | PageCommand
)
