"""Digit maps of RFC 3435 against examples and against a regular expression."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ranin.core.dialing import DigitMapError, Match, match, parse

PLAN = "112|[2-6]xx|0x.T|*xx"


@pytest.mark.parametrize(
    ("digits", "verdict"),
    [
        ("1", Match.PARTIAL),
        ("112", Match.COMPLETE),
        ("113", Match.NONE),
        ("23", Match.PARTIAL),
        ("234", Match.COMPLETE),
        ("2345", Match.NONE),
        ("0", Match.READY),
        ("0612345678", Match.READY),
        ("*2", Match.PARTIAL),
        ("*21", Match.COMPLETE),
        ("7", Match.NONE),
        ("#", Match.NONE),
    ],
)
def test_examples(digits: str, verdict: Match) -> None:
    assert match(PLAN, digits) is verdict


def test_a_number_that_is_also_a_beginning_waits() -> None:
    assert match("11|112", "11") is Match.READY


@given(st.text("0123456789*#", max_size=8))
def test_it_agrees_with_a_regular_expression(digits: str) -> None:
    whole = re.fullmatch(r"112|[2-6]\d\d|0\d*|\*\d\d", digits) is not None
    assert (match(PLAN, digits) in (Match.COMPLETE, Match.READY)) == whole


@pytest.mark.parametrize("text", ["", "|", "12|", "a", "[9-2]", "[2-", "x..", "1 2"])
def test_bad_maps_are_refused_in_words(text: str) -> None:
    with pytest.raises(DigitMapError, match="digit map"):
        parse(text)
