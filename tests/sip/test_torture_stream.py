"""Torture messages over a TCP connection: they are refused, and it goes on."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from ranin.core.settings import Settings
from tests.peers.peer import sdp
from tests.pjsip.test_patches import phone_at
from tests.sip.hostile import Registrar
from tests.sip.test_torture import message


class Connection:
    """The phone's connection, with the words of a datagram transport."""

    def __init__(self, server: asyncio.Server) -> None:
        self._server = server
        self.writer: asyncio.StreamWriter | None = None

    def sendto(self, data: bytes, address: tuple[str, int]) -> None:
        assert self.writer is not None
        self.writer.write(data)

    def get_extra_info(self, name: str) -> tuple[str, int]:
        return self._server.sockets[0].getsockname()

    def close(self) -> None:
        self._server.close()


class StreamRegistrar(Registrar):
    """Takes one connection and what comes over it, message by message (RFC 3261 §18.3)."""

    @classmethod
    async def listening(cls) -> "StreamRegistrar":
        peer = cls()
        peer.transport = Connection(await asyncio.start_server(peer._serve, "127.0.0.1", 0))
        return peer

    def settings(self, **fields: object) -> Settings:
        made = super().settings(**fields)
        return replace(made, accounts=(replace(made.accounts[0], transport="tcp"),))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.transport.writer = writer
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0] or 0)
                self.datagram_received(head + await reader.readexactly(length), writer.get_extra_info("peername"))
        except asyncio.IncompleteReadError:
            writer.close()


@asynccontextmanager
async def connected() -> AsyncIterator[StreamRegistrar]:
    """The server of a phone that is still there at the end."""
    peer = await StreamRegistrar.listening()
    async with phone_at(peer) as sim:
        pid = sim.sip.pid
        yield peer
        assert (await peer.said(peer.request("INVITE", "alive", sdp(40000))))[-1] == "180"
        await peer.cancel()
        assert sim.sip.pid == pid


@pytest.mark.parametrize(
    ("name", "status"), [("badinv01", "400"), ("insuf", "400"), ("multi01", "400"), ("badvers", "505")]
)
async def test_what_cannot_be_read_is_refused_over_a_stream(name: str, status: str) -> None:
    async with connected() as peer:
        assert await peer.said(message(name)) == [status]


async def test_a_length_that_is_none_is_refused_and_the_stream_goes_on() -> None:
    async with connected() as peer:
        peer.send(message("ncl"))
        assert await peer.outcome("ncl.") == "400"


async def test_requests_right_behind_each_other_are_all_answered() -> None:
    async with connected() as peer:
        peer.send(message("lwsdisp") + message("mismatch01") + message("zeromf"))
        assert await peer.outcome("zeromf.") == "200"
        assert [text.split(" ", 2)[1] for text in peer.responses] == ["200", "400", "200"]
