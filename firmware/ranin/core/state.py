"""The whole state of the phone: one frozen value, changed only by `step`."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

from ranin.core.commands import Blink, ConnectEar, Led, Ring
from ranin.core.energy import Power
from ranin.core.events import Direction, LoggedCall, Timer
from ranin.core.forwarding.state import Forward
from ranin.core.mobile import CellSoundReady, ModemChanged, ModemStage
from ranin.core.neighbours import ConfigureLan, JoinCalls, Neighbour, SeekNeighbours
from ranin.core.outage import ClockSource
from ranin.core.outgoing import Ahead, Choice
from ranin.core.pages import Paging
from ranin.core.paths import Paths
from ranin.core.pin import Lock
from ranin.core.realtext import Conversation
from ranin.core.registration import Line, LineState
from ranin.core.screens.screen import Screen
from ranin.core.settings import Settings
from ranin.core.team import Watched
from ranin.core.verstat import Verstat
from ranin.core.words import Cause


class Hook(Enum):
    """Where the handset is."""

    DOWN = "down"
    UP = "up"


class Desk(Enum):
    """What the person at the phone is doing, apart from a call in progress."""

    RESTING = "resting"
    """Handset down, nothing typed."""
    PREDIALING = "predialing"
    """Handset down, digits typed."""
    DIAL_TONE = "dial-tone"
    """Handset up, no digit yet."""
    COLLECTING = "collecting"
    """Handset up, digits dialled."""
    BUSY = "busy"
    """A call has the handset."""
    AFTER_CALL = "after-call"
    """Handset up, the call is over: tone and words say why."""
    HOWLING = "howling"
    """Handset left off: a loud tone calls for it."""
    HUSHED = "hushed"
    """Handset still off: silence."""


class CallState(Enum):
    """Where a call stands, from the INVITE to its end (RFC 3261 §13)."""

    DIALED = "dialed"
    """Our INVITE is out."""
    RINGBACK = "ringback"
    """180: the other side rings."""
    EARLY = "early"
    """183 with media: the other side's network speaks (RFC 3960)."""
    ALERTING = "alerting"
    """Somebody calls: the phone rings."""
    ANSWERING = "answering"
    """We answered 200; the ACK is awaited."""
    TALKING = "talking"
    """Both sides hear each other."""
    HELD = "held"
    """Put aside: the other side hears music (RFC 3264 §8.4)."""
    TRANSFERRING = "transferring"
    """Put aside, and asked to call somebody else: our REFER is out (RFC 3515)."""
    ENDING = "ending"
    """We hung up; the end is awaited."""


CELL = -1
"""The line of calls that the modem carries."""
LAN = -2
"""The line of calls that go from phone to phone, without a server."""


@dataclass(frozen=True, slots=True)
class Call:
    """One call."""

    number: int
    """Given by the core, never used twice."""
    line: int
    """Index of its account, CELL, LAN or PAGE."""
    state: CallState
    outgoing: bool
    name: str
    peer: str
    """The other side's number or address."""
    started: datetime
    answered_s: float | None = None
    """Steady time of the answer."""
    codec: str = ""
    secure: bool = False
    digits: str = ""
    """DTMF sent."""
    silenced: bool = False
    """The ringer was hushed by a key."""
    via: str = ""
    """Our address that its sound last went from."""
    moving: bool = False
    """Its link is gone; it is being moved to another one."""
    peer_holds: bool = False
    """The other side has put us aside."""
    aside_s: float = 0.0
    """Steady time at which it was last put aside."""
    goal: int = 0
    """The call that it is being transferred to; 0: a number, or no transfer."""
    remark: str = ""
    """What is to be known of it besides its state, in words."""
    place: str = ""
    """What is called where it is not the peer's number: a neighbour's SIP address, or without the rule's prefix."""
    carrier: str = ""
    """The neighbour whose modem carries it, as people know that phone; empty: it goes to the peer itself."""
    tried: tuple[str, ...] = ()
    """Places of other neighbours that did not carry it."""
    verstat: Verstat = Verstat.NONE
    hidden: bool = False
    """The other side is not told who calls."""
    orbit: str = ""
    """Where it is being parked; empty: nowhere."""
    text: Conversation | None = None
    """What was written, where the call has a text stream."""


