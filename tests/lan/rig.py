"""A switch with whole phones at it and no server anywhere: every phone on a cable of its own."""

import os
import socket
import subprocess
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Self

from ranin.core.outage import Link
from ranin.core.paths import Path as Way
from ranin.core.settings import Account, LanSettings, Secret, Settings
from ranin.sim.farend.namespace import Namespace, ip_command
from ranin.sim.modem import SimModem
from ranin.sim.simulation import Simulation
from tests.network.servers import Says, Server
from tests.phone.whole import Whole

PORT = 5061
CUT_S = 15.0
"""Three probes that find no way, and a margin for a loaded machine."""


def provisioning(folder: Path, name: str) -> LanSettings:
    """A certificate and its key, made as the room's README says."""
    key, certificate = folder / f"{name}.key", folder / f"{name}.pem"
    words = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc"]
    words += ["-subj", "/CN=ranin", "-keyout", str(key), "-out", str(certificate), "-days", "2"]
    subprocess.run(words, check=True, capture_output=True)
    return LanSettings(True, "", PORT, certificate.read_text(), Secret(key.read_text()))


_AUTHORITY = """
[ca]
default_ca = it
[it]
database = {folder}/index
new_certs_dir = {folder}
rand_serial = yes
default_md = sha256
policy = any
[any]
commonName = supplied
"""


def expired(folder: Path, lan: LanSettings) -> LanSettings:
    """The same key in a certificate that was good in 2020 (`openssl req` makes none of the past)."""
    (folder / "index").touch()
    (folder / "authority").write_text(_AUTHORITY.format(folder=folder))
    (folder / "key").write_text(lan.key.text)
    ask = f"openssl req -new -key {folder}/key -subj /CN=ranin -out {folder}/wish"
    give = f"openssl ca -batch -selfsign -notext -config {folder}/authority -keyfile {folder}/key -in {folder}/wish"
    dates = f"-startdate 20200101000000Z -enddate 20210101000000Z -out {folder}/given"
    for command in (ask, f"{give} {dates}"):
        subprocess.run(command.split(), check=True, capture_output=True)
    return replace(lan, certificate=(folder / "given").read_text())


_ONE_MACHINE = {"accept_local": "1", "rp_filter": "2", "arp_ignore": "1", "arp_announce": "2"}
"""ip-sysctl: what comes in is this machine's own, and each interface answers for its own address alone."""


class Switch:
    """A bridge in a namespace; each cable's near end is here, with an address of its own."""

    def __enter__(self) -> Self:
        self._namespace = Namespace()
        self._cables = 0
        self._within("link", "add", "switch", "type", "bridge", "mcast_snooping", "0")
        self._within("addr", "add", f"{self._address(254)}/24", "dev", "switch")
        self._within("link", "set", "switch", "up")
        return self

    def __exit__(self, *_: object) -> None:
        for number in range(1, self._cables + 1):
            ip_command("link", "del", self._device(number), check=False)
        self._namespace.remove()

    def cable(self) -> tuple[str, str]:
        """(interface, address) of one more."""
        self._cables += 1
        device, far = self._device(self._cables), f"port{self._cables}"
        address = self._address(self._cables)
        ip_command("link", "add", device, "type", "veth", "peer", "name", far, "netns", self._namespace.name)
        self._within("link", "set", far, "master", "switch", "up")
        for name, value in _ONE_MACHINE.items():
            Path(f"/proc/sys/net/ipv4/conf/{device}/{name}").write_text(value)
        ip_command("addr", "add", f"{address}/24", "dev", device)
        ip_command("link", "set", device, "up")
        return device, address

    @property
    def nowhere(self) -> str:
        """The server's address: nobody is there."""
        return self._address(253)

    def server(self, says: Says) -> AbstractAsyncContextManager[Server]:
        """A server where the phones look for theirs, until its transport is closed."""
        self._within("addr", "add", f"{self.nowhere}/24", "dev", "switch")
        return Server.at(self._namespace.open_socket(socket.SOCK_DGRAM), self.nowhere, 5060, says)

    def stranger(self) -> socket.socket:
        """A stream socket of somebody at the switch who is no phone."""
        return self._namespace.open_socket(socket.SOCK_STREAM)

    @staticmethod
    def _address(host: int) -> str:
        return f"100.{64 + (os.getpid() >> 8) % 64}.{os.getpid() % 256}.{host}"

    def _within(self, *words: str) -> None:
        ip_command("-n", self._namespace.name, *words)

    def _device(self, number: int) -> str:
        return f"ln{os.getpid()}.{number}"


@asynccontextmanager
async def phones(
    switch: Switch,
    folder: Path,
    *settings: tuple[str, LanSettings],
    modems: Mapping[str, SimModem] | None = None,
    server: bool = False,
) -> AsyncIterator[list[tuple[Whole, str]]]:
    """(phone, address) for each (number, settings); all of them know whether there is a server.

    `modems` are those of the numbers that have one.
    """
    async with AsyncExitStack() as stack:
        made = []
        for number, lan in settings:
            device, address = switch.cable()
            modem = (modems or {}).get(number)
            parts = {"devices": {Link.ETHERNET: device}, "modem": modem}
            sim = await stack.enter_async_context(Simulation(folder / number, **parts))
            whole = Whole(sim, None, modem)  # type: ignore[arg-type]  # there is no far end
            stack.callback(whole.close)
            account = Account(user=number, server=switch.nowhere, display_name=f"Phone {number}")
            sim.apply(Settings(accounts=(account,), lan=lan))
            made.append((whole, address))
        for whole, _ in made:
            if server:
                await whole.until(lambda phone: phone.paths.link is Link.ETHERNET, "the server answers", CUT_S)
            else:
                await whole.until(lambda phone: phone.paths.path > Way.DEGRADED, "no way to a server", CUT_S)
        yield made


def listeners(pid: int) -> list[str]:
    """What a process listens at: TCP, and UDP on the port of mDNS."""
    rows: list[str] = []
    for how, wanted in (("-Hltnp", ""), ("-Hlunp", ":5353")):
        said = subprocess.run(["ss", how], capture_output=True, text=True, check=True).stdout
        rows += [row for row in said.splitlines() if f"pid={pid}," in row and wanted in row]
    return rows
