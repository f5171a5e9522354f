"""Drawing primitives of the display: text that fits, scrolls, wraps, and runs the right way."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache

from PIL import Image, ImageChops, ImageDraw, ImageOps

from ranin.core.screens.screen import Icon
from ranin.hardware.fonts import Font, fitting, has_rtl, is_rtl
from ranin.hardware.icons import SIZE, icon

SCROLL_AFTER_S = 1.5
SCROLL_PX_S = 24
SCROLL_GAP_PX = 28
FRAME_S = 1 / 12
LONGEST = 200
"""Characters drawn of a text, however long it is."""

_UNSAFE = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_UNSAFE_BUT_ISOLATES = re.compile(_UNSAFE.pattern.replace(r"\u2069", r"\u2067"))
"""Isolates keep a name or a number within Arabic in its own order; `core.text.said` puts them there."""

_DIRECTED = frozenset({Icon.INCOMING, Icon.OUTGOING, Icon.TALKING, Icon.FORWARD})
"""Pictograms that point onwards, which is to the left where one reads from right to left."""


Box = tuple[int, int, int, int]
"""(x, y, width, height)"""


class Canvas:
    """A 1-bit picture at a moment; `moving` says whether it will look different soon.

    With `rtl` it is laid out from right to left: what is asked for from the left edge lies as far from the right one.
    """

    def __init__(self, size: tuple[int, int], at_s: float, rtl: bool = False) -> None:
        self.width, self.height = size
        self.image = Image.new("1", size)
        self._draw = ImageDraw.Draw(self.image)
        self._draw.fontmode = "1"
        self._at_s = at_s
        self.rtl = rtl
        self.moving = False

    def text(
        self, text: str, box: Box, style: str = "regular", size_px: int = 11,
        align: str = "start", ink: int = 255,
    ) -> int:  # fmt: skip
        """Draw one line into (x, y, width, height), centred in height; its width in pixels.

        `start` is left, or right for a text or a picture that runs from right to left; a
        text too wide for its box scrolls.
        """
        text = self._clean(text)
        if not text.strip():
            return 0
        font = fitting(text, style, size_px)
        left, top, width, height = self._placed(box)
        wide = _wide(text, font)
        baseline = top + (height + _ascent(font)) // 2
        if wide > width:
            self._scroll(text, font, (left, top, width, height), wide, baseline, ink)
            return width
        x = left + _offset(align, self.rtl or is_rtl(text), width - wide)
        stamp, left, rise = _stamp(text, font, self._direction(text))
        x += left if x or not self.rtl else max(0, left)  # the tail of some last letters reaches beyond them
        self.image.paste(ink, (x, baseline + rise), stamp)
        return wide

    @contextmanager
    def left_to_right(self) -> Iterator[None]:
        """For what lies the same way in every language: digits and addresses being typed, labels above their keys."""
        rtl, self.rtl = self.rtl, False
        yield
        self.rtl = rtl

    def _placed(self, box: Box) -> Box:
        left, top, width, height = box
        return (self.width - left - width if self.rtl else left), top, width, height

    def _clean(self, text: str) -> str:
        return (_UNSAFE_BUT_ISOLATES if self.rtl else _UNSAFE).sub("", text)[:LONGEST]

    def _direction(self, text: str) -> str | None:
        """A sentence in Arabic that begins with a Latin name still runs from right to left."""
        return "rtl" if self.rtl and has_rtl(text) else None

    def largest(self, text: str, width: int, sizes_px: tuple[int, ...], style: str = "bold") -> int:
        """The first of the sizes at which the text fits the width; else the last."""
        text = self._clean(text)
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
        direction = self._direction(text)
        rtl = direction == "rtl" or is_rtl(text)
        for turn in (0, 1):
            x = width - wide + moved - turn * loop if rtl else turn * loop - moved
            draw.text((x, baseline - top), text, font=font, fill=ink, anchor="ls", direction=direction)
        self.image.paste(strip, (left, top))

    def wrapped(self, text: str, box: Box, size_px: int = 11, line_px: int = 13) -> None:
        """Draw a text over as many lines as the box has room for; of a longer one the last line scrolls."""
        left, top, width, height = box
        font = fitting(text, "regular", size_px)
        lines = _wrap(self._clean(text), font, width)
        last = max(1, height // line_px) - 1
        for index, line in enumerate((*lines[:last], " ".join(lines[last:]))):
            self.text(line, (left, top + index * line_px, width, line_px), size_px=size_px)

    def tail(self, text: str, box: Box, line_px: int) -> int:
        """Draw the last lines of a text that fit a box; the x of what comes next, in pixels from the left."""
        left, top, width, height = box
        room = max(1, height // line_px)
        lines = [piece for line in text.split("\n") for piece in _broken(_UNSAFE.sub("", line), width)][-room:]
        for index, line in enumerate(lines):
            self.text(line, (left, top + index * line_px, width, line_px), size_px=11)
        wide = int(fitting(lines[-1], "regular", 11).getlength(lines[-1]))
        return left + width - wide - 3 if is_rtl(lines[-1]) else left + wide + 1

    def icon(self, kind: Icon, x: int, y: int, scale: int = 1) -> int:
        """Draw a pictogram; the pixels it takes to the right, a gap included."""
        drawn = icon(kind, scale)
        if self.rtl and kind in _DIRECTED:
            drawn = ImageOps.mirror(drawn)
        self.image.paste(drawn, self._placed((x, y, drawn.width, drawn.height))[:2])
        return SIZE * scale + 3

    def box(self, x: int, y: int, width: int, height: int, filled: bool = True) -> None:
        """A rectangle."""
        x = self._placed((x, y, width, height))[0]
        corner = (x + width - 1, y + height - 1)
        if filled:
            self._draw.rectangle(((x, y), corner), fill=255)
        else:
            self._draw.rectangle(((x, y), corner), outline=255)

    def inverse(self, x: int, y: int, width: int, height: int) -> None:
        """Turn light and dark round."""
        x = self._placed((x, y, width, height))[0]
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
def _stamp(text: str, font: Font, direction: str | None) -> tuple[Image.Image, int, int]:
    """A text's dots and where they begin, right of and below its origin: all but the timer of a call stay the same."""
    left, top, right, bottom = (int(edge) for edge in font.getbbox(text, mode="1", direction=direction, anchor="ls"))
    stamp = Image.new("1", (max(1, right - left), max(1, bottom - top)))
    draw = ImageDraw.Draw(stamp)
    draw.fontmode = "1"
    draw.text((-left, -top), text, font=font, fill=255, anchor="ls", direction=direction)
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
