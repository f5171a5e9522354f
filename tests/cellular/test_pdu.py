"""Text messages as PDUs: known ones, round trips through an independent service centre, and garbage."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ranin.cellular import gsm7, pdu
from ranin.sim.cell import smsc

GSM_LETTERS = st.sampled_from([letter for letter in gsm7.BASIC if letter != "\x1b"] + list(gsm7.EXTENDED.values()))
LETTERS = st.characters(exclude_categories=["Cs"])


def test_a_known_submit() -> None:
    assert pdu.submit("+46708251358", "hellohello") == [(23, "0011000B916407281553F80000A70AE8329BFD4697D9EC37")]


def test_a_known_deliver() -> None:
    raw = "07917283010010F5040BC87238880900F10000993092516195800AE8329BFD4697D9EC37"
    assert pdu.deliver(raw) == pdu.Part("27838890001", "hellohello", "2099-03-29T15:16:59+02:00")


def test_a_sender_with_a_name() -> None:
    name = gsm7.pack([code for codes in gsm7.septets("Orange") for code in codes])
    raw = "00" + (b"\x04\x0b\xd0" + name + b"\0\0" + smsc.STAMP + b"\x02" + gsm7.pack([0x68, 0x69])).hex()
    assert pdu.deliver(raw) == pdu.Part("Orange", "hi", "2026-09-07T14:30:51+02:00")


def test_the_stamp_knows_its_zone() -> None:
    assert pdu.stamp_of(bytes.fromhex("62907041031580")) == "2026-09-07T14:30:51+02:00"
    assert pdu.stamp_of(bytes.fromhex("6290704103154A")) == "2026-09-07T14:30:51-06:00"
    assert pdu.stamp_of(bytes.fromhex("62FF7041031580")) == "" and pdu.stamp_of(b"") == ""


def read(parts: list[tuple[int, str]]) -> tuple[str, list[int]]:
    """(whole text, which parts came) as the service centre reads it."""
    rows = [smsc.read_submit(text) for _, text in parts]
    assert {row[3] for row in rows} == {len(parts)}
    return pdu.join([row[1] for row in rows]), [row[2] for row in rows]


@given(st.text(LETTERS, min_size=1, max_size=500))
def test_any_text_arrives_whole(text: str) -> None:
    parts = pdu.submit("+33612345678", text)
    assert read(parts) == (text, list(range(1, len(parts) + 1)))
    for length, raw in parts:
        assert length == len(raw) // 2 - 1 <= 13 + 140 + 4


@given(st.text(GSM_LETTERS, min_size=1, max_size=700))
def test_the_gsm_alphabet_stays_in_its_seven_bits(text: str) -> None:
    parts = pdu.submit("0612345678", text)
    septets = sum(map(len, gsm7.septets(text)))
    assert len(parts) <= 1 + septets // 152 and read(parts)[0] == text


@given(st.lists(st.integers(0, 127), max_size=160), st.integers(0, 6))
def test_septets_come_back(codes: list[int], fill: int) -> None:
    assert gsm7.unpack(gsm7.pack(codes, fill), len(codes), fill) == codes


@given(st.text(LETTERS, min_size=1, max_size=200), st.sampled_from(["+33612345678", "36184"]))
def test_what_the_service_centre_sends_is_read(text: str, number: str) -> None:
    parts = [part for part in map(pdu.deliver, smsc.deliver(number, text)) if part is not None]
    assert pdu.join([part.text for part in parts]) == text
    assert [part.index for part in parts] == list(range(1, parts[0].total + 1))
    assert {part.number for part in parts} == {number}


@given(st.one_of(st.binary(max_size=200).map(bytes.hex), st.text(max_size=50)))
def test_garbage_is_no_message(raw: str) -> None:
    part = pdu.deliver(raw)
    if part is not None:
        assert pdu.join([part.text]).encode() is not None and 1 <= part.index <= part.total


@given(st.integers(0, 3), st.integers(0, 200))
def test_a_pdu_that_was_cut_or_changed_does_no_harm(which: int, at: int) -> None:
    raw = smsc.deliver("+33612345678", "Grüße 😀 " * 20)[which % 3]
    pdu.deliver(raw[:at])
    pdu.deliver(raw[:at] + "0" + raw[at + 1 :])


def test_a_letter_torn_between_two_parts_is_whole_again() -> None:
    assert pdu.join(["a\ud83d", "\ude00b"]) == "a😀b" and pdu.join(["a\ud83d"]) == "a\ufffd"


@pytest.mark.parametrize(("number", "text"), [("", "x"), ("12;ATD1", "x"), ("0612", ""), ("0612", "x" * 3000)])
def test_what_is_not_sent(number: str, text: str) -> None:
    with pytest.raises(ValueError):
        pdu.submit(number, text)


@pytest.mark.parametrize(
    ("coding", "wanted"),
    [(0x00, "gsm"), (0x04, "binary"), (0x08, "ucs2"), (0x18, "ucs2"), (0xC8, "gsm"), (0xE0, "ucs2"), (0xF5, "binary")],
)
def test_alphabets(coding: int, wanted: str) -> None:
    assert pdu.alphabet(coding) == wanted
