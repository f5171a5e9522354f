"""A gpiozero pin factory on the kernel's GPIO lines (libgpiod 2); needs nothing else of Ranin.

`GPIOZERO_PIN_FACTORY=gpiod`, or `PinFactory()` given to a device. BCM numbers are line offsets of the Pi's own chip.
PWM is left out: made in software it would need a thread that never sleeps.
"""

import logging
import os
import select
import threading
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import gpiod
from gpiod.exception import RequestReleasedError
from gpiod.line import Bias, Direction, Edge, Value
from gpiozero.devices import Device
from gpiozero.exc import (
    BadPinFactory,
    GPIOPinInUse,
    PinFixedPull,
    PinInvalidBounce,
    PinInvalidEdges,
    PinInvalidFunction,
    PinInvalidPull,
    PinSetInput,
    PinUnknownPi,
)
from gpiozero.pins.local import LocalPiFactory, LocalPiPin

log = logging.getLogger(__name__)

LABELS = ("pinctrl-bcm2835", "pinctrl-bcm2711", "pinctrl-rp1")
"""What the kernel calls the chip behind the header of a Pi: up to the 3, the 4, the 5."""
PI_4 = 0xC03111
"""The board that is taken for granted where there is no Pi: its header numbers are those of all."""
FUNCTIONS = {"input": Direction.INPUT, "output": Direction.OUTPUT}
PULLS = {"up": Bias.PULL_UP, "down": Bias.PULL_DOWN, "floating": Bias.DISABLED}
EDGES = {"both": Edge.BOTH, "rising": Edge.RISING, "falling": Edge.FALLING}

Settings = dict[int, gpiod.LineSettings]
Told = Callable[[int, bool, float], None]
"""Line offset, level after the edge, seconds of the monotonic clock."""


def chosen() -> Any:
    """What GPIOZERO_PIN_FACTORY names, as everywhere in gpiozero; without it, ours. Raises BadPinFactory."""
    if "GPIOZERO_PIN_FACTORY" not in os.environ:
        return PinFactory()
    Device.ensure_pin_factory()
    return Device.pin_factory


def find_chip(folder: Path = Path("/dev")) -> str:
    """The path of the Pi's own chip. Raises BadPinFactory, with what was found instead."""
    found = []
    for path in sorted(folder.glob("gpiochip*")):
        try:
            with gpiod.Chip(str(path)) as chip:
                label = chip.get_info().label
        except OSError as error:
            found.append(f"{path} ({error.strerror})")
            continue
        if label in LABELS:
            return str(path)
        found.append(f"{path} ({label})")
    raise BadPinFactory(f"no GPIO chip of a Raspberry Pi; there is {', '.join(found) or 'none at all'}")


class Lines:
    """One request to the kernel: some lines that are read in one go, each with settings of its own."""

    def __init__(self, chip: gpiod.Chip, watcher: "Watcher", settings: Settings, told: Told) -> None:
        self._chip, self._watcher, self._told = chip, watcher, told
        self._lock = threading.RLock()
        self.settings = settings
        self._open()

    def _open(self) -> None:
        try:
            self._request = self._chip.request_lines(dict(self.settings), consumer="gpiozero")
        except OSError as error:
            users = {offset: self._chip.get_line_info(offset).consumer for offset in self.settings}
            taken = ", ".join(f"{offset} ({user})" for offset, user in users.items() if user)
            raise GPIOPinInUse(f"lines of {self._chip.path}: {error.strerror}; in use: {taken or 'none'}") from error
        self._fd = self._request.fd
        os.set_blocking(self._fd, False)
        self._watcher.add(self._fd, self._heard)

    def change(self, offset: int, **changes: Any) -> None:
        """Give one line other settings; outputs keep their levels."""
        with self._lock:
            for name, value in changes.items():
                setattr(self.settings[offset], name, value)
            self._request.reconfigure_lines(dict(self.settings))

    def read(self, offsets: Iterable[int]) -> tuple[bool, ...]:
        """The levels of lines, by one system call."""
        with self._lock:
            return tuple(value is Value.ACTIVE for value in self._request.get_values(offsets))

    def write(self, levels: Mapping[int, bool]) -> None:
        """Set the levels of outputs, by one system call."""
        values = {offset: Value(int(level)) for offset, level in levels.items()}
        with self._lock:
            self._request.set_values(values)
            for offset, value in values.items():
                self.settings[offset].output_value = value

    def leave(self, offset: int) -> gpiod.LineSettings:
        """Give up one line, and go on with the others; what its settings were."""
        with self._lock:
            self._watcher.remove(self._fd)
            self._request.release()
            left = self.settings.pop(offset)
            if self.settings:
                self._open()
        return left

    def _heard(self) -> None:
        """Tell of the edges that wait; another thread may have taken the lines back meanwhile."""
        with self._lock:
            events = []
            with suppress(BlockingIOError, RequestReleasedError):
                events = self._request.read_edge_events()
        for event in events:
            rising = event.event_type is event.Type.RISING_EDGE
            self._told(event.line_offset, rising, event.timestamp_ns / 1e9)


