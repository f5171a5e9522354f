"""Tone, ring and lamps: always worked out from the state, so they cannot disagree with it."""

from ranin.core import presence
from ranin.core.commands import Blink, ConnectEar, Led, Ring, Tone
from ranin.core.state import Call, CallState, Desk, Hook, LineState, Phone
from ranin.core.tones import Signal, tone

_JOINED = frozenset({CallState.EARLY, CallState.ANSWERING, CallState.TALKING})
"""States in which the call's sound is in the handset."""

CALL_BACK_MELODY = "soft"
"""Nobody waits at the other end: it need not be loud."""

_DESK_SIGNALS = {Desk.DIAL_TONE: Signal.DIAL, Desk.HOWLING: Signal.HOWLER}


def ear(phone: Phone) -> ConnectEar:
    """What the handset hears and sends."""
    if phone.hook is Hook.DOWN:
        return ConnectEar()
    active = phone.active
    joined = (active.number,) if active and active.state in _JOINED else ()
    return ConnectEar(joined, _tone(phone), phone.muted and bool(joined))


def _tone(phone: Phone) -> Tone | None:
    signal = _signal(phone)
    return None if signal is None else tone(signal, phone.settings.country)


def _signal(phone: Phone) -> Signal | None:
    if phone.ear_notice:
        return Signal.NOTICE
    if phone.active is not None:
        return _call_signal(phone.active)
    if phone.desk is Desk.AFTER_CALL and phone.cause is not None:
        return phone.cause.signal
    return _DESK_SIGNALS.get(phone.desk)


def _call_signal(call: Call) -> Signal | None:
    if call.state is CallState.RINGBACK:
        return Signal.RINGBACK
    return Signal.COMFORT if call.moving else None


def ring(phone: Phone) -> Ring:
    """What the base rings."""
    call = phone.alerting
    if presence.free(phone) is not None and phone.settings.ringer_volume:
        return Ring(CALL_BACK_MELODY, phone.settings.ringer_volume)
    if call is None or call.silenced or not phone.settings.ringer_volume:
        return Ring("")
    return Ring(phone.settings.ring_melody, phone.settings.ringer_volume)


def leds(phone: Phone) -> tuple[tuple[Led, Blink], ...]:
    """Every lamp and what it does."""
    return (
        (Led.RING, _ring_lamp(phone)),
        (Led.MESSAGE, Blink.SLOW if any(line.messages for line in phone.lines) else Blink.OFF),
        (Led.MUTE, Blink.ON if phone.muted else Blink.OFF),
        (Led.LINE, _line_lamp(phone)),
    )


def _ring_lamp(phone: Phone) -> Blink:
    if phone.alerting is not None or presence.free(phone) is not None:
        return Blink.FAST
    return Blink.FLASH if phone.missed else Blink.OFF


def _line_lamp(phone: Phone) -> Blink:
    states = {line.state for line in phone.lines}
    if LineState.REGISTERED in states:
        return Blink.ON
    return Blink.SLOW if states & {LineState.TRYING, LineState.WAITING} else Blink.OFF
