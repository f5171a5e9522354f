"""Several calls at once: put aside, take back, swap, join, split, transfer."""

from ranin.core import afterwards
from ranin.core.calls import happen
from ranin.core.events import CallTransferred, PeerChanged, PeerHeld, Timer
from ranin.core.happenings import Detail, What
from ranin.core.notices import announce
from ranin.core.pages import PAGE
from ranin.core.state import ASIDE, CELL, HOLDING_EAR, LAN, UNANSWERED, Call, CallState, Desk, Phone
from ranin.core.turn import Turn
from ranin.core.words import NO_TRANSFER, NOT_TRANSFERRED, TRANSFERRED, TRANSFERRING, Cause, parked_cause

MOST_CALLS = 6
"""Calls alive at once; a conference of five, and one who waits."""
RECALL_S = 20.0
"""How long a call put aside waits for the handset before the phone rings for it."""


def focus(phone: Phone) -> Call | None:
    """The call that keys are about: the chosen one, else who waits, who talks, who was put aside last."""
    chosen = phone.call(phone.selected)
    if chosen is not None and chosen.state is not CallState.ENDING:
        return chosen
    aside = sorted((call for call in phone.calls if call.state in ASIDE), key=lambda call: call.aside_s)
    return phone.alerting or phone.active or (aside[-1] if aside else None)


def select(turn: Turn, step: int) -> None:
    """Choose the next call of the list, or the one before."""
    alive, at = turn.phone.alive, focus(turn.phone)
    if at is not None:
        turn.change(selected=alive[(alive.index(at) + step) % len(alive)].number)


def put_aside(turn: Turn) -> None:
    """Free the handset for another call: conversations wait, pages and what nobody has answered are ended."""
    for call in turn.phone.calls:
        if call.state is CallState.TALKING and call.line != PAGE:
            happen(turn, call.number, What.HOLD)
        elif call.state in HOLDING_EAR:
            happen(turn, call.number, What.CANCELLED)


def hold(turn: Turn) -> None:
    """Put what has the handset aside and give dial tone."""
    put_aside(turn)
    turn.change(selected=0)
    afterwards.give_dial_tone(turn)


def resume(turn: Turn, call: Call) -> None:
    """Give the handset to a call that was put aside."""
    put_aside(turn)
    turn.change(selected=0, transferee=0)
    happen(turn, call.number, What.RESUME)


def answer(turn: Turn, call: Call) -> None:
    """Give the handset to somebody who calls."""
    put_aside(turn)
    turn.change(selected=0)
    happen(turn, call.number, What.LIFTED)


def swap(turn: Turn) -> None:
    """Put aside who talks and take back the chosen one, or who has waited longest."""
    other = _chosen_of(turn.phone, turn.phone.held)
    if other is not None:
        resume(turn, other)


def join(turn: Turn) -> None:
    """Let somebody who was put aside into the conversation: now it is a conference."""
    other = _chosen_of(turn.phone, turn.phone.held)
    if other is not None:
        turn.change(selected=0, transferee=0)
        happen(turn, other.number, What.RESUME)


def split(turn: Turn) -> None:
    """Talk to one of the conference alone; the others wait."""
    kept = _chosen_of(turn.phone, turn.phone.conference)
    for call in turn.phone.conference:
        if call != kept:
            happen(turn, call.number, What.HOLD)


def _chosen_of(phone: Phone, calls: tuple[Call, ...]) -> Call | None:
    return next((call for call in calls if call.number == phone.selected), calls[0] if calls else None)


def begin_transfer(turn: Turn) -> None:
    """Put the conversation aside and ask for the number that it shall go to."""
    call = turn.phone.active
    if call is None:
        return
    if not _refers(call):
        announce(turn, NO_TRANSFER.title, NO_TRANSFER.text)
        return
    hold(turn)
    turn.change(transferee=call.number)


def _refers(call: Call) -> bool:
    """Whether a server is between us that can carry a REFER."""
    return call.line not in (CELL, LAN, PAGE)


