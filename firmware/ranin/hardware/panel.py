"""Screen → picture (pure): the layouts of the display, 128×64 and 256×64."""

from collections.abc import Callable
from typing import Any

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
from ranin.hardware.canvas import FRAME_S, Canvas
from ranin.hardware.fonts import UNIFONT_PX, fitting, font, has_rtl

Size = tuple[int, int]

BAR = 11
"""Height of the status bar."""
FOOT = 12
"""Height of the line of hints at the bottom."""
WIDE = 200
"""From this width on there is room for two columns."""


def frame(screen: Screen, size: Size, at_s: float, rtl: bool = False) -> tuple[Image.Image, float | None]:
    """The picture of a screen `at_s` seconds after it came up, 1 bit a pixel, and how long it holds; None: for ever.

    With `rtl` it is laid out from right to left.
    """
    canvas = Canvas(size, at_s, rtl)
    _LAYOUTS[type(screen)](canvas, screen)
    return canvas.image, FRAME_S if canvas.moving else None


def render(screen: Screen, size: Size, at_s: float = 0.0, rtl: bool = False) -> Image.Image:
    """The picture alone."""
    return frame(screen, size, at_s, rtl)[0]


def continues(old: Screen | None, new: Screen | None) -> bool:
    """Whether a scrolling name should go on scrolling: only the details changed."""
    if type(old) is not type(new):
        return False
    return isinstance(new, (InCall, Ringing, Notice)) and _subject(old) == _subject(new)


def _subject(screen: Any) -> tuple[str, ...]:
    return (screen.title, screen.text) if isinstance(screen, Notice) else (screen.name, screen.number)


def _bar(canvas: Canvas, icons: tuple[Icon, ...], label: str) -> None:
    x = 0
    for kind in icons:
        x += canvas.icon(kind, x, 1)
    canvas.text(label, (x + 2, 0, canvas.width - x - 2, BAR), size_px=10, align="end")


def _foot(canvas: Canvas, text: str, inverse: bool = False) -> None:
    top = canvas.height - FOOT
    canvas.text(text, (0, top, canvas.width, FOOT), size_px=10, align="centre")
    if inverse:
        canvas.inverse(0, top, canvas.width, FOOT)


def _bottom(canvas: Canvas, keys: tuple[str, ...], hint: str = "", inverse: bool = False) -> None:
    """What the keys below the display say, or else a hint."""
    if not keys:
        if hint:
            _foot(canvas, hint, inverse)
        return
    with canvas.left_to_right():
        _labels(canvas, keys)


def _labels(canvas: Canvas, keys: tuple[str, ...]) -> None:
    """Each stays above its key, whichever way the language runs."""
    top, width = canvas.height - FOOT, canvas.width // len(keys)
    for index, word in enumerate(keys):
        if word:
            sizes_px = (9, 8) if has_rtl(word) else (10, 9, 8)  # Arabic is taller, and a label has eleven rows
            size_px = canvas.largest(word, width - 3, sizes_px, "regular")
            canvas.text(word, (index * width + 1, top, width - 1, FOOT), size_px=size_px, align="centre")
            canvas.inverse(index * width + 1, top + 1, width - 2, FOOT - 1)


