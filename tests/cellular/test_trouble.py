"""What goes wrong: PINs, hung modems, resets, lost ports, lines that are cut or come at bad moments."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ranin.cellular.settings import CellSettings
from ranin.core.events import CallAnswered, CallEnded, CallProgressed, Progress
from ranin.core.mobile import (
    AlertCellCaller,
    AnswerCellCall,
    ForwardReason,
    HangUpCellCall,
    ModemChanged,
    ModemStage,
    PlaceCellCall,
    RefuseCellOffer,
    SendSms,
    SendUssd,
    SetCellForward,
    UssdAnswered,
)
from ranin.core.outage import OrderTried, Outcome
from ranin.core.settings import Secret
from ranin.sim.cell.families import FAMILIES
from tests.cellular.pair import Pair

ANALOGUE = CellSettings(analogue_sound=True)


@pytest.fixture(params=FAMILIES)
def family(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def locked(family: str, pin: str, kept: tuple[str, ...] = (), attempts: int = 3) -> Pair:
    """A SIM with the PIN 4321, a phone with `pin`, 100 s later."""
    pair = Pair(family, CellSettings(pin=Secret(pin)), locked_by="4321", tried=kept)
    pair.modem.attempts = attempts
    return pair.open().run(100)


def test_the_right_pin_is_entered_once_and_forgotten(family: str) -> None:
    pair = locked(family, "4321")
    assert pair.stage is ModemStage.HOME and pair.modem.entered == ["4321"]
    assert len(pair.kept[0]) == 1 and pair.kept[-1] == ()


def test_a_wrong_pin_is_entered_once_and_never_again(family: str) -> None:
    pair = locked(family, "1111")
    assert pair.state == ModemChanged(ModemStage.LOCKED, "the SIM has refused this PIN")
    assert pair.modem.entered == ["1111"] and pair.modem.attempts == 2
    restarted = locked(family, "1111", kept=pair.kept[-1], attempts=2)
    assert restarted.stage is ModemStage.LOCKED and restarted.modem.entered == []
    other = locked(family, "4321", kept=pair.kept[-1], attempts=2)
    assert other.stage is ModemStage.HOME and other.modem.entered == ["4321"]


def test_many_wrong_pins_never_lock_the_sim(family: str) -> None:
    pair = locked(family, "1111")
    for pin in ("2222", "3333", "4444", "4321"):
        pair.apply(pair.talk.configure(CellSettings(pin=Secret(pin)), pair.now_s))
        pair.run(60)
    assert pair.modem.entered == ["1111", "2222"] and pair.modem.attempts == 1
    assert "last attempt" in pair.state.reason


def test_a_pin_whose_answer_was_lost_is_tried_again_only_when_it_did_not_count() -> None:
    pair = locked("SIM7600", "1111")
    pending = tuple("?" + row[1:] for row in pair.kept[-1])
    assert locked("SIM7600", "1111", kept=pending, attempts=2).modem.entered == []
    assert locked("SIM7600", "1111", kept=pending, attempts=3).modem.entered == ["1111"]


def test_what_is_kept_is_not_the_pin() -> None:
    kept = locked("SIM7600", "1111").kept
    assert kept and not any("1111" in row.split("$")[0] or row.endswith("1111") for rows in kept for row in rows)


@pytest.mark.parametrize("pin", ["", "12", "12345678901", "12a4", '1"\r\nATD1;'])
def test_what_is_no_pin_is_not_entered(pin: str) -> None:
    pair = locked("SIM7600", pin)
    assert pair.stage is ModemStage.LOCKED and pair.modem.entered == []


def test_the_puk_is_never_entered() -> None:
    pair = locked("SIM7600", "4321", attempts=0)
    assert "PUK" in pair.state.reason and pair.modem.entered == []


def test_a_pin_set_later_opens_the_sim() -> None:
    pair = locked("SIM7600", "")
    assert pair.state.reason == "the SIM wants a PIN"
    pair.apply(pair.talk.configure(CellSettings(pin=Secret("4321")), pair.now_s))
    assert pair.run(5).stage is ModemStage.HOME


def test_without_a_sim_only_emergency_calls_go_out(family: str) -> None:
    pair = Pair(family, ANALOGUE, card=False).open().run(60)
    assert pair.state == ModemChanged(ModemStage.LOCKED, "there is no SIM card")
    assert pair.do(PlaceCellCall(1, "0612345678")).of(1) == [CallEnded(1, 503, "there is no SIM card")]
    pair.do(PlaceCellCall(2, "112"))
    pair.modem.mobile.answer()
    assert CallAnswered(2) in pair.run(2).of(2)
    assert pair.do(PlaceCellCall(3, "999")).of(3)[0] == CallProgressed(3, Progress.TRYING)


def test_a_locked_sim_lets_emergency_calls_out() -> None:
    pair = locked("EC25", "")
    assert pair.do(PlaceCellCall(1, "112")).of(1)[0] == CallProgressed(1, Progress.TRYING)


def test_a_sim_that_comes_later() -> None:
    pair = Pair(card=False).open().run(20)
    pair.modem.card = True
    pair.modem.line.say("+CPIN: READY")
    assert pair.run(5).stage is ModemStage.HOME


def test_a_hung_modem_is_reset_and_comes_back(family: str) -> None:
    pair = Pair(family, ANALOGUE).up()
    pair.do(PlaceCellCall(1, "0612345678"))
    pair.modem.mobile.answer()
    pair.run(2)
    pair.modem.faults.hung = True
    pair.until(lambda: pair.reopened == 1)
    assert pair.of(1)[-1] == CallEnded(1, 503, "the modem is gone")
    assert ModemChanged(ModemStage.BROKEN, "it does not answer") in pair.events
    assert pair.until(lambda: pair.stage is ModemStage.HOME).modem.resets == 1


def test_orders_of_a_hung_modem_have_failed() -> None:
    pair = Pair().up()
    pair.modem.faults.hung = True
    pair.do(SetCellForward(1, ForwardReason.BUSY, "0612345678")).do(SendSms(2, "0612345678", "x")).do(SendUssd("*1#"))
    pair.until(lambda: pair.reopened == 1, within_s=200).run(1)
    assert {tried.order: tried.outcome for tried in pair.all(OrderTried)} == {1: Outcome.FAILED, 2: Outcome.FAILED}
    assert len(pair.all(UssdAnswered)) == 1


def test_a_modem_that_restarts_by_itself_is_told_everything_again(family: str) -> None:
    pair = Pair(family).up()
    told = len(pair.modem.commands)
    pair.modem.boot()
    pair.run(40)
    assert "AT+CMGF=0" in pair.modem.commands[told:] and pair.stage is ModemStage.HOME


def test_a_modem_that_restarts_in_silence_is_known_by_its_echo() -> None:
    pair = Pair().up()
    pair.modem.line.clear()
    told = len(pair.modem.commands)
    pair.run(40)
    assert "ATE0" in pair.modem.commands[told:] and pair.stage is ModemStage.HOME


def test_a_port_that_closes_ends_everything() -> None:
    pair = Pair().up().do(PlaceCellCall(1, "0612345678"))
    pair.apply(pair.talk.closed(ModemStage.BROKEN, "its port is gone", pair.now_s))
    assert pair.of(1)[-1] == CallEnded(1, 503, "the modem is gone")
    assert pair.state == ModemChanged(ModemStage.BROKEN, "its port is gone")
    pair.do(PlaceCellCall(2, "112")).do(SendSms(1, "0612345678", "x")).do(SendUssd("*1#"))
    assert pair.of(2) == [CallEnded(2, 503, "the modem is not there")]
    assert pair.all(OrderTried) == [OrderTried(1, Outcome.FAILED, "the modem is not there")]
    assert pair.open().run(5).stage is ModemStage.HOME


@pytest.mark.parametrize("cut", [1, 2, 5, 1000])
def test_codes_at_bad_moments_change_nothing(family: str, cut: int) -> None:
    pair = Pair(family, ANALOGUE)
    pair.cut = cut
    pair.modem.faults.before_answer += ["+CPIN: READY", '+CREG: 1,"1A2B","01C3"', "^DSCI: 1,0,6,0,0612,129"] * 20
    pair.up()
    pair.modem.faults.before_answer += ["RING", "VOICE CALL: BEGIN", "NO CARRIER"] * 3
    pair.do(PlaceCellCall(1, "0612345678")).run(3)
    pair.modem.mobile.answer()
    assert CallAnswered(1) in pair.run(3).of(1) and not any(isinstance(event, CallEnded) for event in pair.of(1))


@pytest.mark.parametrize("line", ["OK", "+CREG", "+CLCC", "+CPIN", "+COPS"])
def test_a_line_that_was_cut_is_only_a_delay(family: str, line: str) -> None:
    pair = Pair(family, ANALOGUE).up()
    pair.modem.faults.cut[line] = max(1, len(line) - 1)
    pair.do(PlaceCellCall(1, "0612345678")).run(20)
    pair.modem.mobile.answer()
    assert CallAnswered(1) in pair.run(20).of(1)
    assert pair.run(60).stage is ModemStage.HOME


def test_a_slow_answer_is_not_taken_for_the_next_ones() -> None:
    pair = Pair().up()
    pair.modem.faults.delays["AT+CREG?"] = 11.0
    pair.run(120)
    assert pair.stage is ModemStage.HOME and not pair.reopened and pair.state.operator == "Simnet"


def test_a_sim_that_is_busy_at_first(family: str) -> None:
    pair = Pair(family)
    pair.modem.faults.errors["AT+CPIN?"] = "+CME ERROR: 14"
    pair.open().run(4)
    pair.modem.faults.errors.clear()
    assert pair.run(5).stage is ModemStage.HOME


LINES = st.sampled_from(
    ["RING", "NO CARRIER", "BUSY", "OK", "ERROR", "RDY", "+CPIN: READY", "+CPIN: SIM PIN", '+CLIP: "06",129', ">"]
    + ['+CCWA: "07",129,1', "+CLCC: 1,1,4,0,0", "+CLCC: 1,0,0,0,0", "+CMT: ,9", "00FF", '+CUSD: 1,"x', "+CREG: 5"]
    + ['+CMTI: "SM",2', "+CMGR: 0,,9", "+CMGL: 1,1,,9", "VOICE CALL: BEGIN", "+CME ERROR: 14", "+CCFC: 1,1", "AT"]
).map(lambda line: f"\r\n{line}\r\n".encode())
COMMANDS = st.sampled_from(
    [PlaceCellCall(1, "0612"), HangUpCellCall(1), AnswerCellCall(2), AlertCellCaller(2, "cell-1"), SendUssd("*1#")]
    + [RefuseCellOffer("cell-1"), SendSms(1, "06", "x"), SetCellForward(2, ForwardReason.BUSY, "06")]
)


@given(st.lists(st.one_of(LINES, st.binary(max_size=20), COMMANDS, st.floats(0, 100)), max_size=40))
@settings(deadline=None)
def test_whatever_happens_nothing_breaks_and_every_call_and_order_ends(walk: list[object]) -> None:
    pair = Pair().up()
    for item in walk:
        if isinstance(item, bytes):
            pair.apply(pair.talk.feed(item, pair.now_s))
        elif isinstance(item, float):
            pair.run(item)
        else:
            pair.do(item)
    pair.apply(pair.talk.closed(ModemStage.ABSENT, "", pair.now_s))
    placed = sum(isinstance(item, PlaceCellCall) for item in walk)
    ordered = sum(isinstance(item, (SendSms, SetCellForward)) for item in walk)
    assert sum(event.call == 1 for event in pair.all(CallEnded)) == placed
    assert len(pair.all(OrderTried)) == ordered
