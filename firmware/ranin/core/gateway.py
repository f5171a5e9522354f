"""Outgoing calls of the other phones over our modem: who is served, and the two legs of such a call.

It is off unless it is set, for such bridges are restricted in many countries. A served call goes out on the modem
alone, never on to another phone. Our own person comes first; only a call for help is not ended for an ordinary one.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from ranin.core import afterwards, lan
from ranin.core.commands import AnswerCall, HangUpCall, RefuseOffer
from ranin.core.emergency import is_emergency
from ranin.core.events import CallAnswered, CallArrived, CallEnded, CallProgressed, Direction, MediaStarted, Progress
from ranin.core.mobile import ASKING, HangUpCellCall, PlaceCellCall, SendCellDtmf
from ranin.core.neighbours import DigitReceived, JoinCalls, ProgressCall, TakeOffer
from ranin.core.notices import say
from ranin.core.outage import Link
from ranin.core.settings import Settings
from ranin.core.state import CELL, LAN, Call, CallState, Leaving, Phone, Served
from ranin.core.text import fill
from ranin.core.turn import Turn

_PROGRESS = {
    (CallState.DIALED, Progress.RINGING): (CallState.RINGBACK, 180),
    (CallState.DIALED, Progress.EARLY_MEDIA): (CallState.EARLY, 183),
    (CallState.RINGBACK, Progress.EARLY_MEDIA): (CallState.EARLY, 183),
}
"""Where the call stands then, and what the caller is told (RFC 3261 §21.1); any other progress is none."""
_OURS = frozenset({487, 488})
"""Final statuses that speak of our own end of the modem's call: to the caller the gateway has failed."""


def settings_changed(turn: Turn, old: Settings) -> None:
    """Say once that it has been turned on."""
    new = turn.phone.settings.lan
    if new.usable and new.gateway and not old.lan.gateway:
        say(turn, "Gateway is on", "Others use this SIM. Not legal everywhere.")


def asked(phone: Phone, event: CallArrived) -> bool:
    """Whether it is a call for another number than ours."""
    return event.line == LAN and event.target not in ("", lan.own_number(phone.settings))


def arrived(turn: Turn, event: CallArrived) -> None:
    """Serve the call, or say why not."""
    code = _refusal(turn.phone, event)
    if code:
        turn.do(RefuseOffer(event.offer, code))
        return
    end(turn, 503)
    first, wall = turn.phone.next_call, turn.now.wall
    caller = Call(first, LAN, CallState.ALERTING, False, event.name, event.number, wall)
    callee = Call(first + 1, CELL, CallState.DIALED, True, event.number, event.target, wall)
    turn.change(served=Served(caller, callee), next_call=first + 2)
    turn.note(f"Mobile call for {event.number}")
    turn.do(TakeOffer(caller.number, event.offer), PlaceCellCall(callee.number, callee.peer))


def _refusal(phone: Phone, event: CallArrived) -> int:
    """The status for a call that is not served (RFC 3261 §21.4, §21.5); 0: it is."""
    help_wanted = is_emergency(event.target, phone.settings.country)
    if not phone.settings.lan.gateway or not phone.lan.address:
        return 404
    if not help_wanted and not lan.is_whole(event.target):
        return 484
    if not help_wanted and any(known.gateway for known in phone.neighbours if known.number == event.number):
        return 482
    return 503 if _in_use(phone, help_wanted) or not _carries(phone, help_wanted) else 0


def _carries(phone: Phone, help_wanted: bool) -> bool:
    """Whether the modem can: a call for help needs no SIM and no home network."""
    if phone.leaving in (Leaving.UNREGISTERING, Leaving.GONE):
        return False
    asks = phone.modem.stage in ASKING and not phone.settings.modem.analogue_sound
    return lan.lends_modem(phone) or (help_wanted and asks)


def _in_use(phone: Phone, help_wanted: bool) -> bool:
    """Whether the modem has a call of our own, be it as data; one that is served gives way to a call for help."""
    if any(call.line == CELL or phone.paths.link is Link.LTE for call in phone.calls):
        return True
    return phone.served is not None and (not help_wanted or helps(phone))


