"""The dial plan: when a number is complete (RFC 3435 §2.1.5 digit maps)."""

import re
from enum import Enum
from functools import lru_cache

_ATOM = re.compile(r"\[(?P<set>[0-9*#-]+)\]|(?P<one>[0-9*#xT])")
_DIGIT = "0123456789"
_ANY = _DIGIT


class Match(Enum):
    """What the digits so far mean."""

    NONE = "none"
    """No number of the plan begins so."""
    PARTIAL = "partial"
    """More digits must come."""
    READY = "ready"
    """A whole number; more digits may come until the timer runs out."""
    COMPLETE = "complete"
    """A whole number; nothing longer begins so."""


class DigitMapError(ValueError):
    """The text is no digit map; the message says where and what is allowed."""


def match(digit_map: str, digits: str) -> Match:
    """How `digits` stand in `digit_map`, e.g. `112|[2-6]xx|0x.T`.

    `x` is any digit, `[2-57]` a set, `.` repeats the atom before it any number of times
    (none included), `T` waits for the digit timer, `|` separates alternatives.
    Raises DigitMapError.
    """
    results = {_match_one(pattern, digits) for pattern in parse(digit_map)}
    if Match.READY in results or {Match.COMPLETE, Match.PARTIAL} <= results:
        return Match.READY
    return Match.COMPLETE if Match.COMPLETE in results else _open(results)


def _open(results: set[Match]) -> Match:
    return Match.PARTIAL if Match.PARTIAL in results else Match.NONE


Atom = tuple[str, bool]
"""The characters it takes, and whether it repeats (0 or more); `T` is ("T", False)."""


@lru_cache(maxsize=32)
def parse(digit_map: str) -> tuple[tuple[Atom, ...], ...]:
    """The alternatives of a digit map as atoms. Raises DigitMapError."""
    text = digit_map.strip().strip("()")
    return tuple(_parse_one(part.strip()) for part in text.split("|"))


def _parse_one(text: str) -> tuple[Atom, ...]:
    atoms: list[Atom] = []
    place = 0
    while place < len(text):
        found = _ATOM.match(text, place)
        if found is None:
            raise DigitMapError(
                f"digit map {text!r}, character {place + 1} ({text[place]!r}): "
                "use 0-9 * # x [2-5] . T and | between numbers"
            )
        place = found.end()
        repeats = text.startswith(".", place)
        place += repeats
        atoms.append((_characters(found, text), repeats))
    if not atoms:
        raise DigitMapError("digit map: an empty number; write x.T to allow any number")
    return tuple(atoms)


def _characters(found: re.Match[str], text: str) -> str:
    if found["one"]:
        return {"x": _ANY}.get(found["one"], found["one"])
    members = re.sub(r"(.)-(.)", lambda pair: _span(pair, text), found["set"])
    if "-" in members:
        raise DigitMapError(f"digit map {text!r}: [{found['set']}] is no range; write [2-9]")
    return members


def _span(pair: re.Match[str], text: str) -> str:
    low, high = pair[1], pair[2]
    if low not in _DIGIT or high not in _DIGIT or low > high:
        raise DigitMapError(f"digit map {text!r}: [{pair[0]}] runs backwards or is no digit range")
    return _DIGIT[int(low) : int(high) + 1]


def _match_one(atoms: tuple[Atom, ...], digits: str) -> Match:
    """Follow every way through one alternative (a small NFA)."""
    places = _closure(atoms, {0})
    for digit in digits:
        taken = {_after(atoms, place) for place in places if digit in _takes(atoms, place)}
        places = _closure(atoms, taken)
    if not places:
        return Match.NONE
    return _judge(atoms, places)


def _takes(atoms: tuple[Atom, ...], place: int) -> str:
    return "" if place >= len(atoms) or atoms[place][0] == "T" else atoms[place][0]


def _after(atoms: tuple[Atom, ...], place: int) -> int:
    return place if atoms[place][1] else place + 1


def _closure(atoms: tuple[Atom, ...], places: set[int]) -> set[int]:
    """A repeating atom may be taken no times at all."""
    reached = set(places)
    for place in sorted(places):
        while place < len(atoms) and atoms[place][1]:
            place += 1
            reached.add(place)
    return reached


def _judge(atoms: tuple[Atom, ...], places: set[int]) -> Match:
    ended = len(atoms) in places
    timed = any(place < len(atoms) and atoms[place][0] == "T" for place in places)
    more = any(_takes(atoms, place) for place in places)
    if timed or (ended and more):
        return Match.READY
    return Match.COMPLETE if ended else Match.PARTIAL
