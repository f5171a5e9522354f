"""The fonts of the display: DejaVu where it is sharp, Unifont for every other script."""

import re
from functools import lru_cache
from pathlib import Path

from PIL import ImageFont, features

FOLDERS = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"))
_FILES = {
    "regular": ("DejaVuSans.ttf", "fonts-dejavu-core"),
    "bold": ("DejaVuSans-Bold.ttf", "fonts-dejavu-core"),
    "unifont": ("unifont.otf", "fonts-unifont"),
}
UNIFONT_PX = 16
"""Unifont is drawn on a grid of 16 pixels and is sharp at that size alone."""

SMALLEST_BOLD_ARABIC_PX = 12
"""Below that the dots of bold letters run into each other."""

_ELSEWHERE = re.compile(
    r"[\u0900-\u0dff\u0e00-\u109f\u1100-\u1cff\u2e80-\ua95f\uac00-\ud7ff\uf900-\ufaff\uff00-\uffef]"
)
"""Scripts that DejaVu does not have: Indic, Thai, Chinese, Japanese, Korean and their like."""

Font = ImageFont.FreeTypeFont


class FontError(RuntimeError):
    """A font or its shaper is missing; the message names the package."""


@lru_cache(maxsize=16)
def font(style: str, size_px: int) -> Font:
    """`regular`, `bold` or `unifont` at a size. Raises FontError."""
    name, package = _FILES[style]
    return ImageFont.truetype(str(_find(name, package)), size_px, layout_engine=_engine())


@lru_cache(maxsize=8)
def _find(name: str, package: str) -> Path:
    for folder in FOLDERS:
        found = next(folder.rglob(name), None) if folder.is_dir() else None
        if found is not None:
            return found
    raise FontError(f"the font {name} is missing; run: apt-get install {package}")


@lru_cache(maxsize=1)
def _engine() -> ImageFont.Layout:
    """Raqm joins Arabic letters and orders them; without it they would stand apart and backwards."""
    if not features.check("raqm"):
        raise FontError("Arabic cannot be shaped; run: apt-get install libfribidi0")
    return ImageFont.Layout.RAQM


def fitting(text: str, style: str, size_px: int) -> Font:
    """The font for a text: the one asked for, or Unifont if that lacks the script."""
    if _ELSEWHERE.search(text):
        return font("unifont", UNIFONT_PX)
    filled = size_px < SMALLEST_BOLD_ARABIC_PX and _RIGHT_TO_LEFT.search(text)
    return font("regular" if filled else style, size_px)


_RIGHT_TO_LEFT = re.compile(r"[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
_ISOLATE = "\u2068"
_LETTER = re.compile(r"[^\W\d_]")


def is_rtl(text: str) -> bool:
    """Whether the text begins in a script written from right to left (Unicode UAX #9, P2)."""
    first = _LETTER.search(text)
    return first is not None and bool(_RIGHT_TO_LEFT.match(first[0]))


def has_rtl(text: str) -> bool:
    """Whether it has letters of such a script, or is a sentence of such a language (it isolates what fills it)."""
    return _ISOLATE in text or _RIGHT_TO_LEFT.search(text) is not None
