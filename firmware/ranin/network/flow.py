"""A socket that reaches a server over one interface and no other, and a question asked through it."""

import asyncio
import contextlib
import ipaddress
import logging
import socket
from functools import cache
from typing import Self

from ranin.network import options
from ranin.network.interfaces import Interface
from ranin.network.options import Question, Verdict

log = logging.getLogger(__name__)

REPEAT_AFTER_S = 0.5
"""T1 (RFC 3261 §17.1.2.1): a lost datagram is sent once more."""
_LARGEST = 65535


def bound(interface: Interface, ip: str, kind: socket.SocketKind) -> socket.socket:
    """A non-blocking socket towards `ip` that leaves by this interface. Raises OSError."""
    family = socket.AF_INET6 if ":" in ip else socket.AF_INET
    made = socket.socket(family, kind | socket.SOCK_NONBLOCK)
    try:
        if not ipaddress.ip_address(ip).is_loopback:  # a resolver on this machine is behind no interface
            _bind(made, interface)
    except OSError:
        made.close()
        raise
    return made


def _bind(made: socket.socket, interface: Interface) -> None:
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, interface.name.encode() + b"\0")
    except PermissionError:
        _say_not_permitted(interface.name)
        wanted = made.family == socket.AF_INET6
        own = next((address for address in interface.addresses if (":" in address) == wanted), None)
        if own is None:
            raise OSError(f"{interface.name} has no address of this kind") from None
        made.bind((own, 0))


async def connected(interface: Interface, ip: str, port: int, tcp: bool) -> socket.socket:
    """A socket of this kind that leads to the server. Raises OSError, OverflowError for a port that is none."""
    made = bound(interface, ip, socket.SOCK_STREAM if tcp else socket.SOCK_DGRAM)
    try:
        await asyncio.get_running_loop().sock_connect(made, (ip, port))
    except BaseException:
        made.close()
        raise
    return made


@cache
def _say_not_permitted(name: str) -> None:
    """Once for each interface: this happens at every probe."""
    log.warning(
        "not permitted to bind to %s (CAP_NET_RAW): its source address is used, routes may lead elsewhere", name
    )


class Flow:
    """Datagrams or a connection between one interface and the server."""

    def __init__(self, made: socket.socket) -> None:
        self._socket = made
        self._stream = b""
        self.foreign = False
        """Something that is not SIP has come."""

    @classmethod
    async def open(cls, interface: Interface, ip: str, port: int, tcp: bool) -> Self:
        """Raises OSError, OverflowError for a port that is none."""
        return cls(await connected(interface, ip, port, tcp))

    @property
    def local(self) -> tuple[str, int]:
        """Our own address and port."""
        address, port = self._socket.getsockname()[:2]
        return address, port

    async def ask(self, question: Question) -> Verdict:
        """ALIVE, OVERLOADED, or FOREIGN when nothing else can follow; waits for ever. Raises OSError.

        After a foreign datagram the right answer may still come: whoever forges one shall not make the server dead.
        """
        message = options.request(question)
        await self._send(message)
        repeat = asyncio.get_running_loop().call_later(REPEAT_AFTER_S, self._repeat, message)
        try:
            while True:
                verdict = options.judge(question, await self._next(question.tcp))
                self.foreign |= verdict is Verdict.FOREIGN
                if verdict in (Verdict.ALIVE, Verdict.OVERLOADED) or (question.tcp and self.foreign):
                    return verdict
        finally:
            repeat.cancel()

    async def _send(self, message: bytes) -> None:
        await asyncio.get_running_loop().sock_sendall(self._socket, message)

    async def _receive(self) -> bytes:
        return await asyncio.get_running_loop().sock_recv(self._socket, _LARGEST)

    def _repeat(self, message: bytes) -> None:
        if self._socket.type == socket.SOCK_DGRAM:
            with contextlib.suppress(OSError):  # the socket's error comes up where the answer is waited for
                self._socket.send(message)

    async def _next(self, tcp: bool) -> bytes:
        if not tcp:
            return await self._receive()
        while True:
            message, self._stream = options.frame(self._stream)
            if message is not None:
                return message
            more = await self._receive()
            if not more:
                return self._ended()
            self._stream += more

    def _ended(self) -> bytes:
        """What came before the server closed the connection; ConnectionError if that was nothing."""
        if not self._stream:
            raise ConnectionResetError("the server closed the connection")
        rest, self._stream = self._stream, b""
        return rest

    def close(self) -> None:
        """Let go of the socket."""
        self._socket.close()
