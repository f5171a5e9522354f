"""DNS messages: the right answer is read, and no other one is."""

import socket
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ranin.network.dns import AAAA, A, Answer, query, read

ASKED = query("sip.ranin.test", A, 0x1234)
POINTER = b"\xc0\x0c"


def record(owner: bytes, kind: int, data: bytes, ttl_s: int = 300) -> bytes:
    return owner + struct.pack("!HHIH", kind, 1, ttl_s, len(data)) + data


def reply(*records: bytes, asked: bytes = ASKED, code: int = 0, ident: int | None = None) -> bytes:
    number = asked[:2] if ident is None else ident.to_bytes(2)
    return number + struct.pack("!5H", 0x8180 | code, 1, len(records), 0, 0) + asked[12:] + b"".join(records)


def name(text: str) -> bytes:
    return b"".join(bytes((len(label),)) + label.encode() for label in text.split(".")) + b"\0"


ADDRESS = record(POINTER, A, bytes((198, 18, 0, 2)))


def test_a_query_is_as_rfc_1035_has_it() -> None:
    assert ASKED == b"\x12\x34\x01\0\0\1\0\0\0\0\0\0\3sip\5ranin\4test\0\0\1\0\1"


@pytest.mark.parametrize("bad", ["", ".", "a..b", "a" * 64, ".".join(["abc"] * 80), "ü.test"])
def test_what_is_no_name_is_not_asked_for(bad: str) -> None:
    with pytest.raises(ValueError):
        query(bad, A, 1)


def test_addresses_are_read() -> None:
    assert read(ASKED, reply(ADDRESS)) == Answer(("198.18.0.2",), 300)
    asked = query("sip.ranin.test", AAAA, 7)
    packed = socket.inet_pton(socket.AF_INET6, "2001:db8::2")
    assert read(asked, reply(record(POINTER, AAAA, packed), asked=asked)) == Answer(("2001:db8::2",), 300)


def test_aliases_are_followed_in_any_order() -> None:
    aliases = record(POINTER, 5, name("a.ranin.test"), 60), record(name("a.ranin.test"), 5, name("b.ranin.test"))
    target = record(name("B.Ranin.Test"), A, bytes((198, 18, 0, 3)))
    assert read(ASKED, reply(target, *aliases)) == Answer(("198.18.0.3",), 60)


def test_aliases_in_a_circle_have_no_address() -> None:
    assert read(ASKED, reply(record(POINTER, 5, name("sip.ranin.test")))) == Answer()


def test_another_names_address_is_not_taken() -> None:
    assert read(ASKED, reply(record(name("evil.test"), A, bytes(range(4))))) == Answer()
    assert read(ASKED, reply(record(POINTER, A, bytes(4)))) == Answer((), 300)


@pytest.mark.parametrize("code", [2, 3, 5])
def test_a_failure_is_an_answer_without_addresses(code: int) -> None:
    assert read(ASKED, reply(code=code)) == Answer(code=code)


@pytest.mark.parametrize(
    "forged",
    [
        reply(ADDRESS, ident=0x1235),
        reply(ADDRESS, asked=query("sip.ranin.text", A, 0x1234)),
        reply(ADDRESS, asked=query("sip.ranin.test", AAAA, 0x1234)),
        ASKED,
        reply(ADDRESS)[:-1],
        reply(record(b"\xc0\x20", A, bytes(4))),
    ],
    ids=["id", "name", "type", "a query", "cut", "a name without end"],
)
def test_what_is_no_answer_to_the_query_is_passed_over(forged: bytes) -> None:
    assert read(ASKED, forged) is None


def test_a_name_that_points_at_itself_ends() -> None:
    loop = ASKED[:2] + b"\x81\x80\0\1\0\1\0\0\0\0" + b"\xc0\x0c" + ASKED[-4:]
    assert read(ASKED, loop) is None


@given(st.binary(max_size=200))
def test_no_datagram_upsets_it(data: bytes) -> None:
    answer = read(ASKED, data)
    assert answer is None or not answer.addresses or data.startswith(ASKED[:2])
    read(ASKED, ASKED[:2] + b"\x81\x80\0\1\0\2\0\0\0\0" + ASKED[12:] + data)


@given(st.integers(0, 43), st.integers(0, 255), st.integers(0, 60))
def test_no_damaged_answer_upsets_it(at: int, value: int, length: int) -> None:
    data = bytearray(reply(ADDRESS))
    data[at] = value
    read(ASKED, bytes(data))
    read(ASKED, bytes(data[:length]))
