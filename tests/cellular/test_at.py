"""AT lines: cutting, final codes, unsolicited codes, parameters."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ranin.cellular.at import LONGEST_LINE, Ask, Final, Lines, fields, final, quote, unquote, urc_name, values


def cut(stream: bytes, size: int) -> list[str]:
    lines = Lines()
    return [line for at in range(0, len(stream), size) for line in lines.feed(stream[at : at + size])]


@given(st.binary(max_size=300), st.integers(1, 9))
def test_arbitrary_bytes_never_raise_and_cutting_changes_nothing(stream: bytes, size: int) -> None:
    whole = cut(stream, len(stream) or 1)
    assert cut(stream, size) == whole
    for line in whole:
        final(line), final(line, dials=True), urc_name(line), fields(line), values(line)


def test_ends_of_lines() -> None:
    assert cut(b"\r\r\n+CRING: VOICE\r\n\r\nOK\r\n\0\r\n> ", 3) == ["+CRING: VOICE", "OK", ">"]


def test_a_line_without_end_is_noise_and_the_next_is_heard() -> None:
    assert cut(b"x" * (2 * LONGEST_LINE) + b"\r\nOK\r\n", 100) == ["OK"]
    assert cut(b"x" * (2 * LONGEST_LINE) + b"\r\nOK\r\n", 99999) == ["OK"]


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("OK", Final("OK")),
        ("ERROR", Final("ERROR")),
        ("CONNECT 115200", Final("CONNECT")),
        ("+CME ERROR: 16", Final("+CME ERROR", 16)),
        ("+CME ERROR:16", Final("+CME ERROR", 16)),
        ("+CMS ERROR: SIM failure", Final("+CMS ERROR")),
        ("NO CARRIER", None),
        ("OKAY", None),
        ("O", None),
        ("+CREG: 1", None),
    ],
)
def test_final_codes(line: str, wanted: Final | None) -> None:
    assert final(line) == wanted


@pytest.mark.parametrize("word", ["NO CARRIER", "BUSY", "NO ANSWER", "NO DIALTONE"])
def test_no_carrier_ends_a_dialing_command_alone(word: str) -> None:
    assert final(word, dials=True) == Final(word) and not Final(word).ok
    assert final(word) is None and urc_name(word) == word


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ('+COPS: 0,0,"Orange, F",7', ("0", "0", "Orange, F", "7")),
        ('+CLIP: "+33612345678",145,,,,0', ("+33612345678", "145", "", "", "", "0")),
        ("+CREG: 2, 1", ("2", "1")),
        ('+CUSD: 0,"cut short', ("0", "cut short")),
        ("+CSQ:", ("",)),
        ('+X: "a",', ("a", "")),
    ],
)
def test_parameters(line: str, wanted: tuple[str, ...]) -> None:
    assert values(line) == wanted


@given(st.lists(st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=20), min_size=1, max_size=6))
def test_strings_come_back_as_they_were_quoted(texts: list[str]) -> None:
    line = "+X: " + ",".join(map(quote, texts))
    assert values(line) == tuple(texts)
    assert all(unquote(quote(text)) == text for text in texts)


def test_a_command_never_shows_its_parameters() -> None:
    assert "1234" not in repr(Ask('AT+CPIN="1234"')) and Ask('AT+CPIN="1234"').name == "AT+CPIN"
    assert "0612" not in repr(Ask("ATD0612;")) and Ask("ATD0612;").name == "ATD"
