"""Calls of the other phones over our modem: who calls so, who is served, how the two legs follow each other."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ranin.core.commands import AnswerCall, ConnectEar, HangUpCall, LogCall, PlaceCall, RefuseOffer
from ranin.core.events import (
    CallAnswered,
    CallArrived,
    CallEnded,
    CallProgressed,
    Direction,
    EngineLost,
    EngineReady,
    Event,
    HookLifted,
    HookReplaced,
    KeyPressed,
    MediaStarted,
    Progress,
    SettingsChanged,
)
from ranin.core.keys import Key
from ranin.core.mobile import (
    CellCallArrived,
    CellSoundReady,
    HangUpCellCall,
    JoinCellSound,
    LeaveCellSound,
    ModemChanged,
    ModemStage,
    PlaceCellCall,
    SendCellDtmf,
)
from ranin.core.neighbours import (
    ConfigureLan,
    DigitReceived,
    JoinCalls,
    NeighbourSeen,
    ProgressCall,
    SeekNeighbours,
    TakeOffer,
)
from ranin.core.outage import Link, LinkProbed
from ranin.core.screens.screen import Dialing, Idle, InCall, Notice
from ranin.core.settings import Account, CellSettings, LanSettings, Secret, Settings
from ranin.core.state import LAN, Page
from tests.core.desk_model import Bench, keys

OURS, THEIRS = "10.0.0.1", "10.0.0.2"
LENDS = LanSettings(True, certificate="certificate", key=Secret("key"), gateway=True)
NUMBER = "0612345678"
HOME = ModemChanged(ModemStage.HOME, voice=True)


def set_up(lan: LanSettings = LENDS, **fields: object) -> Settings:
    return Settings((Account(user="201", server="192.0.2.1", display_name="Shop"),), lan=lan, **fields)  # type: ignore[arg-type]


def phone(lan: LanSettings = LENDS, modem: ModemChanged | None = HOME, **fields: object) -> Bench:
    """On the LAN, its server away; 202 is there, and lends nothing."""
    bench = Bench(set_up(lan, **fields))
    bench.send(EngineReady(), *([modem] if modem else []))
    bench.send(*[LinkProbed(Link.ETHERNET, False, "Server does not answer", OURS)] * 3)
    bench.send(NeighbourSeen("202", "Kitchen", THEIRS, 5061))
    bench.wait(10.0)
    return bench


def asks(target: str = NUMBER, number: str = "202") -> CallArrived:
    return CallArrived("offer", LAN, "Kitchen", number, target)


def orders(commands: list[object], *kinds: type) -> list[object]:
    return [command for command in commands if isinstance(command, kinds)]


def serving(target: str = NUMBER) -> Bench:
    bench = phone()
    assert orders(bench.send(asks(target)), TakeOffer, PlaceCellCall) == [
        TakeOffer(1, "offer"),
        PlaceCellCall(2, target),
    ]
    return bench


def talking() -> Bench:
    bench = serving()
    bench.send(CallProgressed(2, Progress.RINGING), CallAnswered(2), CellSoundReady(2, device="voice"))
    bench.send(MediaStarted(1, "opus", True), CallAnswered(1), MediaStarted(2, "cell", False))
    return bench


def dial(bench: Bench, digits: str) -> object:
    """Lift and dial; the order that came of it."""
    made = bench.send(HookLifted(), *(KeyPressed(key) for key in keys(digits + "#")))
    return next(iter(orders(made, PlaceCall, PlaceCellCall)), None)


# The phone that has no way of its own.


def without_modem(*seen: NeighbourSeen) -> Bench:
    bench = phone(replace(LENDS, gateway=False), None)
    bench.send(*(seen or (NeighbourSeen("203", "Office", "10.0.0.3", 5061, True),)))
    return bench


def test_a_phone_without_any_way_calls_over_the_gateway_and_says_whose_it_is() -> None:
    bench = without_modem()
    assert isinstance(bench.screen, Idle) and bench.screen.state == "Calls via another phone"
    assert dial(bench, NUMBER) == PlaceCall(1, LAN, f"sip:{NUMBER}@10.0.0.3:5061;transport=tls")
    for event, status in ((CallProgressed(1, Progress.RINGING), "Ringing…"), (CallAnswered(1), "Connected")):
        bench.send(event)
        assert isinstance(bench.screen, InCall)
        assert (bench.screen.name, bench.screen.status) == ("via Office", status)
    bench.send(CallEnded(1, 200, ""))
    assert isinstance(bench.screen, Notice) and bench.screen.title == "Call ended"


def test_a_neighbour_is_called_itself() -> None:
    bench = without_modem(
        NeighbourSeen("600600", "Hall", "10.0.0.4", 5061), NeighbourSeen("203", "", THEIRS, 5061, True)
    )
    assert dial(bench, "600600") == PlaceCall(1, LAN, "sip:600600@10.0.0.4:5061;transport=tls")
    assert isinstance(bench.screen, InCall) and bench.screen.name == ""


def test_an_extension_or_a_short_service_is_nothing_for_a_gateway() -> None:
    for digits in ("205", "3900", "*123#"):
        assert dial(without_modem(), digits.rstrip("#")) is None


def test_help_is_called_by_the_gateway_where_there_is_no_other_way() -> None:
    assert dial(without_modem(), "112") == PlaceCall(1, LAN, "sip:112@10.0.0.3:5061;transport=tls")


def test_a_modem_of_its_own_is_used_first() -> None:
    bench = phone(replace(LENDS, gateway=False))
    bench.send(NeighbourSeen("203", "Office", "10.0.0.3", 5061, True))
    assert dial(bench, NUMBER) == PlaceCellCall(1, NUMBER)


def test_nothing_goes_over_a_gateway_while_the_server_is_there() -> None:
    bench = Bench(set_up(replace(LENDS, gateway=False))).ready()
    bench.send(LinkProbed(Link.ETHERNET, True, "", OURS, "192.0.2.1"), NeighbourSeen("203", "", THEIRS, 5061, True))
    assert dial(bench, NUMBER) == PlaceCall(1, 0, NUMBER)


@pytest.mark.parametrize(
    ("code", "title", "text"),
    [
        (503, "Not carried", "Office: mobile line in use or away."),
        (408, "Not carried", "Office: mobile line in use or away."),
        (502, "Call failed", "The mobile network could not carry it."),
        (486, "Busy", "The other side is on the phone."),
    ],
)
def test_why_it_was_not_carried(code: int, title: str, text: str) -> None:
    bench = without_modem()
    dial(bench, NUMBER)
    bench.send(CallEnded(1, code, ""))
    assert isinstance(bench.screen, Notice) and (bench.screen.title, bench.screen.text) == (title, text)


def test_the_next_gateway_is_tried_when_one_does_not_take_it() -> None:
    liar = NeighbourSeen("203", "Office", "10.0.0.3", 5061, True)
    honest = NeighbourSeen("204", "", "10.0.0.4", 5061, True)
    bench = without_modem(liar, honest)
    dial(bench, "112")
    assert PlaceCall(2, LAN, "sip:112@10.0.0.4:5061;transport=tls") in bench.send(CallEnded(1, 503, ""))
    assert isinstance(bench.screen, InCall) and bench.screen.name == "via 204" and not bench.phone.log
    assert not orders(bench.send(CallEnded(2, 503, "")), PlaceCall)
    assert isinstance(bench.screen, Notice) and len(bench.phone.log) == 1
    for code, first in ((486, []), (200, []), (503, [HookReplaced()]), (503, [CallAnswered(1)])):
        bench = without_modem(liar, honest)
        dial(bench, NUMBER)
        assert not orders(bench.send(*first, CallEnded(1, code, "")), PlaceCall)


# The phone that lends its modem.


def test_it_is_off_unless_it_is_set_and_said_once_when_it_is() -> None:
    assert not LanSettings().gateway
    bench = phone(replace(LENDS, gateway=False))
    assert not orders(bench.commands, SeekNeighbours)[-1].gateway
    bench.send(SettingsChanged(set_up()))
    assert isinstance(bench.screen, Notice) and bench.screen.title == "Gateway is on" and "legal" in bench.screen.text
    assert orders(bench.commands, SeekNeighbours)[-1].gateway
    bench.wait(10.0)
    bench.send(SettingsChanged(set_up(ring_melody="bell")))
    assert isinstance(bench.screen, Idle)
    assert len(orders(bench.commands, ConfigureLan)) == 1, "calls on the LAN would have ended"


def test_it_is_announced_only_while_the_modem_can_carry_a_call() -> None:
    bench = phone(modem=None)
    for modem, lends in ((HOME, True), (replace(HOME, stage=ModemStage.SEARCHING), False), (HOME, True)):
        bench.send(modem)
        assert orders(bench.commands, SeekNeighbours)[-1].gateway is lends
    bench.send(replace(HOME, stage=ModemStage.ROAMING, voice=False))  # abroad, and not allowed to cost that much
    assert not orders(bench.commands, SeekNeighbours)[-1].gateway
    assert bench.send(asks())[-1] == RefuseOffer("offer", 503)


def test_sound_that_never_enters_the_bridge_is_no_gateway_s() -> None:
    bench = phone(modem=HOME)
    bench.send(SettingsChanged(set_up(modem=CellSettings(analogue_sound=True))))
    assert not orders(bench.commands, SeekNeighbours)[-1].gateway
    assert RefuseOffer("offer", 503) in bench.send(asks("112"))


def test_a_call_is_served_from_the_invite_to_the_end() -> None:
    bench = serving()
    assert isinstance(bench.screen, Idle) and bench.screen.state == "In use for 202"
    assert not orders(bench.send(CallProgressed(2, Progress.TRYING)), ProgressCall, AnswerCall, JoinCalls)
    assert orders(bench.send(CallProgressed(2, Progress.RINGING)), ProgressCall) == [ProgressCall(1, 180)]
    assert not orders(bench.send(CallProgressed(2, Progress.RINGING)), ProgressCall)
    answered = bench.send(CallAnswered(2))
    assert orders(answered, JoinCalls, AnswerCall) == [JoinCalls((1, 2)), AnswerCall(1)]
    assert JoinCellSound(2, device="voice") in bench.send(CellSoundReady(2, device="voice"))
    bench.send(MediaStarted(1, "opus", True), CallAnswered(1), MediaStarted(2, "cell", False))
    assert orders(bench.send(DigitReceived(1, "5")), SendCellDtmf) == [SendCellDtmf(2, "5")]
    bench.wait(65.0)
    over = bench.send(CallEnded(2, 200, ""))
    assert over[0] == JoinCalls() and LeaveCellSound(2) in over and HangUpCall(1) in over
    logged = bench.last(LogCall).call
    assert (logged.direction, logged.name, logged.number, logged.talk_s, logged.code) == (
        Direction.SERVED, "202", NUMBER, 65, 200,
    )  # fmt: skip
    assert bench.phone.served is None and bench.phone.shown.ear == ConnectEar() and not bench.phone.missed


def test_early_media_is_passed_on() -> None:
    bench = serving()
    early = bench.send(CallProgressed(2, Progress.EARLY_MEDIA))
    assert orders(early, ProgressCall, JoinCalls) == [JoinCalls((1, 2)), ProgressCall(1, 183)]
    assert not orders(bench.send(CallProgressed(2, Progress.RINGING)), ProgressCall)


@pytest.mark.parametrize(
    ("code", "passed_on"),
    [(486, 486), (480, 480), (404, 404), (403, 403), (603, 603), (503, 502), (488, 502), (200, 502)],
)
def test_the_caller_gets_the_status_of_a_call_that_was_not_answered(code: int, passed_on: int) -> None:
    assert HangUpCall(1, passed_on) in serving().send(CallEnded(2, code, ""))


@pytest.mark.parametrize(("begin", "code"), [(serving, 487), (talking, 200)])
def test_the_caller_s_end_ends_the_mobile_call(begin: object, code: int) -> None:
    bench = begin()  # type: ignore[operator]
    assert HangUpCellCall(2) in bench.send(CallEnded(1, code, ""))
    assert bench.last(LogCall).call.code == code and bench.phone.served is None
    assert not orders(bench.send(CallAnswered(2), CallEnded(2, 200, "")), AnswerCall, HangUpCall, LogCall)


def test_an_engine_s_death_ends_the_mobile_call() -> None:
    bench = talking()
    assert HangUpCellCall(2) in bench.send(EngineLost("killed"))
    assert bench.phone.served is None
    assert not orders(bench.send(EngineReady()), JoinCalls, JoinCellSound)


@pytest.mark.parametrize("target", ["205", "*21*0699999999#", "+", "061234567a", "0612345678;x", "1" * 18])
def test_what_is_no_telephone_number_is_not_served(target: str) -> None:
    assert RefuseOffer("offer", 484) in phone().send(asks(target))


def test_a_phone_that_is_no_gateway_serves_nobody_nor_rings_for_another() -> None:
    bench = phone(replace(LENDS, gateway=False))
    assert orders(bench.send(asks()), RefuseOffer) == [RefuseOffer("offer", 404)]
    assert not bench.phone.calls and not bench.phone.log


def test_a_call_that_came_by_a_server_is_never_served() -> None:
    bench = phone()
    bench.send(replace(asks(), line=0))
    assert bench.phone.served is None and bench.phone.alerting is not None


def test_our_own_number_rings_as_before_also_while_another_is_served() -> None:
    bench = talking()
    bench.send(asks("201"))
    assert bench.phone.alerting is not None and bench.phone.served is not None
    bench.send(HookLifted(), MediaStarted(3, "opus", True), CallAnswered(3))
    assert bench.phone.shown.ear.calls == (3,) and bench.phone.shown.joined == JoinCalls((1, 2))
    bench.send(HookReplaced(), CallEnded(3, 200, ""))
    assert bench.phone.shown.joined == JoinCalls((1, 2))


def test_a_gateway_s_own_calls_are_not_carried_on_but_its_calls_for_help_are() -> None:
    bench = phone()
    bench.send(NeighbourSeen("203", "Office", "10.0.0.3", 5061, True))
    assert RefuseOffer("offer", 482) in bench.send(asks(number="203"))
    assert PlaceCellCall(2, "112") in serving("112").commands
    assert TakeOffer(1, "offer") in bench.send(asks("112", "203"))


def test_one_call_at_a_time_and_our_own_first() -> None:
    bench = serving()
    assert RefuseOffer("other", 503) in bench.send(replace(asks("0699999999"), offer="other"))
    bench = phone()
    bench.send(CellCallArrived("ring", "0611111111"))
    assert RefuseOffer("offer", 503) in bench.send(asks())
    assert RefuseOffer("offer", 503) in bench.send(asks("112"))


def test_our_own_person_s_call_takes_the_modem() -> None:
    bench = talking()
    made = bench.send(HookLifted(), *(KeyPressed(key) for key in keys("0699999999#")))
    assert orders(made, HangUpCall, HangUpCellCall, PlaceCellCall) == [
        HangUpCall(1), HangUpCellCall(2), PlaceCellCall(3, "0699999999"),
    ]  # fmt: skip
    assert bench.phone.served is None


def test_a_call_for_help_comes_before_a_served_one_and_is_not_ended_for_ours() -> None:
    bench = talking()
    made = bench.send(replace(asks("112", "204"), offer="help"))
    assert orders(made, HangUpCall, HangUpCellCall, TakeOffer, PlaceCellCall) == [
        HangUpCall(1), HangUpCellCall(2), TakeOffer(3, "help"), PlaceCellCall(4, "112"),
    ]  # fmt: skip
    assert RefuseOffer("third", 503) in bench.send(replace(asks("112", "205"), offer="third"))
    assert dial(bench, "0699999999") is None
    assert isinstance(bench.screen, Notice) and bench.screen.title == "Line in use"
    bench.send(HookReplaced())
    assert dial(bench, "112") == PlaceCellCall(5, "112")
    assert bench.phone.served is None


def test_help_is_called_without_a_sim() -> None:
    bench = phone(modem=ModemChanged(ModemStage.LOCKED, "no SIM"))
    assert PlaceCellCall(2, "112") in bench.send(asks("112"))
    assert RefuseOffer("offer", 503) in phone(modem=ModemChanged(ModemStage.LOCKED, "no SIM")).send(asks())


def test_turning_it_off_ends_what_is_served() -> None:
    bench = talking()
    made = bench.send(SettingsChanged(set_up(replace(LENDS, gateway=False))))
    assert HangUpCellCall(2) in made and LeaveCellSound(2) in made and bench.phone.served is None


def test_the_log_says_for_whom_and_redial_leaves_it_alone() -> None:
    bench = talking()
    bench.send(CallEnded(1, 200, ""), KeyPressed(Key.REDIAL))
    assert bench.phone.menu is not None and bench.phone.menu.page is Page.CALLS
    assert f"for 202: {NUMBER}" in bench.screen.rows  # type: ignore[attr-defined]
    bench.send(KeyPressed(Key.CANCEL), HookLifted())
    assert not orders(bench.send(KeyPressed(Key.REDIAL)), PlaceCall, PlaceCellCall)
    assert isinstance(bench.screen, Dialing) and bench.phone.name_of(NUMBER) == ""


CALLS = st.integers(1, 6)
EVENTS: st.SearchStrategy[Event] = st.one_of(
    st.builds(asks, st.sampled_from([NUMBER, "201", "112", "205"]), st.sampled_from(["202", "203"])),
    st.builds(CallProgressed, CALLS, st.sampled_from(Progress)),
    st.builds(CallAnswered, CALLS),
    st.builds(MediaStarted, CALLS, st.just("opus"), st.booleans()),
    st.builds(CellSoundReady, CALLS, st.just(""), st.just("voice")),
    st.builds(CallEnded, CALLS, st.sampled_from([200, 486, 487, 503]), st.just("")),
    st.builds(DigitReceived, CALLS, st.sampled_from("0#")),
    st.builds(KeyPressed, st.sampled_from([Key.D6, Key.D1, Key.D2, Key.HASH, Key.CANCEL])),
    st.sampled_from(
        [HookLifted(), HookReplaced(), EngineLost("killed"), EngineReady(), CellCallArrived("ring", "0655")]
    ),
    st.sampled_from([HOME, replace(HOME, stage=ModemStage.SEARCHING), SettingsChanged(set_up())]),
    st.just(SettingsChanged(set_up(replace(LENDS, gateway=False)))),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(EVENTS, max_size=50))
def test_whatever_happens_no_leg_is_left_alone(walk: list[Event]) -> None:
    bench = phone()
    for event in walk:
        before = bench.phone
        made = bench.send(event)
        served = bench.phone.served
        if before.served is not None and served is not before.served and (
            served is None or served.callee.number != before.served.callee.number
        ):  # fmt: skip
            ended = [row.call for row in orders(made, HangUpCall, HangUpCellCall)]
            assert {before.served.caller.number, before.served.callee.number} <= set(ended)
            assert any(row.call.direction is Direction.SERVED for row in orders(made, LogCall))
        legs = () if served is None else (served.caller.number, served.callee.number)
        assert bench.phone.shown.joined.calls in ((), legs)
        assert not set(legs) & {call.number for call in bench.phone.calls}
        assert not set(legs) & set(bench.phone.shown.ear.calls)
        assert bench.phone.sound is None or bench.phone.call(bench.phone.sound.call) is not None
        assert len(orders(made, PlaceCellCall)) <= 1
        if isinstance(event, CallArrived):
            assert len([row for row in made if getattr(row, "offer", "") == event.offer]) == 1
