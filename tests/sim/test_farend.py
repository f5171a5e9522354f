"""The far end: people answer, the server judges, and nothing is left behind."""

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ranin.sim.farend.farend import FarEnd
from ranin.sim.farend.namespace import PREFIX, sweep
from tests.phone.whole import read_wave
from tests.tones import rms, share

ROOT = Path(__file__).parents[2]


def namespaces() -> set[str]:
    rows = subprocess.run(["ip", "-j", "netns", "list"], capture_output=True, text=True, check=True).stdout
    return {row["name"] for row in json.loads(rows or "[]") if row["name"].startswith(PREFIX)}


async def test_two_people_talk_and_nothing_is_left() -> None:
    async with FarEnd({"201": "secret"}) as far:
        folder = far.folder
        far.call("604", "600")
        await far.happened("604", "CALL_ESTABLISHED")
        async with asyncio.timeout(10):
            while True:
                sound, rate = read_wave(far.recording("600"))
                if len(sound) > rate // 2 and rms(sound[-rate // 5 :]) > 0.01:
                    break
                await asyncio.sleep(0.05)
        assert share(sound[-rate // 5 :], 1000, rate) > 0.8
        far.hang_up("604")
        await far.happened("604", "CALL_CLOSED")
        assert far.namespace.name in namespaces()
    assert far.namespace.name not in namespaces() and not folder.exists()


async def test_two_far_ends_live_side_by_side() -> None:
    async with FarEnd({"201": "a"}, people=()) as one, FarEnd({"201": "b"}, people=()) as other:
        assert one.server != other.server


def routes_of_last_resort(owner: int) -> set[str]:
    """Those of that process: other far ends may live on this machine."""
    rows = subprocess.run(["ip", "-j", "route", "show", "proto", "187"], capture_output=True, text=True, check=True)
    return {row["dst"] for row in json.loads(rows.stdout or "[]") if row["metric"] == 1_000_000 + owner}


def test_what_a_killed_owner_leaves_is_swept() -> None:
    code = (
        "import asyncio\nfrom ranin.core.outage import Link\nfrom ranin.sim.farend.farend import FarEnd\n"
        "async def main():\n  async with FarEnd({'201': 'x'}, links=tuple(Link)):\n    print('up', flush=True)\n"
        "    await asyncio.Event().wait()\nasyncio.run(main())"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "firmware")}
    owner = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, env=environment)
    assert owner.stdout is not None and owner.stdout.readline() == "up\n"
    left = {name for name in namespaces() if name.startswith(f"{PREFIX}-{owner.pid}-")}
    assert len(left) == 4 and len(routes_of_last_resort(owner.pid)) == 1
    owner.kill()
    owner.communicate(timeout=10)
    sweep()
    assert not namespaces() & left and not routes_of_last_resort(owner.pid)
    assert not [link for link in os.listdir("/sys/class/net") if link.startswith(f"rn{owner.pid}.")]
    rest = subprocess.run(["pgrep", "-f", f"ranin-farend-.*{owner.pid}"], capture_output=True, check=False).stdout
    assert rest == b""


async def test_without_rights_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    code = "import os\nfrom ranin.sim.farend.namespace import Namespace\nos.setuid(65534)\nNamespace()"
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "firmware")}
    done = subprocess.run(
        ["/usr/bin/python3", "-c", code], capture_output=True, text=True, env=environment, check=False, cwd="/"
    )
    assert "as root or with sudo" in done.stderr
