"""A network namespace with one link to this machine, and processes that cannot outlive us."""

import asyncio
import contextlib
import ctypes
import itertools
import json
import os
import socket
import subprocess
from asyncio.subprocess import Process
from collections.abc import Iterator
from pathlib import Path

PREFIX = "ranin"
_NETWORKS = 16384
"""How many /30 networks 198.18.0.0/16 holds; RFC 2544 keeps it from real networks."""
_NEW_NETWORK = 0x40000000
"""CLONE_NEWNET, setns(2)."""
_LAST_RESORT = "187"
"""Protocol number by which our routes of last resort are known (ip-route(8))."""
_METRIC = 1_000_000
"""Added to the owner's process id, it is the metric of a route of last resort."""
_counter = itertools.count()


class FarEndError(RuntimeError):
    """The far end cannot be set up; the message says why and what to do."""


def ip_command(*words: str, check: bool = True) -> str:
    """What `ip` prints. Raises FarEndError when it fails and `check` is set."""
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
        self.inner = f"{self.link[:14]}i"
        """The link's other end, inside."""
        self._processes: list[Process] = []
        self.host_ip, self.inner_ip = free_network()
        try:
            self._set_up()
        except FarEndError:
            self.remove()
            raise

    def _set_up(self) -> None:
        inner = self.inner
        ip_command("netns", "add", self.name)
        ip_command("link", "add", self.link, "type", "veth", "peer", "name", inner, "netns", self.name)
        ip_command("addr", "add", f"{self.host_ip}/30", "dev", self.link)
        ip_command("link", "set", self.link, "up")
        ip_command("-n", self.name, "addr", "add", f"{self.inner_ip}/30", "dev", inner)
        ip_command("-n", self.name, "link", "set", inner, "up")
        ip_command("-n", self.name, "link", "set", "lo", "up")

    @contextlib.contextmanager
    def inside(self) -> Iterator[None]:
        """For this thread: sockets made and /proc/sys/net read within are the namespace's."""
        with open("/proc/thread-self/ns/net") as home, open(f"/run/netns/{self.name}") as there:
            _enter(there.fileno())
            try:
                yield
            finally:
                _enter(home.fileno())

    def open_socket(self, kind: socket.SocketKind) -> socket.socket:
        """A non-blocking IPv4 socket inside, for whoever is outside."""
        with self.inside():
            return socket.socket(socket.AF_INET, kind | socket.SOCK_NONBLOCK)

    def order(self, *command: str) -> None:
        """Run a short program inside, to its end. Raises FarEndError."""
        done = subprocess.run(["ip", "netns", "exec", self.name, *command], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise FarEndError(
                f"`{' '.join(command)}` failed: {done.stderr.strip()} (`make setup` installs what it needs)"
            )

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
        self.remove()

    def remove(self) -> None:
        """Remove the namespace with its link, whatever is inside."""
        _remove(self.name, self.link)


def _remove(name: str, link: str) -> None:
    for pid in ip_command("netns", "pids", name, check=False).split():
        with contextlib.suppress(ProcessLookupError):
            os.kill(int(pid), 9)
    ip_command("link", "del", link, check=False)
    ip_command("netns", "del", name, check=False)


def sweep() -> None:
    """Remove what owners left behind that are no more."""
    for line in ip_command("netns", "list", check=False).splitlines():
        name = line.split()[0]
        prefix, _, rest = name.partition("-")
        pid, _, serial = rest.partition("-")
        if prefix == PREFIX and pid.isdigit() and not Path(f"/proc/{pid}").exists():
            _remove(name, f"rn{pid}.{serial}"[:15])
    for row in json.loads(ip_command("-j", "route", "show", "proto", _LAST_RESORT, check=False) or "[]"):
        pid = row.get("metric", 0) - _METRIC
        if not Path(f"/proc/{pid}").exists():
            ip_command("route", "del", "unreachable", row["dst"], "metric", str(pid + _METRIC), check=False)


@contextlib.contextmanager
def last_resort(ip: str) -> Iterator[None]:
    """Without any other route nothing for `ip` leaves this machine by its default route."""
    route = ("unreachable", ip, "metric", str(_METRIC + os.getpid()), "proto", _LAST_RESORT)
    ip_command("route", "replace", *route)
    try:
        yield
    finally:
        ip_command("route", "del", *route, check=False)


def _enter(descriptor: int) -> None:
    library = ctypes.CDLL(None, use_errno=True)
    if library.setns(descriptor, _NEW_NETWORK) != 0:
        number = ctypes.get_errno()
        raise FarEndError(f"a namespace cannot be entered: {os.strerror(number)}")


def free_network() -> tuple[str, str]:
    """(our address, theirs) of a /30 that no interface here uses."""
    rows = json.loads(ip_command("-j", "-4", "addr") or "[]")
    used = {address["local"] for row in rows for address in row.get("addr_info", ())}
    first = os.getpid() * 4 + next(_counter)
    for index in itertools.islice(itertools.cycle(range(_NETWORKS)), first % _NETWORKS, first % _NETWORKS + _NETWORKS):
        base = index * 4
        ours, theirs = (f"198.18.{(base + host) // 256}.{(base + host) % 256}" for host in (1, 2))
        if ours not in used:
            return ours, theirs
    raise FarEndError("every network of 198.18.0.0/16 is in use: are there leftovers? `ip addr` shows them")
