"""RTP as strangers send it: every header of RFC 3550 read, and nothing believed."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ranin.sip.rtp import Packet, parse

HEAD = struct.pack("!BBHII", 0x80, 0x89, 7, 160, 0xABCD)
PLAIN = Packet(9, 7, 160, 0xABCD, b"sound")


def with_flags(flags: int) -> bytes:
    return bytes((0x80 | flags,)) + HEAD[1:]


@pytest.mark.parametrize(
    "data",
    [
        HEAD + b"sound",
        with_flags(0x02) + bytes(8) + b"sound",
        with_flags(0x10) + struct.pack("!HHI", 0xBEDE, 1, 0) + b"sound",
        with_flags(0x20) + b"sound" + b"\x00\x00\x03",
        with_flags(0x31) + bytes(4) + struct.pack("!HH", 0xBEDE, 0) + b"sound\x01",
    ],
    ids=["plain", "contributors", "extension", "padding", "all"],
)
def test_the_payload_is_found_behind_every_header(data: bytes) -> None:
    assert parse(data) == PLAIN


@pytest.mark.parametrize(
    "data",
    [
        b"",
        HEAD[:11],
        HEAD,
        b"\x40" + HEAD[1:] + b"sound",
        with_flags(0x0F) + b"sound",
        with_flags(0x10) + struct.pack("!HH", 0xBEDE, 999) + b"sound",
        with_flags(0x20) + b"sound\x06",
        with_flags(0x20) + b"sound\x00",
    ],
    ids=["nothing", "short", "empty", "version 1", "contributors", "extension", "padding", "no padding"],
)
def test_what_is_no_packet_is_none(data: bytes) -> None:
    assert parse(data) is None


@given(st.binary(max_size=80))
def test_no_bytes_are_too_odd(data: bytes) -> None:
    packet = parse(data)
    assert packet is None or (0 < len(packet.payload) <= len(data) - 12 and packet.type < 128)
