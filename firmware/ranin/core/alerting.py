"""Tone, ring and lamps: always worked out from the state, so they cannot disagree with it."""

from ranin.core import presence
from ranin.core.commands import Blink, ConnectEar, Led, Ring, Tone
from ranin.core.screening import melody
from ranin.core.state import ASIDE, Call, CallState, Desk, LineState, Phone
from ranin.core.tones import Signal, tone

_JOINED = frozenset({CallState.EARLY, CallState.ANSWERING, CallState.TALKING})
"""States in which the call's sound is in the handset."""

CALL_BACK_MELODY = "soft"
"""Nobody waits at the other end: it need not be loud."""

_DESK_SIGNALS = {Desk.DIAL_TONE: Signal.DIAL, Desk.HOWLING: Signal.HOWLER}


def ear(phone: Phone) -> ConnectEar:
    """What the handset hears and sends."""
    held = tuple(call.number for call in phone.calls if call.state in ASIDE)
    if not phone.lifted and not phone.paging.number:
        return ConnectEar(held=held)
    joined = tuple(call.number for call in phone.calls if call.state in _JOINED)
    route = phone.settings.hands_free if phone.handsfree or not phone.lifted else "handset"
    if phone.paging.number:  # whoever talks with us waits for the end of it
        return ConnectEar((phone.paging.number,), _tone(phone, _beside(phone)), True, (*held, *joined), route)
    return ConnectEar(joined, _tone(phone, _signal(phone)), phone.muted and bool(joined), held, route)


def _tone(phone: Phone, signal: Signal | None) -> Tone | None:
    return None if signal is None else tone(signal, phone.settings.country)


def _beside(phone: Phone) -> Signal | None:
    """What is told besides a page or a call; while the handset rests it rings instead."""
    if phone.ear_notice:
        return Signal.NOTICE
    waits = phone.lifted and phone.alerting is not None and not phone.alerting.silenced
    return Signal.WAITING if waits else None


def _signal(phone: Phone) -> Signal | None:
    beside = _beside(phone)
    if beside is not None:
        return beside
    if phone.active is not None:
        return _call_signal(phone.active)
    if phone.desk is Desk.AFTER_CALL and phone.cause is not None:
        return phone.cause.signal
    return None if phone.lock.typed else _DESK_SIGNALS.get(phone.desk)


def _call_signal(call: Call) -> Signal | None:
    if call.state is CallState.RINGBACK:
        return Signal.RINGBACK
    return Signal.COMFORT if call.moving else None


def ring(phone: Phone) -> Ring:
    """What the base rings."""
    if presence.free(phone) is not None and phone.settings.ringer_volume:
        return Ring(CALL_BACK_MELODY, phone.settings.ringer_volume)
    loud = [call for call in phone.calls if call.state is CallState.ALERTING and not call.silenced]
    about = next(iter(loud or (phone.held if phone.recalling else ())), None)
    if about is None or phone.lifted or not phone.settings.ringer_volume:
        return Ring("")
    return Ring(melody(phone.settings, about.line, about.peer), phone.settings.ringer_volume)


def leds(phone: Phone) -> tuple[tuple[Led, Blink], ...]:
    """Every lamp and what it does."""
    return (
        (Led.RING, _ring_lamp(phone)),
        (Led.MESSAGE, Blink.SLOW if any(line.messages for line in phone.lines) else Blink.OFF),
        (Led.MUTE, Blink.ON if phone.muted else Blink.OFF),
        (Led.LINE, _line_lamp(phone)),
    )


def _ring_lamp(phone: Phone) -> Blink:
    if phone.alerting is not None or phone.recalling or presence.free(phone) is not None:
        return Blink.FAST
    if phone.held:
        return Blink.SLOW
    return Blink.FLASH if phone.missed else Blink.OFF


def _line_lamp(phone: Phone) -> Blink:
    states = {line.state for line in phone.lines}
    if LineState.REGISTERED in states:
        return Blink.ON
    return Blink.SLOW if states & {LineState.TRYING, LineState.WAITING} else Blink.OFF
