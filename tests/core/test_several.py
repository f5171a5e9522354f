"""Several calls at once, as a person at the phone meets them: waiting, aside, swapped, joined, transferred."""

from dataclasses import replace

import pytest

from ranin.core.commands import (
    AlertCaller,
    AnswerCall,
    Blink,
    ConnectEar,
    HangUpCall,
    HoldCall,
    Led,
    PlaceCall,
    RefuseOffer,
    ResumeCall,
    TransferCall,
)
from ranin.core.events import (
    CallAnswered,
    CallArrived,
    CallEnded,
    CallProgressed,
    EngineLost,
    HookLifted,
    HookReplaced,
    KeyPressed,
    KeyReleased,
    PeerChanged,
    PeerHeld,
    Progress,
)
from ranin.core.keys import Key
from ranin.core.mobile import CellCallArrived, ModemChanged, ModemStage
from ranin.core.screens.screen import CallList, Dialing, Icon, InCall, Notice, Ringing
from ranin.core.several import MOST_CALLS
from ranin.core.state import CallState, Desk
from tests.core.desk_model import SETTINGS, Bench, keys


def press(bench: Bench, *wanted: Key | str) -> list[object]:
    """Push and let go: keys, or digits as a text."""
    told: list[object] = []
    for word in wanted:
        for key in keys(word) if isinstance(word, str) else [word]:
            told += bench.send(KeyPressed(key), KeyReleased(key))
    return told


def soft(bench: Bench, label: str) -> list[object]:
    """Press the key that says this now."""
    labels = bench.screen.keys  # type: ignore[attr-defined]
    assert label in labels, f"the keys say {labels}"
    return press(bench, (Key.SOFT1, Key.SOFT2, Key.SOFT3)[labels.index(label)])


def talking(number: str = "601", bench: Bench | None = None) -> Bench:
    """In a conversation that we began."""
    bench = bench or Bench().ready()
    if bench.phone.hook.value == "down":
        bench.send(HookLifted())
    press(bench, number + "#")
    call = bench.phone.calls[-1].number
    bench.send(CallProgressed(call, Progress.RINGING), CallAnswered(call))
    return bench


def two_calls() -> Bench:
    """601 waits, 602 talks."""
    bench = talking()
    soft(bench, "Hold")
    return talking("602", bench)


def states(bench: Bench) -> list[str]:
    return [call.state.value for call in bench.phone.calls]


def ear(bench: Bench) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """(calls in the ear, calls that hear music)."""
    return bench.phone.shown.ear.calls, bench.phone.shown.ear.held


def test_somebody_calls_while_we_talk_and_is_answered() -> None:
    bench = talking()
    assert AlertCaller(2, "o") in bench.send(CallArrived("o", 0, "Nora", "603"))
    assert bench.tone == "waiting" and bench.phone.shown.ring.melody == ""
    assert isinstance(bench.screen, CallList) and bench.screen.rows[bench.screen.selected].name == "Nora"
    told = soft(bench, "Answer")
    assert HoldCall(1) in told and AnswerCall(2) in told
    bench.send(CallAnswered(2))
    assert states(bench) == ["held", "talking"] and ear(bench) == ((2,), (1,))
    assert bench.tone == ""


def test_who_calls_while_we_talk_can_be_refused_and_is_no_missed_call() -> None:
    bench = talking()
    bench.send(CallArrived("o", 0, "Nora", "603"))
    assert HangUpCall(2, 486) in soft(bench, "Refuse")
    assert ear(bench) == ((1,), ()) and bench.phone.missed == 0 and bench.tone == ""


def test_mute_hushes_who_waits() -> None:
    bench = talking()
    bench.send(CallArrived("o", 0, "Nora", "603"))
    press(bench, Key.MUTE)
    assert bench.tone == "" and not bench.phone.muted
    assert isinstance(bench.screen, CallList) and "Answer" in bench.screen.keys


