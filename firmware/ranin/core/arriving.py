"""Somebody calls: by SIP or on the modem, an offer is taken or refused in the turn it arrives."""

from ranin.core import afterwards, gateway, legs
from ranin.core.events import CallArrived, Timer
from ranin.core.mobile import CellCallArrived
from ranin.core.several import MOST_CALLS
from ranin.core.state import CELL, LAN, Call, CallState, Hook, Leaving, Phone
from ranin.core.turn import Turn

RING_LIMIT_S = 180.0
"""How long an unanswered call rings before we answer 480."""


def by_sip(turn: Turn, event: CallArrived) -> None:
    """An INVITE from a line's own server, or from a phone of the same provisioning: for us, or for our modem."""
    if gateway.asked(turn.phone, event):
        gateway.arrived(turn, event)
        return
    welcome = bool(turn.phone.lan.address) if event.line == LAN else event.line < len(turn.phone.lines)
    _arrive(turn, event.line, event.offer, event.name, event.number, welcome)


def by_cell(turn: Turn, event: CellCallArrived) -> None:
    """RING at the modem; a second call there is told busy."""
    name = turn.phone.name_of(event.number)
    _arrive(turn, CELL, event.offer, name, event.number or "Withheld", not event.waiting)


def _arrive(turn: Turn, line: int, offer: str, name: str, number: str, welcome: bool) -> None:
    phone = turn.phone
    call = Call(phone.next_call, line, CallState.ALERTING, False, name, number, turn.now.wall)
    if phone.leaving in (Leaving.UNREGISTERING, Leaving.GONE):
        turn.do(legs.refuse(line, offer, 480))
        return
    if not welcome or _busy(phone):
        turn.do(legs.refuse(line, offer))
        afterwards.log(turn, call, 486)  # a caller told busy is a missed call all the same
        return
    turn.change(calls=(*phone.calls, call), next_call=call.number + 1, gauge="", selected=0)
    turn.do(legs.alert(call, offer))
    turn.start(Timer.NO_ANSWER, RING_LIMIT_S, of=call.number)


def _busy(phone: Phone) -> bool:
    """Whether another call would be one too many."""
    in_use = phone.hook is Hook.UP or bool(phone.alive)
    return len(phone.calls) >= MOST_CALLS or (in_use and not phone.settings.call_waiting)
