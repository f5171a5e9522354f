"""The call table decides or explains every pair of state and happening."""

import itertools

import pytest

from ranin.core.calls import TABLE, Ignore, Move, What
from ranin.core.state import HOLDING_EAR, CallState

PAIRS = list(itertools.product(CallState, What))


def test_table_holds_exactly_the_product() -> None:
    assert set(TABLE) == set(PAIRS)


@pytest.mark.parametrize(("state", "what"), PAIRS, ids=lambda value: value.value)
def test_every_pair_moves_or_says_why_not(state: CallState, what: What) -> None:
    row = TABLE[state, what]
    assert isinstance(row, Move) or len(row.reason.split()) >= 3


def test_every_state_can_be_reached() -> None:
    entered = {row.to for row in TABLE.values() if isinstance(row, Move)}
    assert entered | {CallState.DIALED, CallState.ALERTING} >= set(CallState)


@pytest.mark.parametrize("state", CallState)
def test_every_call_ends_when_the_other_side_or_the_engine_ends_it(state: CallState) -> None:
    for what in (What.ENDED, What.ENGINE_LOST):
        row = TABLE[state, what]
        assert isinstance(row, Move) and row.to is None


@pytest.mark.parametrize("state", [state for state in CallState if state in HOLDING_EAR])
def test_replacing_the_handset_hangs_up_whatever_has_it(state: CallState) -> None:
    row = TABLE[state, What.REPLACED]
    assert isinstance(row, Move) and row.to is CallState.ENDING


def test_a_late_answer_to_a_cancelled_call_is_ended_too() -> None:
    """RFC 3261 §9.1: a 200 that crosses our CANCEL still needs its BYE."""
    row = TABLE[CallState.ENDING, What.ANSWERED]
    assert not isinstance(row, Ignore)
