"""Mains and battery as the kernel's files say, and what the core is told of them."""

import asyncio
import itertools
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from ranin.core.events import Event
from ranin.core.outage import PowerLost, PowerRead
from ranin.power.estimate import NO_VOLTAGE
from ranin.power.supply import NO_BATTERY, SILENT, Supply
from ranin.sim.battery import SimBattery

DEADLINE_S = 10.0
QUICK_S = 0.02


class Ear:
    """Hears what is posted; `until` waits for what a test wants to hear."""

    def __init__(self) -> None:
        self.heard: list[Event] = []
        self._more = asyncio.Event()

    def post(self, event: Event) -> None:
        self.heard.append(event)
        self._more.set()

    async def until(self, wanted: Callable[[Event], bool], count: int = 1) -> Event:
        """The newest of so many such events."""
        async with asyncio.timeout(DEADLINE_S):
            while len(found := [event for event in self.heard if wanted(event)]) < count:
                self._more.clear()
                await self._more.wait()
        return found[-1]


def reading(**wanted: object) -> Callable[[Event], bool]:
    """A PowerRead of this kind."""
    return lambda event: isinstance(event, PowerRead) and all(getattr(event, k) == v for k, v in wanted.items())


def on_mains(event: Event) -> bool:
    return reading(mains=True)(event)


def on_battery(event: Event) -> bool:
    return reading(mains=False)(event)


async def test_mains_and_battery_are_told_and_a_pull_at_once(tmp_path: Path) -> None:
    battery, ear = SimBattery(tmp_path), Ear()
    supply = Supply(tmp_path)
    await supply.start(ear.post)
    assert len(ear.heard) == 1 and on_mains(ear.heard[0]) and ear.heard[0].charge > 0.9
    battery.pull()
    told = await ear.until(on_battery)
    assert len(ear.heard) == 2 and 3500 < told.millivolts <= 4200
    assert told.standby_min > told.talk_min > 60 and told.trouble == ""
    battery.plug()
    await ear.until(on_mains, 2)
    await supply.stop()
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_readings_follow_the_battery_down(tmp_path: Path) -> None:
    ear, clock_s = Ear(), 0.0
    battery = SimBattery(tmp_path)
    supply = Supply(tmp_path, design_mah=battery.design_mah, every_s=QUICK_S, clock=lambda: clock_s)
    await supply.start(ear.post)
    battery.pull()
    for count in range(1, 30):
        clock_s += 120.0
        battery.advance(120.0)
        await ear.until(on_battery, 2 * count)
    await supply.stop()
    charges = [event.charge for event in ear.heard if on_battery(event)]
    assert charges[-1] < charges[0] - 0.1


async def test_no_battery_is_told_once(tmp_path: Path) -> None:
    ear = Ear()
    for folder in (tmp_path, tmp_path / "none"):
        supply = Supply(folder, every_s=QUICK_S)
        await supply.start(ear.post)
        await asyncio.sleep(10 * QUICK_S)
        await supply.stop()
    assert ear.heard == [PowerLost(NO_BATTERY), PowerLost(NO_BATTERY)]


async def test_a_mouse_has_a_battery_too_but_not_ours(tmp_path: Path) -> None:
    for name, text in (("type", "Battery"), ("scope", "Device"), ("voltage_now", "3900000")):
        (tmp_path / "hidpp").mkdir(exist_ok=True)
        (tmp_path / "hidpp" / name).write_text(text)
    ear = Ear()
    supply = Supply(tmp_path)
    await supply.start(ear.post)
    await supply.stop()
    assert ear.heard == [PowerLost(NO_BATTERY)]


