"""A SIP server of a few lines over TLS: it takes every REGISTER, and answers calls with a route by its address."""

import asyncio
import contextlib
import re
import socket
import ssl
from typing import Self

from ranin.core.settings import Account, Secret
from ranin.network.options import frame
from tests.peers.peer import DEADLINE_S, Peer, sdp

NAME = "localhost"
IP = str(socket.getaddrinfo(NAME, None, type=socket.SOCK_STREAM)[0][4][0])
"""Where that is."""
HOST = f"[{IP}]" if ":" in IP else IP


class SecurePeer:
    """Every message that came, and on which of its connections."""

    def __init__(self) -> None:
        self.heard: list[tuple[int, str]] = []
        self.connections = 0
        self._more = asyncio.Event()

    @classmethod
    async def start(cls, context: ssl.SSLContext, ip: str = IP) -> Self:
        """Listen where NAME is, or elsewhere."""
        peer = cls()
        peer._server = await asyncio.start_server(peer._serve, ip, 0, ssl=context)
        return peer

    _server: asyncio.Server

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._server.sockets[0].getsockname()[1])

    def account(self, authority: str, name: str = NAME) -> Account:
        """The phone's line here, by that name."""
        return Account(
            user="201", password=Secret("canary"), domain=name, server=f"{name}:{self.port}",
            transport="tls", authority=authority,
        )  # fmt: skip

    async def until(self, start: str) -> tuple[int, str]:
        """(connection, message) of the first that begins so. Raises TimeoutError."""
        async with asyncio.timeout(DEADLINE_S):
            while True:
                for row in self.heard:
                    if row[1].startswith(start):
                        return row
                self._more.clear()
                await self._more.wait()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        mine, stream = self.connections, b""
        with contextlib.suppress(ConnectionError, ssl.SSLError):
            while piece := await reader.read(65536):
                stream += piece
                while (found := frame(stream))[0]:
                    stream = found[1]
                    self._heard(mine, found[0].decode(), writer)
        writer.close()

    def _heard(self, connection: int, text: str, writer: asyncio.StreamWriter) -> None:
        self.heard.append((connection, text))
        self._more.set()
        if text.startswith("INVITE"):
            writer.write(self._answer_call(text).encode())
        elif not text.startswith(("ACK", "SIP/2.0")):
            writer.write(Peer.answer(text, 200).encode())

    def _answer_call(self, text: str) -> str:
        here = f"<sip:{HOST}:{self.port};transport=tls;lr>"
        answer = re.sub(r"Contact:.*\r\n", f"Contact: {here}\r\nRecord-Route: {here}\r\n", Peer.answer(text, 200))
        body = sdp(40000)
        return answer.replace(
            "Content-Length: 0\r\n\r\n",
            f"Content-Type: application/sdp\r\nContent-Length: {len(body)}\r\n\r\n{body}",
        )

    def close(self) -> None:
        """Listen no more."""
        self._server.close()