@dataclass(frozen=True, slots=True)
class Served:
    """A call that another phone makes over our modem: two legs, and nobody's handset."""

    caller: Call
    """From the other phone, on the LAN."""
    callee: Call
    """Over the modem, to the number that was dialled there; its state is that of the whole."""


class Page(Enum):
    """A page of the menu."""

    MAIN = "main"
    MISSED = "missed"
    CALLS = "calls"
    CONTACTS = "contacts"
    SOUND = "sound"
    MELODY = "melody"
    COUNTRY = "country"
    LANGUAGE = "language"
    LINE = "line"
    ABOUT = "about"
    TEAM = "team"
    NEXT = "next"
    PAGING = "paging"


@dataclass(frozen=True, slots=True)
class Typing:
    """A text being typed by multi-tap into the setting `field`."""

    field: str
    text: str
    mode: str = "abc"
    last: str = ""
    """The key whose letters are still cycling; empty when the letter is settled."""


@dataclass(frozen=True, slots=True)
class Menu:
    """The open menu: the way to the current page, and the row selected on each."""

    path: tuple[tuple[Page, int], ...] = ((Page.MAIN, 0),)
    typing: Typing | None = None

    @property
    def page(self) -> Page:
        """The page shown."""
        return self.path[-1][0]

    @property
    def row(self) -> int:
        """The row selected on it."""
        return self.path[-1][1]


class Leaving(Enum):
    """How far the last gasp has come."""

    ARMING = "arming"
    """The forward for every call is on its way."""
    UNREGISTERING = "unregistering"
    GONE = "gone"
    """The machine was told to switch off."""


@dataclass(frozen=True, slots=True)
class Noted:
    """Something that happened to the phone as a whole, for the log and the time line."""

    wall: datetime
    text: str


@dataclass(frozen=True, slots=True)
class Shown:
    """What the world was last told, to tell it only what changes."""

    screen: Screen | None = None
    ear: ConnectEar = ConnectEar()
    joined: JoinCalls = JoinCalls()
    ring: Ring = Ring("")
    leds: tuple[tuple[Led, Blink], ...] = ()
    language: str = ""
    """What `screen` was said in."""


