"""Board files: the one truth about pins, read and checked."""

import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ranin.core.commands import Led
from ranin.core.keys import Key
from ranin.hardware.header import CHIP_SELECT, I2C, I2S, SPI, Claim, Use, faults

FOLDER = Path(__file__).with_name("boards")
DRIVERS = {
    "keypad": ("matrix", "usb"),
    "hook": ("line", "usb"),
    "oled": ("ssd1306", "ssd1309", "sh1106", "ssd1322"),
    "amplifier": ("max98357a",),
    "ups": ("ina219", "max17040"),
}
"""What a table's `driver` may be; "usb" is a handset with its own keys and hook, and takes no pins."""
KEYS = {
    "": {"name", "keypad", "hook", "leds", "oled", "amplifier", "ups"},
    "keypad": {"driver", "pull", "rows", "columns", "keys"},
    "hook": {"driver", "pin", "pull", "lifted"},
    "leds": {led.value for led in Led},
    "oled": {"driver", "width", "height", "bus", "port", "address", "dc", "rst"},
    "amplifier": {"driver", "enable"},
    "ups": {"driver", "address", "power_loss", "mains", "pull", "charge_stop"},
}
"""Every key of a board file by its table; the first are the tables themselves."""


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
class AmplifierSpec:
    """The ringer's amplifier on I2S; `enable` high switches it on."""

    driver: str
    enable: int


@dataclass(frozen=True, slots=True)
class UpsSpec:
    """The battery board: its gauge on I2C, and lines of its own if it has any."""

    driver: str
    address: int
    power_loss: int | None = None
    mains: str = "high"
    """Level of `power_loss` while there is mains."""
    pull: str | None = None
    charge_stop: int | None = None


@dataclass(frozen=True, slots=True)
class Board:
    """Everything that is soldered; pins are BCM numbers."""

    name: str
    rows: tuple[int, ...]
    columns: tuple[int, ...]
    keys: tuple[tuple[Key | None, ...], ...]
    """`keys[row][column]`; None where no key is fitted."""
    keypad_pull: str | None
    hook: int | None
    """None: the handset is on USB, with its hook and its keys."""
    hook_pull: str | None
    lifted_high: bool
    leds: dict[Led, int]
    oled: OledSpec
    amplifier: AmplifierSpec | None = None
    ups: UpsSpec | None = None

    def place(self, key: Key) -> tuple[int, int]:
        """(row, column) of a key. Raises KeyError."""
        for row, keys in enumerate(self.keys):
            if key in keys:
                return row, keys.index(key)
        raise KeyError(f"board {self.name} has no key {key.value}")

    def on_pins(self) -> "Board":
        """This board, if hook and keys are on pins. Raises BoardError."""
        if self.hook is None or not self.rows:
            raise BoardError(f"board {self.name}: hook or keypad is on USB, for which there is no driver yet")
        return self

    def claims(self) -> Iterator[Claim]:
        """Every use of the header."""
        yield from (Claim(pin, "keypad.rows", Use.INPUT, self.keypad_pull) for pin in self.rows)
        yield from (Claim(pin, "keypad.columns", Use.COLUMN) for pin in self.columns)
        if self.hook is not None:
            yield Claim(self.hook, "hook.pin", Use.INPUT, self.hook_pull)
        yield from (Claim(pin, f"leds.{led.value}", Use.OUTPUT_LOW) for led, pin in self.leds.items())
        yield from self._of_oled()
        if self.amplifier is not None:
            yield from (Claim(pin, "amplifier on I2S", Use.BUS) for pin in I2S)
            yield Claim(self.amplifier.enable, "amplifier.enable", Use.OUTPUT_LOW)
        if self.ups is not None:
            yield from self._of_ups(self.ups)

    def _of_oled(self) -> Iterator[Claim]:
        if self.oled.bus == "i2c" or self.ups is not None:
            yield from (Claim(pin, "I2C", Use.BUS) for pin in I2C)
        if self.oled.bus == "spi":
            yield from (Claim(pin, "oled on SPI", Use.BUS) for pin in (*SPI, CHIP_SELECT[self.oled.address]))
        lines = {"oled.dc": self.oled.dc, "oled.rst": self.oled.rst}
        yield from (Claim(pin, who, Use.OUTPUT_LOW) for who, pin in lines.items() if pin is not None)

    def _of_ups(self, ups: UpsSpec) -> Iterator[Claim]:
        if ups.power_loss is not None:
            yield Claim(ups.power_loss, "ups.power_loss", Use.INPUT, ups.pull)
        if ups.charge_stop is not None:
            yield Claim(ups.charge_stop, "ups.charge_stop", Use.OUTPUT_LOW)


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
        _check_keys(table)
        board = _read(table)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise BoardError(f"{path}: missing or wrong: {error}") from error
    for fault in _faults(board):
        raise BoardError(f"{path}: {fault}")
    return board