class Watcher:
    """One thread for every edge of a factory, asleep in the kernel until there is one."""

    def __init__(self) -> None:
        self._epoll = select.epoll()
        self._leave = os.eventfd(0, os.EFD_CLOEXEC)
        self._epoll.register(self._leave, select.EPOLLIN)
        self._heard: dict[int, Callable[[], None]] = {}
        self._thread: threading.Thread | None = None

    def add(self, fd: int, heard: Callable[[], None]) -> None:
        """Call `heard` whenever the descriptor can be read."""
        self._heard[fd] = heard
        self._epoll.register(fd, select.EPOLLIN)

    def remove(self, fd: int) -> None:
        """Call no more for a descriptor."""
        if self._heard.pop(fd, None) is not None:
            with suppress(FileNotFoundError):
                self._epoll.unregister(fd)

    def start(self) -> None:
        """Have a thread from now on; until here nothing needed one."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="edges", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """Wake the thread, for the last time."""
        os.eventfd_write(self._leave, 1)
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join()
        self._epoll.close()
        os.close(self._leave)

    def _run(self) -> None:
        while True:
            for fd, state in self._epoll.poll():
                if fd == self._leave:
                    return
                self._serve(fd, state)

    def _serve(self, fd: int, state: int) -> None:
        heard = self._heard.get(fd)
        if heard is not None and state & select.EPOLLIN:
            try:
                heard()
            except Exception:
                log.exception("a handler of an edge failed")
        elif state & (select.EPOLLERR | select.EPOLLHUP):
            log.error("a GPIO chip has gone")
            self.remove(fd)


class Batch:
    """Pins that share one request: all are read, or set, at the same moment."""

    def __init__(self, lines: Lines, offsets: tuple[int, ...]) -> None:
        self._lines, self._offsets = lines, offsets

    def read(self) -> tuple[bool, ...]:
        """Their levels, in the order they were given."""
        return self._lines.read(self._offsets)

    def write(self, levels: Iterable[bool]) -> None:
        """Set the levels of all, in the order they were given."""
        self._lines.write(dict(zip(self._offsets, levels, strict=True)))


class PinFactory(LocalPiFactory):
    """gpiozero's way to the lines of a chip (a path); without one the Pi's own is looked for."""

    def __init__(self, chip: str | None = None) -> None:
        super().__init__()
        self.pin_class = GpiodPin
        self._chip = gpiod.Chip(chip or find_chip())
        self._watcher = Watcher()

    def close(self) -> None:
        """Give all lines back; the thread ends."""
        super().close()
        if self._chip:
            self._watcher.close()
            self._chip.close()

    def batch(self, *pins: "GpiodPin") -> Batch:
        """Have these pins share one request; each stays as it is, and usable by itself."""
        settings = {pin.offset: pin.give_up() for pin in pins}
        by_offset = {pin.offset: pin for pin in pins}
        lines = self.request(settings, lambda offset, *edge: by_offset[offset].edge(*edge))
        for pin in pins:
            pin.take(lines)
        return Batch(lines, tuple(settings))

    def request(self, settings: Settings, told: Told) -> Lines:
        """Ask the kernel for lines. Raises GPIOPinInUse."""
        return Lines(self._chip, self._watcher, settings, told)

    def watch(self) -> None:
        """Have edges told from now on."""
        self._watcher.start()

    def line_info(self, offset: int) -> gpiod.LineInfo:
        """What the kernel knows of a line."""
        return self._chip.get_line_info(offset)

    def _get_revision(self) -> int:
        try:
            return super()._get_revision()
        except PinUnknownPi:
            return PI_4


class GpiodPin(LocalPiPin):
    """One line; asked for when it is first used, and touched only by what is set."""

    def __init__(self, factory: PinFactory, info: Any) -> None:
        super().__init__(factory, info)
        self.offset: int = self._number
        self._edges = Edge.BOTH
        self._held: Lines | None = None

    @property
    def _lines(self) -> Lines:
        if self._held is None:
            fresh = {self.offset: gpiod.LineSettings()}
            self._held = self.factory.request(fresh, lambda offset, *edge: self.edge(*edge))
        return self._held

    @property
    def _settings(self) -> gpiod.LineSettings:
        return self._lines.settings[self.offset]

    def _change(self, **changes: Any) -> None:
        self._lines.change(self.offset, **changes)

    def give_up(self) -> gpiod.LineSettings:
        """Leave the request; what the settings were."""
        settings = self._lines.leave(self.offset)
        self._held = None
        return settings

    def take(self, lines: Lines) -> None:
        """Go on within another request."""
        self._held = lines

    def close(self) -> None:
        """Give the line back to the kernel; using the pin asks for it again."""
        self.when_changed = None
        if self._held is not None:
            self.give_up()

    def _get_function(self) -> str:
        self._lines  # noqa: B018
        output = self.factory.line_info(self.offset).direction is Direction.OUTPUT
        return "output" if output else "input"

    def _set_function(self, value: str) -> None:
        if value not in FUNCTIONS:
            raise PinInvalidFunction(f'invalid function "{value}" for pin {self!r}')
        if value == "output":
            self.when_changed = None
        bias = Bias.DISABLED if value == "input" else Bias.AS_IS
        self._change(direction=FUNCTIONS[value], bias=bias, debounce_period=timedelta())

    def output_with_state(self, state: bool) -> None:
        """Become an output that has this level from its first moment."""
        self.when_changed = None
        level = Value(int(bool(state)))
        self._change(direction=Direction.OUTPUT, bias=Bias.AS_IS, debounce_period=timedelta(), output_value=level)

    def _get_state(self) -> bool:
        return self._lines.read((self.offset,))[0]

    def _set_state(self, value: bool) -> None:
        if self._settings.direction is not Direction.OUTPUT:
            raise PinSetInput(f"cannot set state of pin {self!r}")
        self._lines.write({self.offset: bool(value)})

    def _get_pull(self) -> str:
        self._lines  # noqa: B018
        bias = self.factory.line_info(self.offset).bias
        return {Bias.PULL_UP: "up", Bias.PULL_DOWN: "down"}.get(bias, "floating")

    def _set_pull(self, value: str) -> None:
        if value not in PULLS:
            raise PinInvalidPull(f'invalid pull "{value}" for pin {self!r}')
        if self.function != "input":
            raise PinFixedPull(f"cannot set pull on non-input pin {self!r}")
        if self.info.pull not in (value, ""):
            raise PinFixedPull(f"{self!r} has a physical pull-{self.info.pull} resistor")
        self._change(direction=Direction.INPUT, bias=PULLS[value])

    def _get_bounce(self) -> float | None:
        return self._settings.debounce_period.total_seconds() or None

    def _set_bounce(self, value: float | None) -> None:
        if value is not None and value < 0:
            raise PinInvalidBounce("bounce must be 0 or greater")
        self._change(direction=Direction.INPUT, debounce_period=timedelta(seconds=value or 0))

    def _get_edges(self) -> str:
        return next(name for name, edge in EDGES.items() if edge is self._edges)

    def _set_edges(self, value: str) -> None:
        if value not in EDGES:
            raise PinInvalidEdges(f'invalid edge specification "{value}" for pin {self!r}')
        self._edges = EDGES[value]
        if self.when_changed is not None:
            self._change(edge_detection=self._edges)

    def _enable_event_detect(self) -> None:
        self.factory.watch()
        self._change(direction=Direction.INPUT, edge_detection=self._edges)

    def _disable_event_detect(self) -> None:
        if self._held is not None:
            self._change(edge_detection=Edge.NONE)

    def edge(self, level: bool, ticks_s: float) -> None:
        """Call the handler, if there still is one: another thread may just have taken it away."""
        kept = self._when_changed
        handler = None if kept is None else kept()
        if handler is not None:
            handler(ticks_s, int(level))
