"""The machine's network interfaces as the kernel tells of them (rtnetlink(7)): now, and when they change."""

import errno
import ipaddress
import socket
import struct
from collections.abc import Iterator
from dataclasses import dataclass

_HEADER = struct.Struct("=IHHII")
"""struct nlmsghdr: length, type, flags, sequence, port."""
_LINK = struct.Struct("=BxHiII")
"""struct ifinfomsg: family, type, index, flags, change."""
_ADDRESS = struct.Struct("=BBBBI")
"""struct ifaddrmsg: family, prefix length, flags, scope, index."""
_ROUTE = struct.Struct("=BBBBBBBBI")
"""struct rtmsg: family, two prefix lengths, TOS, table, protocol, scope, type, flags."""
_ATTRIBUTE = struct.Struct("=HH")
_ERROR, _DONE = 2, 3
_NEW_LINK, _GET_LINK, _NEW_ADDRESS, _GET_ADDRESS = 16, 18, 20, 22
_NEW_ROUTE, _DELETED_ROUTE = 24, 25
_DUMP_REQUEST = 0x301
_NAME, _LOCAL, _PEER, _ADDRESS_FLAGS, _OUT, _DESTINATION = 3, 2, 1, 8, 4, 1
_UNICAST = 1
_LINK_LOCAL = b"\xfe\x80"
_UP, _LOWER_UP = 0x1, 0x10000
_UNUSABLE = 0x08 | 0x20 | 0x40
"""IFA_F_DADFAILED, IFA_F_DEPRECATED, IFA_F_TENTATIVE (RFC 4862 §5.4, §5.5.4)."""
_UNIVERSE_OR_SITE = 200
"""RT_SCOPE_SITE; anything above, such as link-local, leads to no server."""
_GROUPS = 0x1 | 0x10 | 0x40 | 0x100 | 0x400
"""RTMGRP_LINK and the address and route groups of IPv4 and IPv6."""
_LARGEST = 1 << 16

Attributes = dict[int, bytes]


@dataclass(frozen=True, slots=True)
class Interface:
    """One network interface."""

    name: str
    index: int
    carrier: bool
    """It is up, and its other end too."""
    addresses: tuple[str, ...] = ()
    """Its own addresses that a server could answer to, IPv4 first."""


def interfaces() -> tuple[Interface, ...]:
    """All of them, now. Raises OSError."""
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) as asked:
        asked.settimeout(1.0)  # the kernel answers within recv(); this only keeps a surprise from hanging the loop
        return parse([*_dump(asked, _GET_LINK), *_dump(asked, _GET_ADDRESS)])


def watch() -> socket.socket:
    """A socket that becomes readable when a link, an address or a route changes. Raises OSError."""
    watched = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_NONBLOCK, socket.NETLINK_ROUTE)
    watched.bind((0, _GROUPS))
    return watched


def drain(watched: socket.socket) -> frozenset[int]:
    """Read all that `watch` has heard; the indices of interfaces whose routes changed."""
    parts: list[bytes] = []
    while True:
        try:
            parts.append(watched.recv(_LARGEST))
        except BlockingIOError:
            return routed(parts)
        except OSError as error:
            if error.errno != errno.ENOBUFS:  # some were lost: the caller looks at all interfaces anyway
                raise


def parse(parts: list[bytes]) -> tuple[Interface, ...]:
    """What the dumps of links and addresses say; cut or strange messages are passed over."""
    links: dict[int, tuple[str, bool]] = {}
    addresses: dict[int, list[str]] = {}
    for kind, body in _messages(parts):
        if kind == _NEW_LINK and len(body) >= _LINK.size:
            _, _, index, flags, _ = _LINK.unpack_from(body)
            name = _attributes(body[_LINK.size :]).get(_NAME, b"").rstrip(b"\0").decode(errors="replace")
            links[index] = name, bool(flags & _UP and flags & _LOWER_UP)
        elif kind == _NEW_ADDRESS and len(body) >= _ADDRESS.size:
            index = _ADDRESS.unpack_from(body)[4]
            addresses.setdefault(index, []).extend(_usable(body))
    return tuple(
        Interface(name, index, carrier, tuple(sorted(addresses.get(index, ()), key=lambda address: ":" in address)))
        for index, (name, carrier) in links.items()
    )


def routed(parts: list[bytes]) -> frozenset[int]:
    """The outgoing interfaces of the routes that came or went, as far as a server may lie behind them."""
    found = set()
    for kind, body in _messages(parts):
        if kind in (_NEW_ROUTE, _DELETED_ROUTE) and len(body) >= _ROUTE.size:
            attributes = _attributes(body[_ROUTE.size :])
            out = attributes.get(_OUT, b"")
            near = attributes.get(_DESTINATION, b"").startswith(_LINK_LOCAL) or _ROUTE.unpack_from(body)[7] != _UNICAST
            if len(out) == 4 and not near:
                found.add(int(struct.unpack("=i", out)[0]))
    return frozenset(found)


def _usable(body: bytes) -> Iterator[str]:
    """The address in an RTM_NEWADDR, if a server could answer to it."""
    _, _, flags, scope, _ = _ADDRESS.unpack_from(body)
    attributes = _attributes(body[_ADDRESS.size :])
    wide = attributes.get(_ADDRESS_FLAGS, b"")
    if len(wide) == 4:
        flags = struct.unpack("=I", wide)[0]
    packed = attributes.get(_LOCAL) or attributes.get(_PEER, b"")
    if scope <= _UNIVERSE_OR_SITE and not flags & _UNUSABLE and len(packed) in (4, 16):
        yield str(ipaddress.ip_address(packed))


def _dump(asked: socket.socket, what: int) -> list[bytes]:
    asked.send(_HEADER.pack(_HEADER.size + 4, what, _DUMP_REQUEST, what, 0) + bytes(4))
    parts: list[bytes] = []
    while not any(kind in (_DONE, _ERROR) for kind, _ in _messages(parts[-1:])):
        parts.append(asked.recv(_LARGEST))
    return parts


def _messages(parts: list[bytes]) -> Iterator[tuple[int, bytes]]:
    """(type, body) of every whole message."""
    for part in parts:
        at = 0
        while len(part) - at >= _HEADER.size:
            length, kind, _, _, _ = _HEADER.unpack_from(part, at)
            if not _HEADER.size <= length <= len(part) - at:
                break
            yield kind, part[at + _HEADER.size : at + length]
            at += _aligned(length)


def _attributes(data: bytes) -> Attributes:
    """The whole attributes at the head of `data`."""
    found: Attributes = {}
    at = 0
    while len(data) - at >= _ATTRIBUTE.size:
        length, kind = _ATTRIBUTE.unpack_from(data, at)
        if not _ATTRIBUTE.size <= length <= len(data) - at:
            break
        found[kind] = data[at + _ATTRIBUTE.size : at + length]
        at += _aligned(length)
    return found


def _aligned(length: int) -> int:
    """Messages and attributes begin at multiples of 4 bytes."""
    return (length + 3) & ~3
