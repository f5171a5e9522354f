"""The ringer: PyAudio on a PCM of its own, so that the base rings while the handset is in use."""

import contextlib
import logging
import os
import threading
import time
from collections.abc import Iterator
from typing import Any

from ranin.audio.melodies import samples
from ranin.core.commands import Command, Ring
from ranin.core.events import SoundFound, SoundLost
from ranin.runtime.adapter import Busy, Post

log = logging.getLogger(__name__)

PIECE_MS = 20
"""Written at once: how fast ringing stops."""
RETRY_S = 1.0


class RingerError(OSError):
    """The PCM cannot be opened; the message says which."""


class Ringer:
    """Carries out Ring on a worker; the card is open only while it rings."""

    handles = (Ring,)

    def __init__(self, pcm: str, rate: int = 48000) -> None:
        self._pcm = pcm
        self._rate = rate
        self.busy_s = Busy()
        self._wanted = Ring("")
        self._change = threading.Condition()
        self._leaving = False
        self._lost = False
        self._post: Post = lambda event: None
        self._worker = threading.Thread(target=self._work, name="ringer", daemon=True)

    async def start(self, post: Post) -> None:
        """Start the worker."""
        self._post = post
        self._worker.start()

    async def stop(self) -> None:
        """Silence, and let the worker leave."""
        with self._change:
            self._leaving, self._wanted = True, Ring("")
            self._change.notify()
        self._worker.join(2.0)

    def execute(self, command: Command) -> None:
        """Ring so from now on, or stop."""
        assert isinstance(command, Ring)
        with self._change:
            self._wanted = command
            self._change.notify()

    def _work(self) -> None:
        while not self._leaving:
            self.busy_s.rest()
            with self._change:
                self._change.wait_for(lambda: self._leaving or bool(self._wanted.melody))
            if not self._leaving:
                self._try_to_ring()

    def _try_to_ring(self) -> None:
        try:
            self.busy_s.begin()
            self._ring()
        except (OSError, SystemError, ValueError) as error:
            self._tell(lost=True, reason=str(error))
            self.busy_s.rest()
            with self._change:
                self._change.wait_for(lambda: self._leaving or not self._wanted.melody, RETRY_S)

    def _ring(self) -> None:
        """Ring until the wish is another; the melody begins anew when it changes."""
        with _opened(self._pcm, self._rate) as stream:
            while self._wanted.melody:
                self._play(stream, self._wanted)

    def _play(self, stream: Any, ring: Ring) -> None:
        sound = samples(ring.melody, ring.level, self._rate)
        piece = self._rate * PIECE_MS // 1000
        for start in range(0, len(sound), piece):
            if self._wanted != ring:
                return
            self.busy_s.begin()
            _await_room(stream, piece)
            stream.write(sound[start : start + piece].tobytes())
            self._tell(lost=False)

    def _tell(self, lost: bool, reason: str = "") -> None:
        if lost != self._lost:
            self._lost = lost
            self._post(SoundLost("ringer", reason) if lost else SoundFound("ringer"))


@contextlib.contextmanager
def _opened(pcm: str, rate: int) -> Iterator[Any]:
    """A PyAudio stream on the PCM of that name. Raises RingerError."""
    import pyaudio

    with quiet():
        audio = pyaudio.PyAudio()
    try:
        index = find_pcm(audio, pcm)
        with quiet():
            stream = audio.open(
                rate, 1, pyaudio.paInt16, output=True, output_device_index=index,
                frames_per_buffer=rate * PIECE_MS // 1000,
            )  # fmt: skip
        yield stream
        stream.stop_stream()
        stream.close()
    finally:
        audio.terminate()


def _await_room(stream: Any, frames: int) -> None:
    """Wait until a write need not: PortAudio's own wait spins for ever on a card that is pulled out.

    Raises RingerError when the card is gone.
    """
    while (room := stream.get_write_available()) < frames:
        if room < 0:
            raise RingerError("the ringer's card stopped answering: was it pulled out?")
        time.sleep(PIECE_MS / 4000)


def find_pcm(audio: Any, pcm: str) -> int:
    """PortAudio's number of the PCM of that name. Raises RingerError."""
    for index in range(audio.get_device_count()):
        if audio.get_device_info_by_index(index)["name"].split(":")[0] == pcm:
            return index
    raise RingerError(f"no PCM is called {pcm!r}: is the card plugged in?")


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """PortAudio's look for devices makes ALSA and JACK write to stderr about each that is absent."""
    kept = os.dup(2)
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(null)
        os.close(kept)
