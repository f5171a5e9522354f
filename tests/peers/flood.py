"""A stranger's flood: INVITEs that want the phone to ring, and what he hears of it."""

import socket
import threading
import time
from types import TracebackType
from typing import Self

from tests.peers.peer import bound, sdp

A_SECOND = 2000
_BURST = 10
"""Sent at once: a thread wakes no more than some hundred times a second."""


class Flood:
    """Sends for as long as the `with` around it, each INVITE a call of its own."""

    def __init__(self, to: tuple[str, int], a_second: int = A_SECOND) -> None:
        self._to = to
        self._every_s = _BURST / a_second
        self._place: socket.socket = bound(to[0])
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="flood")
        self.sent = self.replies = 0

    def _run(self) -> None:
        due_s = time.monotonic()
        while not self._over.wait(max(0.0, due_s - time.monotonic())):
            for _ in range(_BURST):
                self._place.sendto(self._invite(), self._to)
                self.sent += 1
            self._count()
            due_s += self._every_s

    def _invite(self) -> bytes:
        host = "{}:{}".format(*self._place.getsockname())
        body = sdp(9)
        return (
            f"INVITE sip:201@{self._to[0]}:{self._to[1]} SIP/2.0\r\nMax-Forwards: 70\r\n"
            f"Via: SIP/2.0/UDP {host};branch=z9hG4bKflood{self.sent};rport\r\n"
            f"From: <sip:flood@{host}>;tag={self.sent}\r\nTo: <sip:201@{self._to[0]}>\r\n"
            f"Call-ID: flood-{self.sent}@{host}\r\nCSeq: 1 INVITE\r\nContact: <sip:flood@{host}>\r\n"
            f"Content-Type: application/sdp\r\nContent-Length: {len(body)}\r\n\r\n{body}"
        ).encode()

    def _count(self) -> None:
        try:
            while self._place.recv(65536):
                self.replies += 1
        except BlockingIOError:
            return

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()
        self._count()
        self._place.close()
