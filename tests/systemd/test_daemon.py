"""The whole daemon, without its hardware, under a service manager's eyes."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from ranin.runtime.alone import runs
from ranin.sim.card.card import SimCard
from tests.runtime.test_watchdog import Manager

ROOT = Path(__file__).parents[2]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    card = SimCard(tmp_path)
    paths = {"PYTHONPATH": f"{ROOT}/firmware", "PYTHONDONTWRITEBYTECODE": "1", "GPIOZERO_PIN_FACTORY": "mock"}
    return {**os.environ, **card.environment, **paths}


async def start(tmp_path: Path, environment: dict[str, str]) -> asyncio.subprocess.Process:
    words = ("phone", "--state", str(tmp_path / "state"), "--config", str(tmp_path / "phone.toml"))
    code = "from ranin.cli import main; raise SystemExit(main())"
    return await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, *words, env=environment, stderr=asyncio.subprocess.PIPE
    )


async def test_it_says_when_it_runs_is_fed_and_says_when_it_ends(tmp_path: Path, environment: dict[str, str]) -> None:
    manager = Manager(str(tmp_path / "notify"))
    daemon = await start(tmp_path, environment | manager.environment | {"WATCHDOG_USEC": "2000000"})
    await manager.hear("READY=1", 30)
    assert runs(tmp_path / "state")
    for _ in range(3):
        await manager.hear("WATCHDOG=1", 10)
    daemon.terminate()
    await manager.hear("STOPPING=1", 10)
    _, words = await asyncio.wait_for(daemon.communicate(), 20)
    assert daemon.returncode == 0, words.decode()
    assert not runs(tmp_path / "state")
    manager.close()


async def test_a_watchdogs_abort_leaves_the_stack_of_every_thread(tmp_path: Path, environment: dict[str, str]) -> None:
    manager = Manager(str(tmp_path / "notify"))
    daemon = await start(tmp_path, environment | manager.environment)
    await manager.hear("READY=1", 30)
    daemon.send_signal(signal.SIGABRT)
    _, words = await asyncio.wait_for(daemon.communicate(), 20)
    assert daemon.returncode == -signal.SIGABRT
    assert b"Fatal Python error: Aborted" in words and b"oled.py" in words and b"ringer.py" in words
    manager.close()
