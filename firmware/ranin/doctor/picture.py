"""A picture of the keypad in letters (pure)."""

from ranin.core.keys import Key
from ranin.hardware.board import Board


def keypad(board: Board, pressed: frozenset[Key]) -> str:
    """As it lies on the desk: `[5]` has been pressed, `·5·` has not, a place without a key is empty."""
    width = max(len(key.value) for row in board.keys for key in row if key)
    return "\n".join(" ".join(_cell(key, key in pressed, width) for key in row).rstrip() for row in board.keys)


def _cell(key: Key | None, seen: bool, width: int) -> str:
    if key is None:
        return " " * (width + 2)
    left, right = "[]" if seen else "··"
    return f"{left}{key.value.center(width)}{right}"
