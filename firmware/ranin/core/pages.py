"""What paging by multicast adds to the core's words: groups, targets, and who speaks in which of them."""

from dataclasses import dataclass

PAGE = -3
"""The line of pages of our own."""


@dataclass(frozen=True, slots=True)
class PageGroup:
    """A multicast group that the phone listens to."""

    address: str = ""
    """`224.0.1.75:10000`, `[ff15::1]:10000`."""
    label: str = ""
    """As the display says it; empty: the address."""
    priority: int = 5
    """1 (before all others) to 10."""
    sources: tuple[str, ...] = ()
    """Addresses or networks that may speak there; none: any."""


@dataclass(frozen=True, slots=True)
class PageTarget:
    """A multicast group that the person may speak to."""

    address: str = ""
    label: str = ""
    codec: str = "g722"
    """`g722`, `pcmu` or `pcma`: RTP's static payload types (RFC 3551), 20 ms a packet."""
    code: str = ""
    """What is dialled to speak there; empty: the menu has it alone."""

    @property
    def number(self) -> str:
        """What stands for it where numbers do."""
        return self.code or self.address


@dataclass(frozen=True, slots=True)
class PagingSettings:
    """Pages heard and sent; without groups and targets nothing is listened to."""

    listen: tuple[PageGroup, ...] = ()
    send: tuple[PageTarget, ...] = ()
    barge: int = 0
    """Pages of this priority or a better one are heard in a call as well; 0: none."""
    do_not_disturb: bool = True
    """Do not disturb keeps pages away too."""
    ttl: int = 1
    """How many networks a page of ours crosses; 1 stays in its own (RFC 1112 §6.1)."""

    def target(self, number: str) -> PageTarget | None:
        """Where a page by that number goes."""
        return next((target for target in self.send if number and target.number == number), None)

    def begins(self, digits: str) -> bool:
        """Whether a target's code begins so."""
        return any(target.code.startswith(digits) for target in self.send)


@dataclass(frozen=True, slots=True)
class Paging:
    """The pages of others, as they stand."""

    speaking: tuple[str, ...] = ()
    """Groups in which somebody speaks, who came first first."""
    dismissed: frozenset[str] = frozenset()
    """Those of them that the person does not want to hear."""
    group: str = ""
    """The one that is in the ear; empty: none."""
    number: int = 0
    """The number of its sound on the bridge, from the numbers of calls; 0: none."""


@dataclass(frozen=True, slots=True)
class ConfigurePaging:
    """Listen to these groups, and to no others."""

    paging: PagingSettings


@dataclass(frozen=True, slots=True)
class PlayPage:
    """Put what is said in the group on the bridge as `call`."""

    call: int
    group: str


@dataclass(frozen=True, slots=True)
class SendPage:
    """Send what the bridge gives to `call` to a target's address; CallAnswered tells that it goes out."""

    call: int
    target: str


@dataclass(frozen=True, slots=True)
class StopPage:
    """Take the page off the bridge; for one of our own CallEnded tells that it is."""

    call: int


@dataclass(frozen=True, slots=True)
class PageHeard:
    """Somebody has begun to speak in the group: the first is heard, others there wait until that ends."""

    group: str


@dataclass(frozen=True, slots=True)
class PageEnded:
    """Nothing has come from there for a moment."""

    group: str


PageEvent = PageHeard | PageEnded
PageCommand = ConfigurePaging | PlayPage | SendPage | StopPage
