"""The screens that have a reference picture, and the contact sheet of them all."""

import sys
from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from ranin.core.screens.screen import (
    CallList,
    CallRow,
    Dialing,
    Entry,
    Gauge,
    Icon,
    Idle,
    InCall,
    Listing,
    Notice,
    Ringing,
    Screen,
    Texting,
)
from ranin.core.text import RIGHT_TO_LEFT, Text, fill, plural
from ranin.hardware.panel import render
from ranin.languages.catalogues import in_language

PICTURES = Path(__file__).with_name("pictures")
SIZES = ((128, 64), (256, 64))
UP = (Icon.LINE_UP,)
CALL, EMPTY = ("Call", "Delete", ""), ("", "", "")
RING = ("", "Refuse", "Silence")
WRITE = ("abc", "Delete", "Done")
TALK, PICK = ("Hold", "Transfer", "End"), ("Select", "", "Back")
TONE = CallRow("Tone", "On hold", Icon.HELD)
NORA = CallRow("Nora Haddad", "0:42", Icon.TALKING)


def date(weekday: str, day: int) -> Text:
    """A day of November."""
    return fill("{weekday} {day} {month}", weekday=fill(weekday), day=day, month=fill("Nov"))


def missed(name: str) -> Text:
    """A row of the missed calls."""
    return fill("{sign}{mark} {name}", sign="✗", mark="", name=name)


def colleague(sign: str, name: str, state: str) -> Text:
    """A row of the team."""
    return fill("{sign} {name}: {state}", sign=sign, name=name, state=fill(state))


DATE, NEXT_DATE = date("Tue", 24), date("Wed", 25)
SCREENS: dict[str, Screen] = {
    "idle": Idle("14:05", DATE, "Shop", "Ready", UP),
    "idle-missed": Idle(
        "09:41",
        NEXT_DATE,
        "Shop",
        "Ready",
        (*UP, Icon.MISSED, Icon.MESSAGE),
        3,
        1,
    ),
    "idle-wrong-password": Idle("14:05", DATE, "201", "Wrong password", (Icon.LINE_DOWN, Icon.WARNING)),
    "idle-connecting": Idle("14:05", DATE, "Shop", "Connecting…", (Icon.LINE_TRYING, Icon.RINGER_OFF)),
    "idle-unsure": Idle("20:58", DATE, "Shop", "Connecting…", (Icon.LINE_TRYING,), sure=False),
    "idle-lte": Idle("14:05", DATE, "Shop", "Ready over LTE", (Icon.LTE,)),
    "idle-cell": Idle("14:05", DATE, "Shop", "Mobile network only", (Icon.CELL,)),
    "idle-battery": Idle(
        "14:05", DATE, "Shop", "Ready", (*UP, Icon.BATTERY), power=fill("{hours} h {minutes}", hours=4, minutes="30")
    ),
    "idle-forwarded": Idle(
        "14:05",
        DATE,
        "Shop",
        "Calls are forwarded",
        (Icon.FORWARD, Icon.BATTERY_LOW),
        power=fill("{minutes} min", minutes=24),
    ),
    "idle-team": Idle("14:05", DATE, "Shop", fill("{name} rings", name="Nora"), (*UP, Icon.TEAM_RINGS)),
    "free-again": Notice(fill("{name} is free", name="Nora"), "Lift to call.", Icon.HANDSET, UP),
    "dialing-empty": Dialing("", "Shop", "Dial a number", UP),
    "dialing": Dialing("06123456", "Shop", "OK calls at once", UP, CALL),
    "dialing-long": Dialing("00966501234567890123", "Shop", "OK calls at once", UP, CALL),
    "ringing": Ringing("Nora Haddad", "603", "Shop", "Lift to answer", UP, RING),
    "ringing-verified": Ringing("Nora Haddad", "603", "Shop", "Lift to answer", UP, RING, mark=Icon.VERIFIED),
    "ringing-suspected": Ringing(
        "Nora Haddad",
        fill("Suspected {number}", number="0612345678"),
        "Shop",
        "Lift to answer",
        UP,
        RING,
        mark=Icon.WARNING,
    ),
    "ringing-number": Ringing("", "0612345678", "Shop", "Lift to answer", UP, RING),
    "ringing-arabic": Ringing("نورا حداد", "603", "Shop", "Lift to answer", UP, RING),
    "ringing-cjk": Ringing("田中さくら", "605", "Shop", "Lift to answer", UP, RING),
    "ringing-long": Ringing(
        "Bartholomew Featherstonehaugh & Daughters", "0612345678", "Shop", "Lift to answer", UP, RING
    ),
    "calling": InCall("", "601", "Calling…"),
    "in-call": InCall("Nora Haddad", "603", "Connected", "0:42", "Opus", (Icon.LOCK,), keys=TALK),
    "in-call-moving": InCall("Nora Haddad", "603", "Reconnecting…", "", "Opus", (Icon.LOCK,)),
    "in-call-muted": InCall("", "0612345678", "Connected", "1:02:03", "G.722", (Icon.MUTED,), keys=TALK),
    "in-call-digits": InCall("Bank", "3900", "Connected", "2:10", "G.711", (), "1234#", TALK),
    "in-call-held": InCall("Nora Haddad", "603", "On hold", "", "Opus", (), keys=("Resume", "", "End")),
    "in-call-plain": InCall("Nora Haddad", "603", "Connected", "0:42", "Opus", (Icon.LOCK,)),
    "texting": Texting("Nora Haddad", "Hi\nwhen will you be back? I shut the", "in an h", True, (Icon.LOCK,), WRITE),
    "text-read": Texting("0612345678", "Hel", "", False, (), ("Hold", "Transfer", "Text")),
    "text-long": Texting("Tone", "abcdefghij" * 20, "klmnopqrst" * 20, True, (Icon.MUTED,), WRITE),
    "text-arabic": Texting("نورا حداد", "مرحبا", "", False, (), ("Hold", "Transfer", "Text")),
    "call-waiting": CallList(
        plural("{count} call", "{count} calls", 2),
        (NORA, CallRow("0612345678", "Calls you", Icon.INCOMING)),
        1,
        UP,
        ("Answer", "Refuse", ""),
    ),
    "two-calls": CallList(
        plural("{count} call", "{count} calls", 2), (TONE, NORA), 1, UP, ("Swap", "Join", "Transfer")
    ),
    "three-calls": CallList(
        plural("{count} call", "{count} calls", 3),
        (TONE, NORA, CallRow("نورا حداد", "Calls you", Icon.INCOMING)),
        2,
        UP,
        ("Answer", "Refuse", ""),
    ),
    "conference": CallList(
        "Conference",
        (NORA, CallRow("Omar", "12:07", Icon.TALKING), CallRow("田中さくら", "3:15", Icon.TALKING), TONE),
        1,
        (*UP, Icon.MUTED),
        ("Join", "Split", "End"),
    ),
    "transfer-to": Dialing("", "Shop", "Transfer to…", UP, ("", "", "Resume")),
    "transfer-number": Dialing("605", "Shop", "Transfer to…", UP, ("Send", "Ask", "Delete")),
    "not-transferred": Notice("Not transferred", "It waits, on hold.", Icon.INFO, UP, ("Resume", "", "")),
    "notice": Notice("No such number", "Check the number and dial again.", Icon.INFO, UP),
    "notice-warning": Notice("One moment", "The call part restarts.", Icon.WARNING, (Icon.LINE_DOWN,)),
    "menu": Listing("Menu", (fill("Missed calls ({count})", count=3), "Calls", "Sound", "Line", "About"), 1, keys=PICK),
    "missed": Listing(
        "Missed calls",
        (missed("Nora Haddad"), missed("0612345678"), missed("نورا حداد")),
        0,
        hint="Lift to call",
        keys=PICK,
    ),
    "team": Listing(
        "Team",
        (
            colleague("♪", "Nora", "rings"),
            colleague("○", "Omar", "free"),
            colleague("✗", "Sam", "not reachable"),
            colleague("●", "Ada", "busy"),
        ),
        0,
        hint="Lift to pick up",
        keys=PICK,
    ),
    "list-empty": Listing("Missed calls", (), 0, "No missed calls"),
    "entry": Entry("Server", "pbx.example", "OK keeps it", "abc", ("Keep", "Delete", "")),
    "entry-password": Entry("Password", "••••••7", "OK keeps it", "123", ("Keep", "Delete", "")),
    "gauge": Gauge("Ringer volume", 7, 10, UP),
}