def test_without_call_waiting_the_second_caller_is_told_busy() -> None:
    bench = talking(bench=Bench(replace(SETTINGS, call_waiting=False)).ready())
    assert RefuseOffer("o2", 486) in bench.send(CallArrived("o2", 0, "Omar", "604"))
    assert bench.phone.missed == 1


def test_three_customers_at_once_all_ring_and_are_taken_one_by_one() -> None:
    bench = Bench().ready()
    for number in ("701", "702", "703"):
        bench.send(CallArrived(number, 0, "", number))
    assert states(bench) == ["alerting"] * 3 and bench.phone.shown.ring.melody == "classic"
    assert isinstance(bench.screen, CallList) and bench.screen.title == "3 calls"
    bench.send(HookLifted(), CallAnswered(1))
    assert states(bench) == ["talking", "alerting", "alerting"] and bench.phone.shown.ring.melody == ""
    soft(bench, "Answer")
    bench.send(CallAnswered(2))
    soft(bench, "Answer")
    bench.send(CallAnswered(3))
    assert ear(bench) == ((3,), (1, 2))


def test_a_caller_too_many_is_told_busy() -> None:
    bench = Bench().ready()
    for index in range(MOST_CALLS):
        bench.send(CallArrived(f"o{index}", 0, "", str(index)))
    assert RefuseOffer("more", 486) in bench.send(CallArrived("more", 0, "", "9"))
    assert bench.phone.missed == 1


def test_each_caller_has_a_limit_of_ringing_of_its_own() -> None:
    bench = Bench().ready()
    bench.send(CallArrived("a", 0, "", "701"))
    bench.wait(100)
    bench.send(CallArrived("b", 0, "", "702"))
    assert HangUpCall(1, 480) in bench.wait(81)
    assert [call.number for call in bench.phone.alive] == [2]
    assert HangUpCall(2, 480) in bench.wait(100)


def test_a_call_is_put_aside_and_taken_back() -> None:
    bench = talking()
    assert HoldCall(1) in soft(bench, "Hold")
    assert bench.tone == "dial" and ear(bench) == ((), (1,))
    assert ResumeCall(1) in soft(bench, "Resume")
    assert ear(bench) == ((1,), ()) and isinstance(bench.screen, InCall)


def test_nobody_howls_beside_a_call_that_waits() -> None:
    bench = talking()
    soft(bench, "Hold")
    bench.wait(300)
    assert bench.tone == "" and isinstance(bench.screen, InCall) and bench.screen.status == "On hold"
    assert ResumeCall(1) in soft(bench, "Resume")


def test_a_second_call_is_made_beside_the_first_and_they_are_swapped() -> None:
    bench = two_calls()
    assert ear(bench) == ((2,), (1,))
    told = soft(bench, "Swap")
    assert HoldCall(2) in told and ResumeCall(1) in told
    assert ear(bench) == ((1,), (2,))


def test_one_of_several_is_ended_and_the_other_is_still_there() -> None:
    bench = two_calls()
    assert HangUpCall(2, 0) in press(bench, Key.CANCEL)
    bench.send(CallEnded(2, 200, ""))
    assert states(bench) == ["held"] and isinstance(bench.screen, Dialing)
    soft(bench, "Resume")
    assert ear(bench) == ((1,), ())


def test_a_call_of_the_list_is_chosen_and_ended() -> None:
    bench = two_calls()
    press(bench, Key.UP)
    assert isinstance(bench.screen, CallList) and bench.screen.selected == 0
    assert HangUpCall(1, 0) in soft(bench, "End")
    bench.send(CallEnded(1, 200, ""))
    assert ear(bench) == ((2,), ()) and bench.phone.desk is Desk.BUSY


def test_the_other_side_hangs_up_while_somebody_waits() -> None:
    bench = two_calls()
    bench.send(CallEnded(2, 200, ""))
    assert bench.tone == "busy" and isinstance(bench.screen, Notice)
    soft(bench, "Resume")
    assert ear(bench) == ((1,), ())


def test_who_waits_hangs_up() -> None:
    bench = two_calls()
    bench.send(CallEnded(1, 200, ""))
    assert ear(bench) == ((2,), ()) and isinstance(bench.screen, InCall)


