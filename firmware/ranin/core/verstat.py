"""What a server has found of a caller's number: whether it is theirs to show (STIR: RFC 8224, ATIS-1000074)."""

from enum import Enum


class Verstat(Enum):
    """The `verstat` parameter (3GPP TS 24.229 §7.2A.20), as the phone treats it."""

    NONE = ""
    """Not told, or not checked (`No-TN-Validation`)."""
    PASSED = "passed"
    FAILED = "failed"
    """The number is not the caller's, or was tampered with on its way."""
