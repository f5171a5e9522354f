"""What can happen to one call."""

from dataclasses import dataclass
from enum import Enum


class What(Enum):
    """All that can happen to one call."""

    TRYING = "trying"
    RINGING = "ringing"
    EARLY_MEDIA = "early media"
    ANSWERED = "answered"
    MEDIA = "media"
    PEER_HOLDS = "peer holds"
    ENDED = "ended"
    LIFTED = "lifted"
    REPLACED = "replaced"
    CANCELLED = "cancelled"
    DIGIT = "digit"
    SILENCED = "silenced"
    HOLD = "hold"
    RESUME = "resume"
    REFER = "refer"
    REFERRED = "referred"
    NOT_REFERRED = "not referred"
    ENGINE_LOST = "engine lost"
    TIMED_OUT = "timed out"


@dataclass(frozen=True, slots=True)
class Detail:
    """What an event carries besides its kind."""

    code: int = 0
    codec: str = ""
    secure: bool = False
    digit: str = ""
    holds: bool = False
    """The other side puts us aside, or takes us back."""
    target: str = ""
    """Who a transferred call is to ring."""
    goal: int = 0
    """The call it is to replace there; 0: a new one."""
