"""TOML text → settings, with every mistake named; and settings → what differs."""

import difflib
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, is_dataclass, replace
from typing import Any

from ranin.config import paging, schema
from ranin.core.settings import MOST_LINES, Account, Contact, DialRule, Secret, Settings, Watch

Table = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing wrong with a configuration: where, and what to do."""

    where: str
    """`line[1].password`"""
    text: str

    def __str__(self) -> str:
        return f"{self.where}: {self.text}" if self.where else self.text


class ConfigError(ValueError):
    """A configuration that cannot be used; `mistakes` has all that is wrong with it."""

    def __init__(self, source: str, mistakes: Iterable[Mistake]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__(f"{source}: " + "; ".join(str(mistake) for mistake in self.mistakes))


NESTED = ("forward", "modem", "lan", "lock", "paging")
"""Sections that are a field of `Settings` of the same name."""
LISTS = {
    "line": ("accounts", Account, MOST_LINES),
    "rule": ("rules", DialRule, 64),
    "contact": ("contacts", Contact, 500),
    "watch": ("watch", Watch, 64),
}
"""Sections that come again and again: the field of `Settings`, what a row is, and how many there may be."""
Rows = tuple[Any, ...]


def parse(text: str, source: str) -> dict[str, Any]:
    """The tables of a TOML text. Raises ConfigError with line and column."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(source, [Mistake("", f"this is not TOML: {error}")]) from error


def apply(settings: Settings, table: Table, source: str) -> Settings:
    """`settings` with what `table` sets. Raises ConfigError naming every mistake at once."""
    mistakes: list[Mistake] = []
    for section in table:
        if section not in schema.SECTIONS:
            mistakes.append(Mistake(section, _unknown("section", section, schema.SECTIONS)))
    values: dict[str, Any] = {}
    for section in ("phone", "sound"):
        values |= _fields(section, table.get(section, {}), section, mistakes)
    for section in NESTED:
        changed = _fields(section, table.get(section, {}), section, mistakes)
        values[section] = replace(getattr(settings, section), **changed)
    for section, (name, kind, most) in LISTS.items():
        if section in table:
            old = getattr(settings, name)
            values[name] = _rows(section, old, kind, most, table[section], mistakes)
    if mistakes:
        raise ConfigError(source, mistakes)
    return replace(settings, **values)


def _rows(section: str, old: Rows, kind: type, most: int, rows: Any, mistakes: list[Mistake]) -> Rows:
    if not isinstance(rows, list):
        mistakes.append(Mistake(section, f"write each {section} as [[{section}]] with two brackets"))
        return old
    if len(rows) > most:
        mistakes.append(Mistake(section, f"there may be {most} at most, here are {len(rows)}"))
        return old
    made = []
    for index, row in enumerate(rows):
        base = old[index] if index < len(old) else kind()
        made.append(replace(base, **_fields(section, row, f"{section}[{index + 1}]", mistakes)))
    return tuple(made)


def _fields(section: str, row: Any, where: str, mistakes: list[Mistake]) -> dict[str, Any]:
    if not isinstance(row, Mapping):
        mistakes.append(Mistake(where, f"must be a table: write [{section}] on a line of its own"))
        return {}
    values = {}
    for key, value in row.items():
        field = schema.field(section, key)
        place = f"{where}.{key}"
        if field is None:
            names = [known.key for known in schema.SECTIONS[section]]
            mistakes.append(Mistake(place, _unknown("setting", key, names)))
            continue
        try:
            values[key] = field.check(value)
        except ValueError as error:
            mistakes.append(Mistake(place, str(error)))
    return values


def _unknown(what: str, word: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(word, list(known), 1)
    hint = f"did you mean {close[0]!r}?" if close else f"there are {', '.join(known)}"
    return f"no {what} is called {word!r}; {hint}"


def difference(base: Settings, new: Settings) -> dict[str, Any]:
    """The smallest table that `apply` turns `base` into `new` with (secrets in clear)."""
    table: dict[str, Any] = {}
    for section in ("phone", "sound"):
        changed = _changed(section, base, new)
        if changed:
            table[section] = changed
    for section in NESTED:
        changed = _changed(section, getattr(base, section), getattr(new, section))
        if changed:
            table[section] = changed
    for section, (name, kind, _) in LISTS.items():
        old, rows = getattr(base, name), getattr(new, name)
        if rows != old:
            bases = (*old, *(kind() for _ in rows[len(old) :]))
            table[section] = [_changed(section, was, row) for was, row in zip(bases, rows, strict=False)]
    return table


def _changed(section: str, base: Any, new: Any) -> dict[str, Any]:
    fields = (field for field in schema.SECTIONS[section] if getattr(new, field.key) != getattr(base, field.key))
    return {field.key: _plain(getattr(new, field.key), field.table) for field in fields}


def _plain(value: Any, table: bool = False) -> Any:
    if table:
        return {name: _plain(item) for name, item in value}
    if isinstance(value, Secret):
        return value.text
    if isinstance(value, tuple):
        return [paging.table(item) if is_dataclass(item) else item for item in value]
    return value
