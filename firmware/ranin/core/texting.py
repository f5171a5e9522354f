"""Writing and reading in a call: what is received, and what the keys write by multi-tap, sent as it is typed."""

from dataclasses import replace
from typing import Any

from ranin.core import multitap, several
from ranin.core.events import Timer
from ranin.core.keys import Key, is_digit
from ranin.core.realtext import BACKSPACE, NEW_LINE, Conversation, SendText, TextChanged, TextReceived, read
from ranin.core.state import Call, CallState, Phone
from ranin.core.turn import Turn


def changed(turn: Turn, event: TextChanged) -> None:
    """A text stream has come about, or has gone; a re-INVITE may bring it again, so what was written is kept."""
    call = _living(turn.phone, event.call)
    if call is not None and (event.there or call.text is not None):
        turn.change_call(call.number, text=replace(call.text or Conversation(), there=event.there))


def received(turn: Turn, event: TextReceived) -> None:
    """Keep what the other side has written."""
    call = _living(turn.phone, event.call)
    if call is not None and call.text is not None:
        turn.change_call(call.number, text=replace(call.text, theirs=read(call.text.theirs, event.text)))


def _living(phone: Phone, number: int) -> Call | None:
    return next((call for call in phone.calls if call.number == number), None)


def front(phone: Phone) -> tuple[Call, Conversation] | None:
    """The call that the display and the keys are about, if one can write in it now."""
    call = several.focus(phone)
    if call is None or call.text is None or not call.text.there or call.state is not CallState.TALKING:
        return None
    return call, call.text


def begin(turn: Turn) -> None:
    """Let the keys write."""
    _change(turn, typing=True)


def end(turn: Turn) -> None:
    """Let the keys send DTMF again; what was written stays on the display."""
    _change(turn, typing=False, last="")


def next_mode(turn: Turn) -> None:
    """Small letters → capitals → digits."""
    here = front(turn.phone)
    if here is not None:
        _change(turn, mode=multitap.next_mode(here[1].mode), last="")


def erase(turn: Turn) -> None:
    """Take the last character back, here and there."""
    here = front(turn.phone)
    if here is not None and here[1].ours:
        _write(turn, BACKSPACE, "")


def pressed(turn: Turn, key: Key) -> bool:
    """A key while the keys write; whether it was one for that."""
    here = front(turn.phone)
    if here is None or not here[1].typing:
        return False
    if is_digit(key):
        _tap(turn, here[1], key.value)
    elif key is Key.OK:
        _write(turn, NEW_LINE, "")
    elif key in (Key.UP, Key.DOWN):
        next_mode(turn)
    elif key is Key.CANCEL:
        (erase if here[1].ours else end)(turn)
    else:
        return False
    return True


def held(turn: Turn, key: Key) -> bool:
    """A digit key held writes the digit itself, instead of the letter that its press has written."""
    here = front(turn.phone)
    if here is None or not here[1].typing:
        return False
    if is_digit(key):
        _write(turn, (BACKSPACE if here[1].last else "") + key.value, "")
    return True


def letter_settled(turn: Turn) -> None:
    """The pause after a letter: the next press begins a new one."""
    for call in turn.phone.calls:
        if call.text is not None and call.text.last:
            turn.change_call(call.number, text=replace(call.text, last=""))


def _tap(turn: Turn, talk: Conversation, key: str) -> None:
    written, last = multitap.press(talk.ours[-1:], talk.mode, talk.last, key)
    _write(turn, (BACKSPACE if key == talk.last else "") + written[-1], last)


def _write(turn: Turn, text: str, last: str) -> None:
    """Send it, and keep it as the other side reads it."""
    here = front(turn.phone)
    if here is None:
        return
    turn.do(SendText(here[0].number, text))
    _change(turn, ours=read(here[1].ours, text), last=last)
    if last:
        turn.start(Timer.MULTITAP, multitap.SETTLE_S)
    else:
        turn.stop(Timer.MULTITAP)


def _change(turn: Turn, **fields: Any) -> None:
    here = front(turn.phone)
    if here is not None:
        turn.change_call(here[0].number, text=replace(here[1], **fields))
