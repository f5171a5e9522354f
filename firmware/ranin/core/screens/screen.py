"""The vocabulary of the display: what a screen says, never how it is drawn."""

from dataclasses import dataclass, field
from enum import Enum


class Icon(Enum):
    """A pictogram of the status bar or of a notice."""

    LINE_UP = "line-up"
    LINE_DOWN = "line-down"
    LINE_TRYING = "line-trying"
    MUTED = "muted"
    MISSED = "missed"
    MESSAGE = "message"
    LOCK = "lock"
    HANDSET = "handset"
    RINGER_OFF = "ringer-off"
    WARNING = "warning"
    INFO = "info"
    INCOMING = "incoming"
    OUTGOING = "outgoing"
    TALKING = "talking"
    HELD = "held"
    DO_NOT_DISTURB = "do-not-disturb"
    SPEAKER = "speaker"
    LTE = "lte"
    CELL = "cell"
    FORWARD = "forward"
    BATTERY = "battery"
    BATTERY_LOW = "battery-low"
    TEAM_RINGS = "team-rings"
    VERIFIED = "verified"


@dataclass(frozen=True, slots=True)
class Idle:
    """Nobody is calling: the clock, the line and what was missed."""

    time: str
    """Wall clock, `14:05`."""
    date: str
    """`Tue 24 Nov`."""
    line: str
    """Label of the line, `Shop 201`."""
    state: str
    """The line's state in words: `Ready`, `Connecting…`, `Wrong password`."""
    icons: tuple[Icon, ...] = ()
    missed: int = 0
    """Missed calls not looked at yet."""
    messages: int = 0
    """New voice messages."""
    power: str = ""
    """Time that the battery gives, `3 h 20`, while it feeds the phone."""
    sure: bool = True
    """Whether the clock is confirmed; else it may be behind."""


@dataclass(frozen=True, slots=True)
class Dialing:
    """Digits are being collected, lifted or with the handset down."""

    digits: str
    line: str
    hint: str
    """What to do next: `Lift to call`, `Dial a number`."""
    icons: tuple[Icon, ...] = ()
    keys: tuple[str, ...] = ()
    """What the three keys below the display say; none: they do nothing."""


@dataclass(frozen=True, slots=True)
class Ringing:
    """Somebody calls."""

    name: str
    """Caller's display name; empty when there is none."""
    number: str
    line: str
    hint: str
    """`Lift to answer`."""
    icons: tuple[Icon, ...] = ()
    keys: tuple[str, ...] = ()
    """What the three keys below the display say; none: they do nothing."""
    mark: Icon | None = None
    """Beside the number: VERIFIED, or WARNING where it was found to be false; None: nobody has told."""


@dataclass(frozen=True, slots=True)
class InCall:
    """One call, from the INVITE to its end."""

    name: str
    number: str
    status: str
    """`Calling…`, `Ringing…`, `Connected`, `Call ended`."""
    timer: str = ""
    """Talk time, `0:42` or `1:02:03`; empty before the answer."""
    codec: str = ""
    """Name as people read it, `Opus`, `G.722`, `G.711`; empty before media."""
    icons: tuple[Icon, ...] = ()
    """MUTED, LOCK (media is encrypted)."""
    digits: str = ""
    """DTMF digits sent in this call, newest last."""
    keys: tuple[str, ...] = ()
    """What the three keys below the display say; none: they do nothing."""


@dataclass(frozen=True, slots=True)
class CallRow:
    """One of several calls."""

    name: str
    """The other side's name, or its number."""
    status: str
    """`0:42`, `On hold`, `Calls you`, `Ringing…`."""
    icon: Icon


@dataclass(frozen=True, slots=True)
class CallList:
    """Several calls: who talks, who waits, who calls."""

    title: str
    """`2 calls`, `Conference`."""
    rows: tuple[CallRow, ...]
    selected: int
    """Index into `rows`: what the keys are about."""
    icons: tuple[Icon, ...] = ()
    keys: tuple[str, ...] = ()
    """What the three keys below the display say."""


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing the phone has to say: a failure, a confirmation."""

    title: str
    text: str
    icon: Icon = Icon.INFO
    icons: tuple[Icon, ...] = ()
    keys: tuple[str, ...] = ()
    """What the three keys below the display say; none: they do nothing."""


@dataclass(frozen=True, slots=True)
class Listing:
    """A list to walk through: menu, missed calls, redial."""

    title: str
    rows: tuple[str, ...]
    selected: int
    """Index into `rows`; 0 when empty."""
    empty: str = ""
    """What to say when there are no rows."""
    hint: str = ""
    keys: tuple[str, ...] = ()
    """What the three keys below the display say; none: they do nothing."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A text being typed by multi-tap."""

    title: str
    text: str
    hint: str = ""
    mode: str = "abc"
    """What the keys type now: `abc`, `ABC`, `123`."""
    keys: tuple[str, ...] = ()
    """What the three keys below the display say; none: they do nothing."""


@dataclass(frozen=True, slots=True)
class Gauge:
    """A level being changed: volume of the handset or of the ringer."""

    title: str
    level: int
    top: int
    """`level` runs from 0 to `top`, both included."""
    icons: tuple[Icon, ...] = ()


@dataclass(frozen=True, slots=True)
class Texting:
    """What is written in a call, as it is typed."""

    name: str
    """The other side's name, or its number."""
    theirs: str = field(repr=False)
    """The end of what they wrote; lines end with \\n."""
    ours: str = field(repr=False)
    """The end of what we wrote."""
    typing: bool = False
    """The digit keys write."""
    icons: tuple[Icon, ...] = ()
    keys: tuple[str, ...] = ()
    """What the three keys below the display say."""


Screen = Idle | Dialing | Ringing | InCall | Texting | CallList | Notice | Listing | Entry | Gauge
