"""Time as the core sees it: always an argument."""

from dataclasses import dataclass
from datetime import datetime, timedelta

NEVER_S = float("inf")
"""A steady time that does not come."""


@dataclass(frozen=True, slots=True)
class Moment:
    """Now: `mono_s` counts seconds steadily, `wall` is what a clock on the wall shows."""

    mono_s: float
    wall: datetime

    def later(self, seconds: float) -> "Moment":
        """The moment `seconds` from this one."""
        return Moment(self.mono_s + seconds, self.wall + timedelta(seconds=seconds))