async def test_a_gauge_that_falls_silent_and_comes_back(tmp_path: Path) -> None:
    battery, ear = SimBattery(tmp_path), Ear()
    supply = Supply(tmp_path, every_s=QUICK_S)
    await supply.start(ear.post)
    battery.gauge_dead = True
    battery.advance(1.0)
    await ear.until(lambda event: event == PowerLost(SILENT))
    assert any(reading(trouble=NO_VOLTAGE)(event) for event in ear.heard)
    before = len(ear.heard)
    battery.gauge_dead = False
    battery.advance(1.0)
    await ear.until(reading(trouble=""), 1 + sum(reading(trouble="")(event) for event in ear.heard[:before]))
    await supply.stop()
    assert ear.heard.count(PowerLost(SILENT)) == 1


async def test_nan_is_no_number(tmp_path: Path) -> None:
    battery, ear = SimBattery(tmp_path), Ear()
    battery.nan = True
    battery.advance(1.0)
    supply = Supply(tmp_path)
    await supply.start(ear.post)
    await supply.stop()
    assert len(ear.heard) == 1 and reading(trouble=NO_VOLTAGE, millivolts=0)(ear.heard[0])


async def test_without_a_mains_file_the_status_tells(tmp_path: Path) -> None:
    SimBattery(tmp_path)
    ear = Ear()
    (tmp_path / "AC" / "online").unlink()
    supply = Supply(tmp_path)
    await supply.start(ear.post)
    (tmp_path / "BAT0" / "status").write_text("Discharging\n")
    await ear.until(on_battery)
    await supply.stop()


async def test_either_of_two_inlets_is_mains(tmp_path: Path) -> None:
    battery, ear = SimBattery(tmp_path), Ear()
    (tmp_path / "USB").mkdir()
    (tmp_path / "USB" / "type").write_text("USB\n")
    (tmp_path / "USB" / "online").write_text("1\n")
    supply = Supply(tmp_path, every_s=QUICK_S)
    await supply.start(ear.post)
    battery.pull()
    await ear.until(on_mains, 3)
    assert not any(on_battery(event) for event in ear.heard)
    (tmp_path / "USB" / "online").write_text("0\n")
    await ear.until(on_battery)
    await supply.stop()


async def test_somebody_who_talks_is_heard_of(tmp_path: Path) -> None:
    battery, ear = SimBattery(tmp_path), Ear()
    battery.talking, clock_s = True, 0.0
    supply = Supply(tmp_path, every_s=QUICK_S, talking=lambda: battery.talking, clock=lambda: clock_s)
    await supply.start(ear.post)
    battery.pull()
    await ear.until(on_battery)
    await supply.stop()
    assert supply._estimator.last.talking


async def test_what_was_learnt_is_kept_and_a_damaged_file_is_passed_over(tmp_path: Path) -> None:
    folder, state = tmp_path / "sys", tmp_path / "state"
    minute = itertools.count(0.0, 60.0)
    folder.mkdir()
    battery, ear = SimBattery(folder), Ear()
    battery.load_w = 6.0
    for kept in (None, "{", '{"standby_w": -1, "talk_w": 2}', "[]", '"x"'):
        if kept is not None:
            (state / "battery.json").write_text(kept)
        battery.plug()
        supply = Supply(folder, state, every_s=QUICK_S, clock=lambda: next(minute))
        await supply.start(ear.post)
        battery.pull()
        for _ in range(5):
            battery.advance(60.0)
            await ear.until(on_battery, sum(on_battery(event) for event in ear.heard) + 2)
        await supply.stop()
        assert json.loads((state / "battery.json").read_text())["standby_w"] > 3.3
        assert [path.name for path in state.iterdir()] == ["battery.json"]


@pytest.mark.parametrize("missing", ["current_now", "capacity", "status", "voltage_now"])
async def test_a_driver_that_says_less(tmp_path: Path, missing: str) -> None:
    battery, ear = SimBattery(tmp_path), Ear()
    battery.pull()
    (tmp_path / "BAT0" / missing).unlink()
    supply = Supply(tmp_path)
    await supply.start(ear.post)
    await supply.stop()
    assert on_battery(ear.heard[0]) and ear.heard[0].standby_min > 0
