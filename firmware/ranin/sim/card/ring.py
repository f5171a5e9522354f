"""The far side of the simulated card: what it plays is read here, what it hears is fed here."""

import mmap
import struct
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

MAGIC = 0x314E4152
HEADER_BYTES = 4096
BYTES_PER_SAMPLE = 2
_HEAD = struct.Struct("<IIIIQQQqIIIIQQ")
"""The layout of `struct ring_head` in pcm_ranin_sim.c."""
_WRITTEN = 16
_TAKEN = 24
_VANISHED = 56


class Head(NamedTuple):
    """The head of a ring; frames count for ever, times are CLOCK_MONOTONIC nanoseconds."""

    magic: int
    rate: int
    channels: int
    capacity: int
    written: int
    taken: int
    run_frame: int
    """`written` (playback) or `taken` (capture) when the stream last started."""
    run_start_ns: int
    xruns: int
    open: int
    vanished: int
    running: int
    unfed: int
    """Frames of silence captured for want of anything fed."""
    run_unfed: int
    """`unfed` when the stream last started."""


class Ring:
    """One direction of one simulated PCM, in a file that the plug-in maps too."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with path.open("r+b") as file:
            self._map = mmap.mmap(file.fileno(), 0)
        head = self.head
        if head.magic != MAGIC:
            raise ValueError(f"{path} is no ring of the simulated card")
        self.rate, self.channels, self.capacity = head.rate, head.channels, head.capacity
        self._frame_bytes = head.channels * BYTES_PER_SAMPLE
        self._cursor = head.written

    @classmethod
    def create(cls, path: Path, rate: int = 48000, channels: int = 1, seconds: float = 4.0) -> Self:
        """Make the file; `rate` is the card's only rate, as with real hardware."""
        capacity = int(rate * seconds)
        with path.open("wb") as file:
            file.write(_HEAD.pack(MAGIC, rate, channels, capacity, *([0] * 10)))
            file.truncate(HEADER_BYTES + capacity * channels * BYTES_PER_SAMPLE)
        return cls(path)

    @property
    def head(self) -> Head:
        """The head as it stands now."""
        return Head._make(_HEAD.unpack_from(self._map, 0))

    def read(self, most: int | None = None) -> tuple[bytes, int]:
        """(S16_LE frames played since the last read, index of the first).

        Frames overwritten before they were read are skipped.
        """
        written = self.head.written
        first = max(self._cursor, written - self.capacity)
        count = written - first if most is None else min(written - first, most)
        self._cursor = first + count
        return self.frames(first, count), first

    def frames(self, first: int, count: int) -> bytes:
        """`count` frames from the absolute index `first`, still in the ring."""
        start = first % self.capacity
        head = min(count, self.capacity - start)
        return self._piece(start, head) + self._piece(0, count - head)

    def _piece(self, start: int, count: int) -> bytes:
        at = HEADER_BYTES + start * self._frame_bytes
        return self._map[at : at + count * self._frame_bytes]

    def skip(self) -> None:
        """Forget what has been played so far."""
        self._cursor = self.head.written

    def write(self, frames: bytes) -> int:
        """Feed S16_LE frames to the capture side; how many fitted."""
        head = self.head
        free = self.capacity - (head.written - head.taken)
        count = min(len(frames) // self._frame_bytes, free)
        self._store(head.written % self.capacity, frames[: count * self._frame_bytes])
        struct.pack_into("<Q", self._map, _WRITTEN, head.written + count)
        return count

    def _store(self, start: int, frames: bytes) -> None:
        at = HEADER_BYTES + start * self._frame_bytes
        end = HEADER_BYTES + self.capacity * self._frame_bytes
        head = frames[: end - at]
        self._map[at : at + len(head)] = head
        self._map[HEADER_BYTES : HEADER_BYTES + len(frames) - len(head)] = frames[len(head) :]

    def pending(self) -> int:
        """Frames fed and not captured yet."""
        head = self.head
        return head.written - head.taken

    def vanish(self) -> None:
        """Pull the card out: every call on it fails with ENODEV."""
        struct.pack_into("<I", self._map, _VANISHED, 1)

    def restore(self) -> None:
        """Plug the card in again."""
        struct.pack_into("<I", self._map, _VANISHED, 0)

    def close(self) -> None:
        """Unmap; the file stays."""
        self._map.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