def send_blind(turn: Turn) -> None:
    """Transfer to what is dialled, without asking there (RFC 5589 §6)."""
    digits, number = turn.phone.digits, turn.phone.transferee
    turn.change(digits="")
    _refer(turn, number, Detail(target=digits))


def park(turn: Turn, number: int, orbit: str) -> None:
    """Have the server keep a call at a place where any telephone can take it."""
    turn.change_call(number, orbit=orbit)
    _refer(turn, number, Detail(target=orbit))


def complete(turn: Turn) -> None:
    """Connect the two: by REFER with Replaces (RFC 5589 §7), or without asking while the other still rings."""
    first, second = transfer_of(turn.phone)
    if first is None or second is None:
        return
    put_aside(turn)
    answered = second.state is CallState.TALKING
    _refer(turn, first.number, Detail(target=second.peer, goal=second.number if answered else 0))


def transfer_of(phone: Phone) -> tuple[Call | None, Call | None]:
    """(who is transferred, to whom) if the calls allow it now: one put aside, one that has the handset."""
    first, second = phone.call(phone.transferee) or _chosen_of(phone, phone.held), phone.active
    if first is None or second is None or phone.conference or first.state is not CallState.HELD:
        return None, None
    ready = second.state is CallState.TALKING or second.state in UNANSWERED
    return (first, second) if ready and _refers(first) and _refers(second) else (None, None)


def _refer(turn: Turn, number: int, detail: Detail) -> None:
    turn.change(transferee=0, selected=0)
    happen(turn, number, What.REFER, detail)
    afterwards.tell_cause(turn, TRANSFERRING)


def transferred(turn: Turn, event: CallTransferred) -> None:
    """The other side has told how its new call went."""
    call = turn.phone.call(event.call)
    if call is None or call.state is not CallState.TRANSFERRING:
        return
    done = event.code // 100 == 2
    happen(turn, call.number, What.REFERRED if done else What.NOT_REFERRED)
    if done:
        happen(turn, call.goal, What.CANCELLED)
    _tell(turn, NOT_TRANSFERRED if not done else parked_cause(call.orbit) if call.orbit else TRANSFERRED)


def timed_out(turn: Turn, number: int) -> None:
    """Nobody has told how the transfer went."""
    happen(turn, number, What.TIMED_OUT)
    _tell(turn, NOT_TRANSFERRED)


def _tell(turn: Turn, cause: Cause) -> None:
    """Say how a transfer ended wherever it does not disturb."""
    if turn.phone.cause is TRANSFERRING:
        afterwards.tell_cause(turn, cause)
    else:
        announce(turn, cause.title, cause.text)


def peer_held(turn: Turn, event: PeerHeld) -> None:
    """The other side put us aside, or took us back."""
    happen(turn, event.call, What.PEER_HOLDS, Detail(holds=event.holds))


def peer_changed(turn: Turn, event: PeerChanged) -> None:
    """A transfer has put somebody else at the other end."""
    if turn.phone.call(event.call) is not None:
        turn.change_call(event.call, name=event.name or turn.phone.name_of(event.number), peer=event.number)


def follow(turn: Turn) -> None:
    """Forget choices whose call is gone; have the phone ring for who waits while the handset rests."""
    phone = turn.phone
    if phone.selected not in {call.number for call in phone.alive}:
        turn.change(selected=0)
    if phone.transferee not in {call.number for call in phone.held}:
        turn.change(transferee=0)
    waits = not phone.lifted and bool(phone.held)
    if not waits:
        turn.stop(Timer.RECALL)
        turn.change(recalling=False)
    elif not phone.recalling and all(row[0] is not Timer.RECALL for row in phone.timers):
        turn.start(Timer.RECALL, RECALL_S)


def replaced(turn: Turn) -> None:
    """The handset is put back: a transfer that was begun is completed, everything else that talks is ended."""
    if turn.phone.transferee and transfer_of(turn.phone)[0] is not None:
        complete(turn)
        return
    for call in turn.phone.calls:
        happen(turn, call.number, What.REPLACED)
    if turn.phone.desk is not Desk.RESTING:
        afterwards.rest(turn)
