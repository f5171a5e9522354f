"""The conversation with each family of modem, in memory and in virtual time."""

from dataclasses import replace

import pytest

from ranin.core.events import CallAnswered, CallEnded, CallProgressed, OfferWithdrawn, Progress
from ranin.core.mobile import (
    AlertCellCaller,
    AnswerCellCall,
    CellCallArrived,
    CellSoundReady,
    ForwardReason,
    HangUpCellCall,
    ModemChanged,
    ModemStage,
    NetworkTimeRead,
    PlaceCellCall,
    RefuseCellOffer,
    SendCellDtmf,
    SendSms,
    SendUssd,
    SetCellForward,
    SmsArrived,
    UssdAnswered,
)
from ranin.core.outage import OrderTried, Outcome
from ranin.core.settings import CellSettings
from ranin.sim.cell import smsc
from ranin.sim.cell.families import FAMILIES
from tests.cellular.pair import Pair

SOUND = {
    "SIM7600": [CellSoundReady(1, device="/dev/voice")],
    "EC25": [CellSoundReady(1, pcm="plughw:CARD=Android")],
    "SIM800": [],
}


@pytest.fixture(params=FAMILIES)
def pair(request: pytest.FixtureRequest) -> Pair:
    """Each family, in its network."""
    return Pair(request.param, CellSettings(analogue_sound=True)).up()


@pytest.fixture
def sim() -> Pair:
    """A SIM7600 in its network."""
    return Pair().up()


def test_it_comes_up_and_says_where_it_is(pair: Pair) -> None:
    lte = pair.modem.family.packet
    assert pair.state == ModemChanged(
        ModemStage.HOME, "", "Simnet", "LTE" if lte else "2G", -91 if lte else -73, voice=True
    )
    assert pair.all(NetworkTimeRead) == [NetworkTimeRead("2026-09-07T14:30:51+02:00")]
    assert pair.all(ModemChanged)[0].stage is ModemStage.STARTING


def test_a_call_out(pair: Pair) -> None:
    pair.do(PlaceCellCall(1, "+33612345678"))
    assert pair.of(1) == [CallProgressed(1, Progress.TRYING), CallProgressed(1, Progress.RINGING)]
    pair.modem.mobile.answer()
    pair.run(3)
    assert pair.of(1)[2:] == [CallAnswered(1), *SOUND[pair.modem.name]]
    assert pair.modem.voice == (pair.modem.name != "SIM800")
    pair.do(SendCellDtmf(1, "5")).do(SendCellDtmf(1, "#"))
    assert pair.modem.mobile.digits == ["5", "#"]
    pair.do(HangUpCellCall(1))
    assert pair.of(1)[-1] == CallEnded(1, 200, "") and not pair.modem.mobile.calls and not pair.modem.voice


def test_the_other_side_ends_the_call(pair: Pair) -> None:
    pair.do(PlaceCellCall(1, "0612345678"))
    pair.modem.mobile.answer()
    pair.run(3)
    pair.modem.mobile.hang_up()
    assert pair.run(1).of(1)[-1] == CallEnded(1, 200, "")
    sent = len(pair.modem.commands)
    pair.run(5)
    assert "AT+CLCC" not in pair.modem.commands[sent:]


@pytest.mark.parametrize(
    ("cause", "code"),
    [
        ("User busy", 486),
        ("No answer", 480),
        ("Unassigned number", 404),
        ("Call rejected", 603),
        ("Normal call clearing", 480),
        ("Network congestion", 503),
    ],
)
def test_why_a_call_failed(pair: Pair, cause: str, code: int) -> None:
    pair.do(PlaceCellCall(1, "0612345678"))
    pair.modem.mobile.hang_up(cause)
    ends = [event for event in pair.run(3).of(1) if isinstance(event, CallEnded)]
    assert [end.code for end in ends] == [code]


def test_a_call_is_given_up_before_it_is_answered(pair: Pair) -> None:
    pair.do(PlaceCellCall(1, "0612345678")).do(HangUpCellCall(1))
    assert pair.of(1)[-1] == CallEnded(1, 487, "") and not pair.modem.mobile.calls


