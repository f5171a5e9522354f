"""In the guest: a GPIO chip of the kernel's own (gpio-sim), and the copper between its lines."""

import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from gpiod.line import Bias, Direction

from ranin.core.keys import Key
from ranin.hardware.board import Board
from ranin.hardware.pinfactory import Lines, PinFactory

CONFIG = Path("/sys/kernel/config/gpio-sim")
LABEL = "pinctrl-bcm2711"
"""As a Pi 4 names its chip: the pin factory finds it as it finds the real one."""
LINES = 58


def make_chip() -> None:
    """Have the kernel make the chip; it stays as long as the machine runs."""
    bank = CONFIG / "desk" / "bank0"
    bank.mkdir(parents=True)
    (bank / "num_lines").write_text(str(LINES))
    (bank / "label").write_text(LABEL)
    (bank.parent / "live").write_text("1")


class Chip:
    """What pulls at a line is written from here, and any line is read back."""

    def __init__(self) -> None:
        self._lines = next(Path("/sys/devices/platform").glob("gpio-sim.*/gpiochip*/sim_gpio0")).parent
        self._files: dict[tuple[int, str], int] = {}

    def _file(self, line: int, name: str) -> int:
        if (line, name) not in self._files:
            mode = os.O_RDWR if name == "pull" else os.O_RDONLY
            self._files[line, name] = os.open(self._lines / f"sim_gpio{line}" / name, mode)
        return self._files[line, name]

    def pull(self, line: int, high: bool) -> None:
        """Pull at a line as a wire from outside does."""
        os.pwrite(self._file(line, "pull"), b"pull-up" if high else b"pull-down", 0)

    def pulled_up(self, line: int) -> bool:
        """Which way a line is pulled, by us or by its own resistor: gpio-sim knows only the last."""
        return os.pread(self._file(line, "pull"), 16, 0).strip() == b"pull-up"

    def level(self, line: int) -> bool:
        """The level of any line, also of an output."""
        return os.pread(self._file(line, "value"), 1, 0) == b"1"


class WiredLines(Lines):
    """A request after whose changes the copper settles: gpio-sim has no wires between its lines."""

    settle: Callable[[], None] = staticmethod(lambda: None)

    def change(self, offset: int, **changes: Any) -> None:
        super().change(offset, **changes)
        self.settle()

    def write(self, levels: Any) -> None:
        super().write(levels)
        self.settle()


class WiredFactory(PinFactory):
    """The pin factory as it is, but for the copper that follows every change."""

    def __init__(self, chip: str | None = None) -> None:
        super().__init__(chip)
        self.settle: Callable[[], None] = lambda: None

    def request(self, settings: Any, told: Any) -> Lines:
        lines = WiredLines(self._chip, self._watcher, settings, told)
        lines.settle = lambda: self.settle()
        self.settle()
        return lines


class Desk:
    """Copper of a phone's board: a pressed key joins its row to its column, the rest moves the hook switch."""

    def __init__(self, board: Board, chip: Chip) -> None:
        self._board, self._chip = board, chip
        self._pressed: set[tuple[int, int]] = set()
        self._lifted = False
        self._lock = threading.RLock()
        self.factory = WiredFactory()
        self.factory.settle = self.settle

    def key(self, key: Key, down: bool) -> None:
        """Close or open a key's contact."""
        with self._lock:
            (self._pressed.add if down else self._pressed.discard)(self._board.place(key))
            self.settle()

    def hook(self, lifted: bool) -> None:
        """Open or close the hook's contact."""
        with self._lock:
            self._lifted = lifted
            self.settle()

    def lamps(self) -> dict[str, bool]:
        """Which lamps shine, by the level of their lines."""
        return {led.value: self._chip.level(pin) for led, pin in self._board.leds.items()}

    def settle(self) -> None:
        """Pull every line the way its contacts do; low wins over the line's own resistor."""
        with self._lock:
            self._chip.pull(self._board.hook, self._lifted == self._board.lifted_high)
            low = {row for row, column in self._pressed if not self._chip.level(self._board.columns[column])}
            for index, line in enumerate(self._board.rows):
                self._chip.pull(line, index not in low)


class WireFactory(WiredFactory):
    """For gpiozero's own tests: one wire between the two pins that they use."""

    ENDS = (22, 27)

    def __init__(self) -> None:
        super().__init__()
        self._sim = Chip()
        self.settle = self._wire

    def _wire(self) -> None:
        """An output drives the wire; without one the only resistor does."""
        infos = {line: self.line_info(line) for line in self.ENDS}
        driven = [line for line, info in infos.items() if info.direction is Direction.OUTPUT]
        pulls = {info.bias for info in infos.values()} & {Bias.PULL_UP, Bias.PULL_DOWN}
        if driven:
            level = self._sim.level(driven[0])
        elif pulls:
            level = Bias.PULL_UP in pulls
        else:
            return
        for line in self.ENDS:
            self._sim.pull(line, level)
