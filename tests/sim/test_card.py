"""The simulated card behaves as a real one: clock, rate, xruns, pulled out, one user at a time."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from ranin.sim.card.card import SimCard
from ranin.sim.card.ring import Ring
from tests.tones import loudest, rms, samples, sine


@pytest.fixture
def card(tmp_path: Path) -> Iterator[SimCard]:
    card = SimCard(tmp_path)
    yield card
    card.close()


def alsa(card: SimCard, *command: str, sound: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        command, env={**os.environ, **card.environment}, input=sound, capture_output=True, check=False, timeout=20
    )


RAW = ("-t", "raw", "-f", "S16_LE", "-c", "1", "-r", "48000")


def test_what_is_played_comes_out_whole_and_at_the_clock_of_the_card(card: SimCard) -> None:
    tone = sine(1000, 0.5)
    played = alsa(card, "aplay", "-q", "-D", "handset", *RAW, sound=tone)
    assert played.returncode == 0, played.stderr
    sound, first = card["handset"].playback.read()
    assert first == 0 and sound[: len(tone)] == tone
    assert card["handset"].playback.head.xruns == 0


def test_what_is_fed_is_captured_and_then_silence(card: SimCard) -> None:
    fed = card["handset"].capture.write(sine(700, 0.25))
    heard = alsa(card, "arecord", "-q", "-D", "handset", *RAW, "-s", "24000")
    assert heard.returncode == 0, heard.stderr
    sound = samples(heard.stdout)
    assert abs(loudest(sound[:fed]) - 700) < 5
    assert rms(sound[fed:24000]) == 0
    assert card["handset"].capture.head.unfed >= 12000


def test_in_a_room_the_microphone_hears_the_loudspeaker_later_and_quieter(tmp_path: Path) -> None:
    card = SimCard(tmp_path, room="4800:500 9600:-250")
    words = ("arecord", "-q", "-D", "handset", *RAW, "-s", "48000")
    recorder = subprocess.Popen(words, env={**os.environ, **card.environment}, stdout=subprocess.PIPE)
    alsa(card, "aplay", "-q", "-D", "handset", *RAW, sound=sine(1000, 0.05) + bytes(2 * 48000))
    heard = samples(recorder.communicate(timeout=20)[0])
    start = int(np.flatnonzero(np.abs(heard) > 0.001)[0])
    first, second = heard[start : start + 2400], heard[start + 4800 : start + 7200]
    assert abs(rms(first) - 0.5 * 0.3 / np.sqrt(2)) < 0.005 and abs(loudest(first) - 1000) < 25
    assert np.max(np.abs(second + first / 2)) < 0.002
    assert rms(heard[start + 2400 : start + 4800]) == 0
    card.close()


@pytest.mark.parametrize("room", ["loud", "10:1 x", "-", "1:1 " * 33])
def test_a_room_that_makes_no_sense_is_refused(tmp_path: Path, room: str) -> None:
    card = SimCard(tmp_path, room=room)
    assert alsa(card, "arecord", "-q", "-D", "handset", *RAW, "-s", "480").returncode != 0
    assert alsa(card, "aplay", "-q", "-D", "handset", *RAW, sound=bytes(9600)).returncode == 0
    card.close()


def test_the_card_keeps_to_its_clock(card: SimCard) -> None:
    """The run's own start and the frames captured since say the rate, whatever the machine does."""
    alsa(card, "arecord", "-q", "-D", "handset", *RAW, "-s", "48000")
    head = card["handset"].capture.head
    assert head.rate == 48000 and head.run_start_ns > 0 and head.unfed >= 48000


def test_only_the_native_rate_is_taken(card: SimCard) -> None:
    slow = ("-t", "raw", "-f", "S16_LE", "-c", "1", "-r", "8000")
    wrong = alsa(card, "aplay", "-D", "handset", *slow, sound=b"\0" * 800)
    assert b"rate is not accurate" in wrong.stderr
    plugged = alsa(card, "aplay", "-q", "-D", "default", *slow, sound=sine(500, 0.3, 8000))
    assert plugged.returncode == 0
    assert abs(loudest(samples(card["handset"].playback.read()[0])[-12000:-2000]) - 500) < 10


def test_a_card_that_is_pulled_out_fails_and_comes_back(card: SimCard) -> None:
    card["handset"].vanish()
    gone = alsa(card, "aplay", "-q", "-D", "handset", *RAW, sound=sine(500, 0.1))
    assert gone.returncode != 0 and b"No such device" in gone.stderr
    card["handset"].restore()
    assert alsa(card, "aplay", "-q", "-D", "handset", *RAW, sound=sine(500, 0.1)).returncode == 0


