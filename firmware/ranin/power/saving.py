"""The adapter that saves power in steps and undoes it, feeds the phone from its battery for a test, switches off."""

import asyncio
import logging
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

from ranin.core.commands import Command
from ranin.core.outage import BatteryTestRefused, KeepBatteryTest, SavePower, ShutDown, TestBattery
from ranin.power import measures, sysfs
from ranin.power.keeping import drop, keep, read_kept
from ranin.runtime.adapter import Post

log = logging.getLogger(__name__)

STEPS = 3
TESTED = "tested.json"
POWER_OFF = ("systemctl", "poweroff")
FORCED, USUAL = "force-discharge", "auto"
"""POWER_SUPPLY_CHARGE_BEHAVIOUR of the kernel's power_supply class."""


class Saving:
    """Carries out SavePower, the battery's test and ShutDown; what was there before is on disk before it is changed."""

    handles = (SavePower, TestBattery, KeepBatteryTest, ShutDown)

    def __init__(self, state: Path, root: Path = Path("/sys"), power_off: Sequence[str] = POWER_OFF) -> None:
        """`state` is a folder that lasts."""
        self._root, self._path, self._power_off = root, state / "saving.json", tuple(power_off)
        self._tested = state / TESTED
        self._worker = ThreadPoolExecutor(1, "saving")
        self._undo: list[tuple[int, str, str]] = []
        """(step, file, what to write), in the order of doing."""
        self._step = 0
        self._post: Post = lambda event: None
        self._complained: set[str] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self, post: Post) -> None:
        """Undo what a crash has left saved, and a test that it left running."""
        self._post = post
        self._undo = _before(self._path)
        self._step = max((step for step, _, _ in self._undo), default=0)
        self._worker.submit(self._end_test)
        await asyncio.wrap_future(self._worker.submit(self._go, 0))

    async def stop(self) -> None:
        """Finish what is ordered; the next start undoes it."""
        await asyncio.to_thread(self._worker.shutdown)
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def execute(self, command: Command) -> None:
        """Queue one order."""
        if isinstance(command, SavePower):
            self._worker.submit(self._go, max(0, min(STEPS, command.step)))
        elif isinstance(command, TestBattery):
            self._worker.submit(self._test, command.on)
        elif isinstance(command, KeepBatteryTest):
            self._worker.submit(keep, self._tested, {"tested": command.tested})
        else:
            task = asyncio.create_task(self._switch_off())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def _go(self, wanted: int) -> None:
        """Save up to this step."""
        for step in range(self._step + 1, wanted + 1):
            self._save(step)
        if any(step > wanted for step, _, _ in self._undo):
            self._bring_back(wanted)
        self._step = wanted

    def _save(self, step: int) -> None:
        found = [(file, text, sysfs.word(self._root / file)) for file, text in measures.orders(self._root, step)]
        news = [(file, text, now) for file, text, now in found if now and measures.undo(file, now) != text]
        self._undo += [(step, file, measures.undo(file, now)) for file, _, now in news]
        if not found:
            self._complain(f"step {step}", "there is nothing on this machine to save power with")
        if news:
            keep(self._path, {"undo": self._undo})
        for file, text, _ in news:
            self._write(file, text)

    def _bring_back(self, wanted: int) -> None:
        for _, file, text in reversed([one for one in self._undo if one[0] > wanted]):
            self._write(file, text)
        self._undo = [one for one in self._undo if one[0] <= wanted]
        if self._undo:
            keep(self._path, {"undo": self._undo})
        else:
            drop(self._path)

    def _write(self, file: str, text: str) -> None:
        try:
            with (self._root / file).open("r+") as opened:  # never makes a file that is not there
                opened.write(text)
                opened.truncate()
        except OSError as error:
            self._complain(file, str(error))

    def _complain(self, about: str, why: str) -> None:
        """Once for each."""
        if about not in self._complained:
            self._complained.add(about)
            log.warning("saving power: %s: %s", about, why)

    def _end_test(self) -> None:
        file = self._behaviour()
        if file is not None and f"[{FORCED}]" in sysfs.word(file):
            self._test(False)

    def _behaviour(self) -> Path | None:
        battery = sysfs.find(self._root / "class" / "power_supply").battery
        return battery / "charge_behaviour" if battery is not None else None

    def _test(self, on: bool) -> None:
        file = self._behaviour()
        if file is None or FORCED not in sysfs.word(file):
            if on:
                self._post(BatteryTestRefused("this board cannot feed the phone from the battery while mains is there"))
            return
        self._write(str(file.relative_to(self._root)), FORCED if on else USUAL)

    async def _switch_off(self) -> None:
        try:
            process = await asyncio.create_subprocess_exec(*self._power_off)
            code = await process.wait()
        except OSError as error:
            log.error("the machine cannot be switched off: %s", error)
            return
        if code:
            log.error("the machine cannot be switched off: %s ended with %d", self._power_off[0], code)


def last_test(state: Path) -> str:
    """When the battery was last tested, as it was kept: ISO 8601 with its offset; empty if nobody knows."""
    kept = read_kept(state / TESTED)
    try:
        return datetime.fromisoformat(kept["tested"]).astimezone().isoformat() if kept else ""
    except (KeyError, TypeError, ValueError, OverflowError):
        log.error("%s is damaged: the battery's month begins anew", state / TESTED)
        return ""


def _before(path: Path) -> list[tuple[int, str, str]]:
    """What an earlier run has left to undo; nothing outside of /sys."""
    kept = read_kept(path)
    try:
        found = [(int(step), str(file), str(text)) for step, file, text in kept["undo"]] if kept else []
    except (KeyError, TypeError, ValueError):
        log.error("%s is damaged: what was saved stays as it is", path)
        return []
    return [one for one in found if ".." not in Path(one[1]).parts and not Path(one[1]).is_absolute()]
