"""A network namespace with one link to this machine, and processes that cannot outlive us."""

import asyncio
import contextlib
import itertools
import json
import os
import subprocess
from asyncio.subprocess import Process
from pathlib import Path

PREFIX = "ranin"
_NETWORKS = 16384
"""How many /30 networks 198.18.0.0/16 holds; RFC 2544 keeps it from real networks."""
_counter = itertools.count()


class FarEndError(RuntimeError):
    """The far end cannot be set up; the message says why and what to do."""


def _ip(*words: str, check: bool = True) -> str:
    try:
        done = subprocess.run(["ip", *words], capture_output=True, text=True, check=False)
    except FileNotFoundError as error:
        raise FarEndError("the far end needs iproute2: run `make setup`") from error
    if check and done.returncode != 0:
        if os.geteuid() != 0:
            raise FarEndError("the far end makes a network namespace: run it as root or with sudo")
        raise FarEndError(f"`ip {' '.join(words)}` failed: {done.stderr.strip()}")
    return done.stdout


class Namespace:
    """`ranin-<pid>-<n>`, a link to it, and the processes in it."""

    def __init__(self) -> None:
        sweep()
        self._serial = next(_counter)
        self.name = f"{PREFIX}-{os.getpid()}-{self._serial}"
        self.link = f"rn{os.getpid()}.{self._serial}"[:15]
        self._processes: list[Process] = []
        self.host_ip, self.inner_ip = _free_network()
        try:
            self._set_up()
        except FarEndError:
            self._remove()
            raise

    def _set_up(self) -> None:
        inner = f"{self.link[:14]}i"
        _ip("netns", "add", self.name)
        _ip("link", "add", self.link, "type", "veth", "peer", "name", inner, "netns", self.name)
        _ip("addr", "add", f"{self.host_ip}/30", "dev", self.link)
        _ip("link", "set", self.link, "up")
        _ip("-n", self.name, "addr", "add", f"{self.inner_ip}/30", "dev", inner)
        _ip("-n", self.name, "link", "set", inner, "up")
        _ip("-n", self.name, "link", "set", "lo", "up")

    async def run(self, *command: str, log: Path, folder: Path) -> Process:
        """Start a program inside; it and its children die with us, whatever ends us."""
        with log.open("ab") as file:
            process = await asyncio.create_subprocess_exec(
                "ip", "netns", "exec", self.name,
                "setpriv", "--pdeathsig", "KILL",
                "unshare", "--pid", "--fork", "--kill-child",
                *command, stdin=asyncio.subprocess.DEVNULL, stdout=file, stderr=file, cwd=folder,
                start_new_session=True,
            )  # fmt: skip
        self._processes.append(process)
        return process

    async def end(self, process: Process) -> None:
        """End one program and all that it started."""
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        self._processes.remove(process)

    async def close(self) -> None:
        """End everything inside and remove the namespace with its link."""
        for process in list(self._processes):
            await self.end(process)
        self._remove()

    def _remove(self) -> None:
        _remove(self.name, self.link)


def _remove(name: str, link: str) -> None:
    for pid in _ip("netns", "pids", name, check=False).split():
        with contextlib.suppress(ProcessLookupError):
            os.kill(int(pid), 9)
    _ip("link", "del", link, check=False)
    _ip("netns", "del", name, check=False)


def sweep() -> None:
    """Remove what owners left behind that are no more."""
    for line in _ip("netns", "list", check=False).splitlines():
        name = line.split()[0]
        prefix, _, rest = name.partition("-")
        pid, _, serial = rest.partition("-")
        if prefix == PREFIX and pid.isdigit() and not Path(f"/proc/{pid}").exists():
            _remove(name, f"rn{pid}.{serial}"[:15])


def _free_network() -> tuple[str, str]:
    """(our address, theirs) of a /30 that no interface here uses."""
    rows = json.loads(_ip("-j", "-4", "addr") or "[]")
    used = {address["local"] for row in rows for address in row.get("addr_info", ())}
    first = os.getpid() * 4 + next(_counter)
    for index in itertools.islice(itertools.cycle(range(_NETWORKS)), first % _NETWORKS, first % _NETWORKS + _NETWORKS):
        base = index * 4
        ours, theirs = (f"198.18.{(base + host) // 256}.{(base + host) % 256}" for host in (1, 2))
        if ours not in used:
            return ours, theirs
    raise FarEndError("every network of 198.18.0.0/16 is in use: are there leftovers? `ip addr` shows them")