def test_a_hang_up_in_the_same_moment_as_the_call(pair: Pair) -> None:
    pair.apply(pair.talk.execute(PlaceCellCall(1, "0612345678"), pair.now_s))
    pair.do(HangUpCellCall(1)).run(10)
    assert isinstance(pair.of(1)[-1], CallEnded) and not pair.modem.mobile.calls


@pytest.mark.parametrize("answered", [True, False])
def test_a_call_in_the_moment_in_which_the_last_is_ended(pair: Pair, answered: bool) -> None:
    pair.do(PlaceCellCall(1, "0612345678"))
    if answered:
        pair.modem.mobile.answer()
    pair.run(3)
    before = len(pair.modem.commands)
    pair.apply(pair.talk.execute(HangUpCellCall(1), pair.now_s))
    pair.apply(pair.talk.execute(PlaceCellCall(2, "0699999999"), pair.now_s))
    pair.run(10)
    assert isinstance(pair.of(1)[-1], CallEnded)
    assert pair.of(2) == [CallProgressed(2, Progress.TRYING), CallProgressed(2, Progress.RINGING)]
    assert [call.number for call in pair.modem.mobile.calls] == ["0699999999"]
    said = pair.modem.commands[before:]
    assert "AT+CLCC" in said[: said.index("ATD0699999999;")], "it dials before it knows that the last call is gone"
    pair.modem.mobile.answer()
    assert pair.run(3).of(2)[2:] == [CallAnswered(2), *(replace(ready, call=2) for ready in SOUND[pair.modem.name])]
    assert pair.modem.voice == (pair.modem.name != "SIM800")


def test_a_call_out_without_our_number(pair: Pair) -> None:
    pair.do(PlaceCellCall(1, "0612345678", hidden=True)).run(1)
    assert "ATD0612345678I;" in pair.modem.commands
    assert [call.number for call in pair.modem.mobile.calls] == ["0612345678"]


def test_a_call_in(pair: Pair) -> None:
    pair.modem.mobile.ring("+33612345678")
    assert pair.run(1).all(CellCallArrived) == [CellCallArrived("cell-1", "+33612345678")]
    pair.do(AlertCellCaller(1, "cell-1")).run(5).do(AnswerCellCall(1)).run(2)
    assert pair.of(1) == [CallAnswered(1), *SOUND[pair.modem.name]]
    pair.do(HangUpCellCall(1))
    assert pair.of(1)[-1] == CallEnded(1, 200, "")
    assert len(pair.all(CellCallArrived)) == 1


def test_a_caller_without_number(pair: Pair) -> None:
    pair.modem.mobile.ring("")
    assert pair.run(2).all(CellCallArrived) == [CellCallArrived("cell-1", "")]


def test_a_caller_gives_up(pair: Pair) -> None:
    pair.modem.mobile.ring("0612345678")
    pair.run(1)
    pair.modem.mobile.hang_up()
    assert pair.run(3).all(OfferWithdrawn) == [OfferWithdrawn("cell-1")]
    pair.do(AlertCellCaller(1, "cell-1"))
    assert pair.of(1) == [CallEnded(1, 487, "the caller gave up")]
    pair.modem.mobile.ring("0612345678")
    pair.run(1).do(AlertCellCaller(2, "cell-2"))
    pair.modem.mobile.hang_up()
    assert pair.run(3).of(2) == [CallEnded(2, 487, "the caller gave up")]


def test_an_offer_is_refused(pair: Pair) -> None:
    pair.modem.mobile.ring("0612345678")
    pair.run(1).do(RefuseCellOffer("cell-1")).run(3)
    assert not pair.modem.mobile.calls and not pair.all(OfferWithdrawn) and len(pair.all(CellCallArrived)) == 1


def talking(pair: Pair) -> Pair:
    pair.do(PlaceCellCall(1, "0612345678"))
    pair.modem.mobile.answer()
    return pair.run(3)