def test_the_phone_rings_for_who_waits_when_the_handset_has_rested() -> None:
    bench = two_calls()
    assert HangUpCall(2, 0) in bench.send(HookReplaced())
    bench.send(CallEnded(2, 200, ""))
    assert states(bench) == ["held"] and bench.phone.shown.ring.melody == ""
    assert dict(bench.phone.shown.leds)[Led.RING] is Blink.SLOW
    bench.wait(21)
    assert bench.phone.shown.ring.melody == "classic"
    assert ResumeCall(1) in bench.send(HookLifted())
    assert bench.phone.shown.ring.melody == "" and ear(bench) == ((1,), ())


def test_three_are_joined_hear_each_other_and_are_split() -> None:
    bench = two_calls()
    assert ResumeCall(1) in soft(bench, "Join")
    assert ear(bench) == ((1, 2), ()) and isinstance(bench.screen, CallList)
    assert bench.screen.title == "Conference" and [row.name for row in bench.screen.rows] == ["601", "602"]
    press(bench, Key.MUTE)
    assert bench.phone.shown.ear.muted
    press(bench, Key.DOWN)
    assert HoldCall(1) in soft(bench, "Split")
    assert ear(bench) == ((2,), (1,))


def test_one_leaves_the_conference_and_the_others_go_on() -> None:
    bench = two_calls()
    soft(bench, "Join")
    bench.send(CallEnded(1, 200, ""))
    assert ear(bench) == ((2,), ()) and bench.tone == "" and bench.phone.desk is Desk.BUSY


def test_five_in_a_conference_and_hanging_up_ends_them_all() -> None:
    bench = talking()
    for number in ("602", "603", "604", "605"):
        soft(bench, "Hold")
        talking(number, bench)
        while "Join" in bench.screen.keys:  # type: ignore[attr-defined]
            soft(bench, "Join")
    assert ear(bench) == ((1, 2, 3, 4, 5), ())
    told = bench.send(HookReplaced())
    assert {command.call for command in told if isinstance(command, HangUpCall)} == {1, 2, 3, 4, 5}
    assert bench.phone.desk is Desk.RESTING


def test_the_whole_conference_is_put_aside_and_comes_back_one_by_one() -> None:
    bench = two_calls()
    soft(bench, "Join")
    soft(bench, "Hold")
    assert ear(bench) == ((), (1, 2)) and bench.tone == "dial"
    soft(bench, "Resume")
    assert ear(bench) == ((2,), (1,))


def test_a_mobile_call_is_joined_but_not_transferred() -> None:
    bench = Bench().ready()
    bench.send(ModemChanged(ModemStage.HOME, voice=True), CellCallArrived("m", "+33612345678"), HookLifted())
    bench.send(CallAnswered(1))
    told = soft(bench, "Transfer")
    assert not any(isinstance(command, HoldCall | TransferCall) for command in told) and states(bench) == ["talking"]
    soft(bench, "Hold")
    talking("602", bench)
    assert "Transfer" not in bench.screen.keys  # type: ignore[attr-defined]
    soft(bench, "Join")
    assert ear(bench) == ((1, 2), ())


def test_the_other_side_puts_us_aside_and_takes_us_back() -> None:
    bench = talking()
    bench.send(PeerHeld(1, True))
    assert isinstance(bench.screen, InCall) and bench.screen.status == "Holds you"
    bench.send(PeerHeld(1, False))
    assert isinstance(bench.screen, InCall) and bench.screen.status == "Connected"


def test_somebody_else_is_there_after_their_transfer() -> None:
    bench = talking()
    bench.send(PeerChanged(1, "Omar", "607"))
    assert isinstance(bench.screen, InCall) and (bench.screen.name, bench.screen.number) == ("Omar", "607")


def test_an_engine_that_dies_takes_all_its_calls() -> None:
    bench = two_calls()
    bench.send(EngineLost("killed"))
    assert not bench.phone.calls and ear(bench) == ((), ())
    assert isinstance(bench.screen, Notice) and bench.screen.title == "One moment"


