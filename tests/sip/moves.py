"""Moving a phone from link to link in a test: the order, what is heard meanwhile, what the registrar then knows."""

import asyncio
import re
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from ranin.core.commands import RegisterLine
from ranin.core.events import MediaStarted
from ranin.core.outage import Link
from ranin.core.settings import Settings
from ranin.sim.farend.farend import DOMAIN, FarEnd
from ranin.sim.farend.namespace import ip_command
from ranin.sim.farend.networks import Network
from ranin.sim.simulation import Simulation
from tests.peers.authority import Authority
from tests.phone.whole import DEADLINE_S, PASSWORD, Whole, settings
from tests.tones import Samples, samples

RATE = 48000
_PIECE = 960
"""20 ms."""


@asynccontextmanager
async def linked_phone(transport: str = "udp", users: tuple[str, ...] = ("201",)) -> AsyncIterator[Whole]:
    """A phone whose lines have registered the way the routes lead: over Ethernet."""
    async with AsyncExitStack() as stack:
        authority = Authority(Path(stack.enter_context(TemporaryDirectory())) / "ca")
        passwords = dict.fromkeys(users, PASSWORD)
        given = (lambda ip: authority.give(f"IP:{ip}")) if transport == "tls" else None
        far = await stack.enter_async_context(FarEnd(passwords, links=tuple(Link), certificate=given))
        sim = await stack.enter_async_context(Simulation())
        whole = Whole(sim, far)
        account = replace(settings(far).accounts[0], transport=transport, authority=authority.pem)
        if transport == "tls":
            account = replace(account, server=far.secure_server)
        sim.apply(Settings(accounts=tuple(replace(account, user=user) for user in users)))
        for user in users:
            await bound_only_to(far, far.networks[Link.ETHERNET].address, user)
        try:
            yield whole
        finally:
            whole.close()


def move(whole: Whole, link: Link | None, line: int = 0) -> None:
    """Order the line over this link; None: wherever the routes lead."""
    via = whole.far.networks[link].address if link else ""
    whole.sim.sip.execute(RegisterLine(line, whole.sim.engine.phone.settings.accounts[line], via))


def strength(sound: Samples, hertz: float) -> Samples:
    """Amplitude of a frequency in each 20 ms."""
    pieces = sound[: len(sound) // _PIECE * _PIECE].reshape(-1, _PIECE) * np.hanning(_PIECE)
    wave = np.exp(-2j * np.pi * hertz * np.arange(_PIECE) / RATE)
    return np.abs(pieces @ wave) * 4 / _PIECE


def longest_gap_s(sound: Samples, hertz: float) -> float:
    """The longest time without the frequency."""
    gap = longest = 0
    for there in strength(sound, hertz) > 0.02:
        gap = 0 if there else gap + 1
        longest = max(longest, gap)
    return longest * _PIECE / RATE


class Ear:
    """Keeps all that the earpiece plays, from before a move until the call has arrived."""

    def __init__(self, whole: Whole) -> None:
        self._ring = whole.sim.card["handset"].playback
        self._ring.skip()
        self._heard: list[bytes] = []
        self._arrived = asyncio.Event()
        self._unwatch = whole.sim.engine.watch(
            lambda phone, event: self._arrived.set() if isinstance(event, MediaStarted) else None
        )
        self._task = asyncio.create_task(self._keep())

    async def _keep(self) -> None:
        while True:
            self._heard.append(self._ring.read()[0])
            await asyncio.sleep(0.1)

    async def gap_s(self, hertz: float) -> float:
        """The longest time without the frequency, once it has been back for half a second."""
        try:
            async with asyncio.timeout(DEADLINE_S):
                await self._arrived.wait()
                known = len(b"".join(self._heard)) // 2
                while True:
                    sound = samples(b"".join(self._heard))
                    after = sound[known:]
                    if len(after) > RATE // 2 and not longest_gap_s(after[-RATE // 2 :], hertz):
                        return longest_gap_s(sound, hertz)
                    await asyncio.sleep(0.05)
        finally:
            self._unwatch()
            self._task.cancel()


async def bindings(far: FarEnd, user: str) -> list[str]:
    """Where the registrar would send a call, asked from beside it (RFC 3261 §10.2.3)."""
    ip, _, port = far.server.partition(":")
    with far.namespace.open_socket(socket.SOCK_DGRAM) as place:
        place.bind((ip, 0))
        own = f"{ip}:{place.getsockname()[1]}"
        place.connect((ip, int(port)))
        place.send(
            f"REGISTER sip:{DOMAIN} SIP/2.0\r\nVia: SIP/2.0/UDP {own};branch=z9hG4bK{own};rport\r\nMax-Forwards: 70\r\n"
            f"From: <sip:{user}@{DOMAIN}>;tag=ask\r\nTo: <sip:{user}@{DOMAIN}>\r\nCall-ID: ask-{own}\r\n"
            f"CSeq: 1 REGISTER\r\nContent-Length: 0\r\n\r\n".encode()
        )
        async with asyncio.timeout(DEADLINE_S):
            answer = (await asyncio.get_running_loop().sock_recv(place, 65535)).decode()
    assert answer.startswith("SIP/2.0 200"), answer
    return re.findall(r"<sip:[^@>]*@([^>;]+)[;>]", "\n".join(re.findall(r"^Contact:.*", answer, re.MULTILINE)))


async def bound_only_to(far: FarEnd, address: str, user: str = "201") -> None:
    """Wait until the registrar knows this address and no other."""
    async with asyncio.timeout(DEADLINE_S):
        while [place.rpartition(":")[0] for place in await bindings(far, user)] != [address]:
            await asyncio.sleep(0.05)


_ESTABLISHED = "01"


def sockets(kind: str, ip: str) -> int:
    """How many `udp` sockets have this address, or `tcp` connections that are established (proc(5))."""
    own = "".join(f"{int(part):02X}" for part in reversed(ip.split(".")))
    rows = [line.split() for line in Path(f"/proc/net/{kind}").read_text().splitlines()[1:]]
    return sum(row[1].startswith(f"{own}:") and (kind == "udp" or row[3] == _ESTABLISHED) for row in rows)


async def sound_goes_by(ip: str) -> None:
    """Wait until RTP and RTCP have sockets there besides SIP's: by then the re-INVITE is out."""
    async with asyncio.timeout(DEADLINE_S):
        while sockets("udp", ip) < 3:
            await asyncio.sleep(0.05)


def enumerate_anew(network: Network) -> None:
    """Have the interface go and come back as another one of the same name and address, as a modem on USB does."""
    router, device = network._router, network.device
    ip_command("link", "del", device)
    ip_command("link", "add", device, "type", "veth", "peer", "name", router.inner, "netns", router.name)
    ip_command("-n", router.name, "addr", "add", f"{network.gateway}/30", "dev", router.inner)
    ip_command("-n", router.name, "link", "set", router.inner, "up")
    ip_command("link", "set", device, "up")
    Path(f"/proc/sys/net/ipv4/conf/{device}/rp_filter").write_text("2")
    network.plug()
