"""What the service manager is told, at a real NOTIFY_SOCKET."""

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ranin.audio import ringer as ringing
from ranin.audio.ringer import Ringer
from ranin.core.commands import Ring, ShowScreen
from ranin.core.screens.screen import Notice
from ranin.hardware.oled import Oled
from ranin.runtime import watchdog
from ranin.runtime.adapter import Busy
from ranin.runtime.watchdog import Watchdog, watchdog_s
from ranin.sim.display import FrameDevice

PERIOD_S = 0.2


class Manager:
    """The service manager's end."""

    def __init__(self, path: str) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind("\0" + path[1:] if path.startswith("@") else path)
        self._socket.setblocking(False)
        self.environment = {"NOTIFY_SOCKET": path, "WATCHDOG_USEC": str(int(PERIOD_S * 1e6))}

    async def hear(self, wanted: str, within_s: float = 5.0) -> None:
        """Wait for a datagram with that line."""
        async with asyncio.timeout(within_s):
            while wanted not in (await asyncio.get_running_loop().sock_recv(self._socket, 4096)).decode().split("\n"):
                pass

    def heard(self) -> list[str]:
        """Lines that have come and were not waited for."""
        lines: list[str] = []
        while True:
            try:
                lines += self._socket.recv(4096).decode().split("\n")
            except BlockingIOError:
                return lines

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[Manager]:
    manager = Manager(str(tmp_path / "notify"))
    yield manager
    manager.close()


async def test_the_manager_hears_of_start_and_end_and_is_told_again_and_again_that_all_is_well(
    manager: Manager,
) -> None:
    dog = Watchdog({"a part": Busy()}, manager.environment)
    await dog.start(lambda event: None)
    await manager.hear("READY=1")
    for _ in range(3):
        await manager.hear("WATCHDOG=1", PERIOD_S)
    await dog.stop()
    await manager.hear("STOPPING=1")


async def test_an_abstract_socket_is_spoken_to_as_well() -> None:
    manager = Manager(f"@ranin-test-{id(object())}-{time.monotonic_ns()}")
    dog = Watchdog({}, manager.environment)
    await dog.start(lambda event: None)
    await manager.hear("READY=1")
    await dog.stop()
    manager.close()


async def test_a_part_that_hangs_withholds_the_feeding_and_one_that_comes_back_is_fed_for(
    manager: Manager, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(watchdog, "STUCK_S", 0.0)
    busy = Busy()
    dog = Watchdog({"the display": busy, "the ringer": Busy()}, manager.environment)
    await dog.start(lambda event: None)
    await manager.hear("WATCHDOG=1")
    busy.begin()
    await manager.hear("STATUS=the display hangs")
    await asyncio.sleep(2 * PERIOD_S)  # what must not come is waited for in vain
    assert manager.heard() == []
    assert [record.message for record in caplog.records] == ["the watchdog is not fed: the display hangs"]
    busy.rest()
    await manager.hear("STATUS=The phone runs")
    await manager.hear("WATCHDOG=1")
    await dog.stop()


async def test_an_event_loop_that_hangs_feeds_no_more(manager: Manager) -> None:
    dog = Watchdog({}, manager.environment)
    await dog.start(lambda event: None)
    manager.heard()
    time.sleep(2 * PERIOD_S)
    assert manager.heard() == []
    await manager.hear("WATCHDOG=1")
    await dog.stop()


class StuckPanel(FrameDevice):
    """A display whose bus holds every transfer until it is let go."""

    def __init__(self) -> None:
        super().__init__(128, 64)
        self.reached, self.released = threading.Event(), threading.Event()

    def display(self, image: Any) -> None:
        self.reached.set()
        assert self.released.wait(10)
        super().display(image)


async def until(true: Any, within_s: float = 5.0) -> None:
    async with asyncio.timeout(within_s):
        while not true():
            await asyncio.sleep(0.005)


async def test_a_display_on_a_stuck_bus_is_seen_to_hang_and_a_still_one_is_not() -> None:
    panel = StuckPanel()
    oled = Oled(lambda: panel)
    await oled.start(lambda event: None)
    oled.execute(ShowScreen(Notice("Battery", "is low")))
    await asyncio.to_thread(panel.reached.wait, 10)
    await until(lambda: oled.busy_s() > 0.05)
    panel.released.set()
    await until(lambda: oled.busy_s() == 0)
    await oled.stop()


class StuckStream:
    """A card that takes what it is given when it is let go, and not before."""

    def __init__(self) -> None:
        self.reached, self.released = threading.Event(), threading.Event()

    def __enter__(self) -> "StuckStream":
        return self

    def __exit__(self, *gone: object) -> None:
        """Nothing is held."""

    def get_write_available(self) -> int:
        return 48000

    def write(self, sound: bytes) -> None:
        self.reached.set()
        assert self.released.wait(10)


async def test_a_ringer_whose_card_holds_it_is_seen_to_hang(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = StuckStream()
    monkeypatch.setattr(ringing, "_opened", lambda pcm, rate: stream)
    ringer = Ringer("ringer")
    await ringer.start(lambda event: None)
    assert ringer.busy_s() == 0
    ringer.execute(Ring("classic", 5))
    await asyncio.to_thread(stream.reached.wait, 10)
    await until(lambda: ringer.busy_s() > 0.05)
    ringer.execute(Ring(""))
    stream.released.set()
    await until(lambda: ringer.busy_s() == 0)
    await ringer.stop()


async def test_without_a_manager_or_with_a_deaf_one_the_phone_runs(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for environment in ({}, {"NOTIFY_SOCKET": str(tmp_path / "nobody")}):
        dog = Watchdog({}, environment)
        await dog.start(lambda event: None)
        await dog.stop()
    assert "does not listen" in caplog.records[0].message


@pytest.mark.parametrize(
    ("environment", "period_s"),
    [
        ({}, 0.0),
        ({"WATCHDOG_USEC": "8000000"}, 8.0),
        ({"WATCHDOG_USEC": "8000000", "WATCHDOG_PID": "1"}, 0.0),
        ({"WATCHDOG_USEC": "soon"}, 0.0),
        ({"WATCHDOG_USEC": "-5"}, 0.0),
    ],
)
def test_the_period_is_the_one_that_this_process_was_given(environment: dict[str, str], period_s: float) -> None:
    assert watchdog_s(environment) == period_s