def test_a_second_caller_waits_and_is_refused(pair: Pair) -> None:
    talking(pair).modem.mobile.ring("0699999999")
    assert pair.run(1).all(CellCallArrived) == [CellCallArrived("cell-1", "0699999999", waiting=True)]
    pair.do(RefuseCellOffer("cell-1")).run(2)
    assert [call.number for call in pair.modem.mobile.calls] == ["0612345678"]
    assert isinstance(pair.of(1)[-1], (CallAnswered, CellSoundReady))


def test_a_second_caller_is_answered_and_the_first_call_ends_alone(pair: Pair) -> None:
    talking(pair).modem.mobile.ring("0699999999")
    pair.run(1).do(AlertCellCaller(2, "cell-1")).do(AnswerCellCall(2)).run(2)
    assert pair.of(2)[0] == CallAnswered(2)
    pair.do(HangUpCellCall(1)).run(2)
    assert pair.of(1)[-1] == CallEnded(1, 200, "")
    assert [call.number for call in pair.modem.mobile.calls] == ["0699999999"]


def test_the_first_call_ends_while_a_second_waits(pair: Pair) -> None:
    talking(pair).modem.mobile.ring("0699999999")
    pair.run(1).do(AlertCellCaller(2, "cell-1")).do(HangUpCellCall(1)).run(1)
    assert pair.of(1)[-1] == CallEnded(1, 200, "") and pair.of(2) == [] and len(pair.all(CellCallArrived)) == 1
    pair.do(AnswerCellCall(2)).run(2)
    assert pair.of(2)[0] == CallAnswered(2)


@pytest.mark.parametrize("number", ["*21*0612345678#", "0612;+CMGD=1,4", "", "##002#", "06 12"])
def test_what_is_no_number_is_never_dialed(sim: Pair, number: str) -> None:
    sim.do(PlaceCellCall(1, number))
    assert [event.code for event in sim.all(CallEnded)] == [484]
    assert not any(command.startswith("ATD") for command in sim.modem.commands)


def test_roaming_costs_and_is_not_entered_unasked() -> None:
    pair = Pair()
    pair.modem.mobile.state = 5
    pair.up()
    assert (pair.stage, pair.state.voice) == (ModemStage.ROAMING, False)
    pair.do(PlaceCellCall(1, "0612345678")).do(SendSms(1, "0612345678", "x"))
    assert pair.of(1)[0] == CallEnded(1, 403, "roaming is not allowed")
    assert pair.all(OrderTried) == [OrderTried(1, Outcome.FAILED, "roaming is not allowed")]
    pair.do(PlaceCellCall(2, "112"))
    assert pair.of(2)[0] == CallProgressed(2, Progress.TRYING)


def test_roaming_when_it_is_allowed() -> None:
    pair = Pair(settings=CellSettings(roaming_allowed=True))
    pair.modem.mobile.state = 5
    assert pair.up().state.voice and pair.stage is ModemStage.ROAMING
    assert pair.do(PlaceCellCall(1, "0612345678")).of(1)[0] == CallProgressed(1, Progress.TRYING)


def test_registration_comes_and_goes(pair: Pair) -> None:
    pair.modem.mobile.register(2)
    assert pair.run(1).stage is ModemStage.SEARCHING and not pair.state.voice
    assert pair.do(PlaceCellCall(1, "0612345678")).of(1) == [CallEnded(1, 503, "no mobile network")]
    pair.modem.mobile.register(3)
    assert pair.run(1).state == ModemChanged(ModemStage.DENIED, "the network refuses the SIM")
    pair.modem.mobile.register(1)
    assert pair.run(1).stage is ModemStage.HOME and pair.state.voice


def test_small_changes_of_the_signal_are_not_told(sim: Pair) -> None:
    told = len(sim.all(ModemChanged))
    sim.modem.mobile.set_signal(21)
    assert len(sim.run(70).all(ModemChanged)) == told
    sim.modem.mobile.set_signal(10)
    assert sim.run(70).state.signal_dbm == -111


