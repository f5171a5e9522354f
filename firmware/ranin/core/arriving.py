"""Somebody calls: by SIP or on the modem, an offer is taken or refused in the turn it arrives."""

from ranin.core import afterwards, gateway, legs, several
from ranin.core.events import CallArrived, Timer
from ranin.core.mobile import CellCallArrived
from ranin.core.notices import announce
from ranin.core.screening import Verdict, judge
from ranin.core.state import CELL, LAN, Call, CallState, Leaving, Phone
from ranin.core.text import fill
from ranin.core.turn import Turn
from ranin.core.verstat import Verstat
from ranin.core.words import WITHHELD

RING_LIMIT_S = 180.0
"""How long an unanswered call rings before we answer 480."""


def by_sip(turn: Turn, event: CallArrived) -> None:
    """An INVITE from a line's own server, or from a phone of the same provisioning: for us, or for our modem."""
    phone = turn.phone
    if gateway.asked(phone, event):
        gateway.arrived(turn, event)
        return
    welcome = bool(phone.lan.address) if event.line == LAN else event.line < len(phone.lines)
    contact = phone.settings.contact(event.number)
    name = contact.name if contact is not None else event.name
    call = _arrive(turn, event.line, event.offer, name, event.number, welcome, event.verstat)
    known = contact is not None and contact.intercom and event.verstat is not Verstat.FAILED
    if call is not None and event.intercom and known and not _in_use(phone):
        _answer_by_itself(turn, call)


def by_cell(turn: Turn, event: CellCallArrived) -> None:
    """RING at the modem; a second call there is told busy."""
    name = turn.phone.name_of(event.number)
    _arrive(turn, CELL, event.offer, name, event.number or WITHHELD, not event.waiting)


def _arrive(
    turn: Turn, line: int, offer: str, name: str, number: str, welcome: bool, verstat: Verstat = Verstat.NONE
) -> Call | None:
    """The call that rings now, or None: it was refused, and is logged as missed all the same."""
    phone = turn.phone
    call = Call(phone.next_call, line, CallState.ALERTING, False, name, number, turn.now.wall, verstat=verstat)
    if phone.leaving in (Leaving.UNREGISTERING, Leaving.GONE):
        turn.do(legs.refuse(line, offer, 480))
        return None
    account = phone.settings.account(line)
    verdict = judge(phone.settings, account, number, _busy(phone), verstat) if welcome else Verdict(486)
    if verdict is not None:
        turn.do(legs.refuse(line, offer, verdict.code, verdict.target))
        afterwards.log(turn, call, verdict.code)
        return None
    turn.change(calls=(*phone.calls, call), next_call=call.number + 1, gauge="", selected=0)
    turn.do(legs.alert(call, offer))
    turn.start(Timer.NO_ANSWER, _rings_s(phone, line), of=call.number)
    return call


def _rings_s(phone: Phone, line: int) -> float:
    account = phone.settings.account(line)
    return float(account.no_answer_s) if account.forward_no_answer else RING_LIMIT_S


def _in_use(phone: Phone) -> bool:
    return phone.lifted or bool(phone.alive)


def _busy(phone: Phone) -> bool:
    """Whether another call would be one too many."""
    return len(phone.calls) >= several.MOST_CALLS or (_in_use(phone) and not phone.settings.call_waiting)


def _answer_by_itself(turn: Turn, call: Call) -> None:
    """An intercom call: the person is warned by a tone, and heard at once."""
    if turn.phone.settings.hands_free == "off":
        return
    turn.change(handsfree=True)
    several.answer(turn, call)
    announce(turn, "Intercom", fill("{name} is listening.", name=call.name or call.peer))
