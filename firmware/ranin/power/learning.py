"""Learning the battery's own shape from a discharge that went from full to nearly empty. Pure."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ranin.power.bank import Learnt
from ranin.power.cells import even

BUCKET, KNEE_BUCKET, KNEE_V = 0.01, 0.005, 3.5
"""The share of the label's capacity over which readings are averaged, and the finer one below this voltage."""
NEARLY_EMPTY_V, EMPTY_V = 0.15, 0.05
"""How close to the end of the battery a first discharge must come to teach anything, and how close a later one."""
TAIL_BUCKETS = 5
STEEPER = 1.7
"""Beyond what was seen the voltage falls as it did in the last buckets, so many times as fast."""
TAIL_MV = 400.0

Point = tuple[float, float, float]
"""mAh given, volts, amperes."""


@dataclass(slots=True)
class Record:
    """Charge given and voltage in a discharge that is under way."""

    design_mah: float
    least_v: float
    """The voltage it must come to."""
    given_mah: float = 0.0
    points: list[Point] = field(default_factory=list)
    """Each averaged over a bucket."""
    _bucket: list[Point] = field(default_factory=list)

    def add(self, volts: float, amps: float, seconds: float) -> bool:
        """Take a reading; True when there may be something new to learn."""
        self.given_mah += amps * seconds / 3.6
        self._bucket.append((self.given_mah, volts, amps))
        bucket = BUCKET if volts > KNEE_V else KNEE_BUCKET
        if self.given_mah - self._bucket[0][0] >= bucket * self.design_mah:
            self.points.append(_mean(self._bucket))
            self._bucket.clear()
        return volts <= self.least_v

    def learn(self, ohm: float) -> Learnt | None:
        """What it teaches, if it came close enough to the end; `ohm` is the battery's resistance.

        The bucket that is not full counts too: at the end a few readings are many of the minutes left.
        """
        points = [*self.points, _mean(self._bucket)] if self._bucket else self.points
        if len(points) < 4 * TAIL_BUCKETS or points[-1][1] > self.least_v:
            return None
        seen = [(given, 1000 * (volts + amps * ohm)) for given, volts, amps in points]
        (before, above), (last, under) = seen[-1 - TAIL_BUCKETS], seen[-1]
        fall = STEEPER * max(1.0, above - under) / (last - before)
        mah = last + TAIL_MV / fall
        return Learnt(even(_rising([*seen, (mah, under - TAIL_MV)], mah)), mah, ohm)


def _mean(readings: list[Point]) -> Point:
    count = len(readings)
    given, volts, amps = (sum(column) / count for column in zip(*readings, strict=True))
    return given, volts, amps


def _rising(seen: list[tuple[float, float]], mah: float) -> list[tuple[float, float]]:
    """(percent left, millivolts) from empty to full, never falling: noisy neighbours are averaged until they rise."""
    pools: list[tuple[float, float, int]] = []
    for given, millivolts in reversed(seen):
        pool = (100 * (1 - given / mah), millivolts, 1)
        while pools and pools[-1][1] >= pool[1]:
            pool = _pooled(pools.pop(), pool)
        pools.append(pool)
    line = [(percent, millivolts) for percent, millivolts, _ in pools]
    (low, under), (high, over) = line[-2:]
    return [(0.0, line[0][1]), *line[1:], (100.0, over + (over - under) / (high - low) * (100 - high))]


def _pooled(one: tuple[float, float, int], other: tuple[float, float, int]) -> tuple[float, float, int]:
    """The mean of two, by how many each stands for."""
    count = one[2] + other[2]
    percent, millivolts = ((one[at] * one[2] + other[at] * other[2]) / count for at in (0, 1))
    return percent, millivolts, count


def to_words(learnt: Learnt) -> dict[str, Any]:
    """For a JSON file."""
    return {"shape": [round(mv, 1) for mv in learnt.shape], "mah": round(learnt.mah, 1), "ohm": round(learnt.ohm, 4)}


def from_words(words: Mapping[str, Any]) -> Learnt:
    """Out of a JSON file. Raises ValueError, KeyError or TypeError for nonsense."""
    shape = tuple(float(mv) for mv in words["shape"])
    mah, ohm = float(words["mah"]), float(words["ohm"])
    if len(shape) != 101 or not all(1500 < mv < 5000 for mv in shape) or list(shape) != sorted(shape):
        raise ValueError("not the shape of a battery")
    if not (math.isfinite(mah) and 50 < mah < 1e6 and 0 < ohm < 10):
        raise ValueError("not a battery")
    return Learnt(shape, mah, ohm)
