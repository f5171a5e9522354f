"""A line's registration, as the phone knows it."""

from dataclasses import dataclass
from enum import Enum


class LineState(Enum):
    """Where a registration stands."""

    OFF = "off"
    """No account."""
    TRYING = "trying"
    REGISTERED = "registered"
    WAITING = "waiting"
    """Failed; tried again when the back-off timer runs out."""


@dataclass(frozen=True, slots=True)
class Line:
    """The registration of one account."""

    state: LineState = LineState.OFF
    failures: int = 0
    """Failures in a row."""
    trouble: str = ""
    """Why it is not registered, in words."""
    messages: int = 0
    """New voice messages."""
    servers: int = 1
    """How many servers it has: as DNS and the settings name them, the best first."""
    at: int = 0
    """Which of them it is at, or tries."""
    returning: bool = False
    """The best is tried again; the registration at another one still stands."""
    returns: int = 0
    """How often that has failed."""
