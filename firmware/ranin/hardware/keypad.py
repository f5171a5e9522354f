"""The key matrix on gpiozero: an edge wakes the scan, the level decides, silence sleeps."""

import asyncio
import logging
from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from gpiozero import DigitalInputDevice, DigitalOutputDevice

from ranin.core.commands import Command
from ranin.hardware.board import Board
from ranin.hardware.matrix import Matrix, Place
from ranin.runtime.adapter import Post

log = logging.getLogger(__name__)

SETTLE_S = 0.005
"""Between an edge and a scan, and between two scans while contacts bounce."""
REPEAT_S = 0.010
"""Between scans while a key stays down."""


class Bank(Protocol):
    """Rows or columns as a whole; a level is True when high."""

    def read(self) -> tuple[bool, ...]:
        """All levels."""
        ...

    def write(self, levels: Iterable[bool]) -> None:
        """Set all levels."""
        ...


class OneByOne:
    """Pins of a factory that has no batches."""

    def __init__(self, pins: Sequence[Any]) -> None:
        self._pins = pins

    def read(self) -> tuple[bool, ...]:
        """All levels."""
        return tuple(bool(pin.state) for pin in self._pins)

    def write(self, levels: Iterable[bool]) -> None:
        """Set all levels."""
        for pin, level in zip(self._pins, levels, strict=True):
            pin.state = level


def bank(pin_factory: Any, devices: Sequence[Any]) -> Bank:
    """The pins of devices, touched by one system call where the pin factory offers it."""
    pins = [device.pin for device in devices]
    return pin_factory.batch(*pins) if hasattr(pin_factory, "batch") else OneByOne(pins)


class Keypad:
    """Posts key events; no timer runs while no key is down."""

    handles: tuple[type, ...] = ()

    def __init__(self, board: Board, pin_factory: Any) -> None:
        self._matrix = Matrix(board.keys)
        self._columns = [
            DigitalOutputDevice(pin, active_high=False, initial_value=True, pin_factory=pin_factory)
            for pin in board.columns
        ]
        self._rows = [DigitalInputDevice(pin, pull_up=True, pin_factory=pin_factory) for pin in board.rows]
        self._drive, self._sense = bank(pin_factory, self._columns), bank(pin_factory, self._rows)
        self._next: asyncio.TimerHandle | None = None
        self._scanning = False
        self._post: Post = lambda event: None

    async def start(self, post: Post) -> None:
        """Listen for edges; a key that is down already is seen too."""
        self._post = post
        self._loop = asyncio.get_running_loop()
        for row in self._rows:
            row.when_activated = self._edge
        self._wake()

    async def stop(self) -> None:
        """Let go of the pins."""
        if self._next is not None:
            self._next.cancel()
        for device in [*self._rows, *self._columns]:
            device.close()

    def execute(self, command: Command) -> None:
        """A keypad is told nothing."""

    def _edge(self) -> None:
        """gpiozero, maybe from its own thread. Our own scan makes edges, too."""
        if not self._scanning:
            self._loop.call_soon_threadsafe(self._wake)

    def _wake(self) -> None:
        if self._next is None:
            self._next = self._loop.call_later(SETTLE_S, self._look)

    def _look(self) -> None:
        """One scan, and the next one if anything is down."""
        self._next = None
        now_s = self._loop.time()
        for event in self._matrix.scan(self._closed(), now_s):
            self._post(event)
        if self._matrix.busy or not all(self._sense.read()):
            pause_s = REPEAT_S if self._matrix.settled else SETTLE_S
            self._next = self._loop.call_later(pause_s, self._look)

    def _closed(self) -> frozenset[Place]:
        """Drive one column after the other low and see which rows follow."""
        self._scanning = True
        try:
            return frozenset(place for index in range(len(self._columns)) for place in self._column(index))
        finally:
            self._drive.write(False for _ in self._columns)
            self._scanning = False

    def _column(self, index: int) -> list[Place]:
        self._drive.write(other != index for other in range(len(self._columns)))
        return [(row, index) for row, high in enumerate(self._sense.read()) if not high]
