"""What DNS says of a domain's SIP servers: SRV and NAPTR records, and the order to try them (RFC 3263). Pure."""

import struct
from collections.abc import Callable, Iterable
from dataclasses import dataclass

_NUMBERS = struct.Struct("!HHH")
USUAL = {"udp": "_sip._udp", "tcp": "_sip._tcp", "tls": "_sips._tcp"}
"""Where SRV records are that no NAPTR record leads to (RFC 3263 §4.1)."""
_SERVICE = {"udp": b"SIP+D2U", "tcp": b"SIP+D2T", "tls": b"SIPS+D2T"}


@dataclass(frozen=True, slots=True)
class Service:
    """One SRV record (RFC 2782)."""

    priority: int
    """The lowest is tried first."""
    weight: int
    """Its share among those of the same priority."""
    port: int
    target: str


def service(data: bytes) -> Service | None:
    """One record; None for the one that says that there is no such service, or is broken."""
    if len(data) <= _NUMBERS.size:
        return None
    priority, weight, port = _NUMBERS.unpack_from(data)
    return Service(priority, weight, port, data[_NUMBERS.size :].decode("ascii", "replace"))


def in_order(services: Iterable[Service], draw: Callable[[int], int]) -> list[Service]:
    """As RFC 2782 has them tried; `draw(n)` is a random number from 0 to n - 1."""
    left = sorted(services, key=lambda row: (row.priority, row.weight))
    ordered: list[Service] = []
    while left:
        group = [row for row in left if row.priority == left[0].priority]
        chosen = _drawn(group, draw)
        left.remove(chosen)
        ordered.append(chosen)
    return ordered


def _drawn(group: list[Service], draw: Callable[[int], int]) -> Service:
    mark = draw(sum(row.weight for row in group) + 1)
    for row in group:
        mark -= row.weight
        if mark <= 0:
            return row
    return group[-1]


def referral(records: Iterable[bytes], transport: str) -> str:
    """Where the best NAPTR record for this transport leads (RFC 3403 §4.1); empty: there is none."""
    found = []
    for data in records:
        order, preference = struct.unpack_from("!HH", data)  # the message was read: the record is whole
        flags, rest = _text(data[4:])
        name, rest = _text(rest)
        _, replacement = _text(rest)
        if flags.upper() == b"S" and name.upper() == _SERVICE[transport] and replacement:
            found.append((order, preference, replacement.decode("ascii", "replace")))
    return min(found)[2] if found else ""


def _text(data: bytes) -> tuple[bytes, bytes]:
    """(a text, what follows it); the text's length comes first (RFC 1035 §3.3)."""
    return data[1 : 1 + data[0]], data[1 + data[0] :]
