"""Sound between two clocks (drift.c), alone and in simulated time: nothing is lost, clicks or grows late."""

import ctypes
import random
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from tests.tones import Samples, loudest, rms

MODULE = Path(__file__).parents[2] / "scripts" / "pjsip" / "module"
RATE = 8000
FRAME = 80
SHIM = """
#include "drift.h"
#include <stdlib.h>
struct drift *make(unsigned rate) { struct drift *one = malloc(sizeof *one); drift_start(one, rate); return one; }
unsigned gaps(struct drift *one) { return one->gaps; }
unsigned cuts(struct drift *one) { return one->cuts; }
void end(struct drift *one) { free(one); }
"""


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> ctypes.CDLL:
    """The C file by itself, without PJSIP."""
    folder = tmp_path_factory.mktemp("drift")
    shim = folder / "shim.c"
    shim.write_text(SHIM)
    built = folder / "drift.so"
    words = ["cc", "-O2", "-Wall", "-Wextra", "-Werror", "-fPIC", "-shared", f"-I{MODULE}", "-o", str(built)]
    subprocess.run([*words, str(shim), str(MODULE / "drift.c"), "-lm"], check=True)
    found = ctypes.CDLL(str(built))
    found.make.restype = ctypes.c_void_p
    return found


@dataclass
class Pair:
    """A writer whose clock is wrong by `ppm`, in bursts, and a reader of 10 ms frames."""

    library: ctypes.CDLL
    ppm: float = 0
    burst_ms: float = 20
    late_ms: Callable[[], float] = lambda: 0.0
    hertz: float = 1000
    heard: list[Samples] = field(default_factory=list)
    waiting: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._drift = ctypes.c_void_p(self.library.make(RATE))
        self._sent = 0
        self._now_ms = 0.0
        self._next_ms = 0.0

    def run(self, seconds: float, take: bool = True) -> "Pair":
        """So much of the reader's time; without `take` nobody reads."""
        for _ in range(round(seconds * RATE / FRAME)):
            self._now_ms += 10
            while self._next_ms <= self._now_ms:
                self._put()
            if take:
                self._get()
        return self

    def _put(self) -> None:
        count = round(RATE * self.burst_ms / 1000)
        at = np.arange(self._sent, self._sent + count)
        sound = np.round(8000 * np.sin(2 * np.pi * self.hertz * at / RATE)).astype("<i2")
        self.library.drift_put(self._drift, sound.ctypes.data_as(ctypes.c_void_p), count)
        self._sent += count
        due_ms = self._sent / RATE * 1000 / (1 + self.ppm / 1e6)
        self._next_ms = max(self._next_ms, due_ms + self.late_ms())

    def _get(self) -> None:
        frame = np.zeros(FRAME, "<i2")
        self.library.drift_get(self._drift, frame.ctypes.data_as(ctypes.c_void_p), FRAME)
        self.heard.append(frame.astype(np.float64) / 32768)
        self.waiting.append(self.library.drift_waiting(self._drift))

    @property
    def gaps(self) -> int:
        return int(self.library.gaps(self._drift))

    @property
    def cuts(self) -> int:
        return int(self.library.cuts(self._drift))

    def sound(self, since_s: float) -> Samples:
        return np.concatenate(self.heard[round(since_s * RATE / FRAME) :])

    def most_ms(self, since_s: float) -> float:
        """The longest wait of a sample."""
        return max(self.waiting[round(since_s * RATE / FRAME) :]) / RATE * 1000

    def close(self) -> None:
        self.library.end(self._drift)


def purity(sound: Samples, hertz: float) -> float:
    """What a sine of that frequency leaves over, to the sine, in dB."""
    at = 2 * np.pi * hertz * np.arange(len(sound)) / RATE
    waves = np.stack([np.sin(at), np.cos(at)], axis=1)
    part, *_ = np.linalg.lstsq(waves, sound, rcond=None)
    return float(20 * np.log10(rms(sound - waves @ part) / rms(waves @ part)))


