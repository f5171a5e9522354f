"""Tones on PJSIP's generators: cadences of up to four frequencies, modulated ones, and keys."""

import pjsua2 as pj

from ranin.core.commands import Tone, ToneStep
from ranin.sip.translate import amplitude

FOR_EVER_MS = 30000
"""A generator's step holds 15 bits of milliseconds; a continuous tone repeats this one."""
KEY_LEVEL_DBM0 = -13.0


class Player:
    """Two generators side by side: each has two frequencies at a time."""

    def __init__(self, rate: int, name: str) -> None:
        self.parts = (f"{name} 0", f"{name} 1")
        """Names of the two generators."""
        self._generators = [pj.ToneGenerator() for _ in self.parts]
        for generator in self._generators:
            generator.createToneGenerator(rate, 1)

    def part(self, name: str) -> pj.ToneGenerator:
        """The generator of that name."""
        return self._generators[self.parts.index(name)]

    def play(self, tone: Tone | None) -> None:
        """Play from the beginning, replacing what played; None: silence."""
        for index, generator in enumerate(self._generators):
            generator.stop()
            steps = descriptors(tone, index) if tone is not None else None
            if tone is not None and steps:
                generator.play(steps, tone.repeat)

    def close(self) -> None:
        """Let go of the generators; PJSIP ends them with the last reference."""
        self._generators.clear()


def descriptors(tone: Tone, index: int) -> pj.ToneDescVector:
    """What generator `index` plays of the tone; nothing if it has no part in it."""
    steps = pj.ToneDescVector()
    if not any(_pair(step, index) for step in tone.steps):
        return steps
    for step in _joined(tone.steps):
        steps.append(_descriptor(*step, index, tone.level_dbm0))
    return steps


def _joined(steps: tuple[ToneStep, ...]) -> list[tuple[ToneStep, int]]:
    """(sound, silence after it in ms): a generator's step has both."""
    joined: list[tuple[ToneStep, int]] = []
    for step in steps:
        if not step.frequencies_hz and joined:
            joined[-1] = (joined[-1][0], joined[-1][1] + step.length_ms)
        else:
            joined.append((step, 0))
    return joined


def _pair(step: ToneStep, index: int) -> tuple[int, ...]:
    """The frequencies that generator `index` adds; f1×f2 is the carrier and its two sidebands."""
    if step.modulation:
        carrier, by = step.frequencies_hz
        return ((carrier - by, carrier + by), (carrier,))[index]
    return step.frequencies_hz[2 * index : 2 * index + 2]


def _descriptor(step: ToneStep, off_ms: int, index: int, level_dbm0: float) -> pj.ToneDesc:
    pair = _pair(step, index)
    desc = pj.ToneDesc()
    desc.freq1 = pair[0] if pair else 0
    desc.freq2 = pair[1] if len(pair) > 1 else 0
    desc.on_msec = step.length_ms or FOR_EVER_MS
    desc.off_msec = off_ms
    sideband_db = -6.0 if step.modulation and index == 0 else 0.0
    desc.volume = amplitude(level_dbm0 + sideband_db) if pair else 1
    return desc


def key_digit(digit: str, length_ms: int) -> pj.ToneDigitVector:
    """One DTMF digit (ITU-T Q.23)."""
    tone = pj.ToneDigit()
    tone.digit = digit
    tone.on_msec = length_ms
    tone.off_msec = 0
    tone.volume = amplitude(KEY_LEVEL_DBM0)
    digits = pj.ToneDigitVector()
    digits.append(tone)
    return digits
