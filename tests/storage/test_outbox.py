"""The outbox: on disk before it is acknowledged, and right again wherever the process was killed."""

import asyncio
import json
import os
import signal
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ranin.core.commands import LogCall
from ranin.core.events import Direction, Event, LoggedCall
from ranin.core.forwarding.known import Belief, ForgetForward, KeepForward, KnownForward
from ranin.core.outage import DropOrder, KeepOrder, Order, OrderKept, OrderKind, OrderNotKept
from ranin.core.settings import Secret
from ranin.storage.calllog import CallLog
from ranin.storage.outbox import Outbox

ROOT = Path(__file__).parents[2]
MEANS = (("host", "pbx.example"), ("key", Secret("canary-9")))
ORDER = Order(7, OrderKind.ARM, "http", 0, "+33612345678", "2026-11-24T12:00:00", "http a@b", "a@b", MEANS)
KNOWN = KnownForward("http a@b", False, "http", "a@b", MEANS, ("", "+336"), Belief.UNKNOWN, "2026-11-24T12:00:00")


class Ear:
    """Keeps what is posted."""

    def __init__(self) -> None:
        self.heard: asyncio.Queue[Event] = asyncio.Queue()
        self._loop = asyncio.get_running_loop()

    def post(self, event: Event) -> None:
        self._loop.call_soon_threadsafe(self.heard.put_nowait, event)

    async def next(self) -> Event:
        return await asyncio.wait_for(self.heard.get(), 10)


async def test_an_order_is_there_after_a_restart_until_it_is_dropped(tmp_path: Path) -> None:
    outbox, ear = Outbox(tmp_path / "phone.sqlite"), Ear()
    await outbox.start(ear.post)
    outbox.execute(KeepOrder(replace(ORDER, number=9)))
    outbox.execute(KeepOrder(ORDER))
    assert [await ear.next(), await ear.next()] == [OrderKept(9), OrderKept(7)]
    await outbox.stop()
    again = Outbox(tmp_path / "phone.sqlite")
    assert again.pending() == (ORDER, replace(ORDER, number=9))
    again.execute(DropOrder(7))
    await again.stop()
    left = Outbox(tmp_path / "phone.sqlite")
    assert [order.number for order in left.pending()] == [9]
    await left.stop()


async def test_what_is_known_of_a_forward_survives_and_is_forgotten(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path / "phone.sqlite")
    outbox.execute(KeepForward(KNOWN))
    outbox.execute(KeepForward(replace(KNOWN, always=True, means=())))
    outbox.execute(KeepForward(replace(KNOWN, believed=Belief.ARMED, maybe=("+336",))))
    outbox.execute(ForgetForward("http a@b", True))
    await outbox.stop()
    again = Outbox(tmp_path / "phone.sqlite")
    assert again.known() == (replace(KNOWN, believed=Belief.ARMED, maybe=("+336",)),)
    assert again.known()[0].means[1] == ("key", Secret("canary-9"))
    await again.stop()


async def test_what_is_kept_before_the_start_is_acknowledged_after_it(tmp_path: Path) -> None:
    outbox, ear = Outbox(tmp_path / "phone.sqlite"), Ear()
    outbox.execute(KeepOrder(ORDER))
    await outbox.start(ear.post)
    assert await ear.next() == OrderKept(7)
    await outbox.stop()


async def test_a_card_that_takes_nothing_is_told_of(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    outbox, ear = Outbox(tmp_path / "phone.sqlite"), Ear()
    outbox._database.execute("PRAGMA query_only=ON")
    await outbox.start(ear.post)
    outbox.execute(KeepOrder(ORDER))
    event = await ear.next()
    assert isinstance(event, OrderNotKept) and event.order == 7 and "readonly" in event.reason
    assert "outbox not written" in caplog.text and "canary" not in caplog.text
    await outbox.stop()


async def test_it_shares_the_file_with_the_call_log_and_nobody_else_may_read_it(tmp_path: Path) -> None:
    path = tmp_path / "phone.sqlite"
    calls, outbox, ear = CallLog(path), Outbox(path), Ear()
    await outbox.start(ear.post)
    for number in range(20):
        calls.execute(LogCall(LoggedCall(Direction.OUT, "", "0612", "2026-11-24T14:06:00")))
        outbox.execute(KeepOrder(replace(ORDER, number=number)))
    assert [await ear.next() for _ in range(20)] == [OrderKept(number) for number in range(20)]
    await outbox.stop()
    await calls.stop()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    after = CallLog(path)
    assert len(after.recent()) == 20
    await after.stop()


def child(folder: Path, kill_at: int, target: str) -> dict[str, Any] | None:
    """Run the phone in `outbox_child`; None when it was killed at the step."""
    words = (sys.executable, "-m", "tests.storage.outbox_child", str(folder), str(kill_at), target)
    paths = os.pathsep.join((str(ROOT / "firmware"), str(ROOT)))
    environment = os.environ | {"PYTHONPATH": paths, "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(words, capture_output=True, text=True, env=environment, timeout=60, check=False)
    if done.returncode == -signal.SIGKILL:
        return None
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def killed_at_every_step(root: Path, first: str, second: str) -> None:
    """Arm `first` undisturbed, then want `second` and be killed at each step of that; the next start is right."""
    undisturbed = root / "undisturbed"
    before(undisturbed, first)
    whole = child(undisturbed, 0, second)
    assert whole is not None
    steps = whole["steps"]
    assert {"acknowledged", "in effect, not answered yet", "before DropOrder", "sql INSERT", "sql DELETE"} <= set(steps)
    with ThreadPoolExecutor(2) as pool:
        results = pool.map(lambda step: _killed_once(root / str(step), step, first, second), range(1, len(steps) + 1))
        for step, calls in enumerate(results, 1):
            assert calls <= whole["side"]["calls"] + 1, f"doubled when killed at {step}: {steps[step - 1]}"


def before(folder: Path, first: str) -> None:
    folder.mkdir()
    assert not first or child(folder, 0, first) is not None


def _killed_once(folder: Path, step: int, first: str, second: str) -> int:
    before(folder, first)
    child(folder, step, second)
    after = child(folder, 0, second)
    assert after is not None
    assert after["side"]["target"] == second and after["pending"] == 0, (step, after)
    assert after["known"] == ([[json.dumps([second]), "armed"]] if second else []), (step, after)
    return int(after["side"]["calls"])


@pytest.mark.parametrize(("first", "second"), [("", "+336111"), ("+336111", "+336222"), ("+336111", "")])
def test_killed_at_every_step_nothing_is_lost_or_left_behind(tmp_path: Path, first: str, second: str) -> None:
    killed_at_every_step(tmp_path, first, second)
