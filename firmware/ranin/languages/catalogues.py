"""Screens in the language of the phone: the catalogues of `locale/`, each read once, when it is first needed."""

import re
from collections.abc import Callable
from functools import lru_cache
from gettext import NullTranslations, c2py
from pathlib import Path

from ranin.core.screens.screen import Screen
from ranin.core.screens.spoken import spoken
from ranin.core.text import RIGHT_TO_LEFT
from ranin.languages.po import Entry, PoError, parse

LOCALE = Path(__file__).with_name("locale")
SOURCE = "en"
"""The language of the messages themselves."""


class PoCatalogue(NullTranslations):
    """The messages of one .po, looked up as the standard library's `gettext` does it."""

    def __init__(self, entries: list[Entry], source: str) -> None:
        """The first entry is the header. Raises PoError if it has no rule for plurals."""
        super().__init__()
        header = entries[0].forms.get(0, "") if entries else ""
        rule = re.search(r"nplurals=(\d+);\s*plural=([^;\n]+)", header)
        if rule is None:
            raise PoError(f"{source}: the header has no Plural-Forms")
        self.forms = int(rule[1])
        self._form: Callable[[int], int] = c2py(rule[2])
        self.entries = {entry.message: entry for entry in entries[1:]}

    def gettext(self, message: str) -> str:
        """The translation, or the message itself."""
        entry = self.entries.get(message)
        return (entry.forms.get(0) if entry is not None else None) or message

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        """The form for `n` things."""
        entry = self.entries.get(msgid1)
        form = entry.forms.get(self._form(n)) if entry is not None else None
        return form or super().ngettext(msgid1, msgid2, n)


@lru_cache(maxsize=8)
def read(language: str) -> PoCatalogue:
    """The catalogue of a language that is not `SOURCE`. Raises PoError or OSError."""
    path = LOCALE / language / "LC_MESSAGES" / "ranin.po"
    return PoCatalogue(parse(path.read_text("utf-8"), str(path)), str(path))


def catalogue(language: str) -> NullTranslations:
    """The catalogue of any language of `core.text.LANGUAGES`. Raises PoError or OSError."""
    return NullTranslations() if language == SOURCE else read(language)


def in_language(screen: Screen, language: str) -> Screen:
    """The screen as it is said in that language."""
    if language == SOURCE:
        return screen
    return spoken(screen, catalogue(language), language in RIGHT_TO_LEFT)
