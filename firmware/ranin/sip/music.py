"""What those hear who are put aside (pure)."""

from ranin.core.commands import Tone, ToneStep

_NOTES_HZ = (523, 659, 784, 1047, 784, 659, 587, 698, 880, 1175, 880, 698, 494, 587, 784, 988)

MUSIC = Tone(
    "music",
    tuple(step for hertz in _NOTES_HZ for step in (ToneStep((hertz,), 240), ToneStep((), 60))),
    level_dbm0=-24.0,
)
"""Broken chords, well within the band of any codec, once in 5 s."""