@pytest.mark.parametrize("ppm", [0, 300, -300])
@pytest.mark.parametrize("burst_ms", [10, 20, 40, 100])
def test_ten_minutes_of_a_wrong_clock_leave_no_gap_and_no_delay(library: ctypes.CDLL, ppm: int, burst_ms: int) -> None:
    pair = Pair(library, ppm, burst_ms).run(600)
    assert pair.cuts == 0 and pair.gaps <= 3
    learnt = Pair(library, ppm, burst_ms).run(60)
    assert pair.gaps == learnt.gaps, "gaps come in the beginning or never"
    assert pair.most_ms(60) <= burst_ms + 35
    assert abs(loudest(pair.sound(598), RATE) - 1000 * (1 + ppm / 1e6)) < 1
    pair.close(), learnt.close()


@pytest.mark.parametrize("ppm", [8000, -8000])
def test_a_clock_that_is_wrong_by_a_hundredth_is_followed(library: ctypes.CDLL, ppm: int) -> None:
    pair = Pair(library, ppm, 20).run(60)
    assert pair.cuts == 0 and pair.gaps <= 6 and pair.most_ms(30) < 60
    assert abs(loudest(pair.sound(50), RATE) - 1000 * (1 + ppm / 1e6)) < 3
    pair.close()


@pytest.mark.parametrize("hertz", [300, 1000, 3000])
def test_what_is_stretched_stays_pure(library: ctypes.CDLL, hertz: float) -> None:
    pair = Pair(library, 300, 10, hertz=hertz).run(120)
    piece = pair.sound(119.8)
    best = min(purity(piece, hertz * (1 + ppm / 1e6)) for ppm in range(-600, 1201, 20))
    assert best < -45
    pair.close()


@pytest.mark.parametrize("ppm", [300, -300])
def test_bursts_that_come_up_to_40_ms_late_are_learnt(library: ctypes.CDLL, ppm: int) -> None:
    chance = random.Random(7)
    pair = Pair(library, ppm, 20, lambda: chance.choice([0, 0, 0, 5, 10, 40])).run(60)
    before = pair.gaps
    pair.run(60)
    assert before <= 10 and pair.gaps <= before + 1 and pair.cuts == 0
    assert pair.most_ms(60) < 150
    pair.close()


def test_what_gathers_while_nobody_listens_is_not_heard_late(library: ctypes.CDLL) -> None:
    pair = Pair(library).run(5).run(1.5, take=False).run(1)
    assert pair.cuts == 1
    assert pair.waiting[-1] / RATE < 0.06
    assert rms(pair.sound(5.0)) > 0.1
    assert np.abs(np.diff(pair.sound(4.0))).max() < 0.25, "no click where it was cut"
    pair.close()


def test_a_modem_that_falls_silent_fades_and_comes_back(library: ctypes.CDLL) -> None:
    pair = Pair(library).run(2)
    pair._next_ms += 500
    pair.run(2)
    sound = pair.sound(1.9)
    quiet = [rms(piece) < 0.001 for piece in np.array_split(sound, 210)]
    assert 40 <= sum(quiet) <= 60 and not any(quiet[-100:]) and pair.gaps == 1
    assert np.abs(np.diff(sound)).max() < 0.25
    pair.close()


def test_a_frame_larger_than_what_waits_asks_for_nothing_outside(library: ctypes.CDLL) -> None:
    """The modem's side takes as many samples at once as it has sent."""
    drift = ctypes.c_void_p(library.make(RATE))
    piece, out = np.full(160, 500, "<i2"), np.zeros(4096, "<i2")
    chance = random.Random(3)
    for _ in range(20000):
        library.drift_put(drift, piece.ctypes.data_as(ctypes.c_void_p), chance.randrange(161))
        library.drift_get(drift, out.ctypes.data_as(ctypes.c_void_p), chance.choice([0, 1, 80, 160, 1024, 4096]))
        assert out.min() >= -60 and out.max() <= 560
    library.end(drift)
