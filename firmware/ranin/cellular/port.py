"""The modem as an adapter: its serial port on the loop, nothing that waits, no thread."""

import asyncio
import contextlib
import errno
import logging
import os
import secrets
import termios
from pathlib import Path

import serial

from ranin.cellular.find import Ports, find_ports
from ranin.cellular.modem import HANDLES, Conversation
from ranin.cellular.settings import CellSettings
from ranin.cellular.talk import Output
from ranin.core.commands import Command
from ranin.core.mobile import ModemStage
from ranin.runtime.adapter import Post

log = logging.getLogger(__name__)

BAUD = 115200
"""USB modems do not care; a UART's default."""
RETRY_S = 0.5
LONGEST_RETRY_S = 30.0
ABSENT_AFTER_S = 30.0
"""A modem that was reset is back on the bus by then; until then it is BROKEN, not ABSENT."""
LAST_WORDS_S = 0.5
"""Between the last order and the closing of the port."""
WELL_S = 60.0
"""After a port has been open so long, the next loss is retried soon again."""
_CHUNK = 4096


class Modem:
    """Keeps the port open and the conversation going."""

    handles = HANDLES

    def __init__(
        self,
        device: str = "",
        settings: CellSettings = CellSettings(),
        memory: Path | None = None,
        sound_device: str = "",
        pcm: str = "",
    ) -> None:
        """`device`: the AT port, best by /dev/serial/by-id; empty: the first known USB modem.

        `memory` is a file (mode 0600) that remembers which PINs were tried, so that a restart
        does not try them again; its folder must exist. `sound_device` and `pcm` are the voice's
        serial port and ALSA PCM where they differ from what the profile finds.
        """
        self._device = device
        self._sound_device = sound_device
        self._memory = memory
        self._talk = Conversation(settings, _read(memory), secrets.token_hex(8), sound_device, pcm)
        self._port: serial.Serial | None = None
        self._post: Post = lambda event: None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._out = bytearray()
        self._writing = False
        self._ticking: asyncio.TimerHandle | None = None
        self._opening: asyncio.TimerHandle | None = None
        self._retry_s = RETRY_S
        self._opened_s = 0.0
        self._lost_s: float | None = None

    async def start(self, post: Post) -> None:
        """Open the port, or say that there is none; both again and again."""
        self._post = post
        self._loop = asyncio.get_running_loop()
        self._open()

    async def stop(self) -> None:
        """Let go of the port; calls end with it."""
        for handle in (self._ticking, self._opening):
            if handle is not None:
                handle.cancel()
        if self._port is not None:
            output = self._talk.closed(ModemStage.ABSENT, "", self._now())
            self._do(output)
            await asyncio.sleep(LAST_WORDS_S if output.data else 0)
            self._close()
        self._loop = None

    def execute(self, command: Command) -> None:
        """Carry out one command; without a modem its failure comes back at once."""
        self._do(self._talk.execute(command, self._now()))

    def configure(self, settings: CellSettings) -> None:
        """Use these settings from now on; a new PIN is tried at once."""
        self._do(self._talk.configure(settings, self._now()))

    def _now(self) -> float:
        return self._loop.time() if self._loop is not None else 0.0

    def _open(self) -> None:
        self._opening = None
        ports = find_ports(self._device)
        try:
            if ports is None:
                raise FileNotFoundError(errno.ENOENT, "no modem is there", self._device)
            self._port = serial.Serial(ports.device, BAUD, timeout=0, write_timeout=0, exclusive=True)
        except OSError as error:  # SerialException is one
            self._missing(error)
            return
        self._begin(ports)

    def _begin(self, ports: Ports) -> None:
        assert self._port is not None and self._loop is not None
        log.info("the modem's port %s is open", ports.device)
        self._lost_s, self._opened_s = None, self._now()
        self._loop.add_reader(self._port.fileno(), self._readable)
        self._do(self._talk.opened(self._now(), self._sound_device or ports.sound))

    def _missing(self, error: OSError) -> None:
        waited_s = 0.0 if self._lost_s is None else self._now() - self._lost_s
        if self._lost_s is None or waited_s > ABSENT_AFTER_S:
            self._do(self._talk.closed(ModemStage.ABSENT, "", self._now()))
        log.debug("the modem's port cannot be opened: %s", error)
        self._again()

    def _again(self) -> None:
        """Open again after a pause that grows."""
        if self._loop is not None and self._opening is None:
            self._opening = self._loop.call_later(self._retry_s, self._open)
            self._retry_s = min(self._retry_s * 2, LONGEST_RETRY_S)

    def _readable(self) -> None:
        assert self._port is not None
        try:
            data = os.read(self._port.fileno(), _CHUNK)
        except BlockingIOError:
            return
        except OSError as error:
            self._lost(str(error))
            return
        if data:
            self._do(self._talk.feed(data, self._now()))
        else:
            self._lost("its port was closed")

    def _lost(self, reason: str) -> None:
        log.warning("the modem's port is lost: %s", reason)
        self._close()
        self._do(self._talk.closed(ModemStage.BROKEN, "its port is gone", self._now()))
        self._again()

    def _close(self) -> None:
        port, self._port = self._port, None
        self._out.clear()
        if port is None:
            return
        if self._loop is not None:
            self._loop.remove_reader(port.fileno())
            self._loop.remove_writer(port.fileno())
        self._writing = False
        with contextlib.suppress(termios.error):  # the port is gone, and what waited with it
            termios.tcflush(port.fileno(), termios.TCIOFLUSH)  # else close waits for a hung modem to read
        port.close()
        self._lost_s = self._now()
        if self._lost_s - self._opened_s > WELL_S:
            self._retry_s = RETRY_S

    def _do(self, output: Output) -> None:
        """What was tried is kept before it is tried."""
        if output.keep is None or _write(self._memory, output.keep):
            self._out += output.data
        self._flush()
        self._schedule(output.deadline_s)
        if output.reopen and self._loop is not None:
            self._loop.call_later(LAST_WORDS_S, self._reopen)
        for event in output.events:  # last: the core may answer with a command at once
            self._post(event)

    def _reopen(self) -> None:
        if self._port is not None:
            self._close()
            self._again()

    def _flush(self) -> None:
        """Write what the port takes now; the rest when it takes more."""
        if self._port is None or not self._out:
            self._out.clear()
            return
        try:
            written = os.write(self._port.fileno(), self._out)
        except BlockingIOError:
            written = 0
        except OSError as error:
            self._out.clear()
            self._when_idle(str(error))
            return
        del self._out[:written]
        self._watch(bool(self._out))

    def _when_idle(self, reason: str) -> None:
        """A port that fails in the middle of a turn is given up after it."""
        if self._loop is not None:
            self._loop.call_soon(lambda: self._lost(reason) if self._port is not None else None)

    def _watch(self, wanted: bool) -> None:
        assert self._port is not None and self._loop is not None
        if wanted and not self._writing:
            self._loop.add_writer(self._port.fileno(), self._flush)
        elif self._writing and not wanted:
            self._loop.remove_writer(self._port.fileno())
        self._writing = wanted

    def _schedule(self, deadline_s: float | None) -> None:
        if self._ticking is not None:
            self._ticking.cancel()
            self._ticking = None
        if deadline_s is not None and self._loop is not None:
            self._ticking = self._loop.call_at(deadline_s, self._tick)

    def _tick(self) -> None:
        self._ticking = None
        self._do(self._talk.tick(self._now()))


def _read(memory: Path | None) -> tuple[str, ...]:
    """What was kept; a file that cannot be read counts as none, the SIM's own counter still guards."""
    try:
        return tuple(memory.read_text("ascii").split()) if memory is not None else ()
    except FileNotFoundError:
        return ()
    except (OSError, UnicodeDecodeError) as error:
        log.warning("%s cannot be read: %s", memory, error)
        return ()


def _write(memory: Path | None, rows: tuple[str, ...]) -> bool:
    """Replace the file at once: a power cut leaves the old one or the new one. False when it cannot be written."""
    if memory is None:
        return True
    part = memory.with_suffix(".part")
    try:
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write("\n".join(rows))
            file.flush()
            os.fsync(file.fileno())
        part.replace(memory)
    except OSError as error:
        log.error("%s cannot be written, so no PIN is entered: %s", memory, error)
        return False
    return True
