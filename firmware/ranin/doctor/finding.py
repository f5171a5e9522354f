"""What the doctor finds (pure)."""

from dataclasses import dataclass, field
from enum import Enum


class State(Enum):
    """How a part is."""

    WELL = "works"
    WRONG = "wrong"
    ABSENT = "not there"
    SKIPPED = "not tested"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found of one part."""

    part: str
    """`hook`, `keypad`, `line 1`."""
    state: State
    text: str
    todo: str = ""
    """What to do about it; empty: nothing."""
    measured: dict[str, float] = field(default_factory=dict)
    """Numbers for machines; the name ends with the unit: `level_dbfs`, `delay_ms`."""


HELD_TODO = "it is held by the running phone: `systemctl stop ranin`, then ask again"


def held(part: str) -> Finding:
    """What cannot be tested while the daemon has it."""
    return Finding(part, State.SKIPPED, "it cannot be tested beside the running phone", HELD_TODO)
