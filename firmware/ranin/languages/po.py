"""Reads a gettext catalogue as translators write it (GNU gettext manual, "The Format of PO Files").

The source itself is read at the start, so that nothing has to be compiled and no .mo can be older than its .po.
"""

import ast
import re
from dataclasses import dataclass, field

_LINE = re.compile(r'(?:(msgid|msgid_plural|msgstr)(?:\[(\d+)\])?\s+)?(".*")')


class PoError(ValueError):
    """A catalogue that cannot be read; the message says where and why."""


@dataclass
class Entry:
    """One message and its translation."""

    message: str = ""
    """msgid"""
    many: str = ""
    """msgid_plural; empty: one form."""
    forms: dict[int, str] = field(default_factory=dict)
    """msgstr by the index of its plural form."""
    fuzzy: bool = False


def parse(text: str, source: str) -> list[Entry]:
    """Every entry of a catalogue in order, the first is its header. Raises PoError with the line."""
    entries: list[Entry] = []
    keyword, index, fuzzy = "", 0, False
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("#,"):
            fuzzy = fuzzy or "fuzzy" in line
        if not line.strip() or line.startswith("#"):
            continue
        match = _LINE.fullmatch(line.strip())
        if match is None or (match[1] is None and not keyword):
            raise PoError(f"{source}, line {number}: this is no line of a catalogue: {line.strip()}")
        if match[1] == "msgid":
            entries.append(Entry(fuzzy=fuzzy))
            fuzzy = False
        if match[1]:
            keyword, index = match[1], int(match[2] or 0)
        if not entries:
            raise PoError(f"{source}, line {number}: {keyword} comes before any msgid")
        _extend(entries[-1], keyword, index, _unquoted(match[3], f"{source}, line {number}"))
    return entries


def _unquoted(text: str, where: str) -> str:
    try:
        value = ast.literal_eval(text)
    except (SyntaxError, ValueError) as error:
        raise PoError(f"{where}: {text} is not quoted as in C") from error
    return str(value)


def _extend(entry: Entry, keyword: str, index: int, text: str) -> None:
    if keyword == "msgid":
        entry.message += text
    elif keyword == "msgid_plural":
        entry.many += text
    else:
        entry.forms[index] = entry.forms.get(index, "") + text
