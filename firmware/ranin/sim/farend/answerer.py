"""Sockets inside a namespace that answer by a function: a resolver, a log-in page, a server that is too busy."""

import asyncio
import contextlib
import re
import socket
from collections.abc import Callable

from ranin.sim.farend.namespace import Namespace

Answer = Callable[[bytes], bytes]
"""What to say to a datagram, or to what came in one piece over a connection; empty: nothing."""

_ECHOED = re.compile(rb"(?:Via|From|To|Call-ID|CSeq):[^\r\n]*\r\n", re.IGNORECASE)


class Answerer:
    """Listens at one port, UDP and TCP, on the loop of whoever makes it."""

    def __init__(self, namespace: Namespace, ip: str, port: int, answer: Answer) -> None:
        self._answer = answer
        self._sockets = [namespace.open_socket(kind) for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM)]
        self._loop = asyncio.get_running_loop()
        datagrams, connections = self._sockets
        for place in self._sockets:
            place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            place.bind((ip, port))
        connections.listen()
        self._loop.add_reader(datagrams, self._datagram, datagrams)
        self._loop.add_reader(connections, self._connection, connections)

    def close(self) -> None:
        """Listen no more."""
        for place in self._sockets:
            self._loop.remove_reader(place)
            place.close()
        self._sockets.clear()

    def _datagram(self, place: socket.socket) -> None:
        with contextlib.suppress(OSError):
            data, sender = place.recvfrom(65535)
            answer = self._answer(data)
            if answer:
                place.sendto(answer, sender)

    def _connection(self, place: socket.socket) -> None:
        with contextlib.suppress(OSError):
            made, _ = place.accept()
            made.setblocking(False)
            self._sockets.append(made)
            self._loop.add_reader(made, self._piece, made)

    def _piece(self, made: socket.socket) -> None:
        with contextlib.suppress(OSError):
            data = made.recv(65535)
            if data:
                made.send(self._answer(data))
                return
        self._loop.remove_reader(made)
        self._sockets.remove(made)
        made.close()


def log_in_page(asked: bytes) -> bytes:
    """What a hotel's network says to everything."""
    return b"HTTP/1.1 302 Found\r\nLocation: http://login.ranin.test/\r\nContent-Length: 0\r\n\r\n"


def too_busy(asked: bytes) -> bytes:
    """503 to a SIP request (RFC 3261 §21.5.4)."""
    echoed = b"".join(_ECHOED.findall(asked))
    return b"SIP/2.0 503 Service Unavailable\r\n" + echoed + b"Content-Length: 0\r\n\r\n" if echoed else b""


def resolver(name: str, address: str) -> Answer:
    """A DNS server that knows one name and its IPv4 address (RFC 1035 §4.1)."""
    wanted = b"".join(bytes((len(label),)) + label.encode() for label in name.split(".")) + b"\0\0\1\0\1"
    record = b"\xc0\x0c\0\1\0\1" + (60).to_bytes(4) + b"\0\4" + socket.inet_aton(address)

    def answer(asked: bytes) -> bytes:
        if asked[12:].lower() == wanted:
            return asked[:2] + b"\x81\x80\0\1\0\1\0\0\0\0" + asked[12:] + record
        return asked[:2] + b"\x81\x83\0\1\0\0\0\0\0\0" + asked[12:]

    return answer
