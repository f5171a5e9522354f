"""What is done when something happens to a call: the actions of the call table."""

from ranin.core import afterwards, lan, legs
from ranin.core.commands import PlayKeyTone, TransferCall
from ranin.core.events import Timer
from ranin.core.happenings import Detail
from ranin.core.outgoing import Choice
from ranin.core.screening import MOVED
from ranin.core.state import CELL, LAN, Call, Desk
from ranin.core.turn import Turn
from ranin.core.words import BUSY, CELL_FAILED, carried_cause

TRANSFER_WITHIN_S = 40.0
"""How long we wait to hear of a transfer: the other phone rings no longer (RFC 3515 §2.4.4 leaves it to us)."""

_UNREACHED = (408, 503)
"""What the engine says of a server that is not reached; on the LAN it is the other phone (RFC 3261 §8.1.3.1)."""

_BUSY = (486, 600)


def nothing(_turn: Turn, _call: Call, _detail: Detail) -> None:
    """The change of state says it all."""


def hang_up(turn: Turn, call: Call, detail: Detail) -> None:
    """End it on the wire."""
    turn.do(legs.hang_up(call, detail.code))


def let_go(turn: Turn, call: Call, detail: Detail) -> None:
    """The person ended it: the handset is theirs again."""
    hang_up(turn, call, detail)
    afterwards.log(turn, call, detail.code or 200)
    afterwards.free_handset(turn)


def end_held(turn: Turn, call: Call, detail: Detail) -> None:
    """The person ended a call that had been put aside: the handset is where it was."""
    hang_up(turn, call, detail)
    afterwards.log(turn, call, 200)


def refuse(turn: Turn, call: Call, _detail: Detail) -> None:
    """Tell the caller that we are busy."""
    turn.do(legs.hang_up(call, 486))
    afterwards.log(turn, call, 486, seen=True)


def give_up_ringing(turn: Turn, call: Call, _detail: Detail) -> None:
    """Nobody picks up: somebody else is rung instead, if that is set."""
    target = turn.phone.settings.account(call.line).forward_no_answer
    code = MOVED if target else 480
    turn.do(legs.hang_up(call, code, target))
    afterwards.log(turn, call, code)


def answer(turn: Turn, call: Call, _detail: Detail) -> None:
    """The handset is this call's."""
    turn.change(desk=Desk.BUSY, digits="", menu=None, notice=None, muted=False)
    turn.stop(Timer.DIGIT)
    turn.stop(Timer.OFF_HOOK)
    turn.do(legs.answer(call))


def talk(turn: Turn, call: Call, _detail: Detail) -> None:
    """From now on it is a conversation."""
    turn.change_call(call.number, answered_s=turn.now.mono_s)


def media(turn: Turn, call: Call, detail: Detail) -> None:
    """Its sound flows this way."""
    turn.change_call(call.number, codec=detail.codec, secure=detail.secure, via=turn.phone.paths.via, moving=False)


def peer_holds(turn: Turn, call: Call, detail: Detail) -> None:
    """The other side has put us aside, or taken us back."""
    turn.change_call(call.number, peer_holds=detail.holds)


def send_digit(turn: Turn, call: Call, detail: Detail) -> None:
    """Send a digit, and let the ear hear it."""
    turn.change_call(call.number, digits=(call.digits + detail.digit)[-32:])
    turn.do(legs.send_digit(call, detail.digit), PlayKeyTone(detail.digit))


def silence(turn: Turn, call: Call, _detail: Detail) -> None:
    """It rings no longer, but can be answered."""
    turn.change_call(call.number, silenced=True)


def hold(turn: Turn, call: Call, _detail: Detail) -> None:
    """Put it aside: the other side hears music."""
    turn.change(muted=False)
    turn.change_call(call.number, remark="", aside_s=turn.now.mono_s)
    turn.do(*legs.hold(call))


def resume(turn: Turn, call: Call, _detail: Detail) -> None:
    """Take it back to the handset."""
    turn.stop(Timer.DIGIT)
    turn.stop(Timer.OFF_HOOK)
    turn.change(desk=Desk.BUSY, digits="", cause=None, again="", muted=False)
    turn.change_call(call.number, remark="")
    turn.do(*legs.resume(call))


def refer(turn: Turn, call: Call, detail: Detail) -> None:
    """Ask the other side to call somebody else instead of us (RFC 3515), or to take a call's place (RFC 3891)."""
    turn.change_call(call.number, goal=detail.goal, remark="")
    turn.start(Timer.TRANSFER, TRANSFER_WITHIN_S, of=call.number)
    turn.do(TransferCall(call.number, detail.target, detail.goal))


def referred(turn: Turn, call: Call, _detail: Detail) -> None:
    """They are connected: our part of it is over."""
    turn.do(legs.hang_up(call))
    afterwards.log(turn, call, 200)


def not_referred(turn: Turn, call: Call, _detail: Detail) -> None:
    """It is still ours, put aside."""
    turn.change_call(call.number, goal=0, orbit="", remark="Not transferred")


def missed(turn: Turn, call: Call, detail: Detail) -> None:
    """The caller gave up, or was answered elsewhere."""
    afterwards.log(turn, call, detail.code)


def over(turn: Turn, call: Call, detail: Detail) -> None:
    """The other side or the network ended it: tone and words tell why, and a call that was lost is offered anew."""
    if lan.carried_on(turn, call, detail.code):
        return
    afterwards.log(turn, call, detail.code)
    if call.moving and call.answered_s is not None and detail.code != 200:
        afterwards.offer_again(turn, call)
    elif call.line == CELL and detail.code == 503:
        afterwards.tell_cause(turn, CELL_FAILED)
    elif call.carrier:
        afterwards.tell_cause(turn, carried_cause(call.carrier, detail.code))
    elif call.line == LAN and detail.code in _UNREACHED:
        afterwards.tell(turn, 480)
    elif call.outgoing and call.line >= 0 and detail.code in _BUSY:
        turn.change(engaged=Choice(call.place or call.peer, call.line, hidden=call.hidden))
        afterwards.tell_cause(turn, BUSY)
    else:
        afterwards.tell(turn, detail.code)


def held_over(turn: Turn, call: Call, detail: Detail) -> None:
    """Somebody who was put aside has left."""
    afterwards.log(turn, call, detail.code)


def broken(turn: Turn, call: Call, _detail: Detail) -> None:
    """The engine took the call with it."""
    afterwards.log(turn, call, 500)
    afterwards.tell_restarting(turn)


def lost_by_fault(turn: Turn, call: Call, _detail: Detail) -> None:
    """The engine took a call with it that did not have the handset."""
    afterwards.log(turn, call, 500)
