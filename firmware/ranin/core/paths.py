"""Which way the number is reached now: SIP over one link, the modem's own voice, or the forward armed beforehand.

A link is judged by whether the server answers over it, three times in a row, never by its carrier. Going to a worse
way is done at once; going back waits until the better one has been steady and nobody talks. A living link whose
registrar is silent is passed over for half an hour, while there is another.
"""

from dataclasses import dataclass, replace
from enum import IntEnum

from ranin.core.moment import NEVER_S
from ranin.core.outage import Link, LinkProbed

MISSES = 3
"""Unanswered probes in a row that make a link dead."""
STEADY_S = 30.0
"""How long a better way must have been alive before it is gone back to."""
GRACE_S = 12.0
"""How long no line may be registered over a living link before SIP counts as lost."""
UNANSWERED = 2
"""REGISTERs in a row without an answer that make a living link one that does not lead to the registrar."""
SHUN_S = 1800.0
"""How long such a link is passed over before it is tried again; the try is one REGISTER."""
SILENT = "Registration is not answered"
_ORDER = tuple(Link)


class Path(IntEnum):
    """The ways, best first."""

    NORMAL = 0
    """SIP over Ethernet or Wi-Fi."""
    DEGRADED = 1
    """SIP over LTE data: the same number."""
    CELL_ONLY = 2
    """The modem's own voice: calls go out with the SIM's number."""
    FORWARD_ONLY = 3
    """Nothing left: the number rings on the mobile, if that was armed."""


@dataclass(frozen=True, slots=True)
class Reach:
    """What is known of one link."""

    link: Link
    address: str = ""
    """Our own address on it, the last known."""
    server: str = ""
    """The server's address that last answered over it."""
    alive: bool | None = None
    """None: not judged yet."""
    since_s: float = 0.0
    """Steady time since when it has been alive or dead."""
    misses: int = 0
    """Unanswered probes in a row."""
    answered: bool = False
    """The server has answered a probe over it: one that never does is not judged by its silence."""
    reason: str = ""
    """Why the newest probe failed, in words."""
    unanswered: int = 0
    """REGISTERs over it without an answer, in a row."""
    unanswered_s: float = 0.0
    """Steady time of the newest of them."""

    @property
    def silent(self) -> bool:
        """Whether the registrar is not reached over it, as far as it was tried."""
        return self.unanswered >= UNANSWERED

    @property
    def trouble(self) -> str:
        """What is wrong with it, in words; empty: nothing."""
        return self.reason or (SILENT if self.silent else "")

    def shunned(self, now_s: float) -> bool:
        """Whether another link is to be taken, though this one may live."""
        return self.silent and now_s < self.unanswered_s + SHUN_S


@dataclass(frozen=True, slots=True)
class Paths:
    """All ways, and the one in use."""

    reaches: tuple[Reach, ...] = ()
    """In the order of `Link`."""
    link: Link | None = None
    """The link that the lines use; None: whatever way the system takes."""
    path: Path = Path.NORMAL
    reason: str = ""
    """Why it is not NORMAL, in words."""

    def reach(self, link: Link | None) -> Reach | None:
        """What is known of that link."""
        return next((reach for reach in self.reaches if reach.link is link), None)

    @property
    def via(self) -> str:
        """Our own address on the link in use; empty: whatever the system takes."""
        reach = self.reach(self.link)
        return reach.address if reach is not None else ""

    @property
    def server(self) -> str:
        """The first line's server as it last answered over the link in use; empty: its name is to be looked up."""
        reach = self.reach(self.link)
        return reach.server if reach is not None else ""

    @property
    def cut(self) -> bool:
        """Whether no link leads to the first line's server, as far as it was asked."""
        return bool(self.reaches) and all(reach.alive is False for reach in self.reaches)


@dataclass(frozen=True, slots=True)
class Needs:
    """What else the choice depends on."""

    lost_s: float | None = None
    """Steady time since when no line has been registered; None: one is, or none is set up."""
    trouble: str = ""
    """Why no line is registered, in words."""
    cell: bool = False
    """The modem can carry a voice call."""
    busy: bool = False
    """A call is in progress: nothing better is gone to."""
    ending: bool = False
    """The battery is at its end."""


