"""The three keys below the display: what each says and does now."""

from collections.abc import Callable
from dataclasses import dataclass

from ranin.core import ahead, paging, parking, presence, several, texting
from ranin.core.calls import happen
from ranin.core.happenings import What
from ranin.core.keys import SOFT_KEYS, Key
from ranin.core.pages import PAGE
from ranin.core.state import Call, CallState, Desk, Phone
from ranin.core.turn import Turn
from ranin.core.words import BUSY


@dataclass(frozen=True, slots=True)
class Soft:
    """One key: a word of at most eight letters, and what it does; or the ordinary key it stands for."""

    label: str
    deed: Callable[[Turn], None] | Key


def labels(phone: Phone) -> tuple[str, ...]:
    """What the three keys say; empty words for keys that do nothing; nothing at all: no key does."""
    row = softkeys(phone)
    return tuple(soft.label if soft else "" for soft in row) if any(row) else ()


def meaning(phone: Phone, key: Key) -> Soft | None:
    """What this key does now."""
    return softkeys(phone)[SOFT_KEYS.index(key)]


Row = tuple[Soft | None, Soft | None, Soft | None]
NONE: Row = (None, None, None)

_OK = Soft("Select", Key.OK)
_BACK = Soft("Back", Key.CANCEL)


_WHILE_LOCKED = frozenset({"Answer", "Refuse", "Silence", "End", "Swap", "Resume"})
"""What keys may do with calls on a locked phone."""


def softkeys(phone: Phone) -> Row:
    """The three keys, from left to right."""
    if not phone.lock.locked:
        return _softkeys(phone)
    if phone.lock.typed and not phone.lifted and several.focus(phone) is None:
        return (Soft("Unlock", Key.OK), Soft("Delete", Key.CANCEL), None)
    first, second, third = (soft if soft and soft.label in _WHILE_LOCKED else None for soft in _softkeys(phone))
    return first, second, third


def _softkeys(phone: Phone) -> Row:
    if paging.shown(phone) is not None:
        return (None, None, Soft("End", paging.dismiss))
    if phone.lifted and phone.desk in (Desk.DIAL_TONE, Desk.COLLECTING) and phone.alerting is None:
        return _dialling(phone)
    call = several.focus(phone)
    if call is not None and phone.desk is not Desk.AFTER_CALL:
        return _IN_CALL[call.state](phone, call)
    if phone.lifted:
        return _after_call(phone)
    if phone.menu is not None:
        return (Soft("Keep", Key.OK), Soft("Delete", Key.CANCEL), None) if phone.menu.typing else (_OK, None, _BACK)
    if phone.desk is Desk.PREDIALING:
        return (None, Soft("Delete", Key.CANCEL), _line(phone))
    return NONE


def _dialling(phone: Phone) -> Row:
    delete = Soft("Delete", _delete) if phone.digits else None
    if phone.transferee:
        send = Soft("Send", several.send_blind) if phone.digits else None
        ask = Soft("Ask", Key.OK) if phone.digits else None
        return (send, ask, delete or _resume(phone))
    call = Soft("Call", Key.OK) if phone.digits else None
    retrieve = Soft("Retrieve", Key.OK) if presence.parked(phone) and not presence.ringing(phone) else None
    return (call or retrieve, delete, _resume(phone) or _line(phone))


def _line(phone: Phone) -> Soft | None:
    return Soft("Line", ahead.next_line) if ahead.chooses_line(phone) else None


def _delete(turn: Turn) -> None:
    digits = turn.phone.digits[:-1]
    turn.change(digits=digits, desk=Desk.COLLECTING if digits else Desk.DIAL_TONE)


def _aside(phone: Phone) -> Call | None:
    """Who is to be transferred, or was put aside last."""
    return phone.call(phone.transferee) or (phone.held[-1] if phone.held else None)


def _resume(phone: Phone) -> Soft | None:
    return Soft("Resume", _take_back) if _aside(phone) is not None else None


def _take_back(turn: Turn) -> None:
    call = _aside(turn.phone)
    if call is not None:
        several.resume(turn, call)


def _take_back_shown(turn: Turn) -> None:
    call = several.focus(turn.phone)
    if call is not None:
        several.resume(turn, call)


def _after_call(phone: Phone) -> Row:
    again = Soft("Again", Key.OK) if phone.again else None
    alerting = Soft("Answer", _answer) if phone.alerting else None
    callback, resume = Soft("Callback", presence.ring_back) if phone.cause is BUSY else None, _resume(phone)
    return (alerting or again or callback or resume, None, resume if callback else None)


def _answer(turn: Turn) -> None:
    call = several.focus(turn.phone)
    if call is not None:
        several.answer(turn, call)


def _end(turn: Turn) -> None:
    call = several.focus(turn.phone)
    if call is not None:
        happen(turn, call.number, What.CANCELLED)


_END = Soft("End", _end)


def _alerting(phone: Phone, call: Call) -> Row:
    refuse = Soft("Refuse", _end)
    if not phone.lifted:
        answer = Soft("Answer", Key.SPEAKER) if phone.settings.hands_free != "off" else None
        return (answer, refuse, None if call.silenced else Soft("Silence", Key.MUTE))
    return (Soft("Answer", _answer), refuse, None)


def _calling(phone: Phone, _call: Call) -> Row:
    transfer = Soft("Transfer", several.complete) if phone.transferee and several.transfer_of(phone)[0] else None
    return (transfer, None, _END)


def _talking(phone: Phone, call: Call) -> Row:
    if call.line == PAGE:
        return (None, None, _END)
    if call.text is None or not call.text.there:
        return _voice(phone, call)
    if call.text.typing:
        return (Soft(call.text.mode, texting.next_mode), Soft("Delete", texting.erase), Soft("Done", texting.end))
    first, second, third = _voice(phone, call)
    return (first, second, third if third is not None and third.label == "Transfer" else Soft("Text", texting.begin))


def _voice(phone: Phone, call: Call) -> Row:
    if phone.conference:
        first = Soft("Join", several.join) if phone.held else Soft("Hold", several.hold)
        return (first, Soft("Split", several.split), _END)
    if not phone.held:
        last = Soft("Park", parking.park) if parking.offered(phone, call) else _END
        return (Soft("Hold", several.hold), Soft("Transfer", several.begin_transfer), last)
    transfer = Soft("Transfer", several.complete) if several.transfer_of(phone)[0] else None
    return (Soft("Swap", several.swap), Soft("Join", several.join), transfer)


def _held(phone: Phone, _call: Call) -> Row:
    if not phone.lifted:
        return (None, None, _END)
    if phone.active is None or phone.active.state is not CallState.TALKING or phone.active.line == PAGE:
        return (Soft("Resume", _take_back_shown), None, _END)
    return (Soft("Swap", several.swap), Soft("Join", several.join), _END)


def _waiting(_phone: Phone, _call: Call) -> Row:
    return (None, None, _END)


_IN_CALL: dict[CallState, Callable[[Phone, Call], Row]] = {
    CallState.DIALED: _calling,
    CallState.RINGBACK: _calling,
    CallState.EARLY: _calling,
    CallState.ALERTING: _alerting,
    CallState.ANSWERING: _waiting,
    CallState.TALKING: _talking,
    CallState.HELD: _held,
    CallState.TRANSFERRING: _waiting,
}


def back(turn: Turn) -> bool:
    """CANCEL while a number is asked for beside a call put aside: take that call back. Whether there was one."""
    waits = _aside(turn.phone) is not None and turn.phone.active is None
    if waits:
        _take_back(turn)
    return waits
