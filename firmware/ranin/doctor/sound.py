"""The handset's sound: a tone from the earpiece to the microphone."""

import asyncio
import contextlib
import time
from array import array
from typing import Any

from ranin.audio.ringer import RingerError, find_pcm, quiet
from ranin.doctor.bench import Bench, Findings
from ranin.doctor.finding import Finding, State, held
from ranin.doctor.tone import RATE, Measured, measure, tone

PCM = "handset"
PIECE = RATE // 10
"""A long one: nothing is in a hurry, and a busy machine shall make no gap."""
TRIES = 5
"""A gap spoils what is measured: then it is measured anew."""
WITHIN_S = 10.0
"""The tone takes 1.7 s; a card whose clock stands still never ends it."""
NOISY_DBFS = -50.0
FAINT_DBFS = -75.0
LEAST_ERL_DB = 20.0
"""A handset's own coupling is 30 to 45 dB; from 20 dB down the other side hears itself."""
LATE_MS = 60.0
"""USB audio adds some 5 ms, a sound server or Bluetooth 100; ITU-T G.114 allows 150 ms from mouth to ear in all."""


async def check_sound(bench: Bench) -> Findings:
    """Play the tone and measure what comes back."""
    if bench.running:
        return [held("sound")]
    bench.say("Hold the handset in the air: a tone will be heard")
    try:
        heard = await asyncio.to_thread(hear)
    except RingerError as error:
        todo = "plug the sound card in; `aplay -L` must name `handset` (udev's rule gives a known card that name)"
        return [Finding("sound", State.ABSENT, str(error), todo)]
    except OSError as error:
        if "unavailable" in str(error).lower():
            return [held("sound")]
        todo = "unplug it and plug it in again; see `dmesg`"
        return [Finding("sound", State.WRONG, f"the card failed: {error}", todo)]
    return [judge_sound(heard)]


def hear() -> Measured:
    """Play and measure. Raises RingerError without the card, OSError for one that fails."""
    for _ in range(TRIES):
        passage = Passage(tone())
        _run(passage)
        if passage.whole:
            return measure(passage.played, passage.heard, passage.buffers_ms)
    raise OSError("its sound has gaps: is the machine busy?")


class Passage:
    """What is played and what is heard meanwhile, a piece at a time, on PortAudio's thread."""

    def __init__(self, played: "array[int]") -> None:
        self.played, self.heard = played, array("h")
        self.whole, self.buffers_ms = True, 0.0
        self._at = 0

    def exchange(self, heard: bytes, frames: int, times: dict[str, float], flags: int) -> tuple[bytes, int]:
        """Take what was heard for what is to be played; pyaudio's stream_callback."""
        self.whole &= not flags
        self.buffers_ms = (times["output_buffer_dac_time"] - times["input_buffer_adc_time"]) * 1000
        self.heard.frombytes(heard)
        piece = self.played[self._at : self._at + frames].tobytes()
        self._at += frames
        return piece.ljust(2 * frames, b"\0"), 0 if len(self.heard) < len(self.played) else 1  # paContinue, paComplete


def _run(passage: Passage) -> None:
    import pyaudio

    with quiet():
        audio = pyaudio.PyAudio()
    try:
        index = find_pcm(audio, PCM)
        with quiet():
            stream = audio.open(
                RATE, 1, pyaudio.paInt16, input=True, output=True, input_device_index=index,
                output_device_index=index, frames_per_buffer=PIECE, stream_callback=passage.exchange,
            )  # fmt: skip
        with contextlib.closing(stream):
            _await_end(stream)
    finally:
        audio.terminate()


def _await_end(stream: Any) -> None:
    deadline_s = time.monotonic() + WITHIN_S
    while stream.is_active():
        if time.monotonic() > deadline_s:
            raise OSError("its clock stands still")
        time.sleep(0.05)


def judge_sound(heard: Measured) -> Finding:
    """The first thing that is wrong, the gravest first."""
    measured = {"level_dbfs": heard.level_dbfs, "noise_dbfs": heard.noise_dbfs}
    if heard.delay_ms is not None:
        measured |= {"delay_ms": heard.delay_ms, "erl_db": heard.erl_db}
    text, todo = _complaint(heard)
    if text:
        return Finding("sound", State.WRONG, text, todo, measured)
    text = f"tone {heard.level_dbfs:.0f} dBFS after {heard.delay_ms:.0f} ms, noise {heard.noise_dbfs:.0f} dBFS"
    return Finding("sound", State.WELL, f"{text}, echo return loss {heard.erl_db:.0f} dB", "", measured)


def _complaint(heard: Measured) -> tuple[str, str]:
    if heard.silent:
        return "the microphone gives digital silence", "`alsamixer`: is `Mic` captured (red CAPTURE)?"
    if heard.clipped:
        return "the microphone is overloaded", "`alsamixer`: lower `Mic` by 10 dB, turn `Mic Boost` off"
    if heard.delay_ms is None:
        todo = "hear whether the earpiece sounds; if it does, the microphone's wires are open or swapped"
        return "the tone does not reach the microphone", todo
    if heard.noise_dbfs > NOISY_DBFS:
        todo = "turn `Auto Gain Control` off, keep the cord from power lines, try another USB socket"
        return f"the microphone is noisy: {heard.noise_dbfs:.0f} dBFS in a quiet moment", todo
    if heard.erl_db < LEAST_ERL_DB:
        todo = "turn the card's sidetone and `Speaker` down; seal the earpiece against the handset's inside"
        return f"the other side hears itself: echo return loss is {heard.erl_db:.0f} dB", todo
    if heard.level_dbfs < FAINT_DBFS:
        return f"the tone is faint: {heard.level_dbfs:.0f} dBFS", "`alsamixer`: raise `Mic`, then `Speaker`"
    if heard.delay_ms > LATE_MS:
        return (
            f"the card is late: {heard.delay_ms:.0f} ms",
            "no sound server may stand between: PCM `handset` must be hw",
        )
    return "", ""