def test_digits_are_dialled_though_somebody_calls() -> None:
    bench = Bench().ready()
    bench.send(HookLifted())
    press(bench, "60")
    bench.send(CallArrived("o", 0, "", "701"))
    assert PlaceCall(2, 0, "604") in press(bench, "4#")
    assert states(bench) == ["alerting", "dialed"]


def test_answering_ends_a_call_that_nobody_has_answered_yet() -> None:
    bench = Bench().ready()
    bench.send(HookLifted())
    press(bench, "604#")
    bench.send(CallArrived("o", 0, "", "701"))
    told = soft(bench, "Answer")
    assert HangUpCall(1, 0) in told and AnswerCall(2) in told


def test_ok_never_refuses_a_caller_and_never_puts_the_only_one_aside() -> None:
    bench = Bench().ready()
    bench.send(CallArrived("o", 0, "Nora", "603"))
    assert not any(isinstance(command, HangUpCall) for command in press(bench, Key.OK))
    bench.send(HookLifted(), CallAnswered(1))
    assert not any(isinstance(command, HoldCall) for command in press(bench, Key.OK))


def test_a_single_caller_rings_as_ever() -> None:
    bench = Bench().ready()
    bench.send(CallArrived("o", 0, "Nora", "603"))
    assert isinstance(bench.screen, Ringing) and bench.phone.shown.ear == ConnectEar()
    assert bench.screen.icons == (Icon.LINE_UP,)


@pytest.mark.parametrize("state", CallState)
def test_soft_keys_are_three_words_of_at_most_eight_letters(state: CallState) -> None:
    from ranin.core.softkeys import _IN_CALL  # noqa: PLC0415

    if state is CallState.ENDING:
        assert state not in _IN_CALL
        return
    for bench in (talking(), two_calls()):
        call = bench.phone.calls[0]
        row = _IN_CALL[state](bench.phone, call)
        assert len(row) == 3 and all(soft is None or 0 < len(soft.label) <= 8 for soft in row)


def three_calls() -> Bench:
    """601 and 602 wait, each a second longer than the next; 603 talks."""
    bench = two_calls()
    bench.now = bench.now.later(1)
    bench.send(CallArrived("o", 0, "", "603"))
    soft(bench, "Answer")
    bench.send(CallAnswered(3))
    return bench


def test_swap_takes_back_who_has_waited_longest_so_that_everybody_has_their_turn() -> None:
    bench, talked = three_calls(), []
    for _ in range(6):
        bench.now = bench.now.later(1)
        soft(bench, "Swap")
        talked += bench.phone.shown.ear.calls
    assert talked == [1, 2, 3, 1, 2, 3]


def test_resume_takes_back_the_call_that_the_display_is_about() -> None:
    bench = three_calls()
    bench.send(CallEnded(3, 200, ""))
    bench.wait(21)
    assert bench.phone.desk is Desk.HUSHED and isinstance(bench.screen, CallList)
    assert bench.screen.rows[bench.screen.selected].name == "602"
    assert ResumeCall(2) in soft(bench, "Resume")


def test_cancel_at_the_words_of_a_call_that_is_over_ends_nobody_who_waits() -> None:
    bench = two_calls()
    bench.send(CallEnded(2, 200, ""))
    assert isinstance(bench.screen, Notice)
    assert ResumeCall(1) in press(bench, Key.CANCEL)
    assert states(bench) == ["talking"]


def test_a_call_that_the_network_lost_is_called_again_beside_one_that_waits() -> None:
    bench = two_calls()
    moving = replace(bench.phone.calls[1], moving=True)
    bench.phone = replace(bench.phone, calls=(bench.phone.calls[0], moving))
    bench.send(CallEnded(2, 408, ""))
    assert isinstance(bench.screen, Notice) and bench.screen.keys[0] == "Again"
    assert PlaceCall(3, 0, "602") in soft(bench, "Again")
