"""The printable case: OpenSCAD's values from the board file, and its STL files made small."""

import struct
from pathlib import Path

from hardware.generate.kit import Kit
from ranin.core.keys import SOFT_KEYS, Key
from ranin.hardware.board import Board

SOURCE = Path(__file__).parents[1] / "case.scad"
PARTS = ("body", "panel")
DISPLAYS = {
    "ssd1306": ((23.5, 12.5), (28, 28)),
    "sh1106": ((31, 16.5), (36, 34)),
    "ssd1309": ((57, 29), (72, 43)),
    "ssd1322": ((79, 21.5), (95, 36)),
}
"""Of each display: what is seen, and its board, in mm (width, height). Makers differ: measure yours."""
BATTERY_MM = 24
"""Two 18650 cells below the Pi."""


def key_rows(board: Board) -> tuple[tuple[Key | None, ...], ...]:
    """The keys as they lie, from the display down: those that the display names are next to it."""
    return tuple(sorted(board.keys, key=lambda row: not set(SOFT_KEYS) & set(row)))


def values(kit: Kit) -> dict[str, str]:
    """Values of case.scad, in OpenSCAD's words."""
    board = kit.board
    window, module = DISPLAYS[board.oled.driver]
    fitted = [[int(key is not None) for key in row] for row in key_rows(board)]
    return {
        "pi": f'"{kit.pi[0]}"',
        "columns": str(len(board.columns) or 1),
        "fitted": str(fitted),
        "lamps": str(len(board.leds)),
        "window": str(list(window)),
        "module_size": str(list(module)),
        "cradle": "true" if board.hook is not None else "false",
        "deep_mm": str(BATTERY_MM if board.ups else 0),
    }


def binary_stl(text: str) -> bytes:
    """An ASCII STL as a binary one, a fifth of its size: 80 bytes of header, a count, 50 bytes a triangle."""
    numbers = [tuple(map(float, line.split()[1:])) for line in text.splitlines() if line.strip().startswith("vertex")]
    triangles = [numbers[at : at + 3] for at in range(0, len(numbers), 3)]
    head = b"Ranin".ljust(80) + struct.pack("<I", len(triangles))
    return head + b"".join(struct.pack("<12fH", 0, 0, 0, *a, *b, *c, 0) for a, b, c in triangles)


def volume(stl: bytes) -> float:
    """Of a binary STL's solid, in mm³."""
    return sum(
        (ax * (by * cz - bz * cy) - ay * (bx * cz - bz * cx) + az * (bx * cy - by * cx)) / 6
        for _, _, _, ax, ay, az, bx, by, bz, cx, cy, cz, _ in struct.iter_unpack("<12fH", stl[84:])
    )


def extent(stl: bytes) -> tuple[float, float, float]:
    """Width, depth and height of a binary STL, in mm."""
    numbers = [triangle[3:12] for triangle in struct.iter_unpack("<12fH", stl[84:])]
    along = ([value for triangle in numbers for value in triangle[axis::3]] for axis in range(3))
    x, y, z = (max(values) - min(values) for values in along)
    return x, y, z
