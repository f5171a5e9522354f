"""Speech to be judged: made by espeak-ng, coded as PCMU, compared by PESQ (ITU-T P.862), its delay found."""

import subprocess
from functools import cache

import numpy as np
from numpy.typing import NDArray
from pesq import pesq

from tests.bench.relay import RATE
from tests.tones import Samples

GROUP_S = 8.0
"""Length of what PESQ judges at a time (P.862.3: 8 to 30 s, silence at both ends)."""
LEAD_S = 2.5
"""Speech before the first group, for a jitter buffer to learn in; a call has a greeting."""
LEVEL_DBOV = -26.0
"""Active level (P.862.3)."""
GROUPS = (
    ("en-gb", "The lamp in the hall was lit before the guests came.", "Please read the meter again and call me back."),
    ("en-us+f3", "She bought seven yellow pears at the village market.", "Our train leaves from platform nine at two."),
    ("en-gb+f2", "A heavy rain fell on the roof during the whole night.", "Nobody knew which key would open the door."),
)
"""Voice and two sentences of each."""
NEAR = ("en-us+m3", "Excuse me, I have to say something right now.", "The parcel arrived on Monday, thank you.")
GREETING = ("en-gb", "Hello, good morning! How are you?", "")


def mu_law(sound: Samples) -> bytes:
    """−1 … 1 as PCMU (ITU-T G.711)."""
    values = np.clip(sound * 32768, -32635, 32635).astype(np.int64)
    magnitude = np.abs(values) + 132
    exponent = np.floor(np.log2(magnitude)).astype(np.int64) - 7
    code = (values < 0) << 7 | exponent << 4 | (magnitude >> exponent + 3) & 15
    return (~code & 255).astype(np.uint8).tobytes()


def linear(codes: bytes) -> Samples:
    """PCMU as −1 … 1."""
    code = ~np.frombuffer(codes, np.uint8)
    magnitude = (((code & 15).astype(np.int64) << 3) + 132 << (code >> 4 & 7)) - 132
    return np.where(code & 128, -magnitude, magnitude) / 32768


@cache
def spoken() -> list[Samples]:
    """The groups, each `GROUP_S` long at `RATE`."""
    return [_group(*group, GROUP_S) for group in GROUPS]


@cache
def near() -> Samples:
    """Somebody else, as long as a group."""
    return _group(*NEAR, GROUP_S)


def talk() -> Samples:
    """The greeting and all groups, one after another."""
    return np.concatenate([_group(*GREETING, LEAD_S), *spoken()])


def _group(voice: str, first: str, second: str, seconds: float) -> Samples:
    """Two sentences with silence around them."""
    sentences = [_say(voice, text) for text in (first, second) if text]
    whole = np.zeros(int(seconds * RATE))
    for index, sentence in enumerate(sentences):
        start = int((0.5 + index * (seconds - 1) / 2) * RATE)
        fits = sentence[: len(whole) - start]
        whole[start : start + len(fits)] = fits
    active = whole[np.abs(whole) > 0]
    return whole * 10 ** (LEVEL_DBOV / 20) / np.sqrt(np.mean(active**2))


def _say(voice: str, text: str) -> Samples:
    said = subprocess.run(["espeak-ng", "-v", voice, "-s", "150", "--stdout", text], capture_output=True, check=True)
    raw = ("-t", "raw", "-r", str(RATE), "-c", "1", "-b", "16", "-e", "signed")
    made = subprocess.run(
        ["sox", "-q", "-t", "wav", "-", *raw, "-"], input=said.stdout, capture_output=True, check=True
    )
    return np.trim_zeros(np.frombuffer(made.stdout, "<i2").astype(np.float64)) / 32768


def narrowed(sound: Samples, factor: int) -> Samples:
    """Sound at `factor` × `RATE` brought down to `RATE`, without what lies above half of it."""
    reach = np.arange(-16 * factor, 16 * factor + 1)
    window = np.sinc(reach * 0.9 / factor) * np.hamming(len(reach))
    size = len(sound) + len(reach)
    whole = np.fft.irfft(np.fft.rfft(sound, size) * np.fft.rfft(window / window.sum(), size), size)
    return whole[len(reach) // 2 :][: len(sound)][::factor]


def mos(said: Samples, heard: Samples) -> float:
    """MOS-LQO of P.862.1, narrowband; P.862 aligns level and time itself. 1.0 if nothing was heard."""
    loud: NDArray[np.int16] = (np.clip(heard, -1, 1) * 32767).astype(np.int16)
    if np.max(np.abs(loud)) < 100:
        return 1.0
    return float(pesq(RATE, (said * 32767).astype(np.int16), loud, "nb"))


def delay_s(said: Samples, heard: Samples) -> float:
    """Median over half seconds of speech of how much later they are in `heard`; the same start counts as none."""
    found = [shift for start in range(0, len(said) - RATE // 2, RATE // 4) for shift in _shift(said, heard, start)]
    if len(found) < 5:
        raise RuntimeError("what was said was not heard")
    return float(np.median(found)) / RATE


def _shift(said: Samples, heard: Samples, start: int) -> list[int]:
    """Where a half second is found again, if it is loud and found clearly; in samples."""
    piece = said[start : start + RATE // 2]
    around = heard[start : start + len(piece) + RATE]
    if np.sqrt(np.mean(piece**2)) < 0.02 or len(around) < len(piece):
        return []
    likeness = np.correlate(around, piece, "valid")
    energy = np.convolve(around**2, np.ones(len(piece)), "valid")
    likeness = likeness / np.sqrt(np.maximum(energy * np.sum(piece**2), 1e-9))
    best = int(np.argmax(likeness))
    return [best] if likeness[best] > 0.6 else []