@pytest.mark.parametrize("reason", ForwardReason)
def test_a_forward_is_set_read_back_and_erased(pair: Pair, reason: ForwardReason) -> None:
    pair.do(SetCellForward(1, reason, "+33612345678"))
    assert pair.all(OrderTried) == [OrderTried(1, Outcome.DONE, "", armed=True)]
    after_s = 20 if reason is ForwardReason.NO_REPLY else 0
    assert pair.modem.mobile.forwards == {reason.value: ("+33612345678", after_s)}
    pair.do(SetCellForward(2, reason, ""))
    assert pair.all(OrderTried)[-1] == OrderTried(2, Outcome.DONE, "", armed=False)
    assert pair.modem.mobile.forwards == {}


def test_a_forward_counts_only_as_it_is_read_back(sim: Pair) -> None:
    sim.modem.faults.errors["AT+CCFC=3,3"] = "OK"  # a network that says yes and does nothing
    sim.do(SetCellForward(1, ForwardReason.NOT_REACHABLE, "0612345678"))
    assert sim.all(OrderTried) == [OrderTried(1, Outcome.FAILED, "the network shows no forward", armed=False)]
    sim.modem.mobile.forwards[3] = ("0699999999", 0)
    sim.do(SetCellForward(2, ForwardReason.NOT_REACHABLE, "0612345678"))
    assert sim.all(OrderTried)[-1] == OrderTried(2, Outcome.FAILED, "the network forwards to 0699999999", armed=True)
    sim.modem.faults.errors["AT+CCFC=3,2"] = "+CME ERROR: 30"
    sim.do(SetCellForward(3, ForwardReason.NOT_REACHABLE, "0612345678"))
    assert sim.all(OrderTried)[-1].outcome is Outcome.FAILED and sim.all(OrderTried)[-1].armed is None


def test_a_forward_that_is_refused(sim: Pair) -> None:
    sim.modem.faults.errors["AT+CCFC"] = "+CME ERROR: 4"
    sim.do(SetCellForward(1, ForwardReason.BUSY, "0612345678")).do(SetCellForward(2, ForwardReason.BUSY, "0612;x"))
    assert [tried.outcome for tried in sim.all(OrderTried)] == [Outcome.REFUSED, Outcome.REFUSED]


def test_a_forward_that_takes_its_time(sim: Pair) -> None:
    sim.modem.faults.delays["AT+CCFC=0,3"] = 50.0
    sim.do(SetCellForward(1, ForwardReason.UNCONDITIONAL, "0612345678"))
    assert not sim.all(OrderTried)
    assert sim.run(52).all(OrderTried) == [OrderTried(1, Outcome.DONE, "", armed=True)]


@pytest.mark.parametrize("text", ["hello", "نورا 😀", "x" * 400, "é" * 161])
def test_a_text_goes_out(pair: Pair, text: str) -> None:
    pair.do(SendSms(9, "+33612345678", text))
    assert pair.all(OrderTried) == [OrderTried(9, Outcome.DONE)]
    assert pair.modem.mobile.sent == [("+33612345678", text)]


@pytest.mark.parametrize(
    ("line", "outcome"),
    [("+CMS ERROR: 38", Outcome.FAILED), ("+CMS ERROR: 1", Outcome.REFUSED), ("ERROR", Outcome.FAILED)],
)
def test_a_text_that_does_not_go_out(sim: Pair, line: str, outcome: Outcome) -> None:
    sim.modem.faults.errors["AT+CMGS"] = line
    sim.do(SendSms(9, "+33612345678", "hello"))
    assert [tried.outcome for tried in sim.all(OrderTried)] == [outcome]


def test_a_text_nobody_can_send(sim: Pair) -> None:
    sim.do(SendSms(1, "nobody", "x")).do(SendSms(2, "0612", "x" * 9000))
    assert [tried.outcome for tried in sim.all(OrderTried)] == [Outcome.REFUSED, Outcome.REFUSED]


