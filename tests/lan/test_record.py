"""What phones say of themselves, and what nobody should."""

import base64

import pytest

from ranin.core.neighbours import NeighbourSeen
from ranin.lan import record

PRINT = "ab" * 32


def said(**fields: bytes) -> dict[bytes, bytes | None]:
    return {**record.properties("201", "Shop", PRINT), **{key.encode(): value for key, value in fields.items()}}


def test_a_record_is_read_as_it_was_written() -> None:
    seen = record.judged(said(), ["10.0.0.7"], 5061, PRINT)
    assert seen == NeighbourSeen("201", "Shop", "10.0.0.7", 5061)


@pytest.mark.parametrize(("word", "lends"), [(b"1", True), (b"0", False), (b"", False), (b"\xff", False)])
def test_only_a_clear_word_makes_a_gateway(word: bytes, lends: bool) -> None:
    assert record.properties("201", "", PRINT, True)[b"gateway"] == b"1"
    seen = record.judged(said(gateway=word), ["10.0.0.7"], 5061, PRINT)
    assert seen is not None and seen.gateway is lends


@pytest.mark.parametrize(
    "fields",
    [
        {"print": b"cd" * 32},
        {"print": b""},
        {"number": b""},
        {"number": b"2" * 33},
        {"number": b"201@evil"},
        {"number": b"2 01"},
        {"number": b"201;transport=udp"},
        {"number": b"\xff"},
        {"name": b"n" * 65},
        {"name": b"a\nb"},
        {"name": "\u202egnp".encode()},
        {"name": b"\xfe"},
    ],
)
def test_what_no_phone_of_ours_says_is_ignored(fields: dict[str, bytes]) -> None:
    assert record.judged(said(**fields), ["10.0.0.7"], 5061, PRINT) is None


@pytest.mark.parametrize(
    ("addresses", "port"),
    [
        ([], 5061),
        (["224.0.0.251"], 5061),
        (["127.0.0.1"], 5061),
        (["0.0.0.0"], 5061),
        (["255.255.255.255"], 5061),
        (["fe80::1"], 5061),
        (["nonsense"], 5061),
        (["10.0.0.7"], 0),
        (["10.0.0.7"], None),
        (["10.0.0.7"], 65536),
    ],
)
def test_a_place_where_no_phone_can_be_is_ignored(addresses: list[str], port: int | None) -> None:
    assert record.judged(said(), addresses, port, PRINT) is None


def test_a_record_without_its_fields_is_ignored() -> None:
    assert record.judged({}, ["10.0.0.7"], 5061, PRINT) is None
    assert record.judged({b"number": None, b"name": None, b"print": None}, ["10.0.0.7"], 5061, PRINT) is None


def test_the_fingerprint_is_of_the_certificate_and_not_of_its_text() -> None:
    body = base64.encodebytes(b"certificate").decode()
    texts = [f"-----BEGIN CERTIFICATE-----\n{body}-----END CERTIFICATE-----{end}" for end in ("", "\n")]
    assert len({record.fingerprint(text) for text in texts}) == 1
    with pytest.raises(ValueError):
        record.fingerprint("no certificate")


def test_an_announcement_has_the_same_name_after_a_restart() -> None:
    assert record.instance("201", PRINT) == "201-abababab._ranin._tcp.local."
    with pytest.raises(ValueError, match="no number"):
        record.instance("a.b", PRINT)
