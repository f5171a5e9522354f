"""The engine answers a call, and the daemon's parts work, under the system calls that their units allow."""

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from ranin.core.events import Event, LineRegistered, MediaStarted
from ranin.core.state import Phone
from ranin.sim.simulation import Simulation
from tests.peers.peer import Peer, bound, sdp
from tests.sip.test_service import Manager
from tests.systemd.sandbox import allowed

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd-analyze here")
SANDBOX = (sys.executable, "-m", "tests.systemd.sandbox")


def may_raise() -> bool:
    """Whether a limit can be raised here at all (CAP_SYS_RESOURCE)."""
    code = "import resource as r; r.setrlimit(r.RLIMIT_RTPRIO, (99, 99))"
    return subprocess.run([sys.executable, "-c", code], capture_output=True, check=False).returncode == 0


def under(unit: str, code: str) -> subprocess.CompletedProcess[str]:
    """Run Python code under a unit's sandbox."""
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}/firmware:{ROOT}", "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        [*SANDBOX, unit, sys.executable, "-c", code], env=environment, cwd=ROOT, capture_output=True, text=True,
        check=False, timeout=60,
    )  # fmt: skip


def test_what_a_phone_never_does_is_not_allowed() -> None:
    for unit in ("ranin.service", "ranin-sip.service"):
        assert not allowed(unit) & {"mount", "ptrace", "init_module", "reboot", "bpf", "chroot", "setuid", "add_key"}
    assert "adjtimex" in allowed("ranin.service") and "clock_settime" in allowed("ranin.service")
    assert "adjtimex" not in allowed("ranin-sip.service")
    assert "sched_setscheduler" in allowed("ranin-sip.service")


@pytest.mark.parametrize(
    "code",
    [
        "import os; os.chroot('/')",
        "import socket; socket.socket(socket.AF_PACKET, socket.SOCK_RAW)",
        "import mmap; mmap.mmap(-1, 4096, prot=mmap.PROT_WRITE | mmap.PROT_EXEC)",
        "import time; time.clock_settime(time.CLOCK_REALTIME, time.time())",
    ],
)
def test_the_sandbox_refuses(code: str) -> None:
    told = under("ranin-sip.service", code)
    assert told.returncode == 1 and ("PermissionError" in told.stderr or "Operation not permitted" in told.stderr)


@pytest.mark.skipif(not may_raise(), reason="this container may not raise RLIMIT_RTPRIO")
def test_a_thread_of_the_engine_may_have_real_time_priority_and_one_of_the_daemon_may_not() -> None:
    code = "import os; os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(99))"
    engine, daemon = under("ranin-sip.service", code), under("ranin.service", code)
    assert engine.returncode == 0, engine.stderr
    assert daemon.returncode == 1 and "PermissionError" in daemon.stderr


def test_the_daemons_libraries_and_its_clock_work() -> None:
    code = (
        "import asyncio, serial, smbus2, pyaudio, msgspec, sqlite3\n"
        "import ranin.main, ranin.lan.neighbours, ranin.forwarding.http\n"
        "from ranin.runtime.systemclock import SystemClock\n"
        "from ranin.hardware import panel\n"
        "from ranin.core.screens.screen import Notice\n"
        "from ranin.network import interfaces\n"
        "SystemClock().synchronised(); assert SystemClock()._adjtimex(bytes(512)) >= 0\n"
        "panel.frame(Notice('Battery', 'is low'), (128, 64), 0.0); assert interfaces.interfaces()\n"
        "async def main():\n"
        "    p = await asyncio.create_subprocess_exec('true'); assert await p.wait() == 0\n"
        "asyncio.run(main()); print('well')\n"
    )
    told = under("ranin.service", code)
    assert told.stdout == "well\n", told.stderr


@pytest.fixture
def sim(tmp_path: Path) -> Iterator[Simulation]:
    yield Simulation(engine=tmp_path / "sip")


@pytest.fixture
async def manager(tmp_path: Path, sim: Simulation) -> AsyncIterator[Manager]:
    """Starts engines as the unit has it."""
    environment = {**sim.card.environment, "PYTHONPATH": f"{ROOT}/firmware:{ROOT}"}
    manager = Manager(tmp_path / "sip", environment, (*SANDBOX, "ranin-sip.service"))
    running = asyncio.create_task(manager.run())
    yield manager
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await manager.close()


async def test_a_call_is_answered_and_heard(manager: Manager, sim: Simulation) -> None:
    peer, media = await Peer.start(), bound()
    seen: asyncio.Queue[Event] = asyncio.Queue()

    def watch(phone: Phone, event: Event) -> None:
        seen.put_nowait(event)

    async def until(kind: type) -> None:
        async with asyncio.timeout(20):
            while not isinstance(await seen.get(), kind):
                pass

    sim.engine.watch(watch)
    async with sim:
        sim.apply(peer.settings())
        await until(LineRegistered)
        peer.invite(sdp(media.getsockname()[1]))
        await peer.until("SIP/2.0 180")
        sim.wires.lift()
        await until(MediaStarted)
        assert len(await asyncio.wait_for(asyncio.get_running_loop().sock_recv(media, 2048), 10)) > 12
    assert await asyncio.wait_for(_ended(manager), 10) == 0
    peer.close()
    media.close()


async def _ended(manager: Manager) -> int:
    assert manager.engine is not None
    return await manager.engine.wait()