def _idle(canvas: Canvas, screen: Idle) -> None:
    counts = {Icon.MISSED: screen.missed, Icon.MESSAGE: screen.messages}
    beside = {kind: str(count or "") for kind, count in counts.items()}
    beside |= dict.fromkeys((Icon.BATTERY, Icon.BATTERY_LOW), screen.power)
    x = 0
    for kind in screen.icons:
        x += canvas.icon(kind, x, 1)
        if beside.get(kind):
            x += canvas.text(beside[kind], (x - 1, 0, 44, BAR), size_px=10) + 2
    canvas.text(screen.line, (x + 2, 0, canvas.width - x - 2, BAR), size_px=10, align="end")
    if canvas.width >= WIDE:
        width = canvas.text(screen.time, (0, BAR, 136, canvas.height - BAR), "bold", 42)
        _doubt(canvas, screen, width, 19, 18)
        left = 140 if screen.sure else 152
        size_px = canvas.largest(screen.date, canvas.width - left, (14, 13, 12, 11))
        canvas.text(screen.date, (left, 18, canvas.width - left, 18), "bold", size_px)
        canvas.text(screen.state, (left, 38, canvas.width - left, 16), size_px=12)
        return
    width = canvas.text(screen.time, (0, 12, canvas.width, 25), "bold", 28, "centre")
    _doubt(canvas, screen, (canvas.width + width) // 2, 13, 14)
    canvas.text(screen.date, (0, 38, canvas.width, 13), size_px=11, align="centre")
    _foot(canvas, screen.state)


def _doubt(canvas: Canvas, screen: Idle, x: int, y: int, size_px: int) -> None:
    """A small raised question mark behind a time that nobody has confirmed; the time stays where it is."""
    if not screen.sure:
        canvas.text("؟" if canvas.rtl else "?", (x + 2, y, 14, size_px), "bold", size_px)


def _dialing(canvas: Canvas, screen: Dialing) -> None:
    _bar(canvas, screen.icons, screen.line)
    box = (2, BAR + 4, canvas.width - 8, 30)
    digits, size_px = _shortened(screen.digits, box[2])
    if screen.keys and not screen.digits:
        canvas.text(screen.hint, box, size_px=13)
    else:
        with canvas.left_to_right():
            width = canvas.text(digits, box, "bold", size_px)
            if canvas.blink():
                canvas.box(min(box[0] + width + 2, canvas.width - 2), BAR + 10, 2, 18)
    _bottom(canvas, screen.keys, screen.hint)


def _shortened(digits: str, width: int) -> tuple[str, int]:
    """Digits and a size that fits; of a very long number the end is shown."""
    for size_px in (22, 18, 14):
        if font("bold", size_px).getlength(digits) <= width:
            return digits, size_px
    while font("bold", 14).getlength("…" + digits) > width:
        digits = digits[1:]
    return "…" + digits, 14


def _ringing(canvas: Canvas, screen: Ringing) -> None:
    _bar(canvas, screen.icons, screen.line)
    canvas.icon(Icon.INCOMING if canvas.blink() else Icon.HANDSET, 2, 19, 2)
    if screen.mark is not None:
        canvas.icon(screen.mark, 7, 41)
    _party(canvas, screen.name, screen.number, 26, 15)
    _bottom(canvas, screen.keys, screen.hint, inverse=True)


def _party(canvas: Canvas, name: str, number: str, x: int, y: int, step: int = 18) -> None:
    """Who it is: the name large and the number `step` pixels below, or the number alone."""
    width = canvas.width - x - 2
    canvas.text(name or number, (x, y, width, 17), "bold", canvas.largest(name or number, width, (14, 12, 11)))
    if name:
        canvas.text(number, (x, y + step, width, step - 4), size_px=12 if step > 15 else 10)


def _in_call(canvas: Canvas, screen: InCall) -> None:
    _bar(canvas, screen.icons, screen.codec)
    _party(canvas, screen.name, screen.number, 0, *((10, 15) if screen.keys else (12, 18)))
    height = 15 if screen.keys else 19
    top = canvas.height - height - (FOOT if screen.keys else 0)
    if screen.timer:
        width = canvas.text(screen.timer, (0, top, 90, height), "bold", height)
        room = (width + 6, top, canvas.width - width - 6, height)
        beside = screen.digits[-9:] or screen.status
        if canvas.largest(beside, room[2], (11, 0), "regular"):
            canvas.text(beside, room, size_px=11, align="end")
    else:
        size_px = canvas.largest(screen.status, canvas.width, (12, 11) if screen.keys else (13, 12, 11))
        canvas.text(screen.status, (0, top, canvas.width, height), "bold", size_px)
    _bottom(canvas, screen.keys)


def _texting(canvas: Canvas, screen: Texting) -> None:
    """Their last lines above, the end of ours below, with a mark where the next character comes."""
    _bar(canvas, screen.icons, screen.name)
    top, height = BAR + 1, 13
    foot = canvas.height - (FOOT if screen.keys else 0) - height
    canvas.tail(screen.theirs, (0, top, canvas.width, foot - top), height)
    with canvas.left_to_right():
        x = canvas.tail(screen.ours, (8, foot, canvas.width - 12, height), height)
        canvas.text(">", (0, foot, 8, height), size_px=11)
        if screen.typing and canvas.blink():
            canvas.box(x, foot + 2, 2, 10)
    _bottom(canvas, screen.keys)


def _call_list(canvas: Canvas, screen: CallList) -> None:
    _bar(canvas, screen.icons, screen.title)
    height, top = 13, BAR + 1
    room = (canvas.height - FOOT - top) // height
    first = max(0, min(screen.selected - room // 2, len(screen.rows) - room))
    for index, row in enumerate(screen.rows[first : first + room]):
        y = top + index * height
        _call_row(canvas, row, y, height, first + index == screen.selected)
    _scrollbar(canvas, top, top + room * height, first, room, len(screen.rows))
    _bottom(canvas, screen.keys)


def _call_row(canvas: Canvas, row: CallRow, y: int, height: int, chosen: bool) -> None:
    canvas.icon(row.icon, 1, y + 2)
    right = canvas.width - 6
    width = canvas.text(row.status, (right - 70, y, 70, height), size_px=10, align="end")
    _row(canvas, row.name, y, height, chosen, 13, right - width - 16)
    if chosen:
        canvas.inverse(0, y, canvas.width - 4, height)


def _notice(canvas: Canvas, screen: Notice) -> None:
    _bar(canvas, screen.icons, "")
    canvas.icon(screen.icon, 0, 14, 2)
    size_px = canvas.largest(screen.title, canvas.width - 24, (13, 12, 11))
    canvas.text(screen.title, (23, 13, canvas.width - 24, 19), "bold", size_px)
    canvas.wrapped(screen.text, (0, 36, canvas.width, 28 - (FOOT if screen.keys else 0)))
    _bottom(canvas, screen.keys)


def _listing(canvas: Canvas, screen: Listing) -> None:
    count = f"{screen.selected + 1}/{len(screen.rows)}" if screen.rows else ""
    canvas.text(screen.title, (1, 0, canvas.width - 32, BAR), "bold", 10)
    canvas.text(count, (canvas.width - 30, 0, 28, BAR), size_px=10, align="end")
    canvas.inverse(0, 0, canvas.width, BAR + 1)
    if not screen.rows:
        canvas.text(screen.empty, (0, 20, canvas.width, 20), size_px=12, align="centre")
        return
    bottom = canvas.height - (FOOT if screen.hint or screen.keys else 0)
    _rows(canvas, screen, BAR + 1, bottom)
    _bottom(canvas, screen.keys, screen.hint)


def _rows(canvas: Canvas, screen: Listing, top: int, bottom: int) -> None:
    """As many rows as fit, the selected one inverse and always among them."""
    tall = any(fitting(row, "regular", 11).size == UNIFONT_PX for row in screen.rows)
    height = 17 if tall else 13
    room = (bottom - top) // height
    first = max(0, min(screen.selected - room // 2, len(screen.rows) - room))
    for index, row in enumerate(screen.rows[first : first + room]):
        y = top + index * height
        chosen = first + index == screen.selected
        _row(canvas, row, y, height, chosen)
        if chosen:
            canvas.inverse(0, y, canvas.width - 4, height)
    _scrollbar(canvas, top, bottom, first, room, len(screen.rows))


def _row(canvas: Canvas, row: str, y: int, height: int, chosen: bool, x: int = 2, width: int = 0) -> None:
    """A row too long for the display scrolls only while it is selected."""
    box = (x, y, width or canvas.width - 8, height)
    style = fitting(row, "regular", 11)
    while not chosen and len(row) > 1 and style.getlength(row) + 1 > box[2]:
        row = row[:-2] + "…"
    canvas.text(row, box)


def _scrollbar(canvas: Canvas, top: int, bottom: int, first: int, room: int, count: int) -> None:
    if count > room:
        length = max(5, (bottom - top) * room // count)
        y = top + (bottom - top - length) * first // max(1, count - room)
        canvas.box(canvas.width - 2, y, 2, length)


def _entry(canvas: Canvas, screen: Entry) -> None:
    canvas.text(screen.title, (1, 0, canvas.width - 32, BAR), "bold", 10)
    canvas.text(screen.mode, (canvas.width - 30, 0, 28, BAR), size_px=10, align="end")
    canvas.inverse(0, 0, canvas.width, BAR + 1)
    canvas.box(0, 19, canvas.width, 25, filled=False)
    text = screen.text
    while fitting(text, "bold", 13).getlength(text) > canvas.width - 14:
        text = text[1:]
    with canvas.left_to_right():
        width = canvas.text(text, (4, 20, canvas.width - 8, 23), "bold", 13)
        if canvas.blink():
            canvas.box(5 + width, 24, 2, 15)
    _bottom(canvas, screen.keys, screen.hint)


def _gauge(canvas: Canvas, screen: Gauge) -> None:
    _bar(canvas, screen.icons, "")
    size_px = canvas.largest(screen.title, canvas.width - 26, (12, 11, 10))
    canvas.text(screen.title, (0, 13, canvas.width - 26, 16), "bold", size_px)
    canvas.text(str(screen.level), (canvas.width - 26, 13, 26, 16), "bold", 14, "end")
    step = canvas.width // screen.top
    for index in range(screen.top):
        height = 8 + index * 16 // screen.top
        y = canvas.height - 6 - height
        canvas.box(index * step, y, step - 3, height, filled=index < screen.level)


_LAYOUTS: dict[type, Callable[[Canvas, Any], None]] = {
    Idle: _idle,
    Dialing: _dialing,
    Ringing: _ringing,
    InCall: _in_call,
    CallList: _call_list,
    Notice: _notice,
    Listing: _listing,
    Entry: _entry,
    Gauge: _gauge,
    Texting: _texting,
}
