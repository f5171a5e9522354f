"""The adapter that reads mains and battery from the kernel and says how long the battery lasts."""

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path

from ranin.core.commands import Command
from ranin.core.outage import PowerLost, PowerRead
from ranin.power import sysfs
from ranin.power.estimate import Estimate, Estimator, Reading
from ranin.power.keeping import keep, read_kept
from ranin.runtime.adapter import Post

log = logging.getLogger(__name__)

EVERY_S = 10.0
MAINS_EVERY_S = 0.5
"""How often mains is looked at; a reading follows at once when it comes or goes."""
KEEP_EVERY_S, KEEP_SOON_S, SOON_MIN = 3600.0, 60.0, 20.0
"""How old the kept memory may become, and how old when fewer minutes than `SOON_MIN` are left."""
SILENT_READINGS = 3
"""A gauge without voltage and percentage so many times in a row is lost."""
NO_BATTERY, SILENT = "No battery", "The battery's gauge does not answer"


class Supply:
    """Posts PowerRead every 10 s and when mains changes, PowerLost once when there is nothing to read."""

    handles: tuple[type, ...] = ()

    def __init__(
        self,
        power_supply: Path = sysfs.POWER_SUPPLY,
        state: Path | None = None,
        design_mah: float = 6000.0,
        talking: Callable[[], bool] = lambda: False,
        every_s: float = EVERY_S,
        clock: Callable[[], float] | None = None,
    ) -> None:
        """`state` is a folder that lasts; `design_mah` the label of the cells in parallel; `clock` counts seconds."""
        self._folder, self._talking, self._every_s, self._clock = power_supply, talking, every_s, clock
        self._path = state / "battery.json" if state is not None else None
        self._estimator = _estimator(self._path, design_mah)
        self._kept, self._kept_s = self._estimator.memory, 0.0
        self._found = sysfs.Found()
        self._mains: bool | None = None
        self._lost, self._silent = "", 0
        self._post: Post = lambda event: None
        self._task: asyncio.Task[None] | None = None

    async def start(self, post: Post) -> None:
        """Begin to read; the first reading is posted before this returns."""
        self._post = post
        self._clock = self._clock or asyncio.get_running_loop().time
        await self._read()
        self._task = asyncio.create_task(self._watch())
        self._task.add_done_callback(lambda done: None if done.cancelled() else done.result())

    async def stop(self) -> None:
        """Read no more, and keep what was learnt."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        if self._estimator.memory != self._kept:
            await self._keep()

    def execute(self, command: Command) -> None:
        """Nothing can be ordered."""

    async def _watch(self) -> None:
        loop = asyncio.get_running_loop()
        read_s = loop.time()
        while True:
            await asyncio.sleep(min(MAINS_EVERY_S, self._every_s))
            if loop.time() - read_s >= self._every_s or sysfs.online(self._found) != self._mains:
                read_s = loop.time()
                await self._keep_if_due(await self._read())

    async def _read(self) -> Estimate | None:
        """One reading; a battery may have been plugged in meanwhile."""
        found = self._found = sysfs.find(self._folder)
        self._mains = sysfs.online(found)
        said = sysfs.read(found.battery) if found.battery is not None else sysfs.Said()
        self._silent = 0 if said.millivolts is not None or said.gauge is not None else self._silent + 1
        if found.battery is None or self._silent >= SILENT_READINGS:
            self._lose(NO_BATTERY if found.battery is None else SILENT)
            return None
        mains = self._mains is not False
        feeding = said.status == "Discharging" or not mains
        estimate = await asyncio.to_thread(self._estimator.read, self._reading(said, feeding))
        self._lost = ""
        self._post(_event(estimate, mains, said.millivolts, self._estimator.series))
        return estimate

    def _reading(self, said: sysfs.Said, feeding: bool) -> Reading:
        milliamps = said.milliamps
        if milliamps is not None and not feeding:
            milliamps = -abs(milliamps)
        full = said.status == "Full"
        return Reading(self._now(), said.millivolts, feeding, milliamps, said.gauge, self._talking(), full)

    def _now(self) -> float:
        assert self._clock is not None
        return self._clock()

    def _lose(self, reason: str) -> None:
        if self._lost != reason:
            self._lost = reason
            self._post(PowerLost(reason))

    async def _keep_if_due(self, estimate: Estimate | None) -> None:
        if estimate is None or self._estimator.memory == self._kept:
            return
        soon = self._mains is False and estimate.standby_min < SOON_MIN
        if self._now() - self._kept_s >= (KEEP_SOON_S if soon else KEEP_EVERY_S):
            await self._keep()

    async def _keep(self) -> None:
        self._kept, self._kept_s = self._estimator.memory, self._now()
        if self._path is not None:
            await asyncio.to_thread(keep, self._path, self._kept)


def _event(estimate: Estimate, mains: bool, millivolts: float | None, series: int) -> PowerRead:
    """Whole minutes, never rounded up."""
    return PowerRead(
        mains,
        estimate.charge,
        int(estimate.standby_min),
        int(estimate.talk_min),
        round((millivolts or 0) / series),
        estimate.trouble,
        estimate.known,
    )


def _estimator(path: Path | None, design_mah: float) -> Estimator:
    """With what was kept; a damaged file is passed over."""
    memory = read_kept(path) if path is not None else None
    try:
        return Estimator(design_mah, memory)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        log.error("%s is damaged (%s): the battery is learnt anew", path, error)
        return Estimator(design_mah)
