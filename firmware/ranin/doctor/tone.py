"""Measuring a tone that went from the earpiece to the microphone (pure; S16 mono)."""

import math
from array import array
from dataclasses import dataclass

RATE = 48000
HERTZ = 1000
QUIET_S, TONE_S, TAIL_S = 0.5, 0.6, 0.6
"""The noise is measured before the tone, which may come late."""
PLAYED = 0.25
"""Peak of the tone, full scale is 1."""
HOP = RATE // 1000
WINDOW = RATE // HERTZ * 5
"""Whole periods, so that nothing leaks."""
FULL = 32768
FADE = RATE // 500
_NOTHING_DBFS = -120.0


@dataclass(frozen=True, slots=True)
class Measured:
    """What the microphone heard."""

    level_dbfs: float
    """Of the tone, RMS against a full-scale sine's peak."""
    delay_ms: float | None
    """From the earpiece to the microphone: the air, and what the card adds to its buffers; None: it was not heard."""
    noise_dbfs: float
    erl_db: float
    """Echo return loss: how much quieter the tone is than it was played (ITU-T G.122)."""
    clipped: bool
    silent: bool
    """Not one sample differs from 0: nothing converts at all."""


def tone() -> "array[int]":
    """What is played."""
    quiet, count, tail = (int(RATE * seconds) for seconds in (QUIET_S, TONE_S, TAIL_S))
    turn = 2 * math.pi * HERTZ / RATE
    wave = (int(PLAYED * FULL * _edge(i, count) * math.sin(turn * i)) for i in range(count))
    return array("h", [0] * quiet) + array("h", wave) + array("h", [0] * tail)


def _edge(place: int, count: int) -> float:
    return min(1.0, (place + 1) / FADE, (count - place) / FADE)


def measure(played: "array[int]", heard: "array[int]", buffers_ms: float = 0.0) -> Measured:
    """Compare what was read with what was written meanwhile; `buffers_ms` lie between the two by design."""
    before = heard[WINDOW : int(RATE * (QUIET_S - 0.05))]
    noise = _rms(before)
    there, here = _onset(played, 0.0), _onset(heard, 4 * noise)
    level = _tone_level(heard, here) if here is not None else 0.0
    sent = _tone_level(played, there or 0)
    return Measured(
        level_dbfs=_db(level),
        delay_ms=None if here is None or there is None else round((here - there) * 1000 / RATE - buffers_ms, 1),
        noise_dbfs=_db(noise),
        erl_db=round(_db(sent) - _db(level), 1),
        clipped=max(map(abs, heard), default=0) >= FULL - 2,
        silent=not any(heard),
    )


def _onset(sound: "array[int]", floor: float) -> int | None:
    """The first sample of the window in which the tone has reached half of its loudest; None: it is not there."""
    starts = range(0, len(sound) - WINDOW + 1, HOP)
    amplitudes = [_amplitude(sound, start, WINDOW) for start in starts]
    loudest = max(amplitudes, default=0.0)
    if loudest <= max(floor, 1 / FULL):
        return None
    index = next(index for index, one in enumerate(amplitudes) if one >= loudest / 2)
    return index * HOP


def _tone_level(sound: "array[int]", onset: int) -> float:
    """RMS of the tone alone in its steady middle."""
    start, length = onset + RATE // 10, RATE // 4
    return _amplitude(sound, start, min(length, len(sound) - start)) / math.sqrt(2)


_TURN = 2 * math.pi * HERTZ / RATE
_PERIOD = RATE // HERTZ
_COS = [math.cos(_TURN * i) for i in range(_PERIOD)]
_SIN = [math.sin(_TURN * i) for i in range(_PERIOD)]


def _amplitude(sound: "array[int]", start: int, length: int) -> float:
    """Peak of the tone's frequency over whole periods, full scale is 1: periods are added up first, for speed."""
    periods = max(1, length // _PERIOD)
    folded = [sum(sound[start + i : start + periods * _PERIOD : _PERIOD]) for i in range(_PERIOD)]
    real = sum(value * cosine for value, cosine in zip(folded, _COS, strict=True))
    imaginary = sum(value * sine for value, sine in zip(folded, _SIN, strict=True))
    return 2 * math.hypot(real, imaginary) / (periods * _PERIOD * FULL)


def _rms(sound: "array[int]") -> float:
    return math.sqrt(sum(value * value for value in sound) / len(sound)) / FULL if sound else 0.0


def _db(level: float) -> float:
    return round(20 * math.log10(level), 1) if level > 1e-6 else _NOTHING_DBFS
