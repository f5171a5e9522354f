"""Every setting of the configuration file: its place, its meaning, its unit and its range."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ranin.core import dialing
from ranin.core.menu import MELODIES
from ranin.core.settings import Secret
from ranin.core.tones import countries

Check = Callable[[Any], Any]
"""Turns a file's value into the core's, or raises ValueError saying what is allowed."""

CODECS = ("opus", "G722", "PCMA", "PCMU")


@dataclass(frozen=True, slots=True)
class Field:
    """One setting."""

    key: str
    """Its name in the file and in `Settings` or `Account`."""
    check: Check
    says: str
    """One sentence for whoever sets it, with unit and range."""


def text(longest: int = 128) -> Check:
    """A line of text without control characters."""

    def check(value: Any) -> str:
        if not isinstance(value, str):
            raise ValueError(f"must be a text in quotes, not {_kind(value)}")
        if len(value) > longest:
            raise ValueError(f"may have {longest} characters at most, this has {len(value)}")
        if re.search(r"[\x00-\x1f\x7f]", value):
            raise ValueError("may not contain control characters")
        return value.strip()

    return check


def pattern(expression: str, allowed: str) -> Check:
    """A text that matches a regular expression, or an empty one."""
    plain, compiled = text(), re.compile(expression)

    def check(value: Any) -> str:
        word = plain(value)
        if word and not compiled.fullmatch(word):
            raise ValueError(f"{word!r} is not {allowed}")
        return word

    return check


def secret(value: Any) -> Secret:
    """A text that is never shown again; errors do not repeat it."""
    if not isinstance(value, str):
        raise ValueError(f"must be a text in quotes, not {_kind(value)}")
    if len(value) > 128 or re.search(r"[\x00-\x1f\x7f]", value):
        raise ValueError("may have 128 characters at most and no control characters")
    return Secret(value)


def one_of(*choices: str) -> Check:
    """One of a few words; the case of the letters does not matter."""
    known = {choice.lower(): choice for choice in choices}

    def check(value: Any) -> str:
        if not isinstance(value, str) or value.lower() not in known:
            raise ValueError(f"must be one of {', '.join(choices)}")
        return known[value.lower()]

    return check


def number(low: float, high: float, kind: type = int) -> Check:
    """A number from `low` to `high`, both included."""

    def check(value: Any) -> Any:
        fits = isinstance(value, int) or (kind is float and isinstance(value, float))
        if isinstance(value, bool) or not fits or not low <= value <= high:
            raise ValueError(f"must be a number from {low:g} to {high:g}")
        return kind(value)

    return check


def switch(value: Any) -> bool:
    """true or false."""
    if not isinstance(value, bool):
        raise ValueError("must be true or false")
    return value


def digit_map(value: Any) -> str:
    """An RFC 3435 digit map."""
    word: str = text(512)(value)
    dialing.parse(word)
    return word


def codecs(value: Any) -> tuple[str, ...]:
    """Codec names in order of preference, none twice."""
    if not isinstance(value, (list, tuple)) or not value:
        raise ValueError(f"must be a list of {', '.join(CODECS)}")
    names = tuple(one_of(*CODECS)(name) for name in value)
    if len(set(names)) != len(names):
        raise ValueError("names a codec twice")
    return names


def _kind(value: Any) -> str:
    return {bool: "true or false", int: "a number", float: "a number", list: "a list", dict: "a table"}.get(
        type(value), "this"
    )


_HOST = r"\[[0-9A-Fa-f:.]+\](:\d{1,5})?|[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?(:\d{1,5})?"
_USER = r"[^\s@<>\"]+"

SECTIONS: dict[str, tuple[Field, ...]] = {
    "phone": (
        Field("country", one_of(*countries()), "Whose tones are heard: an ISO 3166 code, e.g. FR."),
        Field("digit_map", digit_map, "When a number is complete (RFC 3435), e.g. 112|[2-6]xx|0x.T."),
        Field("digit_timeout_s", number(1, 30, float), "How long T waits for one more digit: 1 to 30 seconds."),
        Field("hash_dials", switch, "true: # sends the number at once; false: # is part of the number."),
    ),
    "sound": (
        Field("codecs", codecs, "Codecs offered, the best first: opus, G722, PCMA, PCMU."),
        Field("handset_volume", number(0, 10), "Level of the earpiece, 0 to 10."),
        Field("ringer_volume", number(0, 10), "Level of the ringer, 0 (silent) to 10."),
        Field("ring_melody", one_of(*MELODIES), f"How it rings: {', '.join(MELODIES)}."),
    ),
    "line": (
        Field("label", text(32), "Name of the line on the display; empty shows the user."),
        Field("user", pattern(_USER, "a user name or number"), "The number or name before the @ of your SIP address."),
        Field("auth_user", text(), "User name for the password where it is not `user`."),
        Field("password", secret, "The SIP password; never shown again."),
        Field("domain", pattern(_HOST, "a host name or address"), "What follows the @: your SIP server or provider."),
        Field("server", pattern(_HOST, "a host name or address"), "Host or host:port to register at; empty: `domain`."),
        Field("transport", one_of("udp", "tcp"), "How messages travel: udp or tcp."),
        Field("expires_s", number(60, 7200), "How long a registration lasts: 60 to 7200 seconds."),
        Field("display_name", text(64), "Your name as callees see it."),
        Field("voicemail", pattern(r"[0-9*#+]+", "a number"), "The number that the message key dials."),
        Field("dtmf", one_of("rfc4733", "info"), "How digits are sent in a call: rfc4733 or info."),
        Field("srtp", one_of("off", "optional", "required"), "Encrypted sound: off, optional or required."),
    ),
}
"""Section of the file → its fields; `line` is a list (`[[line]]`)."""


def field(section: str, key: str) -> Field | None:
    """The field of that name."""
    return next((field for field in SECTIONS[section] if field.key == key), None)
