"""RTP packets as they come from strangers (RFC 3550 §5.1): pure."""

from dataclasses import dataclass

_HEADER = 12
_VERSION = 2


@dataclass(frozen=True, slots=True)
class Packet:
    """What a page needs of a packet."""

    type: int
    """Payload type."""
    sequence: int
    timestamp: int
    """In units of 1/8000 s for G.711 and G.722 (RFC 3551 §4.5.2)."""
    ssrc: int
    payload: bytes


def parse(data: bytes) -> Packet | None:
    """The packet; None: it is none, or there is nothing in it."""
    if len(data) < _HEADER or data[0] >> 6 != _VERSION:
        return None
    begin = _HEADER + 4 * (data[0] & 0x0F)
    if data[0] & 0x10:  # a header extension (§5.3.1): its length in words is in its second half
        begin += 4 + 4 * int.from_bytes(data[begin + 2 : begin + 4])
    end = len(data) - (data[-1] if data[0] & 0x20 else 0)
    if begin >= end or (data[0] & 0x20 and data[-1] == 0):
        return None
    sequence, timestamp, ssrc = (int.from_bytes(data[at:to]) for at, to in ((2, 4), (4, 8), (8, 12)))
    return Packet(data[1] & 0x7F, sequence, timestamp, ssrc, data[begin:end])
