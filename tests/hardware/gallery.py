"""The screens that have a reference picture, and the contact sheet of them all."""

import sys
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
from ranin.hardware.panel import render

PICTURES = Path(__file__).with_name("pictures")
SIZES = ((128, 64), (256, 64))
UP = (Icon.LINE_UP,)
CALL, EMPTY = ("Call", "Delete", ""), ("", "", "")
RING = ("", "Refuse", "Silence")
WRITE = ("abc", "Delete", "Done")
TALK, PICK = ("Hold", "Transfer", "End"), ("Select", "", "Back")
TONE = CallRow("Tone", "On hold", Icon.HELD)
NORA = CallRow("Nora Haddad", "0:42", Icon.TALKING)

SCREENS: dict[str, Screen] = {
    "idle": Idle("14:05", "Tue 24 Nov", "Shop", "Ready", UP),
    "idle-missed": Idle("09:41", "Wed 25 Nov", "Shop", "Ready", (*UP, Icon.MISSED, Icon.MESSAGE), 3, 1),
    "idle-wrong-password": Idle("14:05", "Tue 24 Nov", "201", "Wrong password", (Icon.LINE_DOWN, Icon.WARNING)),
    "idle-connecting": Idle("14:05", "Tue 24 Nov", "Shop", "Connecting…", (Icon.LINE_TRYING, Icon.RINGER_OFF)),
    "idle-unsure": Idle("20:58", "Tue 24 Nov", "Shop", "Connecting…", (Icon.LINE_TRYING,), sure=False),
    "idle-lte": Idle("14:05", "Tue 24 Nov", "Shop", "Ready over LTE", (Icon.LTE,)),
    "idle-cell": Idle("14:05", "Tue 24 Nov", "Shop", "Mobile network only", (Icon.CELL,)),
    "idle-battery": Idle("14:05", "Tue 24 Nov", "Shop", "Ready", (*UP, Icon.BATTERY), power="4 h 30"),
    "idle-forwarded": Idle(
        "14:05", "Tue 24 Nov", "Shop", "Calls are forwarded", (Icon.FORWARD, Icon.BATTERY_LOW), power="24 min"
    ),
    "idle-team": Idle("14:05", "Tue 24 Nov", "Shop", "Nora rings", (*UP, Icon.TEAM_RINGS)),
    "free-again": Notice("Nora is free", "Lift to call.", Icon.HANDSET, UP),
    "dialing-empty": Dialing("", "Shop", "Dial a number", UP),
    "dialing": Dialing("06123456", "Shop", "OK calls at once", UP, CALL),
    "dialing-long": Dialing("00966501234567890123", "Shop", "OK calls at once", UP, CALL),
    "ringing": Ringing("Nora Haddad", "603", "Shop", "Lift to answer", UP, RING),
    "ringing-verified": Ringing("Nora Haddad", "603", "Shop", "Lift to answer", UP, RING, mark=Icon.VERIFIED),
    "ringing-suspected": Ringing(
        "Nora Haddad", "Suspected 0612345678", "Shop", "Lift to answer", UP, RING, mark=Icon.WARNING
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
        "2 calls", (NORA, CallRow("0612345678", "Calls you", Icon.INCOMING)), 1, UP, ("Answer", "Refuse", "")
    ),
    "two-calls": CallList("2 calls", (TONE, NORA), 1, UP, ("Swap", "Join", "Transfer")),
    "three-calls": CallList(
        "3 calls", (TONE, NORA, CallRow("نورا حداد", "Calls you", Icon.INCOMING)), 2, UP, ("Answer", "Refuse", "")
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
    "menu": Listing("Menu", ("Missed calls (3)", "Calls", "Sound", "Line", "About"), 1, keys=PICK),
    "missed": Listing(
        "Missed calls", ("✗ Nora Haddad", "✗ 0612345678", "✗ نورا حداد"), 0, hint="Lift to call", keys=PICK
    ),
    "team": Listing(
        "Team",
        ("♪ Nora: rings", "○ Omar: free", "✗ Sam: not reachable", "● Ada: busy"),
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


def contact_sheet(scale: int = 2, columns: int = 4, size: tuple[int, int] = (128, 64)) -> Image.Image:
    """All screens side by side in the colours of the display."""
    gap = 8 * scale
    wide, high = size[0] * scale + gap, size[1] * scale + gap
    rows = -(-len(SCREENS) // columns)
    sheet = Image.new("RGB", (columns * wide + gap, rows * high + gap), (24, 26, 32))
    for index, screen in enumerate(SCREENS.values()):
        picture = render(screen, size, AT_S).resize((size[0] * scale, size[1] * scale), Image.Resampling.NEAREST)
        lit = Image.new("RGB", picture.size, (4, 8, 18))
        lit.paste((168, 216, 255), mask=picture)
        sheet.paste(lit, (gap + index % columns * wide, gap + index // columns * high))
    return sheet


def update() -> None:
    """Make the reference pictures anew: look at them before you commit them."""
    for size in SIZES:
        folder = PICTURES / f"{size[0]}x{size[1]}"
        folder.mkdir(parents=True, exist_ok=True)
        for name, screen in SCREENS.items():
            render(screen, size, AT_S).save(folder / f"{name}.png", optimize=True)


if __name__ == "__main__":
    update()
    if len(sys.argv) > 1:
        contact_sheet().save(sys.argv[1])
