"""What is known of the forwards at the other side, in the form that is kept across restarts."""

from dataclasses import dataclass
from enum import Enum

from ranin.core.settings import Means


class Belief(Enum):
    """What we hold to be so at the other side."""

    ARMED = "armed"
    NOT_ARMED = "not-armed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class KnownForward:
    """One forward at the other side: for when we are unreachable, or (`always`) for every call."""

    place: str
    """Where it is; the same text is the same forward. Holds no secret."""
    always: bool
    backend: str
    account: str
    """`user@domain` of the line, or `sim`."""
    means: Means
    """What takes it off again, even when the settings have forgotten it."""
    maybe: tuple[str, ...]
    """Every number that may be in effect, sorted; an empty text is no forward."""
    believed: Belief
    since: str
    """Wall clock of the belief, ISO 8601; empty: never asked."""


@dataclass(frozen=True, slots=True)
class KeepForward:
    """Put on disk what is known of a forward, in the place of what was known before."""

    forward: KnownForward


@dataclass(frozen=True, slots=True)
class ForgetForward:
    """Nothing of ours is there any more."""

    place: str
    always: bool
