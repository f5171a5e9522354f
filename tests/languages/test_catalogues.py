"""Every catalogue has every message, with its places and its forms, and fits the display."""

import ast
import string

import pytest

from ranin.core.screens.screen import CallList, CallRow, Icon, Idle, Notice
from ranin.core.text import LANGUAGES, RIGHT_TO_LEFT, fill, plural, said, verbatim
from ranin.hardware.fonts import font
from ranin.hardware.panel import frame, render
from ranin.languages.catalogues import LOCALE, PoCatalogue, catalogue, in_language, read
from ranin.languages.po import PoError, parse
from tests.languages.messages import PACKAGE, Escaped, messages, of

TRANSLATED = sorted(set(LANGUAGES) - {"en"})
LABEL_PX = 39
"""A third of the display, less the gaps; below nine pixels a letter is hard to read."""


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def test_there_are_five_languages_and_no_catalogue_without_one() -> None:
    assert set(LANGUAGES) == {"en", "es", "fr", "de", "ar"} and set(LANGUAGES) >= RIGHT_TO_LEFT
    assert sorted(path.name for path in LOCALE.iterdir()) == TRANSLATED


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_catalogue_has_every_message_and_no_other(language: str) -> None:
    wanted, entries = messages(), read(language).entries
    lacking = [f"{one.where}: {one.text}" for one in wanted.values() if one.text not in entries]
    assert not lacking, f"{language} lacks (see firmware/ranin/languages/README.md): {lacking}"
    assert not set(entries) - set(wanted), f"{language} has messages that nobody says"
    path = LOCALE / language / "LC_MESSAGES" / "ranin.po"
    assert len(parse(path.read_text("utf-8"), str(path))) == len(entries) + 1, "a message is there twice"


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_translation_is_whole_and_sure_and_has_the_same_places(language: str) -> None:
    found = read(language)
    for one in messages().values():
        entry = found.entries[one.text]
        assert entry.many == one.many and not entry.fuzzy, one.text
        assert sorted(entry.forms) == list(range(found.forms if one.many else 1)), one.text
        for index, form in entry.forms.items():
            assert form.strip() and form.strip() == form, one.text
            spelled = one.many and places(form) < places(one.text)  # "one call", "two calls" need no figure
            assert spelled or places(form) == places(one.text), f"{one.text} [{index}]: {form}"
            assert one.text.endswith("…") == form.endswith("…"), f"{one.text}: {form}"


def test_a_word_counts_as_its_language_does() -> None:
    def calls(language: str, count: int) -> str:
        return said(plural("{count} call", "{count} calls", count), catalogue(language))

    assert [calls("en", n) for n in (0, 1, 2)] == ["0 calls", "1 call", "2 calls"]
    assert [calls("fr", n) for n in (0, 1, 2)] == ["0 appel", "1 appel", "2 appels"]
    assert [calls("de", n) for n in (0, 1, 2)] == ["0 Gespräche", "1 Gespräch", "2 Gespräche"]
    arabic = [calls("ar", n) for n in (0, 1, 2, 3, 11, 100)]
    assert arabic == ["لا مكالمات", "مكالمة واحدة", "مكالمتان", "3 مكالمات", "11 مكالمة", "100 مكالمة"]


def test_an_unknown_literal_stays_english_and_a_name_stays_a_name() -> None:
    spanish = catalogue("es")
    assert said("Something quite new", spanish) == "Something quite new" and said("", spanish) == ""
    assert said(verbatim("Busy"), spanish) == "Busy" and said("Busy", spanish) == "Ocupado"
    assert said(fill("{name} is free", name="Busy"), spanish) == "Busy está libre"
    assert said(fill("{label}: {state}", label=fill("User"), state="{x}"), spanish) == "Usuario: {x}"
    rows = (CallRow("Menu", "On hold", Icon.HELD),)
    shown = in_language(CallList(plural("{count} call", "{count} calls", 1), rows, 0), "es")
    assert isinstance(shown, CallList)
    assert (shown.title, shown.rows[0].name, shown.rows[0].status) == ("1 llamada", "Menu", "En espera")


