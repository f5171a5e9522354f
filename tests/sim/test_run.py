"""`make run` as a person meets it: one address, Ctrl-C, a taken port, the machine's own sound; nothing stays behind."""

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp

from ranin.sim.card.card import SimCard
from tests.tones import rms, samples, share

ROOT = Path(__file__).parents[2]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT / "firmware"), "PYTHONUNBUFFERED": "1"}
WITHIN_S = 30


@asynccontextmanager
async def running(*words: str, environment: Mapping[str, str] = ENVIRONMENT) -> AsyncIterator[tuple[Process, str]]:
    """The simulated phone and the address it printed."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "ranin.sim", "--port", "0", *words, stdout=PIPE, stderr=PIPE, env=environment
    )
    assert process.stdout is not None
    try:
        line = (await asyncio.wait_for(process.stdout.readline(), WITHIN_S)).decode()
        assert line.startswith("The phone is at http://127.0.0.1:"), line
        yield process, line.split()[4]
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


def family(pid: int) -> list[int]:
    """The process and all below it."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(member for child in children for member in family(int(child)))]


async def gone(pids: list[int]) -> None:
    """Wait until none of them runs any more."""
    async with asyncio.timeout(10):
        while any(Path(f"/proc/{pid}").exists() for pid in pids):
            await asyncio.sleep(0.05)


def namespaces_of(pid: int) -> str:
    rows = subprocess.run(["ip", "netns", "list"], capture_output=True, text=True, check=True).stdout
    return "".join(row for row in rows.splitlines() if row.startswith(f"ranin-{pid}-"))


async def test_it_prints_one_address_serves_the_phone_and_ctrl_c_leaves_nothing() -> None:
    async with running() as (process, address), aiohttp.ClientSession() as session:
        async with session.get(address) as answer:
            assert answer.status == 200 and "Desk phone" in await answer.text()
        pids = family(process.pid)
        assert len(pids) > 3 and namespaces_of(process.pid)
        process.send_signal(signal.SIGINT)
        rest, errors = await asyncio.wait_for(process.communicate(), WITHIN_S)
        assert process.returncode == 0 and errors == b""
        assert rest.decode().strip() == "Putting everything away…"
        await gone(pids)
        assert not namespaces_of(process.pid)


async def test_a_killed_phone_takes_its_processes_along() -> None:
    async with running() as (process, _):
        pids = family(process.pid)
        process.kill()
        await process.wait()
        await gone(pids)


async def test_a_taken_port_is_said_in_a_line_and_nothing_stays() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "ranin.sim", "--port", str(taken.getsockname()[1]),
            stdout=PIPE, stderr=PIPE, env=ENVIRONMENT,
        )  # fmt: skip
        said, errors = await asyncio.wait_for(process.communicate(), WITHIN_S)
        assert process.returncode == 1 and said == b""
        assert errors.decode().startswith("ranin: port ") and "PORT=" in errors.decode()
        assert errors.count(b"\n") == 1 and not namespaces_of(process.pid)


async def test_the_sound_can_be_the_machines_own(tmp_path: Path) -> None:
    """The machine's default device is a clocked card here, as its user's own ALSA configuration says."""
    card = SimCard(tmp_path, ("speaker",))
    lines = [line for line in card.config.read_text().splitlines() if not line.startswith(("ctl", "pcm.null"))]
    (tmp_path / ".asoundrc").write_text("\n".join(lines) + "\n")
    home = {**ENVIRONMENT, "HOME": str(tmp_path), "XDG_CACHE_HOME": os.environ.get("XDG_CACHE_HOME") or cache()}
    async with (
        running("--sound", "machine", environment=home) as (_, address),
        aiohttp.ClientSession(headers={"Origin": address.rstrip("/")}) as session,
        session.ws_connect(f"{address}live") as page,
    ):
        assert (await page.receive_json())["machine"] is True
        await page.send_json({"lifted": True})
        heard = b""
        async with asyncio.timeout(10):
            while len(heard) < 19200 or share(samples(heard), 440) < 0.8 or rms(samples(heard)) < 0.01:
                heard = (heard + card["speaker"].playback.read()[0])[-19200:]
                await asyncio.sleep(0.02)
    card.close()


def cache() -> str:
    """Where the plug-in of this machine's user is built already."""
    return str(Path.home() / ".cache")


def _writes(pids: list[int], path: Path) -> bool:
    """Whether the engine has the file open anew, besides as its stderr."""
    for pid in pids:
        with contextlib.suppress(FileNotFoundError):
            links = [os.readlink(entry) for entry in Path(f"/proc/{pid}/fd").iterdir()]
            if b"sip.engine" in Path(f"/proc/{pid}/cmdline").read_bytes() and links.count(str(path)) > 1:
                return True
    return False


async def test_what_it_says_stays_in_a_file(tmp_path: Path) -> None:
    """PJSIP opens our stderr anew: it must not empty the file that this is."""
    path = tmp_path / "log"
    with path.open("wb") as file:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "ranin.sim", "--port", "0", stdout=file, stderr=file, env=ENVIRONMENT
        )
    try:
        async with asyncio.timeout(WITHIN_S):
            while "The phone is at" not in path.read_text() and process.returncode is None:
                await asyncio.sleep(0.05)
            assert process.returncode is None
            while not _writes(family(process.pid), path):
                await asyncio.sleep(0.05)
        process.send_signal(signal.SIGINT)
        await asyncio.wait_for(process.wait(), 15)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert path.read_text().startswith("The phone is at")
