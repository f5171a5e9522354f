"""When a PIN may be entered (pure): three wrong ones lock the SIM for good, so each is tried once."""

import hashlib
import re
from dataclasses import dataclass

from ranin.core.settings import Secret

FEWEST_ATTEMPTS = 2
"""The last attempt is never ours: a person unlocks the SIM in a mobile (3GPP TS 31.101 §9)."""
_ALL_ATTEMPTS = 3
"""A counter that still shows this many has not seen a wrong PIN."""
_PENDING, _REFUSED = "?", "!"


@dataclass(frozen=True, slots=True)
class Tried:
    """The PINs that were tried, as fingerprints: pending ones (nobody knows what came of it) and refused ones."""

    rows: tuple[str, ...] = ()

    def objection(self, pin: Secret, card: str, left: int | None) -> str:
        """Why this PIN must not be entered, in words; empty when it may. `left`: attempts, None when unknown."""
        if not pin:
            return "the SIM wants a PIN"
        if not re.fullmatch(r"[0-9]{4,8}", pin.text):
            return "the PIN is not 4 to 8 digits"
        if left is not None and left < FEWEST_ATTEMPTS:
            return "only the last attempt is left: unlock the SIM in a mobile"
        mark = self._mark(pin, card)
        if mark == _REFUSED:
            return "the SIM has refused this PIN"
        if mark == _PENDING and (left is None or left < _ALL_ATTEMPTS):
            return "this PIN was tried and its answer was lost"
        return ""

    def pending(self, pin: Secret, card: str, salt: str) -> "Tried":
        """With this PIN as tried; to be on disk before it is entered."""
        return Tried((*self.forgotten(pin, card).rows, _PENDING + _fingerprint(pin, card, salt)))

    def refused(self, pin: Secret, card: str, salt: str) -> "Tried":
        """With this PIN as wrong, for ever."""
        return Tried((*self.forgotten(pin, card).rows, _REFUSED + _fingerprint(pin, card, salt)))

    def forgotten(self, pin: Secret, card: str) -> "Tried":
        """Without this PIN: it was right."""
        return Tried(tuple(row for row in self.rows if not _is(row, pin, card)))

    def _mark(self, pin: Secret, card: str) -> str:
        return next((row[0] for row in self.rows if _is(row, pin, card)), "")


def _is(row: str, pin: Secret, card: str) -> bool:
    salt, _, digest = row[1:].partition("$")
    return bool(digest) and row[1:] == _fingerprint(pin, card, salt)


def _fingerprint(pin: Secret, card: str, salt: str) -> str:
    """`salt$digest` of the PIN on this card; slow, so that the file does not tell the PIN at a glance."""
    digest = hashlib.scrypt(f"{card}:{pin.text}".encode(), salt=salt.encode(), n=2**10, r=8, p=1, dklen=16)
    return f"{salt}${digest.hex()}"
