"""The wall clock of a machine that forgets the time with every power cut."""

import asyncio
import json
import logging
import os
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from ranin.core.commands import Command
from ranin.core.moment import Moment
from ranin.core.outage import ClockJudged, ClockSource, SetClock
from ranin.runtime.adapter import Post
from ranin.runtime.systemclock import SystemClock

log = logging.getLogger(__name__)

FILE = "clock.json"
LOOK_S = 10.0
"""Between two looks for a time server while the clock is unsure."""
LOOK_SURE_S = 600.0
SAVE_EVERY_S = 600.0
RELEASED_S = datetime(2026, 11, 24, tzinfo=UTC).timestamp()
"""The newest release: it is no earlier than that, whatever a clock says."""
FARTHEST_S = 5 * 365.25 * 86400.0
"""Longer than a phone lies on a shelf: a clock that is farther ahead of the last known time needs a voucher."""
TELL_S = 1.0
"""A correction above this is told to the core."""


class System(Protocol):
    """What the wall clock needs of the machine; see `SystemClock`."""

    def wall_s(self) -> float: ...
    def steady_s(self) -> float: ...
    def synchronised(self) -> bool: ...
    def set(self, wall_s: float) -> None: ...


class WallClock:
    """Tells the engine what time it is, and the core how far that is to be trusted.

    It starts at the last saved time, or later if the system's clock or the age of the files in `written` say so, but
    not by more than `FARTHEST_S`: what is saved once stays. From there it runs on the steady clock. Only a time
    server or the mobile network sets it back. With `host_is_sure` the system's clock counts as right from the start,
    whatever the kernel says of it: in a container nobody follows a time server, its host does.
    """

    handles = (SetClock,)

    def __init__(
        self, state: Path, system: System | None = None, written: Iterable[Path] = (), host_is_sure: bool = False
    ) -> None:
        self._file = state / FILE
        self._system = system or SystemClock()
        self._host_is_sure = host_is_sure
        self._source = ClockSource.NOBODY
        self._writer = ThreadPoolExecutor(1, "clock")
        self._next: asyncio.TimerHandle | None = None
        self._post: Post = lambda _event: None
        self._run_from(self._first_s(written))
        self._saved_s = self._since_s

    def __call__(self) -> Moment:
        """Now."""
        steady_s = self._system.steady_s()
        return Moment(steady_s, datetime.fromtimestamp(self._wall_s(steady_s), UTC).astimezone())

    async def start(self, post: Post) -> None:
        """Look for a time server from now on."""
        self._post = post
        self._watch()

    async def stop(self) -> None:
        """Save the time, once and for the next start."""
        if self._next is not None:
            self._next.cancel()
        self._save()
        await asyncio.to_thread(self._writer.shutdown)

    def execute(self, command: Command) -> None:
        """Go by the mobile network's time."""
        assert isinstance(command, SetClock)
        wall_s = datetime.fromisoformat(command.wall).timestamp()
        self._system.set(wall_s)
        self._correct(wall_s, ClockSource.NITZ)

    def look(self) -> None:
        """Go by the system's clock if it is right, or if it is ahead while nobody knows; save when it is time."""
        system_s = self._system.wall_s()
        if self._confirmed():
            self._correct(system_s, ClockSource.HOST if self._host_is_sure else ClockSource.NTP)
        elif self._source is ClockSource.NOBODY:
            self._run_from(_latest_s(self._wall_s(), system_s))
        if self._system.steady_s() - self._saved_s >= SAVE_EVERY_S:
            self._save()

    def _watch(self) -> None:
        self.look()
        wait_s = LOOK_S if self._source is ClockSource.NOBODY else LOOK_SURE_S
        self._next = asyncio.get_running_loop().call_later(wait_s, self._watch)

    def _first_s(self, written: Iterable[Path]) -> float:
        """What the clock starts at; a system's clock that is behind is set, for certificates are judged by it."""
        system_s = self._system.wall_s()
        if self._confirmed():
            return system_s
        wall_s = _latest_s(max(RELEASED_S, _saved_s(self._file)), system_s, *map(_written_s, written))
        if wall_s > system_s:
            self._system.set(wall_s)
        return wall_s

    def _confirmed(self) -> bool:
        return self._host_is_sure or self._system.synchronised()

    def _run_from(self, wall_s: float) -> None:
        self._base_s, self._since_s = wall_s, self._system.steady_s()

    def _wall_s(self, steady_s: float | None = None) -> float:
        return self._base_s + (self._system.steady_s() if steady_s is None else steady_s) - self._since_s

    def _correct(self, wall_s: float, source: ClockSource) -> None:
        """A sure source says what time it is: the only way backwards."""
        moved_s = wall_s - self._wall_s()
        self._run_from(wall_s)
        if source is not self._source or abs(moved_s) > TELL_S:
            self._source = source
            self._save()
            self._post(ClockJudged(True, source))

    def _save(self) -> None:
        """Have the worker write the time: a card may take long."""
        self._saved_s = self._system.steady_s()
        wall = datetime.fromtimestamp(self._wall_s(), UTC)
        self._writer.submit(_write, self._file, json.dumps({"wall": wall.isoformat()}))


def _latest_s(known_s: float, *told_s: float) -> float:
    """The latest of what is known and what clocks say that may be right."""
    return max([known_s, *(said_s for said_s in told_s if said_s <= known_s + FARTHEST_S)])


def _saved_s(file: Path) -> float:
    """The last saved time; 0 if there is none or the file is damaged."""
    try:
        return datetime.fromisoformat(json.loads(file.read_text("utf-8"))["wall"]).timestamp()
    except FileNotFoundError:
        return 0.0
    except (OSError, ValueError, TypeError, KeyError) as error:
        log.error("%s cannot be read: %s", file, error)
        return 0.0


def _written_s(file: Path) -> float:
    """When the file was last written; 0 if it never was."""
    try:
        return file.stat().st_mtime
    except OSError:
        return 0.0


def _write(file: Path, text: str) -> None:
    """Replace the file so that a power cut leaves the old one or the new one, never half."""
    new = file.with_name(file.name + ".new")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with new.open("w", encoding="utf-8") as opened:
            opened.write(text)
            opened.flush()
            os.fsync(opened.fileno())
        new.replace(file)
    except OSError as error:
        log.error("%s is not kept: %s", file, error)
