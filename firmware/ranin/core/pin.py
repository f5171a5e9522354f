"""The PIN of the keypad lock: kept as a salted hash alone (scrypt, RFC 7914), and what is known of the lock."""

import hashlib
from dataclasses import dataclass

from ranin.core.settings import Secret

_COST, _BLOCK = 1 << 12, 8
"""4 MB and about a tenth of a second: a person does not wait, a thief who tries all PINs does."""
_KIND = "scrypt"


def hashed(pin: str, salt: bytes) -> str:
    """What is kept of a PIN: `scrypt$salt$key`, both in hexadecimal."""
    key = hashlib.scrypt(pin.encode(), salt=salt, n=_COST, r=_BLOCK, p=1, dklen=32)
    return "$".join((_KIND, salt.hex(), key.hex()))


def is_hash(text: str) -> bool:
    """Whether it is what `hashed` gives."""
    kind, *parts = text.split("$")
    hexadecimal = all(len(part) in (32, 64) and not part.strip("0123456789abcdef") for part in parts)
    return kind == _KIND and len(parts) == 2 and hexadecimal


def matches(kept: Secret, pin: Secret) -> bool:
    """Whether it is the PIN."""
    salt = bytes.fromhex(kept.text.split("$")[1])
    return hashed(pin.text, salt) == kept.text


@dataclass(frozen=True, slots=True)
class Lock:
    """How the keypad is locked."""

    locked: bool = False
    typed: Secret = Secret()
    """The PIN, or a number for help, so far."""
    failures: int = 0
    """Wrong PINs in a row."""
    until_s: float = 0.0
    """Steady time before which no PIN is tried."""
