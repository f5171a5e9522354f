"""A resolver that knows a few records, and forgets them or falls silent as a test has it."""

import socket
import struct
from contextlib import AbstractAsyncContextManager

from ranin.network import dns
from tests.network.servers import Server, udp

RESOLVER = "127.53.0.1"


def name(text: str) -> bytes:
    return b"".join(bytes((len(label),)) + label.encode() for label in text.split(".") if label) + b"\0"


def srv(priority: int, weight: int, port: int, target: str) -> bytes:
    return struct.pack("!HHH", priority, weight, port) + name(target)


def naptr(order: int, preference: int, service: str, replacement: str) -> bytes:
    texts = b"".join(bytes((len(text),)) + text.encode() for text in ("s", service, ""))
    return struct.pack("!HH", order, preference) + texts + name(replacement)


class Zone(dict[tuple[str, int], list[bytes]]):
    """(name, kind) → data of its records."""

    silent = False
    code = 0
    asked = 0

    def address(self, host: str, ip: str) -> None:
        self[host, dns.A] = [socket.inet_aton(ip)]

    def says(self, asked: bytes) -> list[bytes]:
        self.asked += 1
        if self.silent:
            return []
        labels, at = [], 12
        while asked[at]:
            labels.append(asked[at + 1 : at + 1 + asked[at]].decode().lower())
            at += 1 + asked[at]
        kind = int.from_bytes(asked[at + 1 : at + 3])
        rows = [] if self.code else self.get((".".join(labels), kind), [])
        records = b"".join(b"\xc0\x0c" + struct.pack("!HHIH", kind, 1, 60, len(data)) + data for data in rows)
        return [asked[:2] + struct.pack("!5H", 0x8180 | self.code, 1, len(rows), 0, 0) + asked[12:] + records]

    def at(self) -> AbstractAsyncContextManager[Server]:
        """Listen at RESOLVER."""
        return Server.at(udp(), RESOLVER, 53, self.says)
