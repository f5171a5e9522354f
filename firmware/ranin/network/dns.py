"""DNS messages as far as a phone needs them: a query, and its answer (RFC 1035 §4, RFC 3596). Pure."""

import ipaddress
import struct
from dataclasses import dataclass

A, AAAA, SRV, NAPTR = 1, 28, 33, 35
_CNAME, _IN = 5, 1
_HEADER = struct.Struct("!6H")
_RECORD = struct.Struct("!HHIH")
_RECURSION_DESIRED, _RESPONSE, _CODE = 0x0100, 0x8000, 0x000F
_MOST_JUMPS = 16
_SIZE = {A: 4, AAAA: 16}


@dataclass(frozen=True, slots=True)
class Answer:
    """What a resolver said; without addresses the name has none, or the resolver could not find out."""

    addresses: tuple[str, ...] = ()
    ttl_s: int = 0
    code: int = 0
    """RCODE: 0 no error, 2 the resolver failed, 3 no such name."""


def query(name: str, kind: int, ident: int) -> bytes:
    """A query for the records of a kind that `name` has. Raises ValueError for what is no host name."""
    labels = [label.encode("ascii") for label in name.rstrip(".").split(".")]
    if not all(0 < len(label) < 64 for label in labels) or len(name) > 253:
        raise ValueError(f"{name!r} is no host name")
    question = b"".join(bytes((len(label),)) + label for label in labels) + b"\0"
    return _HEADER.pack(ident, _RECURSION_DESIRED, 1, 0, 0, 0) + question + struct.pack("!HH", kind, _IN)


def read(asked: bytes, reply: bytes) -> Answer | None:
    """The answer to `asked`; None for anything else: another id or question, no response, a broken message."""
    try:
        name, kind, records, code = _reply(asked, reply)
        return _addresses(records, name, kind, code)
    except (ValueError, IndexError, struct.error):
        return None


def read_records(asked: bytes, reply: bytes) -> tuple[int, list[tuple[int, bytes]]] | None:
    """(RCODE, the (TTL, data) of each record that was asked for); None where `read` says None.

    Names within the data of SRV and NAPTR are written out, in small letters and with dots.
    """
    try:
        name, kind, records, code = _reply(asked, reply)
    except (ValueError, IndexError, struct.error):
        return None
    aliases = {owner: data for owner, type_, _, data in records if type_ == _CNAME}
    for _ in range(_MOST_JUMPS):
        name = aliases.get(name, name)
    return code, [(ttl, data) for owner, type_, ttl, data in records if owner == name and type_ == kind]


def _reply(asked: bytes, reply: bytes) -> tuple[bytes, int, list["Record"], int]:
    """(name, kind, records, RCODE) of the reply to `asked`. Raises ValueError and the like for any other message."""
    ident, flags, questions, answers, _, _ = _HEADER.unpack_from(reply)
    name, at = _name(reply, _HEADER.size)
    mine = ident == _HEADER.unpack_from(asked)[0] and flags & _RESPONSE and questions == 1
    wanted, end = _name(asked, _HEADER.size)
    if not mine or name != wanted or reply[at : at + 4] != asked[end:]:
        raise ValueError("another question")
    return name, int.from_bytes(asked[end : end + 2]), _records(reply, at + 4, answers), flags & _CODE


Record = tuple[bytes, int, int, bytes]
"""(name, type, TTL, data)"""


def _addresses(records: list[Record], name: bytes, kind: int, code: int) -> Answer:
    """Follow aliases from `name` to addresses."""
    ttls = []
    for _ in range(_MOST_JUMPS):
        found = [(data, ttl) for owner, type_, ttl, data in records if owner == name and type_ == kind]
        ttls += [ttl for _, ttl in found]
        addresses = [ipaddress.ip_address(data) for data, _ in found if len(data) == _SIZE[kind]]
        usable = tuple(str(address) for address in addresses if not address.is_unspecified)
        alias = next(((data, ttl) for owner, type_, ttl, data in records if owner == name and type_ == _CNAME), None)
        if usable or alias is None:
            return Answer(usable, min(ttls, default=0), code)
        name = alias[0]
        ttls.append(alias[1])
    return Answer(code=code)


def _records(data: bytes, at: int, count: int) -> list[Record]:
    found: list[Record] = []
    for _ in range(count):
        name, at = _name(data, at)
        kind, class_, ttl, size = _RECORD.unpack_from(data, at)
        at += _RECORD.size
        if len(data) < at + size:
            raise ValueError("cut")
        if class_ == _IN:
            names_at = at + _before_name(kind, data, at, size)
            if names_at > at + size:
                raise ValueError("cut")
            end = b"" if names_at == at + size else _name(data, names_at)[0]
            found.append((name, kind, ttl, data[at:names_at] + end))
        at += size
    return found


def _before_name(kind: int, data: bytes, at: int, size: int) -> int:
    """How many bytes of a record's data come before the name at its end; all where there is none."""
    if kind == _CNAME:
        return 0
    if kind == SRV:  # priority, weight, port (RFC 2782)
        return 6
    if kind != NAPTR:
        return size
    place = at + 4  # order, preference, then three texts (RFC 3403 §4.1)
    for _ in range(3):
        place += 1 + data[place]
    return place - at


def _name(data: bytes, at: int) -> tuple[bytes, int]:
    """(name in small letters, where it ends); follows compression (RFC 1035 §4.1.4)."""
    labels: list[bytes] = []
    end = 0
    for _ in range(_MOST_JUMPS + 128):
        length = data[at]
        if length >= 0xC0:
            end = end or at + 2
            at = (length & 0x3F) << 8 | data[at + 1]
        elif length == 0:
            return b".".join(labels).lower(), end or at + 1
        else:
            labels.append(data[at + 1 : at + 1 + length])
            at += 1 + length
    raise ValueError("a name without end")