def helps(phone: Phone) -> bool:
    """Whether another phone calls for help over our modem."""
    return phone.served is not None and is_emergency(phone.served.callee.peer, phone.settings.country)


def make_way(turn: Turn, line: int) -> None:
    """Our own person calls by `line`."""
    if line == CELL:
        end(turn, 503)


def handler(phone: Phone, event: object) -> Callable[[Turn, Any], None] | None:
    """What is done about an event of one of the legs; None: it is none of theirs."""
    served, number = phone.served, getattr(event, "call", None)
    if served is None:
        return None
    on = {served.caller.number: _ON_CALLER, served.callee.number: _ON_CALLEE}.get(number, {})
    return on.get(type(event))


def _nothing(_turn: Turn, _event: object) -> None:
    """It changes nothing about the whole."""


def _progressed(turn: Turn, event: CallProgressed) -> None:
    """The network rings, or speaks, there: the caller is told."""
    served = _served(turn)
    state, code = _PROGRESS.get((served.callee.state, event.progress), (served.callee.state, 0))
    if code:
        turn.change(served=replace(served, callee=replace(served.callee, state=state)))
        turn.do(ProgressCall(served.caller.number, code))


def _answered(turn: Turn, _event: CallAnswered) -> None:
    served = _served(turn)
    callee = replace(served.callee, state=CallState.TALKING, answered_s=turn.now.mono_s)
    turn.change(served=replace(served, callee=callee))
    turn.do(AnswerCall(served.caller.number))


def _digit(turn: Turn, event: DigitReceived) -> None:
    turn.do(SendCellDtmf(_served(turn).callee.number, event.digit))


def _callee_ended(turn: Turn, event: CallEnded) -> None:
    """The caller gets its status (RFC 4497 §8.4); what failed here or in the network is a bad gateway."""
    passed_on = 400 <= event.code < 500 or event.code >= 600
    end(turn, event.code if passed_on and event.code not in _OURS else 502)


def _caller_ended(turn: Turn, event: CallEnded) -> None:
    end(turn, event.code)


def _served(turn: Turn) -> Served:
    assert turn.phone.served is not None
    return turn.phone.served


_ON_CALLER: dict[type, Callable[[Turn, Any], None]] = {
    CallAnswered: _nothing,
    MediaStarted: _nothing,
    DigitReceived: _digit,
    CallEnded: _caller_ended,
}
_ON_CALLEE: dict[type, Callable[[Turn, Any], None]] = {
    CallProgressed: _progressed,
    CallAnswered: _answered,
    MediaStarted: _nothing,
    CallEnded: _callee_ended,
}


def end(turn: Turn, code: int) -> None:
    """End both legs, whichever of them is left, and keep the call in the log; `code` if it was not answered."""
    served = turn.phone.served
    if served is None:
        return
    turn.change(served=None)
    answered = served.callee.answered_s is not None
    turn.do(HangUpCall(served.caller.number, 0 if answered else code), HangUpCellCall(served.callee.number))
    afterwards.log(turn, served.callee, 200 if answered else code, direction=Direction.SERVED)


def follow(turn: Turn) -> None:
    """After every event: no call is served that may not be."""
    phone = turn.phone
    gone = phone.leaving in (Leaving.UNREGISTERING, Leaving.GONE)
    if gone or not phone.settings.lan.gateway or not phone.lan.address:
        end(turn, 480)


def joined(phone: Phone) -> JoinCalls:
    """The calls that hear each other without the handset."""
    served = phone.served
    if served is None or served.callee.state not in (CallState.EARLY, CallState.TALKING):
        return JoinCalls()
    return JoinCalls((served.caller.number, served.callee.number))


def words(phone: Phone) -> str:
    """For whom the modem is in use, for the display at rest; empty: for nobody."""
    return fill("In use for {number}", number=phone.served.caller.peer) if phone.served is not None else ""
