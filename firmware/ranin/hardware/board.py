"""Board files: the one truth about pins, read and checked."""

import tomllib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ranin.core.commands import Led
from ranin.core.keys import Key

FOLDER = Path(__file__).with_name("boards")
DRIVERS = ("ssd1306", "ssd1309", "sh1106", "ssd1322")


class BoardError(ValueError):
    """A board file that cannot be used; the message says where and what to do."""


@dataclass(frozen=True, slots=True)
class OledSpec:
    """The display and how it is wired."""

    driver: str
    width: int
    height: int
    bus: str
    port: int
    address: int
    dc: int | None = None
    rst: int | None = None


@dataclass(frozen=True, slots=True)
class Board:
    """Everything that is soldered; pins are BCM numbers."""

    name: str
    rows: tuple[int, ...]
    columns: tuple[int, ...]
    keys: tuple[tuple[Key | None, ...], ...]
    """`keys[row][column]`; None where no key is fitted."""
    hook: int
    lifted_high: bool
    leds: dict[Led, int]
    oled: OledSpec

    def place(self, key: Key) -> tuple[int, int]:
        """(row, column) of a key. Raises KeyError."""
        for row, keys in enumerate(self.keys):
            if key in keys:
                return row, keys.index(key)
        raise KeyError(f"board {self.name} has no key {key.value}")


def load_board(name: str) -> Board:
    """A board by its name, or by the path of its file. Raises BoardError."""
    path = Path(name) if name.endswith(".toml") else FOLDER / f"{name}.toml"
    try:
        table = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError as error:
        known = ", ".join(sorted(file.stem for file in FOLDER.glob("*.toml")))
        raise BoardError(f"no board is called {name!r}; there are {known}") from error
    except tomllib.TOMLDecodeError as error:
        raise BoardError(f"{path}: this is not TOML: {error}") from error
    try:
        board = _read(table)
    except (KeyError, TypeError, ValueError) as error:
        raise BoardError(f"{path}: missing or wrong: {error}") from error
    _check(board, path)
    return board


def _read(table: dict[str, Any]) -> Board:
    keypad, hook = table["keypad"], table["hook"]
    return Board(
        name=str(table["name"]),
        rows=tuple(keypad["rows"]),
        columns=tuple(keypad["columns"]),
        keys=tuple(tuple(Key(key) if key else None for key in row) for row in keypad["keys"]),
        hook=int(hook["pin"]),
        lifted_high={"high": True, "low": False}[hook["lifted"]],
        leds={Led(led): int(pin) for led, pin in table["leds"].items()},
        oled=OledSpec(**table["oled"]),
    )


def _check(board: Board, path: Path) -> None:
    pins = [*board.rows, *board.columns, board.hook, *board.leds.values()]
    pins += [pin for pin in (board.oled.dc, board.oled.rst) if pin is not None]
    twice = [pin for pin, count in Counter(pins).items() if count > 1]
    if twice:
        raise BoardError(f"{path}: pin {twice[0]} is used twice")
    if any(not 2 <= pin <= 27 for pin in pins):
        raise BoardError(f"{path}: a header pin is a BCM number from 2 to 27")
    if len(board.keys) != len(board.rows) or any(len(row) != len(board.columns) for row in board.keys):
        raise BoardError(f"{path}: keypad.keys must have a row for each of rows and a key for each of columns")
    fitted = Counter(key for row in board.keys for key in row if key)
    missing = [key.value for key in Key if fitted[key] == 0]
    if missing or max(fitted.values()) > 1:
        raise BoardError(f"{path}: keypad.keys needs every key once; missing: {', '.join(missing) or 'none'}")
    if board.oled.driver not in DRIVERS:
        raise BoardError(f"{path}: oled.driver must be one of {', '.join(DRIVERS)}")