AT_S = 0.1
ARABIC = (
    "idle-missed", "idle-battery", "ringing", "in-call", "two-calls", "call-waiting", "conference", "transfer-to",
    "transfer-number", "dialing", "team", "menu", "missed", "notice", "entry", "gauge", "texting", "text-arabic",
    "ringing-suspected",
)  # fmt: skip
"""Screens that have a picture from right to left as well."""
CASES = (*(("en", name) for name in SCREENS), *(("ar", name) for name in ARABIC))


def picture(language: str, name: str, size: tuple[int, int]) -> Image.Image:
    """A screen as the display shows it in that language."""
    return render(in_language(SCREENS[name], language), size, AT_S, language in RIGHT_TO_LEFT)


def place(language: str, name: str, size: tuple[int, int]) -> Path:
    """Where its reference picture is, below `PICTURES`."""
    return Path(f"{size[0]}x{size[1]}") / (f"{name}.png" if language == "en" else f"{language}/{name}.png")


def contact_sheet(
    cases: Sequence[tuple[str, str]], scale: int = 2, columns: int = 4, size: tuple[int, int] = (128, 64)
) -> Image.Image:
    """Screens side by side in the colours of the display."""
    gap = 8 * scale
    wide, high = size[0] * scale + gap, size[1] * scale + gap
    rows = -(-len(cases) // columns)
    sheet = Image.new("RGB", (columns * wide + gap, rows * high + gap), (24, 26, 32))
    for index, case in enumerate(cases):
        drawn = picture(*case, size).resize((size[0] * scale, size[1] * scale), Image.Resampling.NEAREST)
        lit = Image.new("RGB", drawn.size, (4, 8, 18))
        lit.paste((168, 216, 255), mask=drawn)
        sheet.paste(lit, (gap + index % columns * wide, gap + index // columns * high))
    return sheet


def update() -> None:
    """Make the reference pictures anew: look at them before you commit them."""
    for size in SIZES:
        for case in CASES:
            path = PICTURES / place(*case, size)
            path.parent.mkdir(parents=True, exist_ok=True)
            picture(*case, size).save(path, optimize=True)


if __name__ == "__main__":
    update()
    if len(sys.argv) > 1:
        contact_sheet([("en", name) for name in SCREENS]).save(sys.argv[1])
    if len(sys.argv) > 2:
        contact_sheet([(language, name) for name in ARABIC for language in ("en", "ar")]).save(sys.argv[2])
