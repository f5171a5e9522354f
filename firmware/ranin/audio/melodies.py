"""The ring melodies (pure): notes and pauses, and their samples."""

import math
from array import array
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Note:
    """Two frequencies together for a time; none is a pause."""

    hertz: tuple[float, ...]
    length_ms: int


def _warble(low: float, high: float, note_ms: int, times: int, pause_ms: int) -> tuple[Note, ...]:
    pair = (Note((low,), note_ms), Note((high,), note_ms))
    return (*pair * times, Note((), pause_ms))


MELODIES: dict[str, tuple[Note, ...]] = {
    "classic": _warble(880, 1100, 50, 15, 3500),
    "soft": (Note((523.25, 659.25), 300), Note((659.25, 783.99), 500), Note((), 2800)),
    "urgent": _warble(1200, 1600, 35, 20, 1000),
}
"""Melody → what repeats. The names are those of `ranin.core.menu.MELODIES`."""

_FADE_MS = 4
_PEAK = 0.6


def samples(melody: str, level: int, rate: int) -> "array[int]":
    """One round of a melody as S16 mono at `rate` Hz; `level` 1 to 10 is 3 dB a step."""
    peak = 32767 * _PEAK * 10 ** ((level - 10) * 3 / 20)
    sound = array("h")
    for note in MELODIES.get(melody, MELODIES["classic"]):
        sound.extend(_note(note, peak, rate))
    return sound


def _note(note: Note, peak: float, rate: int) -> "array[int]":
    count = rate * note.length_ms // 1000
    if not note.hertz:
        return array("h", bytes(2 * count))
    fade = rate * _FADE_MS // 1000
    turns = [2 * math.pi * hertz / rate for hertz in note.hertz]
    share = peak / len(turns)
    waves = (sum(math.sin(turn * i) for turn in turns) for i in range(count))
    return array("h", (int(share * _edge(i, count, fade) * wave) for i, wave in enumerate(waves)))


def _edge(place: int, count: int, fade: int) -> float:
    """Rounded ends, so that notes do not click."""
    return min(1.0, (place + 1) / fade, (count - place) / fade)
