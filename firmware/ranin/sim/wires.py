"""The wires between a finger and the pins, for gpiozero's mock pins."""

from collections.abc import Callable
from typing import Any

from gpiozero.pins.mock import MockFactory, MockPin

from ranin.core.commands import Led
from ranin.core.keys import Key
from ranin.hardware.board import Board


class _WiredPin(MockPin):
    """A mock pin whose changes the wires hear of."""

    heard: Callable[[], None] = staticmethod(lambda: None)

    def _set_state(self, value: Any) -> None:
        before = self._state
        super()._set_state(value)
        if self._state != before:
            self.heard()

    def _change_state(self, value: Any) -> bool:
        """gpiozero keeps every state that a mock pin ever had: of a phone that runs for weeks only the last."""
        changed = bool(super()._change_state(value))
        del self.states[:-1]
        return changed

    def _set_pull(self, value: Any) -> None:
        super()._set_pull(value)
        self.heard()

    def _set_function(self, value: Any) -> None:
        super()._set_function(value)
        self.heard()


class Wires:
    """Keys connect columns to rows, the rest closes the hook switch, lamps are looked at."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._pressed: set[Key] = set()
        self._settling = False
        self.lifted = False
        self.on_lamps: Callable[[], None] = lambda: None
        """Called when a lamp changes."""
        self._lamps: dict[Led, bool] = {}
        pins = type("WiredPin", (_WiredPin,), {"heard": lambda pin: self._settle()})
        self.factory = MockFactory(pin_class=pins)
        self._settle()

    def press(self, key: Key) -> None:
        """Push a key down; it stays until released."""
        self._pressed.add(key)
        self._settle()

    def release(self, key: Key) -> None:
        """Let a key up."""
        self._pressed.discard(key)
        self._settle()

    def lift(self) -> None:
        """Take the handset from its rest."""
        self._move_hook(True)

    def replace(self) -> None:
        """Put the handset back."""
        self._move_hook(False)

    def _move_hook(self, lifted: bool) -> None:
        self.lifted = lifted
        self._settle()

    def lamps(self) -> dict[Led, bool]:
        """Which lamps shine now."""
        return {led: bool(self.factory.pin(pin).state) for led, pin in self._board.leds.items()}

    def _settle(self) -> None:
        """Let the hook follow the handset, and every row the columns that keys join it to; low wins."""
        if self._settling or not hasattr(self, "factory"):
            return
        self._settling = True
        try:
            self._drive(self._board.hook, self.lifted == self._board.lifted_high)
            low = self._low_rows()
            for index, pin in enumerate(self._board.rows):
                self._drive(pin, index not in low)
            lamps = self.lamps()
            if lamps != self._lamps:
                self._lamps = lamps
                self.on_lamps()
        finally:
            self._settling = False

    def _low_rows(self) -> set[int]:
        """Rows joined to a low column, over other keys as well (ghosts)."""
        places = [self._board.place(key) for key in self._pressed]
        low_columns = {index for index, pin in enumerate(self._board.columns) if self._is_low(pin)}
        low_rows: set[int] = set()
        for _ in range(len(places) + 1):
            low_rows |= {row for row, column in places if column in low_columns}
            low_columns |= {column for row, column in places if row in low_rows}
        return low_rows

    def _is_low(self, number: int) -> bool:
        pin = self.factory.pin(number)
        return pin.function == "output" and not pin.state

    def _drive(self, number: int, high: bool) -> None:
        pin = self.factory.pin(number)
        if pin.function != "input" or bool(pin.state) == high:
            return
        if high:
            pin.drive_high()
        else:
            pin.drive_low()
