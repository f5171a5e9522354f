"""The key matrix as a picture: which key joins which row to which column."""

from hardware.generate.svg import Svg
from hardware.generate.wiring import net_name
from ranin.hardware.board import Board
from ranin.hardware.header import place

PITCH, LEFT, TOP = 118, 190, 78
GREEN, GREY = "#2a9d4a", "#888"


def picture(board: Board) -> str:
    """SVG, seen from the keys' side."""
    width, height = LEFT + len(board.columns) * PITCH, TOP + len(board.rows) * 62 + 20
    svg = Svg(width, height, f"Key matrix of the kit {board.name}")
    for row, pin in enumerate(board.rows):
        y = _y(row)
        svg.path(f"M{LEFT - 34} {y} H{_x(len(board.columns) - 1) + 56}", stroke=GREEN, width=2)
        svg.text(LEFT - 40, y + 4, f"R{row + 1}  {_pin(pin)}", size=12, anchor="end")
    for column, pin in enumerate(board.columns):
        x = _x(column) - 26
        svg.path(f"M{x} {TOP - 16} V{_y(len(board.rows) - 1) + 20}", stroke=GREY, width=2)
        svg.text(x, 18, f"C{column + 1}", size=12)
        svg.text(x, 33, _pin(pin), size=11)
        svg.box(x - 5, 40, 10, 20, fill="#fff", stroke="#111")
        svg.text(x + 9, 54, "1 kΩ", size=10, anchor="start", fill="#444")
    for row, keys in enumerate(board.keys):
        for column, key in enumerate(keys):
            if key is not None:
                _switch(svg, _x(column), _y(row), key.value)
    return str(svg)


def _x(column: int) -> float:
    return LEFT + 36 + column * PITCH


def _y(row: int) -> float:
    return TOP + 26 + row * 62


def _pin(pin: int) -> str:
    return f"{net_name(place(pin))}, pin {place(pin)}"


def _switch(svg: Svg, x: float, y: float, name: str) -> None:
    """A switch from the row at y up to the column on its left."""
    svg.circle(x - 26, y - 24, 3, fill=GREY)
    svg.path(f"M{x - 26} {y - 24} H{x - 10} M{x + 12} {y - 24} H{x + 46} V{y}", stroke="#111", width=1.5)
    svg.path(f"M{x - 10} {y - 24} L{x + 10} {y - 33}", stroke="#111", width=1.5)
    svg.circle(x + 46, y, 3, fill=GREEN)
    svg.text(x + 10, y - 9, name, size=12, bold=True)
