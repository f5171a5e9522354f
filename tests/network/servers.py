"""Servers that say what a test wants, and somebody who hears what the prober posts."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Self

from ranin.core.events import Event
from ranin.core.outage import Link, LinkProbed, ProbeLinks
from ranin.core.settings import Account
from ranin.network.prober import Prober
from tests.peers.peer import Peer

DEADLINE_S = 8.0

Says = Callable[[bytes], Iterable[bytes]]


def sip(code: int) -> Says:
    """A SIP server with one status for everything."""
    return lambda asked: [Peer.answer(asked.decode(), code).encode()]


class Server(asyncio.DatagramProtocol):
    """Answers datagrams as `says` has it, which a test may change."""

    def __init__(self, says: Says) -> None:
        self.says = says
        self.asked: list[bytes] = []
        self.senders: list[tuple[str, int]] = []

    @classmethod
    @asynccontextmanager
    async def at(cls, place: socket.socket, ip: str, port: int, says: Says) -> AsyncIterator[Self]:
        """Listen with that socket."""
        place.bind((ip, port))
        made = cls(says)
        made.transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(lambda: made, sock=place)
        try:
            yield made
        finally:
            made.transport.close()

    transport: asyncio.DatagramTransport

    def datagram_received(self, data: bytes, address: tuple[str, int]) -> None:
        self.asked.append(data)
        self.senders.append(address)
        for answer in self.says(data):
            self.transport.sendto(answer, address)


def udp() -> socket.socket:
    """A socket out here."""
    return socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)


class Ear:
    """Hears the prober; every wait has a deadline."""

    def __init__(self) -> None:
        self.heard: list[tuple[float, LinkProbed]] = []
        self._more = asyncio.Event()

    def post(self, event: Event) -> None:
        assert isinstance(event, LinkProbed)
        self.heard.append((asyncio.get_running_loop().time(), event))
        self._more.set()

    def of(self, link: Link, alive: bool | None = None, since: int = 0) -> list[tuple[float, LinkProbed]]:
        """What was heard of a link, from the `since`-th report on."""
        return [row for row in self.heard[since:] if row[1].link is link and alive in (None, row[1].alive)]

    async def next(
        self,
        link: Link,
        alive: bool | None = None,
        reason: str | None = None,
        count: int = 1,
        address: str | None = None,
    ) -> tuple[float, LinkProbed]:
        """The `count`-th report from now on with these words. Raises AssertionError."""
        since = len(self.heard)
        try:
            async with asyncio.timeout(DEADLINE_S):
                while True:
                    rows = [
                        row
                        for row in self.of(link, alive, since)
                        if reason in (None, row[1].reason) and address in (None, row[1].address)
                    ]
                    if len(rows) >= count:
                        return rows[count - 1]
                    self._more.clear()
                    await self._more.wait()
        except TimeoutError:
            raise AssertionError(f"not heard of {link}: {alive} {reason}, but: {self.of(link, None, since)}") from None

    async def lives(self, link: Link, address: str) -> None:
        """Wait until the newest report says so, be it one of the past: LTE's next one may be long in coming."""
        async with asyncio.timeout(DEADLINE_S):
            while (link, True, address) not in [(row.link, row.alive, row.address) for _, row in self.of(link)[-1:]]:
                self._more.clear()
                await self._more.wait()


@asynccontextmanager
async def probing(prober: Prober, account: Account) -> AsyncIterator[Ear]:
    """The prober at work, until the end of the test."""
    ear = Ear()
    await prober.start(ear.post)
    prober.execute(ProbeLinks(account))
    try:
        yield ear
    finally:
        await prober.stop()


def open_files() -> set[str]:
    """What this process has open."""
    found = set()
    for path in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):
            found.add(f"{path.name} {path.readlink()}")
    return found
