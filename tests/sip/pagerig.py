"""A neighbour on the LAN of the phone's host, who speaks to multicast groups and hears what is said there."""

import asyncio
import contextlib
import os
import socket
import struct
from collections.abc import AsyncIterator, Iterator

import numpy as np

from ranin.core.settings import split
from ranin.sim.farend.namespace import Namespace, ip_command
from tests.tones import Samples

RATE = 8000
PACKET = 160
"""Samples in 20 ms."""
PCMU, PCMA = 0, 8
_IP_RECVTTL = 12
"""ip(7); `socket` does not name it."""
_BIAS = 33


def mu_law(sound: Samples) -> bytes:
    """ITU-T G.711 µ-law of −1 … 1."""
    level = np.minimum(np.abs(sound) * 8192, 8158) + _BIAS
    segment = np.floor(np.log2(level)).astype(int) - 5
    step = np.floor(level / 2.0 ** (segment + 1)).astype(int) & 0x0F
    return (~(np.where(sound < 0, 0x80, 0) | segment << 4 | step) & 0xFF).astype(np.uint8).tobytes()


def of_mu_law(data: bytes) -> Samples:
    """−1 … 1 of ITU-T G.711 µ-law."""
    code = ~np.frombuffer(data, np.uint8) & 0xFF
    level = ((code & 0x0F) * 2.0 + _BIAS) * 2.0 ** (code >> 4 & 7) - _BIAS
    return np.where(code & 0x80, -level, level) / 8192


def a_law(sound: Samples) -> bytes:
    """ITU-T G.711 A-law of −1 … 1."""
    level = np.minimum(np.abs(sound) * 4096, 4095)
    segment = np.maximum(np.floor(np.log2(np.maximum(level, 1))).astype(int) - 4, 0)
    step = np.floor(level / 2.0 ** np.maximum(segment, 1)).astype(int) & 0x0F
    return ((np.where(sound < 0, 0, 0x80) | segment << 4 | step) ^ 0x55).astype(np.uint8).tobytes()


LAWS = {PCMU: mu_law, PCMA: a_law}


def rtp(type_: int, sequence: int, timestamp: int, ssrc: int, payload: bytes, marker: bool = False) -> bytes:
    """One packet (RFC 3550 §5.1)."""
    head = struct.pack("!BBHII", 0x80, type_ | marker << 7, sequence & 0xFFFF, timestamp & 0xFFFFFFFF, ssrc)
    return head + payload


def group(number: int) -> str:
    """A group that no other run of the tests on this machine has; phones join on every interface."""
    return f"239.{192 + number}.{os.getpid() >> 8 & 0xFF}.{os.getpid() & 0xFF}:10000"


class Speaker:
    """Speaks a tone to a group by real time until it is told to stop."""

    def __init__(self, made: socket.socket, group: str, hertz: float, type_: int = PCMU, ssrc: int = 0x5EED) -> None:
        self.socket, self._to = made, split(group, 0)
        self._hertz, self._type, self._ssrc = hertz, type_, ssrc
        self._task = asyncio.create_task(self._speak())

    async def _speak(self) -> None:
        loop = asyncio.get_running_loop()
        begin_s, sent = loop.time(), 0
        while True:
            while sent * 0.02 <= loop.time() - begin_s:
                times = np.arange(sent * PACKET, (sent + 1) * PACKET) / RATE
                payload = LAWS[self._type](0.3 * np.sin(2 * np.pi * self._hertz * times))
                stamp = 0xFFFFF000 + sent * PACKET  # it wraps while the page lasts
                self.socket.sendto(rtp(self._type, 0xFFF0 + sent, stamp, self._ssrc, payload, sent == 0), self._to)
                sent += 1
            await asyncio.sleep(0.01)

    async def stop(self) -> None:
        """Fall silent."""
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task


class Neighbour:
    """Another machine on the link."""

    def __init__(self, namespace: Namespace) -> None:
        self.namespace = namespace

    def mouth(self, six: bool = False) -> socket.socket:
        """A socket that speaks to groups from there."""
        if six:
            ip_command("-n", self.namespace.name, "addr", "add", "fd77::2/64", "dev", self.namespace.inner, "nodad")
            with self.namespace.inside():
                made = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
                index = socket.if_nametoindex(self.namespace.inner)
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, index)
            return made
        made = self.namespace.open_socket(socket.SOCK_DGRAM)
        made.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(self.namespace.inner_ip))
        return made

    def ears(self, group: str) -> socket.socket:
        """A member of the group there, who is told how packets are marked and how far they may go."""
        address, port = split(group, 0)
        made = self.namespace.open_socket(socket.SOCK_DGRAM)
        made.bind((address, port))
        member = socket.inet_aton(address) + socket.inet_aton(self.namespace.inner_ip)
        made.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, member)
        made.setsockopt(socket.IPPROTO_IP, socket.IP_RECVTOS, 1)
        made.setsockopt(socket.IPPROTO_IP, _IP_RECVTTL, 1)
        return made

    @contextlib.asynccontextmanager
    async def speaks(self, group: str, hertz: float, type_: int = PCMU, ssrc: int = 0x5EED) -> AsyncIterator[Speaker]:
        """A page from there."""
        with self.mouth(":" in split(group, 0)[0]) as made:
            speaker = Speaker(made, group, hertz, type_, ssrc)
            try:
                yield speaker
            finally:
                await speaker.stop()


@contextlib.contextmanager
def neighbour(*groups: str) -> Iterator[Neighbour]:
    """A machine there, with the phone's pages to these groups going its way."""
    namespace = Namespace()
    try:
        for group in groups:
            ip_command("route", "add", f"{split(group, 0)[0]}/32", "dev", namespace.link)
        yield Neighbour(namespace)
    finally:
        namespace.remove()
