"""What real-time text (RFC 4103) adds to the core's words, and how its characters are read (ITU-T T.140)."""

from dataclasses import dataclass, field

LONGEST = 1000
"""Characters kept of each side; the oldest go."""

BACKSPACE = "\b"
"""Erases the last character (T.140 §7.4)."""
NEW_LINE = "\u2028"
"""Line separator (T.140 §7.3)."""
_JOINERS = "\u200c\u200d"
"""Invisible, but Persian and emoji are not right without them."""


@dataclass(frozen=True, slots=True)
class TextChanged:
    """Whether the call has a text stream now."""

    call: int
    there: bool


@dataclass(frozen=True, slots=True)
class TextReceived:
    """Characters from the other side, control characters among them; never in a log."""

    call: int
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class SendText:
    """Send these characters now, control characters among them; never in a log."""

    call: int
    text: str = field(repr=False)


TextEvent = TextChanged | TextReceived


@dataclass(frozen=True, slots=True)
class Conversation:
    """What was written in a call that has a text stream, or had one."""

    there: bool = True
    """Whether the stream is there now."""
    theirs: str = field(default="", repr=False)
    ours: str = field(default="", repr=False)
    typing: bool = False
    """The digit keys write, and send no DTMF."""
    mode: str = "abc"
    last: str = ""
    """The key whose letters are still cycling; empty when the letter is settled."""


def read(kept: str, text: str) -> str:
    """What is kept after these characters have come; CR is kept as it is, for LF may follow it in the next packet."""
    for letter in text:
        if letter == BACKSPACE:
            kept = kept[:-1]
        elif letter in ("\n", NEW_LINE, "\u2029"):
            kept = kept.removesuffix("\r") + "\n" if letter == "\n" else kept + "\n"
        elif letter == "\r" or letter in _JOINERS or letter.isprintable():
            kept += letter
    return kept[-LONGEST:]
