"""Sockets of multicast groups: joined on every interface that has neighbours, and heard at a bounded cost."""

import contextlib
import ipaddress
import logging
import socket
import struct
from pathlib import Path
from typing import Any

from ranin.core.settings import split
from ranin.sip.engine.options import DSCP_VOICE

log = logging.getLogger(__name__)

_SYS_CLASS_NET = Path("/sys/class/net")
_UP, _POINT_TO_POINT, _MULTICAST = 0x1, 0x10, 0x1000
"""Interface flags (netdevice(7))."""
_IP_MULTICAST_ALL, _IPV6_MULTICAST_ALL = 49, 29
"""ip(7), ipv6(7); `socket` does not name them."""
_LONGEST = 2048
_MOBILE = ("ww", "ppp")
"""Names of modems' interfaces: nobody is on the other side of them, and what goes there costs."""

Place = tuple[str, int]
"""(address, port)"""


def interfaces() -> list[int]:
    """Indices of the interfaces on which groups may be, the lowest first."""
    return [index for index, name in sorted(socket.if_nameindex()) if not name.startswith(_MOBILE) and _carries(name)]


def _carries(name: str) -> bool:
    try:
        flags = int((_SYS_CLASS_NET / name / "flags").read_text(), 16)
    except (OSError, ValueError):  # it was unplugged meanwhile
        return False
    return bool(flags & _MULTICAST and flags & _UP and not flags & _POINT_TO_POINT)


def place_of(address: tuple[Any, ...]) -> Place:
    """Of a socket's address; without the interface that IPv6 names."""
    return address[0].partition("%")[0], address[1]


class Ears:
    """The socket of a group that is listened to."""

    def __init__(self, address: str) -> None:
        self._group, self._port = split(address, 0)
        self._six = ":" in self._group
        self._joined: set[int] = set()
        self._socket = socket.socket(socket.AF_INET6 if self._six else socket.AF_INET, socket.SOCK_DGRAM)
        try:
            self._bind()
        except OSError:
            self._socket.close()
            raise
        self.join()

    def fileno(self) -> int:
        """For whoever polls it."""
        return self._socket.fileno()

    def join(self) -> None:
        """Be a member on every interface there is by now (IGMP, MLD: the kernel's)."""
        for index in set(interfaces()) - self._joined:
            try:
                self._join(index)
            except OSError as error:
                log.warning("%s is not joined on interface %d: %s", self._group, index, error.strerror)
            self._joined.add(index)

    def receive(self) -> tuple[bytes, Place] | None:
        """The next datagram to the group, and who sent it; None: there is none now."""
        try:
            data, ancillary, _, sender = self._socket.recvmsg(_LONGEST, socket.CMSG_SPACE(20), socket.MSG_DONTWAIT)
        except OSError:
            return None
        if self._six and all(value[:16] != self._packed() for _, _, value in ancillary):
            data = b""  # to our own address, not to the group's
        return data, place_of(sender)

    def close(self) -> None:
        """Leave the group."""
        self._socket.close()

    def _bind(self) -> None:
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if self._six:  # a group of one link alone cannot be bound to on several
            self._socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            self._socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO, 1)
            self._socket.setsockopt(socket.IPPROTO_IPV6, _IPV6_MULTICAST_ALL, 0)
            self._socket.bind(("::", self._port))
        else:
            self._socket.setsockopt(socket.IPPROTO_IP, _IP_MULTICAST_ALL, 0)
            self._socket.bind((self._group, self._port))

    def _join(self, index: int) -> None:
        if self._six:
            member = self._packed() + struct.pack("@i", index)
            self._socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, member)
        else:
            member = self._packed() + struct.pack("@4xi", index)
            self._socket.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, member)

    def _packed(self) -> bytes:
        return ipaddress.ip_address(self._group).packed


def mouth(address: str, ttl: int) -> socket.socket:
    """A socket that sends to the group, marked EF. Raises OSError where no way leads there."""
    group, port = split(address, 0)
    made = socket.socket(socket.AF_INET6 if ":" in group else socket.AF_INET, socket.SOCK_DGRAM)
    try:
        if ":" in group:
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, ttl)
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_TCLASS, DSCP_VOICE << 2)
            with contextlib.suppress(IndexError):  # a group of one link alone says not which
                made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, interfaces()[0])
        else:
            made.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, ttl)
            made.setsockopt(socket.IPPROTO_IP, socket.IP_TOS, DSCP_VOICE << 2)
        made.connect((group, port))
    except OSError:
        made.close()
        raise
    return made
