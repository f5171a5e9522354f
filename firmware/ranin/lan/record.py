"""What a phone says of itself by DNS-SD (RFC 6763), made and judged (pure): anybody can say anything."""

import hashlib
import ipaddress
import re
import ssl
from collections.abc import Mapping, Sequence

from ranin.core.neighbours import NeighbourSeen

SERVICE = "_ranin._tcp.local."
_NUMBER = re.compile(r"[A-Za-z0-9*#+_-]{1,32}")
_UNSHOWN = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
_LONGEST_NAME = 64

Properties = Mapping[bytes, bytes | None]


def fingerprint(certificate: str) -> str:
    """SHA-256 of the certificate in hexadecimal: phones with another one are none of ours. Raises ValueError."""
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(certificate)).hexdigest()


def instance(number: str, print_: str) -> str:
    """The name of a phone's announcement: the same after a restart. Raises ValueError for a number others ignore."""
    if not _NUMBER.fullmatch(number):
        raise ValueError(f"{number!r} is no number that neighbours can dial")
    return f"{number}-{print_[:8]}.{SERVICE}"


def properties(number: str, name: str, print_: str, gateway: bool = False) -> dict[bytes, bytes]:
    """The TXT record of a phone (RFC 6763 §6); `gateway`: it carries calls of the others over its modem."""
    said = {b"number": number.encode(), b"name": name[:_LONGEST_NAME].encode(), b"print": print_.encode()}
    return said | ({b"gateway": b"1"} if gateway else {})


def judged(said: Properties, addresses: Sequence[str], port: int | None, print_: str) -> NeighbourSeen | None:
    """The phone that a record tells of; None for another provisioning's and for what no phone of ours says."""
    try:
        number, name, theirs = ((said.get(key) or b"").decode() for key in (b"number", b"name", b"print"))
    except UnicodeDecodeError:
        return None
    address = next((address for address in addresses if _is_place(address)), "")
    sound = _NUMBER.fullmatch(number) and len(name) <= _LONGEST_NAME and not _UNSHOWN.search(name)
    if theirs != print_ or not sound or not address or not 0 < (port or 0) < 65536:
        return None
    return NeighbourSeen(number, name, address, port or 0, said.get(b"gateway") == b"1")


def _is_place(address: str) -> bool:
    """Whether a single machine can be there, by IPv4."""
    try:
        place = ipaddress.IPv4Address(address)
    except ValueError:
        return False
    return not (place.is_multicast or place.is_unspecified or place.is_loopback or place.is_reserved)
