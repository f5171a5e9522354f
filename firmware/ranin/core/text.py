"""What the phone says, kept apart from the language it is said in.

A message is its English text. A plain literal is one already; what has places to fill is made by `fill` or `plural`.
Both read as English everywhere and are said in the phone's language just before they are drawn (`screens.spoken`).
A `Text` is for a screen alone: what is journalled, logged or kept is plain English.
"""

from typing import Any, Protocol

LANGUAGES = {"en": "English", "es": "Español", "fr": "Français", "de": "Deutsch", "ar": "العربية"}
"""ISO 639-1 code → its own name."""

RIGHT_TO_LEFT = frozenset({"ar"})


class Catalogue(Protocol):
    """The messages of one language, as GNU gettext looks them up."""

    def gettext(self, message: str) -> str:
        """The translation, or the message itself."""

    def ngettext(self, singular: str, plural: str, n: int) -> str:
        """The form for `n` things."""


class Text(str):
    """An English text that still knows its message and what fills its places."""

    __slots__ = ("count", "message", "many", "values")

    message: str
    """The msgid."""
    many: str
    """The msgid_plural; empty: the message has one form."""
    count: int
    """How many things it speaks of, where it has several forms."""
    values: dict[str, Any]
    """What fills the places: a `Text` is said in the language too, anything else stays as it is."""


def fill(message: str, **values: Any) -> Text:
    """A message with its `{places}` filled; the values are not messages unless they are `Text`."""
    if isinstance(message, Text) and not values:
        return message
    return _text(message, "", 1, values)


def plural(one: str, many: str, count: int, **values: Any) -> Text:
    """A message about `{count}` things."""
    return _text(one, many, count, {"count": count} | values)


def verbatim(text: str) -> Text:
    """A name, or words of somebody else: the same in every language."""
    return fill("{text}", text=text)


def _text(message: str, many: str, count: int, values: dict[str, Any]) -> Text:
    pattern = many if many and count != 1 else message
    text = Text(pattern.format_map(values) if values else pattern)
    text.message, text.many, text.count, text.values = message, many, count, values
    return text


def said(text: str, catalogue: Catalogue, isolate: bool = False) -> str:
    """The text in the language of the catalogue; `isolate`: what fills it keeps its own direction (UAX #9, FSI)."""
    if not isinstance(text, Text):
        return catalogue.gettext(text) if text else ""
    pattern = _pattern(text, catalogue)
    if not text.values:
        return pattern
    values = {name: _value(value, catalogue, isolate) for name, value in text.values.items()}
    return pattern.format_map(values)


def _pattern(text: Text, catalogue: Catalogue) -> str:
    if text.many:
        return catalogue.ngettext(text.message, text.many, text.count)
    return catalogue.gettext(text.message) if text.message else ""


def _value(value: Any, catalogue: Catalogue, isolate: bool) -> Any:
    plain = said(value, catalogue, isolate) if isinstance(value, Text) else value
    return f"\u2068{plain}\u2069" if isolate and isinstance(plain, str) else plain
