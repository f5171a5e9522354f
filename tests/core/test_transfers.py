"""Transfers, as a person at the phone meets them: blind, asked first, refused, completed by the handset."""

from ranin.core.commands import HangUpCall, HoldCall, PlaceCall, ResumeCall, TransferCall
from ranin.core.events import CallAnswered, CallEnded, CallProgressed, CallTransferred, HookReplaced, Progress
from ranin.core.keys import Key
from ranin.core.screens.screen import CallList, Dialing, Notice
from ranin.core.state import Desk
from tests.core.test_several import ear, press, soft, states, talking


def test_a_blind_transfer() -> None:
    bench = talking()
    assert HoldCall(1) in soft(bench, "Transfer")
    assert isinstance(bench.screen, Dialing) and bench.screen.hint == "Transfer to…"
    press(bench, "605")
    assert TransferCall(1, "605") in soft(bench, "Send")
    assert isinstance(bench.screen, Notice) and bench.screen.title == "Transferring…"
    assert HangUpCall(1, 0) in bench.send(CallTransferred(1, 200))
    assert isinstance(bench.screen, Notice) and bench.screen.title == "Transferred"
    bench.send(CallEnded(1, 200, ""), HookReplaced())
    assert not bench.phone.calls


def test_a_transfer_that_is_refused_leaves_the_call_with_us() -> None:
    bench = talking()
    soft(bench, "Transfer")
    press(bench, "605")
    soft(bench, "Send")
    bench.send(CallTransferred(1, 603))
    assert isinstance(bench.screen, Notice) and bench.screen.title == "Not transferred"
    soft(bench, "Resume")
    assert ear(bench) == ((1,), ())


def test_a_transfer_of_which_nobody_tells_is_given_up() -> None:
    bench = talking()
    soft(bench, "Transfer")
    press(bench, "605")
    soft(bench, "Send")
    bench.wait(41)
    assert states(bench) == ["held"] and bench.phone.calls[0].remark == "Not transferred"
    bench.send(CallTransferred(1, 200))  # too late
    assert states(bench) == ["held"]


def test_an_attended_transfer() -> None:
    bench = talking()
    soft(bench, "Transfer")
    press(bench, "602")
    assert PlaceCall(2, 0, "602") in soft(bench, "Ask")
    bench.send(CallProgressed(2, Progress.RINGING), CallAnswered(2))
    told = soft(bench, "Transfer")
    assert HoldCall(2) in told and TransferCall(1, "602", 2) in told
    told = bench.send(CallTransferred(1, 200))
    assert {command.call for command in told if isinstance(command, HangUpCall)} == {1, 2}
    bench.send(CallEnded(1, 200, ""), CallEnded(2, 200, ""))
    assert not bench.phone.calls


def test_a_transfer_to_somebody_who_still_rings_does_not_wait_for_the_answer() -> None:
    bench = talking()
    soft(bench, "Transfer")
    press(bench, "602")
    soft(bench, "Ask")
    bench.send(CallProgressed(2, Progress.RINGING))
    told = soft(bench, "Transfer")
    assert HangUpCall(2, 0) in told and TransferCall(1, "602") in told


def test_putting_the_handset_back_completes_the_transfer() -> None:
    bench = talking()
    soft(bench, "Transfer")
    press(bench, "602")
    soft(bench, "Ask")
    bench.send(CallProgressed(2, Progress.RINGING), CallAnswered(2))
    assert TransferCall(1, "602", 2) in bench.send(HookReplaced())
    bench.send(CallTransferred(1, 200), CallEnded(1, 200, ""), CallEnded(2, 200, ""))
    assert not bench.phone.calls and bench.phone.desk is Desk.RESTING


def test_a_transfer_completed_by_the_handset_and_refused_is_rung_back() -> None:
    bench = talking()
    soft(bench, "Transfer")
    press(bench, "602")
    soft(bench, "Ask")
    bench.send(CallProgressed(2, Progress.RINGING), CallAnswered(2), HookReplaced(), CallTransferred(1, 603))
    assert states(bench) == ["held", "held"]
    bench.wait(21)
    assert bench.phone.shown.ring.melody == "classic"
    assert isinstance(bench.screen, CallList) and "Not transferred" in [row.status for row in bench.screen.rows]


def test_cancel_while_a_number_is_asked_for_takes_the_call_back() -> None:
    bench = talking()
    soft(bench, "Transfer")
    assert ResumeCall(1) in press(bench, Key.CANCEL)
    assert bench.phone.transferee == 0