def test_texts_come_in_whole_and_leave_the_sim(pair: Pair) -> None:
    pair.modem.mobile.deliver("+33612345678", "hello")
    pair.modem.mobile.deliver("36184", "😀 long " * 30, parts=(2, 0))
    assert [sms.text for sms in pair.run(2).all(SmsArrived)] == ["hello"]
    pair.modem.mobile.deliver("36184", "😀 long " * 30, parts=(1, 3, 4)[: len(smsc.deliver("", "😀 long " * 30)) - 2])
    arrived = pair.run(2).all(SmsArrived)
    assert arrived[1:] == [SmsArrived("36184", "😀 long " * 30, "2026-09-07T14:30:51+02:00")]
    assert not pair.modem.mobile.inbox


def test_texts_that_came_while_the_phone_was_off() -> None:
    pair = Pair()
    for at, pdu in enumerate(smsc.deliver("+33612345678", "while you were away " * 5), 4):
        pair.modem.mobile.inbox[at] = pdu
    assert [sms.text for sms in pair.up().all(SmsArrived)] == ["while you were away " * 5]
    assert not pair.modem.mobile.inbox


def test_a_part_that_never_comes_is_shown_as_missing(sim: Pair) -> None:
    sim.modem.mobile.deliver("36184", "a" * 60 + "b" * 60 + "c" * 10, parts=(0, 2))
    assert sim.run(3000).all(SmsArrived) == [] and len(sim.modem.mobile.inbox) == 2
    assert [sms.text for sms in sim.run(700).all(SmsArrived)] == ["a" * 60 + "[…]" + "c" * 10]
    assert not sim.modem.mobile.inbox


def test_a_text_whose_line_was_cut_is_read_again(sim: Pair) -> None:
    sim.modem.mobile.inbox[1] = smsc.deliver("+33612345678", "hello")[0]
    sim.modem.faults.cut["00"] = 20
    sim.modem.line.say('+CMTI: "SM",1')
    assert [sms.text for sms in sim.run(1).all(SmsArrived)] == ["hello"]


def test_codes(pair: Pair) -> None:
    pair.modem.mobile.codes |= {"*100#": (1, "Menu\n1 Credit"), "1": (0, "You have 5 euros")}
    pair.do(SendUssd("*100#")).do(SendUssd("1")).do(SendUssd("*9#"))
    assert pair.all(UssdAnswered) == [
        UssdAnswered("Menu\n1 Credit", True),
        UssdAnswered("You have 5 euros", False),
        UssdAnswered("Unknown code *9#", False),
    ]


def test_codes_that_fail(sim: Pair) -> None:
    sim.modem.faults.errors['AT+CUSD=1,"*1#"'] = "+CME ERROR: 30"
    sim.do(SendUssd("*1#"))
    assert sim.all(UssdAnswered) == [UssdAnswered("the network answered +CME ERROR 30", False)]
    sim.modem.faults.errors['AT+CUSD=1,"*2#"'] = "OK"  # and then nothing
    sim.do(SendUssd("*2#")).run(121)
    assert sim.all(UssdAnswered)[-1] == UssdAnswered("the network did not answer", False)


def test_a_call_that_stays_silent_is_ended(sim: Pair) -> None:
    sim.modem.faults.errors["AT+CPCMREG=1"] = "ERROR"
    talking(sim)
    assert sim.run(3).of(1)[-1] == CallEnded(1, 488, "the modem's sound cannot be had")
    assert not sim.all(CellSoundReady) and not sim.modem.mobile.calls


def test_a_call_of_nobody_is_ended(sim: Pair) -> None:
    talking(sim)
    sim.modem.mobile.dial("0899999999")
    sim.run(4)
    assert [call.number for call in sim.modem.mobile.calls] == ["0612345678"]


def test_analogue_sound_that_is_not_wired_carries_no_call() -> None:
    pair = Pair("SIM800").up()
    assert not pair.state.voice
    assert [event.code for event in pair.do(PlaceCellCall(1, "0612345678")).all(CallEnded)] == [488]
