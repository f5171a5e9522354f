"""What has happened: the only way the world reaches the core."""

from dataclasses import dataclass
from enum import Enum

from ranin.core.forwarding.known import KnownForward
from ranin.core.keys import Key
from ranin.core.outage import Order, OutageEvent
from ranin.core.pages import PageEvent
from ranin.core.realtext import TextEvent
from ranin.core.settings import Settings
from ranin.core.team import TeamEvent
from ranin.core.verstat import Verstat


class Timer(Enum):
    """The timers that the core sets; each has at most one running instance."""

    CLOCK = "clock"
    DIGIT = "digit"
    OFF_HOOK = "off-hook"
    NOTICE = "notice"
    TALK = "talk"
    NO_ANSWER = "no-answer"
    REGISTER = "register"
    GAUGE = "gauge"
    MULTITAP = "multitap"
    FORWARD = "forward"
    PATHS = "paths"
    POWER = "power"
    FAREWELL = "farewell"
    EAR_NOTICE = "ear-notice"
    TRANSFER = "transfer"
    RECALL = "recall"
    HOTLINE = "hotline"
    WATCH = "watch"
    CALL_BACK = "call-back"
    LOCK = "lock"


class Progress(Enum):
    """How far a call we placed has come (RFC 3261 §13.2.2, RFC 3960)."""

    TRYING = "trying"
    RINGING = "ringing"
    EARLY_MEDIA = "early-media"


class Direction(Enum):
    """Which way a call went, as the call log tells it."""

    OUT = "out"
    IN = "in"
    MISSED = "missed"
    SERVED = "served"
    """Another phone's call that went out over our modem; `name` is that phone's number."""


@dataclass(frozen=True, slots=True)
class LoggedCall:
    """One finished call."""

    direction: Direction
    name: str
    number: str
    started: str
    """Wall clock, ISO 8601."""
    talk_s: int = 0
    code: int = 200
    """Final SIP status."""
    seen: bool = True
    """False for a missed call nobody has looked at."""
    verstat: Verstat = Verstat.NONE


@dataclass(frozen=True, slots=True)
class Started:
    """The phone has come up; adapters run."""

    settings: Settings
    hook_lifted: bool = False
    log: tuple[LoggedCall, ...] = ()
    """The call log as stored, newest first."""
    orders: tuple[Order, ...] = ()
    """What the outbox still holds, oldest first."""
    forwards: tuple[KnownForward, ...] = ()
    """What was known of the forwards when the phone went."""
    battery_tested: str = ""
    """When the battery was last tested: wall clock, ISO 8601; empty: not known."""


@dataclass(frozen=True, slots=True)
class SettingsChanged:
    """A new configuration was accepted (file, page or menu)."""

    settings: Settings


@dataclass(frozen=True, slots=True)
class KeyPressed:
    """A key went down (debounced)."""

    key: Key


@dataclass(frozen=True, slots=True)
class KeyReleased:
    """A key came up (debounced)."""

    key: Key


@dataclass(frozen=True, slots=True)
class KeyHeld:
    """A key has been down for the long-press time; sent once a press."""

    key: Key


@dataclass(frozen=True, slots=True)
class KeyStuck:
    """A key has been down for so long that it cannot be a finger."""

    key: Key


@dataclass(frozen=True, slots=True)
class HookLifted:
    """The handset left its rest."""


@dataclass(frozen=True, slots=True)
class HookReplaced:
    """The handset is back on its rest."""


@dataclass(frozen=True, slots=True)
class TimerFired:
    """A timer ran out; `token` is the one its SetTimer carried, else it is stale."""

    timer: Timer
    token: int
    of: int = 0
    """Which line's timer; 0 where there is only one."""


@dataclass(frozen=True, slots=True)
class EngineReady:
    """The SIP engine is up and has its configuration."""


@dataclass(frozen=True, slots=True)
class EngineLost:
    """The SIP engine died or stopped answering; it is being started again."""

    reason: str


@dataclass(frozen=True, slots=True)
class ServersFound:
    """How many servers the line has: told before the first of them is asked."""

    line: int
    count: int


@dataclass(frozen=True, slots=True)
class LineRegistered:
    """The registrar answered 200."""

    line: int
    expires_s: int


@dataclass(frozen=True, slots=True)
class LineRejected:
    """A registration failed: `code` is the SIP status, or 0 when no server was reached."""

    line: int
    code: int
    reason: str
    retry_after_s: int = 0
    """The server's Retry-After (RFC 3261 §20.33); 0 when there is none."""


@dataclass(frozen=True, slots=True)
class MessagesCounted:
    """Voice messages waiting at the server (RFC 3842)."""

    line: int
    new: int


@dataclass(frozen=True, slots=True)
class CallArrived:
    """An INVITE from the line's own server; `offer` names it until the core gives a number."""

    offer: str
    line: int
    name: str
    number: str
    target: str = ""
    """User part of the Request-URI where it may be another's than ours: on the LAN."""
    intercom: bool = False
    """The caller asks that the phone answer by itself (Call-Info or Alert-Info, RFC 3261 §20.4, §20.9)."""
    verstat: Verstat = Verstat.NONE


@dataclass(frozen=True, slots=True)
class OfferWithdrawn:
    """The caller gave up before the core gave the offer a number."""

    offer: str


@dataclass(frozen=True, slots=True)
class CallProgressed:
    """A provisional answer to our INVITE."""

    call: int
    progress: Progress


@dataclass(frozen=True, slots=True)
class CallAnswered:
    """The dialog is confirmed: the other side answered, or our 200 was acknowledged."""

    call: int


@dataclass(frozen=True, slots=True)
class MediaStarted:
    """Sound flows; `codec` in RFC 3551 terms (`PCMU`, `G722`, `opus`)."""

    call: int
    codec: str
    secure: bool


@dataclass(frozen=True, slots=True)
class PeerHeld:
    """The other side put us aside (its SDP is `sendonly` or `inactive`, RFC 3264 §8.4), or took us back."""

    call: int
    holds: bool


@dataclass(frozen=True, slots=True)
class PeerChanged:
    """Somebody else is at the other end now: the call was transferred there (RFC 3891)."""

    call: int
    name: str
    number: str


@dataclass(frozen=True, slots=True)
class CallTransferred:
    """How a transfer ended: `code` 200 says that the two are connected (RFC 3515 §2.4.5)."""

    call: int
    code: int


@dataclass(frozen=True, slots=True)
class CallEnded:
    """The call is over; `code` is the SIP status that ended it, 200 for an ordinary BYE."""

    call: int
    code: int
    reason: str


@dataclass(frozen=True, slots=True)
class SoundLost:
    """A sound card is missing or went away; `part` is a route of ConnectEar or `ringer`."""

    part: str
    reason: str


@dataclass(frozen=True, slots=True)
class SoundFound:
    """A sound card is there (again), or nobody asks for it any more."""

    part: str


Event = (
    Started
    | SettingsChanged
    | KeyPressed
    | KeyReleased
    | KeyHeld
    | KeyStuck
    | HookLifted
    | HookReplaced
    | TimerFired
    | EngineReady
    | EngineLost
    | ServersFound
    | LineRegistered
    | LineRejected
    | MessagesCounted
    | CallArrived
    | OfferWithdrawn
    | CallProgressed
    | CallAnswered
    | MediaStarted
    | PeerHeld
    | PeerChanged
    | CallTransferred
    | CallEnded
    | SoundLost
    | SoundFound
    | OutageEvent
    | TeamEvent
    | TextEvent
    | PageEvent
)
