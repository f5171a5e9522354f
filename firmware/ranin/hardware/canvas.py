"""Drawing primitives of the display: text that fits, scrolls, wraps, and runs the right way."""

import re
from functools import lru_cache

from PIL import Image, ImageChops, ImageDraw

from ranin.core.screens.screen import Icon
from ranin.hardware.fonts import Font, fitting, is_rtl
from ranin.hardware.icons import SIZE, icon

SCROLL_AFTER_S = 1.5
SCROLL_PX_S = 24
SCROLL_GAP_PX = 28
FRAME_S = 1 / 12
LONGEST = 200
"""Characters drawn of a text, however long it is."""

_UNSAFE = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")


Box = tuple[int, int, int, int]
"""(x, y, width, height)"""


class Canvas:
    """A 1-bit picture at a moment; `moving` says whether it will look different soon."""

    def __init__(self, size: tuple[int, int], at_s: float) -> None:
        self.width, self.height = size
        self.image = Image.new("1", size)
        self._draw = ImageDraw.Draw(self.image)
        self._draw.fontmode = "1"
        self._at_s = at_s
        self.moving = False

    def text(
        self, text: str, box: Box, style: str = "regular", size_px: int = 11,
        align: str = "start", ink: int = 255,
    ) -> int:  # fmt: skip
        """Draw one line into (x, y, width, height), centred in height; its width in pixels.

        `start` is left, or right for a text that runs from right to left; a text too
        wide for its box scrolls.
        """
        text = _UNSAFE.sub("", text)[:LONGEST]
        if not text.strip():
            return 0
        font = fitting(text, style, size_px)
        left, top, width, height = box
        wide = _wide(text, font)
        baseline = top + (height + _ascent(font)) // 2
        if wide > width:
            self._scroll(text, font, box, wide, baseline, ink)
            return width
        x = left + _offset(align, is_rtl(text), width - wide)
        stamp, left, rise = _stamp(text, font)
        self.image.paste(ink, (x + left, baseline + rise), stamp)
        return wide

    def largest(self, text: str, width: int, sizes_px: tuple[int, ...], style: str = "bold") -> int:
        """The first of the sizes at which the text fits the width; else the last."""
        text = _UNSAFE.sub("", text)[:LONGEST]
        return next(
            (size for size in sizes_px if size and _wide(text, fitting(text, style, size)) <= width), sizes_px[-1]
        )

    def _scroll(self, text: str, font: Font, box: Box, wide: int, baseline: int, ink: int) -> None:
        self.moving = True
        left, top, width, height = box
        loop = wide + SCROLL_GAP_PX
        moved = int(max(0.0, self._at_s - SCROLL_AFTER_S) * SCROLL_PX_S) % loop
        strip = Image.new("1", (width, height), 255 - ink)
        draw = ImageDraw.Draw(strip)
        draw.fontmode = "1"
        rtl = is_rtl(text)
        for turn in (0, 1):
            x = width - wide + moved - turn * loop if rtl else turn * loop - moved
            draw.text((x, baseline - top), text, font=font, fill=ink, anchor="ls")
        self.image.paste(strip, (left, top))

    def wrapped(self, text: str, box: Box, size_px: int = 11, line_px: int = 13) -> None:
        """Draw a text over as many lines as the box has room for."""
        left, top, width, height = box
        font = fitting(text, "regular", size_px)
        lines = _wrap(_UNSAFE.sub("", text)[:LONGEST], font, width)
        for index, line in enumerate(lines[: max(1, height // line_px)]):
            self.text(line, (left, top + index * line_px, width, line_px), size_px=size_px)

    def tail(self, text: str, box: Box, line_px: int) -> int:
        """Draw the last lines of a text that fit a box; the width of the last one in pixels."""
        left, top, width, height = box
        room = max(1, height // line_px)
        lines = [piece for line in text.split("\n") for piece in _broken(_UNSAFE.sub("", line), width)][-room:]
        for index, line in enumerate(lines):
            self.text(line, (left, top + index * line_px, width, line_px), size_px=11)
        return int(fitting(lines[-1], "regular", 11).getlength(lines[-1]))

    def icon(self, kind: Icon, x: int, y: int, scale: int = 1) -> int:
        """Draw a pictogram; the pixels it takes to the right, a gap included."""
        self.image.paste(icon(kind, scale), (x, y))
        return SIZE * scale + 3

    def box(self, x: int, y: int, width: int, height: int, filled: bool = True) -> None:
        """A rectangle."""
        corner = (x + width - 1, y + height - 1)
        if filled:
            self._draw.rectangle(((x, y), corner), fill=255)
        else:
            self._draw.rectangle(((x, y), corner), outline=255)

    def inverse(self, x: int, y: int, width: int, height: int) -> None:
        """Turn light and dark round."""
        part = self.image.crop((x, y, x + width, y + height))
        self.image.paste(ImageChops.invert(part), (x, y))

    def blink(self, period_s: float = 1.0) -> bool:
        """Whether something that blinks is seen now."""
        self.moving = True
        return self._at_s % period_s < period_s / 2


@lru_cache(maxsize=256)
def _wide(text: str, font: Font) -> int:
    return int(font.getlength(text)) + 1


@lru_cache(maxsize=64)
def _stamp(text: str, font: Font) -> tuple[Image.Image, int, int]:
    """A text's dots and where they begin, right of and below its origin: all but the timer of a call stay the same."""
    left, top, right, bottom = (int(edge) for edge in font.getbbox(text, mode="1", anchor="ls"))
    stamp = Image.new("1", (max(1, right - left), max(1, bottom - top)))
    draw = ImageDraw.Draw(stamp)
    draw.fontmode = "1"
    draw.text((-left, -top), text, font=font, fill=255, anchor="ls")
    return stamp, left, top


@lru_cache(maxsize=32)
def _ascent(font: Font) -> int:
    """Height of a capital letter: what the eye centres on."""
    top = font.getbbox("H", anchor="ls")[1]
    return int(-top)


def _offset(align: str, rtl: bool, spare: int) -> int:
    if align == "centre":
        return spare // 2
    return spare if (align == "end") != rtl else 0


def _broken(text: str, width: int) -> list[str]:
    """Lines of that width, broken after a space where there is one: no letter may be missing of what is typed."""
    lines = [""]
    font = fitting(text, "regular", 11)
    for letter in text:
        if font.getlength(lines[-1] + letter) + 1 > width:
            head, space, rest = lines[-1].rpartition(" ")
            lines[-1:] = [head, rest] if space else [lines[-1], ""]
        lines[-1] += letter
    return lines


def _wrap(text: str, font: Font, width: int) -> list[str]:
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and font.getlength(longer) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines
