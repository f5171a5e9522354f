"""Saving power step by step on a /sys of plain files, undoing it, and the ways it may go wrong."""

import asyncio
import logging
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ranin.core import outage
from ranin.core.outage import SavePower, ShutDown
from ranin.power.saving import TESTED, Saving, last_test
from ranin.sim.battery import SimBattery

DEADLINE_S = 10.0

FILES = {
    "class/backlight/panel/brightness": "200",
    "class/leds/ACT/trigger": "none timer [mmc0] default-on",
    "class/leds/ACT/brightness": "255",
    "class/leds/phone:red:mwi/brightness": "1",
    "devices/system/cpu/cpufreq/policy0/cpuinfo_min_freq": "600000",
    "devices/system/cpu/cpufreq/policy0/cpuinfo_max_freq": "1500000",
    "devices/system/cpu/cpufreq/policy0/scaling_max_freq": "1500000",
    "devices/system/cpu/cpufreq/policy0/scaling_governor": "performance",
    "bus/usb/devices/1-1/power/control": "on",
    "bus/usb/devices/1-2/power/control": "on",
    "bus/usb/devices/1-2/1-2:1.0/bInterfaceClass": "03",
    "class/rfkill/rfkill0/type": "bluetooth",
    "class/rfkill/rfkill0/soft": "0",
    "class/rfkill/rfkill1/type": "wlan",
    "class/rfkill/rfkill1/soft": "0",
    "class/drm/card0-HDMI-A-1/status": "connected",
}
STEP_1 = {"class/backlight/panel/brightness": "40", "class/leds/ACT/trigger": "none", "class/leds/ACT/brightness": "0"}
STEP_2 = {
    "devices/system/cpu/cpufreq/policy0/scaling_max_freq": "1000000",
    "devices/system/cpu/cpufreq/policy0/scaling_governor": "schedutil",
}
STEP_3 = {
    "bus/usb/devices/1-1/power/control": "auto",
    "class/rfkill/rfkill0/soft": "1",
    "class/drm/card0-HDMI-A-1/status": "off",
}
UNDONE = FILES | {"class/leds/ACT/trigger": "mmc0", "class/drm/card0-HDMI-A-1/status": "detect"}
"""The kernel would show the trigger in brackets and the display anew; plain files show what was written."""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A /sys."""
    for name, text in FILES.items():
        place = tmp_path / "sys" / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text + "\n")
    return tmp_path / "sys"


def shown(root: Path) -> dict[str, str]:
    return {name: (root / name).read_text().strip() for name in FILES if (root / name).exists()}


async def until(holds: Callable[[], bool]) -> None:
    """Wait, within a deadline, until it holds."""
    async with asyncio.timeout(DEADLINE_S):
        while not holds():
            await asyncio.sleep(0.005)


async def started(root: Path) -> Saving:
    saving = Saving(root.parent / "state", root)
    await saving.start(lambda event: None)
    return saving


async def test_each_step_adds_and_mains_undoes_all(root: Path) -> None:
    saving = await started(root)
    for step, expected in ((1, STEP_1), (2, STEP_1 | STEP_2), (3, STEP_1 | STEP_2 | STEP_3), (1, None), (0, None)):
        saving.execute(SavePower(step))
        if expected is None:
            expected = UNDONE | STEP_1 if step else UNDONE
            await until(lambda expected=expected: shown(root) == expected)
        else:
            await until(lambda expected=expected: shown(root) == FILES | expected)
    await until(lambda: not (root.parent / "state" / "saving.json").exists())
    await saving.stop()


async def test_a_step_may_be_skipped_and_repeated(root: Path) -> None:
    saving = await started(root)
    for step in (3, 3, 0, 0):
        saving.execute(SavePower(step))
    await saving.stop()
    assert shown(root) == UNDONE


async def test_it_is_undone_in_reverse_order(root: Path) -> None:
    saving = await started(root)
    saving.execute(SavePower(3))
    saving._write = lambda file, text, was=saving._write: (order.append(file), was(file, text))
    order: list[str] = []
    await until(lambda: len(order) == len(STEP_1 | STEP_2 | STEP_3))
    saving.execute(SavePower(0))
    await saving.stop()
    half = len(order) // 2
    assert order[half:] == list(reversed(order[:half]))


async def test_a_crash_is_undone_at_the_next_start(root: Path) -> None:
    crashed = await started(root)
    crashed.execute(SavePower(3))
    await crashed.stop()
    assert shown(root) == FILES | STEP_1 | STEP_2 | STEP_3
    after = await started(root)
    assert shown(root) == UNDONE
    await after.stop()


async def test_a_crash_between_two_files_is_undone_too(root: Path) -> None:
    crashed = await started(root)

    def die(file: str, text: str) -> None:
        raise KeyboardInterrupt

    crashed._write = die
    crashed.execute(SavePower(2))
    await crashed.stop()
    assert shown(root) == FILES
    assert (root.parent / "state" / "saving.json").exists()
    after = await started(root)
    assert shown(root) == UNDONE | {"class/drm/card0-HDMI-A-1/status": "connected"}
    await after.stop()


async def test_what_is_missing_is_logged_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "sys").mkdir()
    saving = await started(tmp_path / "sys")
    with caplog.at_level(logging.WARNING):
        for step in (3, 0, 3, 0):
            saving.execute(SavePower(step))
        await saving.stop()
    assert len(caplog.records) == 3
    assert list((tmp_path / "sys").iterdir()) == []


async def test_a_file_that_goes_away_is_no_harm(root: Path, caplog: pytest.LogCaptureFixture) -> None:
    saving = await started(root)
    saving.execute(SavePower(3))
    await until(lambda: shown(root)["class/drm/card0-HDMI-A-1/status"] == "off")
    (root / "class/backlight/panel/brightness").unlink()
    saving.execute(SavePower(0))
    await saving.stop()
    assert shown(root) == {name: text for name, text in UNDONE.items() if "backlight" not in name}
    assert not (root / "class/backlight/panel/brightness").exists()


@pytest.mark.parametrize("kept", ["{", "[]", '{"undo": 3}', '{"undo": [[1, "/etc/passwd", "x"], [1, "../x", "y"]]}'])
async def test_a_damaged_memory_writes_nothing(root: Path, kept: str) -> None:
    state = root.parent / "state"
    state.mkdir()
    (state / "saving.json").write_text(kept)
    saving = await started(root)
    await saving.stop()
    assert shown(root) == FILES and not (root.parent / "x").exists()


async def test_the_battery_feeds_the_phone_for_a_test(root: Path) -> None:
    SimBattery(root / "class" / "power_supply")
    file = root / "class/power_supply/BAT0/charge_behaviour"
    saving = await started(root)
    saving.execute(outage.TestBattery(True))
    await until(lambda: file.read_text().strip() == "force-discharge")
    saving.execute(outage.TestBattery(False))
    await until(lambda: file.read_text().strip() == "auto")
    await saving.stop()


async def test_a_test_that_a_crash_left_running_is_ended_at_the_next_start(root: Path) -> None:
    SimBattery(root / "class" / "power_supply")
    file = root / "class/power_supply/BAT0/charge_behaviour"
    file.write_text("auto inhibit-charge [force-discharge]\n")
    after = await started(root)
    assert file.read_text().strip() == "auto"
    await after.stop()


async def test_the_time_of_a_test_outlasts_a_restart(root: Path) -> None:
    saving = await started(root)
    assert last_test(root.parent / "state") == ""
    saving.execute(outage.KeepBatteryTest("2026-11-25T09:00:00+00:00"))
    await saving.stop()
    assert datetime.fromisoformat(last_test(root.parent / "state")) == datetime(2026, 11, 25, 9, tzinfo=UTC)


@pytest.mark.parametrize("kept", ["{", "[]", "[7]", "{}", '{"tested": 3}', '{"tested": "monday"}', '"x"'])
def test_a_damaged_time_of_a_test_is_none(tmp_path: Path, kept: str) -> None:
    (tmp_path / TESTED).write_text(kept)
    assert last_test(tmp_path) == ""


async def test_a_board_that_cannot_test_itself_says_so(root: Path) -> None:
    told: list[object] = []
    saving = Saving(root.parent / "state", root)
    await saving.start(told.append)
    for on in (True, False):
        saving.execute(outage.TestBattery(on))
    await saving.stop()
    assert [type(event) for event in told] == [outage.BatteryTestRefused]


async def test_switching_off_runs_the_command(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    off = tmp_path / "off"
    code = f"import pathlib; pathlib.Path({str(off)!r}).touch()"
    saving = Saving(tmp_path / "state", tmp_path, (sys.executable, "-c", code))
    await saving.start(lambda event: None)
    saving.execute(ShutDown())
    await until(off.exists)
    await saving.stop()
    for command in ((sys.executable, "-c", "raise SystemExit(3)"), ("/nowhere/poweroff",)):
        failing = Saving(tmp_path / "state", tmp_path, command)
        await failing.start(lambda event: None)
        failing.execute(ShutDown())
        await failing.stop()
    assert len([record for record in caplog.records if record.levelno == logging.ERROR]) == 2
