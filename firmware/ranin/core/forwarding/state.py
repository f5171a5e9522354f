"""The state of forwarding: every forward at the other side, as wanted and as believed."""

from dataclasses import dataclass

from ranin.core.forwarding.backend import ON, SIM, Backend
from ranin.core.forwarding.backends import BACKENDS
from ranin.core.forwarding.known import Belief, KnownForward
from ranin.core.moment import NEVER_S
from ranin.core.numbers import Book
from ranin.core.outage import Order, OrderKind
from ranin.core.settings import Means

NONE = frozenset({""})
"""No number is in effect."""
WAITS = {"cell": "Waits for the mobile network."}
"""What is said while a path is missing."""


@dataclass(frozen=True, slots=True)
class Switch:
    """One forward at the other side, and the order that is on its way there."""

    place: str
    always: bool
    """For every call; else for when the phone is unreachable."""
    backend: str
    line: int
    account: str
    means: Means
    wanted: str = ""
    """The number that shall ring; empty: none."""
    leaving: bool = False
    """The settings know it no more: once off it is forgotten."""
    maybe: frozenset[str] = NONE
    """Every number that may be in effect; an empty text is no forward."""
    believed: Belief = Belief.NOT_ARMED
    since: str = ""
    """Wall clock of the belief, ISO 8601."""
    check_s: float = NEVER_S
    """Steady time from which on it is verified."""
    order: Order | None = None
    kept: bool = False
    """The order may be tried: it is on disk, or the card will not have it."""
    failures: int = 0
    """In a row."""
    due_s: float = 0.0
    """Steady time from which on the order is tried."""
    refused: bool = False
    """Not tried until the settings or a path change."""
    flying: int = 0
    """Number of an order that is being carried out; 0: none."""
    tried_s: float = -NEVER_S
    """Steady time of the last try."""
    before: frozenset[str] = NONE
    """`maybe` before that try."""
    trouble: str = ""
    """In words; never a secret."""

    @property
    def key(self) -> tuple[str, bool]:
        """What makes it this forward."""
        return self.place, self.always

    @property
    def way(self) -> Backend:
        """Its back end."""
        return BACKENDS[self.backend]

    @property
    def path(self) -> str:
        """The word in `Forward.paths` that its orders need; empty: none."""
        return line_path(self.account) if self.way.path == "line" else self.way.path

    def known(self) -> KnownForward:
        """What is kept of it across restarts."""
        return KnownForward(
            self.place,
            self.always,
            self.backend,
            self.account,
            self.means,
            tuple(sorted(self.maybe)),
            self.believed,
            self.since,
        )


@dataclass(frozen=True, slots=True)
class Forward:
    """All of forwarding."""

    switches: tuple[Switch, ...] = ()
    paths: frozenset[str] = frozenset()
    """What works now: `line_path` of every registered line, `cell`, names of links."""
    gasping: bool = False
    """The phone is about to go."""
    next_order: int = 1
    refusal: str = ""
    """Why what the settings ask for is not done, in words."""
    book: Book = Book()

    @property
    def wanted(self) -> bool:
        """Whether anybody shall ring when the phone is unreachable."""
        return any(switch.wanted for switch in self._standing)

    @property
    def believed(self) -> Belief:
        """ARMED when every forward that shall stand does; UNKNOWN when one may not."""
        beliefs = {switch.believed for switch in self._standing if switch.wanted}
        if beliefs <= {Belief.ARMED}:
            return Belief.ARMED if beliefs else Belief.NOT_ARMED
        return Belief.NOT_ARMED if Belief.NOT_ARMED in beliefs else Belief.UNKNOWN

    @property
    def since(self) -> str:
        """Wall clock of the oldest belief among them, ISO 8601; empty: none yet."""
        return min((switch.since for switch in self._standing if switch.wanted), default="")

    @property
    def pending(self) -> tuple[Order, ...]:
        """Orders that are not in effect yet, oldest first."""
        orders = (switch.order for switch in self.switches if switch.order is not None)
        return tuple(sorted(orders, key=lambda order: order.number))

    @property
    def trouble(self) -> str:
        """The first thing that is wrong, in words; empty: nothing."""
        troubles = (switch.trouble or self._waits(switch) for switch in self.switches)
        return self.refusal or next(filter(None, troubles), "")

    def _waits(self, switch: Switch) -> str:
        if switch.order is None or not switch.path or switch.path in self.paths:
            return ""
        return WAITS.get(switch.path, f"Waits for {switch.account} to register.")

    @property
    def _standing(self) -> tuple[Switch, ...]:
        return tuple(switch for switch in self.switches if not switch.always and switch.account != SIM)

    def switch(self, key: tuple[str, bool]) -> Switch | None:
        """The forward of that key."""
        return next((switch for switch in self.switches if switch.key == key), None)


def line_path(account: str) -> str:
    """The word in `Forward.paths` for a registered line."""
    return f"line {account}"


def effect(order: Order) -> str:
    """The number that is in effect when the order is done; empty: none."""
    return order.target if order.kind in ON.values() else ""


def changes(order: Order) -> bool:
    """Whether the order does something at the other side; VERIFY only looks."""
    return order.kind is not OrderKind.VERIFY
