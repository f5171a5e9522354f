"""The keys of the phone and what a digit key means on the wire."""

from enum import Enum


class Key(Enum):
    """A key of the phone; the value is its name in board files and journals."""

    D0 = "0"
    D1 = "1"
    D2 = "2"
    D3 = "3"
    D4 = "4"
    D5 = "5"
    D6 = "6"
    D7 = "7"
    D8 = "8"
    D9 = "9"
    STAR = "*"
    HASH = "#"
    MENU = "menu"
    UP = "up"
    DOWN = "down"
    OK = "ok"
    CANCEL = "cancel"
    MUTE = "mute"
    MESSAGE = "message"
    REDIAL = "redial"
    SPEAKER = "speaker"
    SOFT1 = "soft1"
    SOFT2 = "soft2"
    SOFT3 = "soft3"


SOFT_KEYS = (Key.SOFT1, Key.SOFT2, Key.SOFT3)
"""The keys below the display, from left to right: it says what each does now."""

DIGITS = frozenset(key for key in Key if len(key.value) == 1)
"""The twelve keys of a telephone: each sends its own character (ITU-T E.161)."""


def is_digit(key: Key) -> bool:
    """Whether the key dials (0-9, * and #)."""
    return key in DIGITS