def _check_keys(table: dict[str, Any]) -> None:
    for name, known in KEYS.items():
        unknown = sorted(set(table.get(name, {}) if name else table) - known)
        if unknown:
            where = f"[{name}]" if name else "a board file"
            raise ValueError(f"{where} has no key {unknown[0]!r}; it has {', '.join(sorted(known))}")
    for name, known_drivers in DRIVERS.items():
        if name in table and table[name]["driver"] not in known_drivers:
            raise ValueError(f"{name}.driver must be one of {', '.join(known_drivers)}")


def _read(table: dict[str, Any]) -> Board:
    keypad, hook = table["keypad"], table["hook"]
    matrix, line = keypad["driver"] == "matrix", hook["driver"] == "line"
    return Board(
        name=str(table["name"]),
        rows=tuple(keypad["rows"]) if matrix else (),
        columns=tuple(keypad["columns"]) if matrix else (),
        keys=tuple(tuple(Key(key) if key else None for key in row) for row in keypad["keys"]) if matrix else (),
        keypad_pull=keypad.get("pull"),
        hook=int(hook["pin"]) if line else None,
        hook_pull=hook.get("pull"),
        lifted_high={"high": True, "low": False}[hook["lifted"]] if line else True,
        leds={Led(led): int(pin) for led, pin in table["leds"].items()},
        oled=OledSpec(**table["oled"]),
        amplifier=AmplifierSpec(**table["amplifier"]) if "amplifier" in table else None,
        ups=UpsSpec(**table["ups"]) if "ups" in table else None,
    )


def _faults(board: Board) -> Iterator[str]:
    if board.oled.bus not in ("i2c", "spi"):
        yield 'oled.bus must be "i2c" or "spi"'
    elif board.oled.bus == "spi" and board.oled.address not in range(len(CHIP_SELECT)):
        yield "oled.address on SPI is the chip select, 0 or 1"
    yield from faults(board.claims())
    yield from _keypad_faults(board)
    ups = board.ups
    if ups and ups.mains not in ("high", "low"):
        yield 'ups.mains must be "high" or "low"'
    if ups and board.oled.bus == "i2c" and ups.address == board.oled.address:
        yield f"ups and oled have the same I2C address {ups.address:#x}"


def _keypad_faults(board: Board) -> Iterator[str]:
    if not board.rows:
        return
    if board.keypad_pull != "up":
        yield 'keypad.pull must be "up": a pressed key pulls its row low'
    if len(board.keys) != len(board.rows) or any(len(row) != len(board.columns) for row in board.keys):
        yield "keypad.keys must have a row for each of rows and a key for each of columns"
    fitted = Counter(key for row in board.keys for key in row if key)
    missing = [key.value for key in Key if fitted[key] == 0]
    if missing or max(fitted.values()) > 1:
        yield f"keypad.keys needs every key once; missing: {', '.join(missing) or 'none'}"