def probed(paths: Paths, event: LinkProbed, registered: bool, now_s: float) -> Paths:
    """Take a probe's result; `registered`: a line is registered over this very link."""
    old = paths.reach(event.link) or Reach(event.link, since_s=now_s)
    if event.alive:
        new = replace(old, misses=0, answered=True, reason="")
    elif registered and not old.answered:
        new = replace(old, misses=0)
    else:
        new = replace(old, misses=old.misses + 1, reason=event.reason)
    alive = True if new.misses == 0 else False if new.misses >= MISSES else old.alive
    new = replace(new, alive=alive, address=event.address or old.address, server=event.server or old.server)
    if alive is not old.alive:
        new = replace(new, since_s=now_s)
    if old.address != new.address:
        new = replace(new, unanswered=0)
    return _known(paths, new)


def registration(paths: Paths, answered: bool, now_s: float) -> Paths:
    """A REGISTER to the first line's server, over the link in use, was answered, whatever the answer, or was not."""
    reach = paths.reach(paths.link)
    if reach is None:
        return paths
    count = 0 if answered else reach.unanswered + 1
    return _known(paths, replace(reach, unanswered=count, unanswered_s=now_s))


def _known(paths: Paths, new: Reach) -> Paths:
    others = [reach for reach in paths.reaches if reach.link is not new.link]
    return replace(paths, reaches=tuple(sorted((*others, new), key=lambda reach: _ORDER.index(reach.link))))


def unjudged(paths: Paths) -> Paths:
    """Another server is asked from now on: what is known of the links but their addresses is forgotten."""
    return replace(paths, reaches=tuple(Reach(reach.link, reach.address) for reach in paths.reaches))


def choose(paths: Paths, needs: Needs, now_s: float) -> Paths:
    """The link and the way to use now."""
    chosen = replace(paths, link=_link(paths, needs, now_s))
    path = _path(chosen, needs, now_s)
    if path is paths.path:
        return replace(chosen, reason=_reason(chosen, path, needs)) if path is Path.FORWARD_ONLY else chosen
    return replace(chosen, path=path, reason=_reason(chosen, path, needs))


def due_s(paths: Paths, needs: Needs, now_s: float) -> float:
    """Steady time at which `choose` may say something else although nothing happens; NEVER_S: not by itself."""
    times = [] if needs.busy else [reach.since_s + STEADY_S for reach in paths.reaches if reach.alive]
    times += [reach.unanswered_s + SHUN_S for reach in paths.reaches if reach.silent]
    if needs.lost_s is not None:
        times.append(needs.lost_s + GRACE_S)
    return min((time for time in times if time > now_s), default=NEVER_S)


def _link(paths: Paths, needs: Needs, now_s: float) -> Link | None:
    """A dead link is left at once for the best living one; a living one for a better one that has been steady."""
    living = [reach for reach in paths.reaches if reach.alive]
    living = [reach for reach in living if not reach.shunned(now_s)] or living
    current = paths.reach(paths.link)
    if current is None or current.alive is False:
        judged = living and all(reach.alive is not None for reach in paths.reaches[: paths.reaches.index(living[0])])
        return living[0].link if judged else paths.link
    if needs.busy:
        return paths.link
    if current.alive and current not in living:
        return living[0].link
    steady = [reach for reach in living if now_s >= reach.since_s + STEADY_S]
    better = [reach for reach in steady if _ORDER.index(reach.link) < _ORDER.index(current.link)]
    return better[0].link if better else paths.link


def _path(paths: Paths, needs: Needs, now_s: float) -> Path:
    if needs.ending:
        return Path.FORWARD_ONLY
    sip = _by_sip(paths, needs, now_s)
    if paths.path is Path.CELL_ONLY and sip is not None and needs.cell and _unsteady(paths, needs, now_s):
        return Path.CELL_ONLY
    if sip is not None:
        return sip
    return Path.CELL_ONLY if needs.cell else Path.FORWARD_ONLY


def _by_sip(paths: Paths, needs: Needs, now_s: float) -> Path | None:
    """The way by SIP; None while there is none."""
    unregistered = needs.lost_s is not None and (now_s >= needs.lost_s + GRACE_S or paths.path > Path.DEGRADED)
    if (paths.cut and needs.lost_s is not None) or unregistered:
        return None
    return Path.DEGRADED if paths.link is Link.LTE else Path.NORMAL


def _unsteady(paths: Paths, needs: Needs, now_s: float) -> bool:
    reach = paths.reach(paths.link)
    return needs.busy or (reach is not None and now_s < reach.since_s + STEADY_S)


def _reason(paths: Paths, path: Path, needs: Needs) -> str:
    if path is Path.NORMAL:
        return ""
    if needs.ending:
        return "Battery empty"
    broken = next((reach.trouble for reach in paths.reaches if reach.trouble), "")
    return (broken if paths.cut or path is Path.DEGRADED else "") or needs.trouble or "No network"