@dataclass(frozen=True, slots=True)
class Phone:
    """Everything the phone knows."""

    settings: Settings = Settings()
    hook: Hook = Hook.DOWN
    handsfree: bool = False
    """The person listens and speaks without the handset, by loudspeaker or headset."""
    desk: Desk = Desk.RESTING
    engine_up: bool = False
    lines: tuple[Line, ...] = ()
    calls: tuple[Call, ...] = ()
    digits: str = ""
    """Typed, not sent yet."""
    cause: Cause | None = None
    """Why the last call ended, while AFTER_CALL tells it."""
    muted: bool = False
    menu: Menu | None = None
    notice: Cause | None = None
    """Something to say while the handset rests."""
    gauge: str = ""
    """`handset` or `ringer` while its level is shown."""
    lost: frozenset[str] = frozenset()
    """Sound parts that are missing: `handset`, `headset`, `speaker`, `ringer`."""
    lock: Lock = Lock()
    stuck: frozenset[str] = frozenset()
    """Keys that cannot be a finger any more."""
    log: tuple[LoggedCall, ...] = ()
    """Newest first."""
    forward: Forward = Forward()
    engaged: Choice | None = None
    """How the last call left that found the other side busy."""
    ahead: Ahead = Ahead()
    """What is chosen for the next call."""
    again: str = ""
    """The number of a call that was lost, while OK calls it again."""
    paths: Paths = Paths()
    via: str = ""
    """The address that the lines were last told to use."""
    cut: bool = False
    """The lines were told that no link leads to the server."""
    lost_s: float | None = None
    """Steady time since when no line has been registered; None: one is, or none is set up."""
    wake_s: float = 0.0
    """Steady time at which the ways are looked at again by themselves."""
    modem: ModemChanged = ModemChanged(ModemStage.ABSENT)
    sound: CellSoundReady | None = None
    """The modem's voice that is joined to the bridge."""
    clock_sure: bool = False
    """Whether the wall clock is confirmed; until then it may be behind."""
    clock_source: ClockSource = ClockSource.NOBODY
    power: Power = Power()
    leaving: Leaving | None = None
    """The last gasp, while it runs."""
    lan: ConfigureLan = ConfigureLan()
    """How the phone is on the LAN; without an address: not at all."""
    neighbours: tuple[Neighbour, ...] = ()
    """The other phones of the provisioning, one for each number."""
    sought: SeekNeighbours = SeekNeighbours()
    """How they were last looked for, and what they were told of us."""
    served: Served | None = None
    paging: Paging = Paging()
    watched: tuple[Watched, ...] = ()
    """The subscriptions to others' states and to mailboxes."""
    next_watch: int = 1
    ear_notice: bool = False
    """A short tone tells the ear that something has changed."""
    notes: tuple[Noted, ...] = ()
    """Newest first."""
    selected: int = 0
    """The call that a person has chosen on the display; 0: the one that matters most."""
    transferee: int = 0
    """The call that is to be transferred to what is dialled, or talked to, now; 0: none."""
    recalling: bool = False
    """The phone rings for a call put aside: the handset has rested too long."""
    next_call: int = 1
    next_token: int = 1
    timers: frozenset[tuple[Timer, int, int]] = frozenset()
    """(timer, of, token) of every timer that runs."""
    shown: Shown = field(default=Shown())

    @property
    def active(self) -> Call | None:
        """The call that has the handset; of a conference the first."""
        return next((call for call in self.calls if call.state in HOLDING_EAR), None)

    @property
    def lifted(self) -> bool:
        """Whether somebody is at the phone: the handset is up, or it is used hands free."""
        return self.hook is Hook.UP or self.handsfree

    @property
    def conference(self) -> tuple[Call, ...]:
        """The calls that hear each other; fewer than two are none."""
        talking = tuple(call for call in self.calls if call.state is CallState.TALKING)
        return talking if len(talking) > 1 else ()

    @property
    def held(self) -> tuple[Call, ...]:
        """The calls put aside, the longest first."""
        return tuple(sorted((c for c in self.calls if c.state is CallState.HELD), key=lambda c: c.aside_s))

    @property
    def alive(self) -> tuple[Call, ...]:
        """The calls that a person knows of."""
        return tuple(call for call in self.calls if call.state is not CallState.ENDING)

    @property
    def alerting(self) -> Call | None:
        """The call that rings."""
        return next((call for call in self.calls if call.state is CallState.ALERTING), None)

    @property
    def registered(self) -> bool:
        """Whether any line is."""
        return any(line.state is LineState.REGISTERED for line in self.lines)

    @property
    def missed(self) -> int:
        """Missed calls nobody has looked at."""
        return sum(1 for call in self.log if not call.seen)

    @property
    def private(self) -> bool:
        """Whether digits are somebody's secret now: a password being typed, a PIN in a call or of the lock."""
        typing = self.menu.typing if self.menu else None
        return self.lock.locked or self.active is not None or (typing is not None and typing.field == "password")

    @property
    def cell_voice(self) -> bool:
        """Whether the modem can carry a call now."""
        return self.modem.voice and self.modem.stage in (ModemStage.HOME, ModemStage.ROAMING)

    def name_of(self, number: str) -> str:
        """What the contacts, or else earlier calls, say that this number is called; empty: nothing."""
        contact = self.settings.contact(number)
        if contact is not None:
            return contact.name
        return next(
            (
                call.name
                for call in self.log
                if call.number == number and call.name and call.direction is not Direction.SERVED
            ),
            "",
        )

    def call(self, number: int) -> Call | None:
        """The call of that number, while it lives; a served one too."""
        served = () if self.served is None else (self.served.caller, self.served.callee)
        return next((call for call in (*self.calls, *served) if call.number == number), None)


HOLDING_EAR = frozenset(
    {
        CallState.DIALED,
        CallState.RINGBACK,
        CallState.EARLY,
        CallState.ANSWERING,
        CallState.TALKING,
    }
)
"""States in which a call has the handset."""

UNANSWERED = frozenset({CallState.DIALED, CallState.RINGBACK, CallState.EARLY})
"""States of a call of ours that nobody has answered yet."""
ASIDE = frozenset({CallState.HELD, CallState.TRANSFERRING})
"""States in which the other side hears music."""
