"""Every message of the source, found in its syntax; run as a module it prints what a catalogue lacks, or all."""

import ast
import re
import sys
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ranin.core.menu import MELODIES
from ranin.languages.catalogues import read
from ranin.network import asker

PACKAGE = Path(__file__).parents[2] / "firmware" / "ranin"
ELSEWHERE = (*MELODIES, asker.GONE, asker.NO_ADDRESS, asker.NO_NAME, asker.FOREIGN, *asker.NO_CARRIER.values())
"""Messages that are no literals with a capital of the core; its other rooms say theirs in an event."""
UNTRANSLATED = {
    *("Opus", "Speex", "Ranin"),  # proper names
    *("Secret(***)", "Secret()", "Moment"),  # never shown
    *("Clock confirmed by the network", "Clock set by the mobile network"),  # for the log
}
LOGGED = {"note", "_modem_words", "_stage_changed"}
"""Calls and functions whose words are for the log alone."""
_SAID = re.compile(r"[A-Z][a-z]|OK ")


@dataclass(frozen=True)
class Message:
    """One message and where it is said first."""

    text: str
    where: str
    many: str = ""


class Escaped(AssertionError):
    """An English text that no catalogue can translate."""


@cache
def messages() -> dict[str, Message]:
    """Every message by its text. Raises Escaped for a text put together where `fill` is needed."""
    found: dict[str, Message] = {text: Message(text, "elsewhere") for text in ELSEWHERE}
    for path in _files():
        for message in of(path):
            if message.text not in UNTRANSLATED and not (message.text in found and not message.many):
                found[message.text] = message
    return dict(sorted(found.items(), key=lambda row: row[0].casefold()))


def _files() -> list[Path]:
    """The core but its forwards, whose words are for the log and the page, and the languages' own names."""
    paths = sorted((PACKAGE / "core").rglob("*.py"))
    return [path for path in paths if path.parent.name != "forwarding" and path.name != "text.py"]


def of(path: Path, tree: ast.AST | None = None) -> Iterator[Message]:
    """The messages of one file, or of the syntax that is given for it. Raises Escaped."""
    tree = tree or ast.parse(path.read_text("utf-8"))
    silent = _silent(tree)
    for node in ast.walk(tree):
        where = f"{path.relative_to(PACKAGE)}:{getattr(node, 'lineno', 0)}"
        if isinstance(node, ast.Call) and _name(node) in ("fill", "plural"):
            yield from _called(node, where)
        elif node in silent:
            continue
        elif isinstance(node, ast.JoinedStr) and _SAID.match(ast.unparse(node)[2:]):
            raise Escaped(f"{where}: {ast.unparse(node)} cannot be translated: use fill(…) of core.text")
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and _SAID.match(node.value):
            yield Message(node.value, where)


def _called(node: ast.Call, where: str) -> Iterator[Message]:
    """What `fill` and `plural` are given, whatever it begins with."""
    words = [one.value for arg in node.args for one in ast.walk(arg) if isinstance(one, ast.Constant)]
    words = [word for word in words if isinstance(word, str)]
    if _name(node) == "plural":
        yield Message(words[0], where, words[1])
    elif not isinstance(node.args[0], ast.Subscript):
        yield from (Message(word, where) for word in words if re.search(r"[^\W\d_]|[→←]", word))


def _silent(tree: ast.AST) -> set[ast.AST]:
    """Docstrings, what is only logged or raised, and the parts of what is looked at as a whole."""
    silent: set[ast.AST] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            silent.add(node.value)
        elif isinstance(node, ast.JoinedStr):
            silent.update(part for part in node.values if isinstance(part, ast.Constant))
        elif isinstance(node, ast.Raise) or _name(node) in LOGGED:
            silent.update(ast.walk(node))
        elif isinstance(node, ast.Call) and _name(node) == "plural":
            silent.update(node.args)
    return silent


def _name(node: ast.AST) -> str:
    """What is called or defined here; empty: nothing."""
    if isinstance(node, ast.FunctionDef):
        return node.name
    if not isinstance(node, ast.Call):
        return ""
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def template(known: Collection[str] = ()) -> str:
    """All messages that are not known as the rows of a .pot."""
    rows = []
    for one in (one for text, one in messages().items() if text not in known):
        plural = f'msgid_plural "{one.many}"\nmsgstr[0] ""\nmsgstr[1] ""' if one.many else 'msgstr ""'
        rows.append(f'#: {one.where.partition(":")[0]}\nmsgid "{one.text}"\n{plural}\n')
    return "\n".join(rows)


if __name__ == "__main__":
    print(template(read(sys.argv[1]).entries if len(sys.argv) > 1 else ()))
