"""A modem to call with: the simulated baseband at the far end of a pseudo-terminal, its voice at a second one."""

import asyncio
import contextlib
import math
import os
import time
import tty
from array import array
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from ranin.sim.cell.baseband import Baseband

RATE = 8000
FRAME_S = 0.02
_FRAME = int(RATE * FRAME_S)
_LONGEST_HEARD = 60 * RATE * 2
"""Bytes of the voice that are kept."""
_AMPLITUDE = 8000
_BACK_AFTER_S = 0.3
"""A modem that is reset is off the bus for so long."""


class _Terminal:
    """A pseudo-terminal whose phone's end is a link of a fixed name, as /dev/serial/by-id is."""

    def __init__(self, link: Path, read: Callable[[bytes], None]) -> None:
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        os.set_blocking(self._master, False)
        self._link = link
        self._read = read
        link.unlink(missing_ok=True)
        link.symlink_to(os.ttyname(self._slave))
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._master, self._readable)

    def write(self, data: bytes) -> None:
        """Send; what nobody reads is lost when the line is full, as on a wire."""
        with contextlib.suppress(BlockingIOError):
            os.write(self._master, data)

    def close(self) -> None:
        """Pull the plug: the phone's end hangs up."""
        self._loop.remove_reader(self._master)
        self._link.unlink(missing_ok=True)
        os.close(self._slave)
        os.close(self._master)

    def _readable(self) -> None:
        self._read(os.read(self._master, 4096))


class SimModem:
    """Plugged in while inside `async with`; `mobile` is the network, `faults` is what goes wrong."""

    def __init__(self, folder: Path, family: str = "SIM7600", pin: str = "", card: bool = True) -> None:
        """`folder` gets the ports' links; `family` is SIM7600, EC25 or SIM800."""
        self.device = folder / "modem"
        self.sound_device = folder / "modem-voice"
        self.baseband = Baseband(family, time.monotonic, pin, card)
        self.mobile = self.baseband.mobile
        self.faults = self.baseband.faults
        self.tone_hz: float | None = None
        """What the phone hears; None: its own voice."""
        self.heard = bytearray()
        """The phone's voice: S16_LE mono, 8 kHz."""
        self._terminals: list[_Terminal] = []
        self._timer: asyncio.TimerHandle | None = None
        self._returning: asyncio.TimerHandle | None = None
        self._speaking: asyncio.Task[None] | None = None
        self._echo = bytearray()
        self._phase = 0

    async def __aenter__(self) -> Self:
        self._loop = asyncio.get_running_loop()
        self.baseband.line.on_output = self._flush
        self.baseband.on_reset = self._reset
        self.come_back()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.vanish()
        for handle in (self._timer, self._returning):
            if handle is not None:
                handle.cancel()

    def vanish(self) -> None:
        """Pull it out; nothing happens when it is out."""
        terminals, self._terminals = self._terminals, []
        for terminal in terminals:
            terminal.close()
        if self._speaking is not None:
            self._speaking.cancel()
            self._speaking = None

    def come_back(self) -> None:
        """Plug it in: it starts anew."""
        if self._terminals:
            return
        self._terminals = [_Terminal(self.device, self._read)]
        if self.baseband.name == "SIM7600":
            self._terminals.append(_Terminal(self.sound_device, self._hear))
            self._speaking = self._loop.create_task(self._speak(self._terminals[1]))
        self.baseband.boot()

    def _reset(self) -> None:
        """AT+CFUN=1,1: off the bus, and back."""
        self._loop.call_soon(self.vanish)
        self._returning = self._loop.call_later(_BACK_AFTER_S, self.come_back)

    def _read(self, data: bytes) -> None:
        self.baseband.feed(data)

    def _tick(self) -> None:
        self._timer = None
        self.baseband.tick()

    def _flush(self) -> None:
        out = self.baseband.line.take()
        if self._terminals and out:
            self._terminals[0].write(out)
        if self._terminals:
            self._schedule()

    def _schedule(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        deadline_s = self.baseband.deadline_s
        if deadline_s is not None:
            self._timer = self._loop.call_later(max(0.0, deadline_s - time.monotonic()), self._tick)

    def _hear(self, data: bytes) -> None:
        self._echo += data
        self.heard += data
        del self.heard[:-_LONGEST_HEARD]

    async def _speak(self, terminal: _Terminal) -> None:
        """20 ms of voice every 20 ms, by the clock, while a call's voice flows."""
        next_s = self._loop.time()
        while True:
            next_s = max(next_s + FRAME_S, self._loop.time() - 1.0)
            await asyncio.sleep(next_s - self._loop.time())
            if self.baseband.voice:
                terminal.write(self._frame())
            else:
                self._echo.clear()

    def _frame(self) -> bytes:
        if self.tone_hz is None:
            frame = bytes(self._echo[: 2 * _FRAME])
            del self._echo[: 2 * _FRAME]
            return frame.ljust(2 * _FRAME, b"\0")
        turn = 2 * math.pi * self.tone_hz / RATE
        start, self._phase = self._phase, self._phase + _FRAME
        return array("h", (round(_AMPLITUDE * math.sin(turn * at)) for at in range(start, start + _FRAME))).tobytes()
