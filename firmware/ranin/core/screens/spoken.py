"""Screen → the same screen in another language."""

from dataclasses import fields, is_dataclass, replace
from typing import Any

from ranin.core.screens.screen import CallRow, Dialing, Entry, Idle, InCall, Ringing, Screen, Texting
from ranin.core.text import Catalogue, Text, said

_NAMES: dict[type, frozenset[str]] = {
    Idle: frozenset({"time", "line"}),
    Dialing: frozenset({"digits", "line"}),
    Ringing: frozenset({"name", "number", "line"}),
    InCall: frozenset({"name", "number", "digits"}),
    CallRow: frozenset({"name"}),
    Entry: frozenset({"text", "mode"}),
    Texting: frozenset({"name", "theirs", "ours"}),
}
"""Fields with names and numbers: only a `Text` is a message there. A colleague called Sound is no menu."""


def spoken(screen: Screen, catalogue: Catalogue, isolate: bool = False) -> Screen:
    """`screen` with every message said in the language of the catalogue; for `isolate` see `said`."""
    return _spoken(screen, catalogue, isolate)


def _spoken(value: Any, catalogue: Catalogue, isolate: bool, name: bool = False) -> Any:
    if isinstance(value, str):
        return value if name and not isinstance(value, Text) else said(value, catalogue, isolate)
    if isinstance(value, tuple):
        return tuple(_spoken(one, catalogue, isolate) for one in value)
    if not is_dataclass(value):
        return value
    names = _NAMES.get(type(value), frozenset())
    new = {
        field.name: _spoken(getattr(value, field.name), catalogue, isolate, field.name in names)
        for field in fields(value)
    }
    return replace(value, **new)