def test_a_date_is_told_as_people_write_it() -> None:
    day = fill("{weekday} {day} {month}", weekday=fill("Tue"), day=24, month=fill("Nov"))
    dates = {language: said(day, catalogue(language)) for language in LANGUAGES}
    assert dates == {
        "en": "Tue 24 Nov",
        "es": "mar 24 nov",
        "fr": "mar. 24 nov.",
        "de": "Di 24. Nov.",
        "ar": "الثلاثاء 24 نوفمبر",
    }


def labels() -> list[str]:
    return sorted({message.text for message in of(PACKAGE / "core" / "softkeys.py")})


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_labels_of_the_keys_fit_their_places(language: str) -> None:
    smallest = font("regular", 9)
    assert len(labels()) > 15
    wide = {
        word: smallest.getlength(word)
        for word in (said(label, catalogue(language)) for label in labels())
        if smallest.getlength(word) >= LABEL_PX
    }
    assert not wide


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_notice_is_read_whole(language: str) -> None:
    """What has no room scrolls by: nothing is cut off for good."""
    rtl = language in RIGHT_TO_LEFT
    for text in messages():
        if not text.endswith(".") or places(text):
            continue
        screen = in_language(Notice("Set", text), language)
        later = frame(screen, (128, 64), 0.0, rtl)[1]
        assert isinstance(screen, Notice)
        assert later is not None or font("regular", 11).getlength(screen.text) <= 2 * 128, screen.text


def test_what_stands_at_the_left_stands_at_the_right_in_arabic() -> None:
    idle = Idle("14:05", "Tue", "Shop", "Ready", (Icon.BATTERY,))
    plain, mirrored = render(idle, (128, 64)), render(idle, (128, 64), rtl=True)
    icon, label = (0, 0, 12, 11), (90, 0, 128, 11)
    swapped = (116, 0, 128, 11), (0, 0, 38, 11)
    assert plain.crop(icon).getbbox() and plain.crop(label).getbbox()
    assert mirrored.crop(swapped[0]).getbbox() and mirrored.crop(swapped[1]).getbbox()
    assert plain.crop((40, 0, 80, 11)).getbbox() is None and mirrored.crop((40, 0, 110, 11)).getbbox() is None


def test_a_number_keeps_its_order_within_arabic() -> None:
    text = said(fill("They ring {number}.", number="+33612345678"), catalogue("ar"), isolate=True)
    assert text == "ترن على \u2068+33612345678\u2069."


@pytest.mark.parametrize(
    "text, says",
    [
        ('msgid "a"\nmsgstr b\n', "line 2"),
        ('"a"\n', "line 1"),
        ('msgstr "a"\n', "before any msgid"),
        ('msgid "a\\"\n', "line 1"),
    ],
)
def test_a_broken_catalogue_is_refused_with_its_line(text: str, says: str) -> None:
    with pytest.raises(PoError, match=says):
        parse(text, "x.po")


def test_a_catalogue_needs_a_rule_for_plurals() -> None:
    with pytest.raises(PoError, match="Plural-Forms"):
        PoCatalogue(parse('msgid ""\nmsgstr ""\n', "x.po"), "x.po")


def test_long_translations_may_be_broken_over_lines() -> None:
    entries = parse('#, fuzzy\nmsgid ""\n"one "\n"two"\nmsgstr ""\n"eins \\"zwei\\"\\n"\n', "x.po")
    assert [(one.message, one.forms, one.fuzzy) for one in entries] == [("one two", {0: 'eins "zwei"\n'}, True)]


def test_a_text_put_together_by_hand_is_named() -> None:
    with pytest.raises(Escaped, match="use fill"):
        list(of(PACKAGE / "core" / "new.py", ast.parse('say(turn, "New", f"Call {name} now")')))
    assert [one.text for one in of(PACKAGE / "core" / "new.py", ast.parse('say(turn, "New")'))] == ["New"]
