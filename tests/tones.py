"""Measuring sound in tests: how much of a frequency is in it, and how loud it is."""

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float64]


def samples(pcm: bytes) -> Samples:
    """S16_LE mono → −1 … 1."""
    return np.frombuffer(pcm, "<i2").astype(np.float64) / 32768


def sine(hertz: float, seconds: float, rate: int = 48000, level: float = 0.3) -> bytes:
    """A sine as S16_LE mono."""
    times = np.arange(int(rate * seconds)) / rate
    return (np.sin(2 * np.pi * hertz * times) * level * 32767).astype("<i2").tobytes()


def rms(sound: Samples) -> float:
    """Root mean square, 0 … 1."""
    return float(np.sqrt(np.mean(sound**2))) if len(sound) else 0.0


def share(sound: Samples, hertz: float, rate: int = 48000) -> float:
    """Which share of the power lies within 20 Hz of `hertz`, 0 … 1."""
    power = np.abs(np.fft.rfft(sound * np.hanning(len(sound)))) ** 2
    frequencies = np.fft.rfftfreq(len(sound), 1 / rate)
    near = np.abs(frequencies - hertz) <= 20
    return float(power[near].sum() / max(power.sum(), 1e-12))


def loudest(sound: Samples, rate: int = 48000) -> float:
    """The strongest frequency in Hz."""
    power = np.abs(np.fft.rfft(sound * np.hanning(len(sound))))
    return float(np.fft.rfftfreq(len(sound), 1 / rate)[int(power.argmax())])
