"""The simulated battery: the same files as the kernel's, and time that passes."""

import asyncio
from pathlib import Path

import pytest

from ranin.sim.battery import SimBattery
from ranin.sim.discharges import DISCHARGES

DEADLINE_S = 10.0


def said(folder: Path, name: str) -> str:
    return (folder / name).read_text().strip()


def test_the_files_are_those_of_the_kernel(tmp_path: Path) -> None:
    SimBattery(tmp_path)
    assert said(tmp_path, "AC/type") == "Mains" and said(tmp_path, "AC/online") == "1"
    assert said(tmp_path, "BAT0/type") == "Battery" and said(tmp_path, "BAT0/status") == "Full"
    assert int(said(tmp_path, "BAT0/voltage_now")) > 4_100_000
    assert said(tmp_path, "BAT0/capacity") == "100" and said(tmp_path, "BAT0/current_now") == "0"
    assert sorted(place.name for place in tmp_path.iterdir()) == ["AC", "BAT0"]


def test_a_pull_shows_at_once_and_the_load_sets_the_time(tmp_path: Path) -> None:
    battery = SimBattery(tmp_path)
    battery.pull()
    assert said(tmp_path, "AC/online") == "0" and said(tmp_path, "BAT0/status") == "Discharging"
    watts = int(said(tmp_path, "BAT0/voltage_now")) * int(said(tmp_path, "BAT0/current_now")) / 1e12
    assert watts == pytest.approx(3.0, rel=0.01)
    battery.advance(3600.0)
    hour = 1 - battery.charge
    battery.talking = True
    battery.advance(3600.0)
    assert 1 - battery.charge - hour == pytest.approx(1.2 * hour, rel=0.1)


@pytest.mark.parametrize("curve", DISCHARGES.values(), ids=DISCHARGES)
def test_it_runs_down_along_its_curve(tmp_path: Path, curve: object) -> None:
    battery = SimBattery(tmp_path, curve)
    battery.load_w = 10.0
    battery.pull()
    before = battery.volts
    while not battery.empty:
        battery.advance(600.0)
    assert battery.volts < before - 0.5


def test_charging_fills_it(tmp_path: Path) -> None:
    battery = SimBattery(tmp_path)
    battery.charge = 0.5
    battery.plug()
    assert said(tmp_path, "BAT0/status") == "Charging" and int(said(tmp_path, "BAT0/current_now")) < 0
    battery.advance(2 * 3600.0)
    assert said(tmp_path, "BAT0/status") == "Full"


def test_age_takes_capacity(tmp_path: Path) -> None:
    fresh, aged = SimBattery(tmp_path / "fresh"), SimBattery(tmp_path / "aged")
    aged.age(0.5)
    for battery in (fresh, aged):
        battery.pull()
        battery.advance(3600.0)
    assert 1 - aged.charge == pytest.approx(2 * (1 - fresh.charge), rel=0.1)


def test_faults_of_the_gauge(tmp_path: Path) -> None:
    battery = SimBattery(tmp_path)
    battery.pull()
    battery.stuck = True
    before = said(tmp_path, "BAT0/voltage_now")
    battery.advance(3600.0)
    assert said(tmp_path, "BAT0/voltage_now") == before
    battery.stuck, battery.nan = False, True
    battery.advance(1.0)
    assert said(tmp_path, "BAT0/capacity") == "nan"
    battery.gauge_dead = True
    battery.advance(1.0)
    assert not (tmp_path / "BAT0" / "voltage_now").exists() and said(tmp_path, "BAT0/status") == "Discharging"
    battery.gauge_dead = battery.nan = False
    battery.advance(1.0)
    assert int(said(tmp_path, "BAT0/voltage_now")) < int(before)


def test_it_can_be_told_to_feed_the_phone_with_mains_there(tmp_path: Path) -> None:
    battery = SimBattery(tmp_path)
    place = tmp_path / "BAT0" / "charge_behaviour"
    assert place.read_text().strip() == "[auto] force-discharge"
    place.write_text("force-discharge")
    battery.advance(600.0)
    assert place.read_text().strip() == "auto [force-discharge]"
    assert said(tmp_path, "BAT0/status") == "Discharging" and said(tmp_path, "AC/online") == "1"
    place.write_text("auto")
    battery.advance(10.0)
    assert place.read_text().strip() == "[auto] force-discharge" and said(tmp_path, "BAT0/status") == "Charging"


def test_nothing_is_written_while_nothing_changes(tmp_path: Path) -> None:
    battery = SimBattery(tmp_path)
    before = {place: place.stat().st_mtime_ns for place in tmp_path.rglob("*") if place.is_file()}
    battery.advance(3600.0)
    assert {place: place.stat().st_mtime_ns for place in before} == before


async def test_hours_pass_in_seconds(tmp_path: Path) -> None:
    async with SimBattery(tmp_path, speed=36_000.0) as battery:
        battery.pull()
        async with asyncio.timeout(DEADLINE_S):
            while int(said(tmp_path, "BAT0/capacity")) > 80:
                await asyncio.sleep(0.01)
    assert asyncio.all_tasks() == {asyncio.current_task()}
