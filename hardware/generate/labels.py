"""Labels for the keys, in millimetres in the places where the keys lie; to be printed at 100 %."""

from hardware.generate.case import key_rows
from hardware.generate.svg import Svg
from ranin.core.keys import SOFT_KEYS, Key
from ranin.hardware.board import Board

KEY, PITCH, MARGIN = 12.0, 16.0, 6.0
LETTERS = {"2": "ABC", "3": "DEF", "4": "GHI", "5": "JKL", "6": "MNO", "7": "PQRS", "8": "TUV", "9": "WXYZ", "0": "+"}
"""ITU-T E.161."""
ARROWS = {Key.UP: "M3.5 7.5 L6 4 L8.5 7.5", Key.DOWN: "M3.5 4.5 L6 8 L8.5 4.5"}
WORDS = {
    Key.MENU: "menu", Key.OK: "OK", Key.CANCEL: "back", Key.MUTE: "mute", Key.MESSAGE: "voice mail",
    Key.REDIAL: "redial", Key.SPEAKER: "speaker",
}  # fmt: skip
GROUND = {Key.OK: "#cfe8d4", Key.CANCEL: "#f3d1cf"}


def sheet(board: Board) -> str:
    """SVG of all labels; cut along the lines."""
    width = 2 * MARGIN + (len(board.columns) - 1) * PITCH + KEY
    height = 2 * MARGIN + (len(board.rows) - 1) * PITCH + KEY + 5
    svg = Svg(max(width, 62), height, f"Labels of the kit {board.name}", "mm")
    for row, keys in enumerate(key_rows(board)):
        for column, key in enumerate(keys):
            if key is not None:
                _label(svg, MARGIN + column * PITCH, MARGIN + row * PITCH, key)
    svg.text(
        MARGIN, height - 2.5, f"Print at 100 %: each label is {KEY:g} mm wide", size=2.4, anchor="start", fill="#666"
    )
    return str(svg)


def _label(svg: Svg, x: float, y: float, key: Key) -> None:
    svg.box(x, y, KEY, KEY, fill=GROUND.get(key, "#f6f6f2"), radius=1, stroke="#888", dashed=True)
    middle = x + KEY / 2
    if key in ARROWS:
        svg.path(_moved(ARROWS[key].split(), x, y), stroke="#111", width=0.8)
    elif key in SOFT_KEYS:
        svg.box(x + 2.5, y + KEY / 2 - 0.5, KEY - 5, 1, fill="#111", radius=0.5)
    elif key in WORDS:
        lines = WORDS[key].split()
        for number, line in enumerate(lines):
            svg.text(middle, y + 7 + (number - (len(lines) - 1) / 2) * 3, line, size=2.7)
    else:
        _digit(svg, middle, y, key.value)


def _digit(svg: Svg, middle: float, y: float, digit: str) -> None:
    letters = LETTERS.get(digit, "")
    svg.text(middle, y + (6.8 if letters else 8.2), digit, size=6, bold=True)
    if letters:
        svg.text(middle, y + 10.3, letters, size=2.4, fill="#444")


def _moved(words: list[str], x: float, y: float) -> str:
    """`M3 4 L5 6` as words, moved."""
    numbers = [f"{word[0]}{float(word[1:]) + x:g}" if word[0] in "ML" else f"{float(word) + y:g}" for word in words]
    return " ".join(numbers)