def test_a_card_pulled_out_while_it_plays_ends_the_player(card: SimCard) -> None:
    player = subprocess.Popen(
        ["aplay", "-q", "-D", "handset", *RAW, "/dev/zero"],
        env={**os.environ, **card.environment},
        stderr=subprocess.PIPE,
    )
    ring = card["handset"].playback
    while not ring.head.running:
        assert player.poll() is None
    card["handset"].vanish()
    _, errors = player.communicate(timeout=10)
    assert player.returncode != 0 and b"No such device" in errors


def test_two_pcms_play_at_once_and_each_has_one_user(card: SimCard) -> None:
    environment = {**os.environ, **card.environment}
    first = subprocess.Popen(["aplay", "-q", "-D", "ringer", *RAW, "/dev/zero"], env=environment)
    while not card["ringer"].playback.head.running:
        assert first.poll() is None
    assert alsa(card, "aplay", "-q", "-D", "handset", *RAW, sound=sine(500, 0.1)).returncode == 0
    busy = alsa(card, "aplay", "-q", "-D", "ringer", *RAW, sound=sine(500, 0.1))
    first.terminate()
    first.wait(10)
    assert b"busy" in busy.stderr


def test_a_stalled_player_is_an_xrun(card: SimCard) -> None:
    player = subprocess.Popen(
        ["aplay", "-q", "-D", "handset", *RAW, "--buffer-size=960", "--period-size=480", "/dev/zero"],
        env={**os.environ, **card.environment},
        stderr=subprocess.PIPE,
    )
    ring = card["handset"].playback
    while not ring.head.running:
        assert player.poll() is None
    player.send_signal(19)
    stopped_at = ring.head.run_start_ns
    while _now_ns() - stopped_at < 300_000_000:
        os.sched_yield()
    player.send_signal(18)
    while ring.head.xruns == 0:
        assert player.poll() is None
    player.kill()
    player.communicate(timeout=10)


STATUS_FIRST = """
import ctypes
alsa = ctypes.CDLL("libasound.so.2")
pcm, status = ctypes.c_void_p(), ctypes.create_string_buffer(1024)
assert alsa.snd_pcm_open(ctypes.byref(pcm), b"handset", 0, 0) == 0
print(alsa.snd_pcm_status(pcm, status))
"""


def test_a_card_asked_for_its_status_before_it_is_set_up_answers(card: SimCard) -> None:
    asked = alsa(card, sys.executable, "-c", STATUS_FIRST)
    assert asked.returncode == 0, asked.stderr
    assert asked.stdout == b"0\n"


PULLED_OUT = """
import ctypes, errno
alsa = ctypes.CDLL("libasound.so.2")
pcm, sound = ctypes.c_void_p(), ctypes.create_string_buffer(960)
assert alsa.snd_pcm_open(ctypes.byref(pcm), b"handset", 0, 0) == 0
assert alsa.snd_pcm_set_params(pcm, 2, 3, 1, 48000, 0, 40000) == 0
while alsa.snd_pcm_state(pcm) != 3:
    assert alsa.snd_pcm_writei(pcm, sound, 480) == 480
print("playing", flush=True)
input()
for _ in range(3):
    code = alsa.snd_pcm_writei(pcm, sound, 480)
    if code == -errno.EPIPE:
        alsa.snd_pcm_prepare(pcm)
print(errno.errorcode[-code])
"""


def test_a_card_pulled_out_between_two_writes_does_not_look_like_an_xrun_for_ever(card: SimCard) -> None:
    player = subprocess.Popen(
        [sys.executable, "-c", PULLED_OUT],
        env={**os.environ, **card.environment},
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert player.stdout is not None and player.stdout.readline() == "playing\n"
    card["handset"].vanish()
    assert player.communicate("\n", timeout=10)[0] == "ENODEV\n"


def _now_ns() -> int:
    return time.monotonic_ns()


def test_the_ring_wraps_and_tells_what_was_overwritten(tmp_path: Path) -> None:
    with Ring.create(tmp_path / "ring", rate=8000, seconds=0.01) as ring:
        assert ring.capacity == 80
        assert ring.write(b"\1\0" * 100) == 80
        assert ring.pending() == 80 and ring.write(b"\1\0") == 0
        assert ring.frames(40, 80) == b"\1\0" * 80


def test_a_file_that_is_no_ring_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "junk"
    path.write_bytes(b"x" * 8192)
    with pytest.raises(ValueError, match="no ring"):
        Ring(path)
