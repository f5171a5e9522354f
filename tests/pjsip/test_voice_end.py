"""The modem's side of a mobile call's sound (voice_end.c), alone: halves of samples, a full line, a dead one."""

import ctypes
import errno
import os
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

MODULE = Path(__file__).parents[2] / "scripts" / "pjsip" / "module"
SHIM = """
#include "voice_end.h"
#include <stdlib.h>
struct voice_end *make(int descriptor) {
    struct voice_end *end = malloc(sizeof *end);
    voice_end_descriptor(end, descriptor, 8000);
    return end;
}
"""


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> ctypes.CDLL:
    """The C file by itself, without PJSIP."""
    folder = tmp_path_factory.mktemp("voice-end")
    shim, built = folder / "shim.c", folder / "voice_end.so"
    shim.write_text(SHIM)
    words = ["cc", "-O2", "-Wall", "-Wextra", "-Werror", "-fPIC", "-shared", f"-I{MODULE}", "-o", str(built)]
    subprocess.run([*words, str(shim), str(MODULE / "voice_end.c"), "-lasound"], check=True)
    found = ctypes.CDLL(str(built))
    found.make.restype = ctypes.c_void_p
    return found


class End:
    """The C end of a socket pair, and the modem's."""

    def __init__(self, library: ctypes.CDLL) -> None:
        self._library = library
        ours, self.modem = socket.socketpair()
        self.modem.setblocking(False)
        self.descriptor = ours.detach()
        self._end = ctypes.c_void_p(library.make(self.descriptor))

    def read(self, most: int = 64) -> bytes | int:
        buffer = ctypes.create_string_buffer(2 * most)
        count = self._library.voice_end_read(self._end, buffer, most)
        return buffer.raw[: 2 * count] if count >= 0 else int(count)

    def write(self, data: bytes) -> int:
        return int(self._library.voice_end_write(self._end, data, len(data) // 2))

    def check(self) -> int:
        return int(self._library.voice_end_check(self._end))

    def close(self) -> None:
        self._library.voice_end_close(self._end)
        self.modem.close()


@pytest.fixture
def end(library: ctypes.CDLL) -> Iterator[End]:
    one = End(library)
    yield one
    one.close()


def test_samples_come_whole_however_the_bytes_are_cut(end: End) -> None:
    data, got = bytes(range(256)), b""
    for start in range(0, 256, 7):
        end.modem.send(data[start : start + 7])
        piece = end.read(3)
        while piece:
            assert isinstance(piece, bytes) and len(piece) <= 6
            got += piece
            piece = end.read(3)
    assert got == data and end.check() == 0


def test_nothing_there_is_no_end_but_a_hang_up_is(end: End) -> None:
    assert end.read() == b"" and end.check() == 0
    end.modem.close()
    assert end.check() == -errno.EIO and end.read() == -errno.EIO
    assert end.write(b"ab") == -errno.EPIPE


def test_a_modem_that_does_not_read_loses_what_is_late_and_never_half_a_sample(end: End) -> None:
    for count in range(2000):
        assert end.write(count.to_bytes(2, "little") * 80) == 0
    queued = end.modem.recv(1 << 20)
    assert len(queued) < 16000, "the line would hold far more"
    words = [int.from_bytes(queued[at : at + 2], "little") for at in range(0, len(queued), 2)]
    assert len(queued) % 2 == 0 and words == sorted(words) and words.count(0) == 80
    assert end.write(b"\x07\x07" * 80) == 0 and end.modem.recv(1 << 20) == b"\x07\x07" * 80


def test_closing_closes_once(end: End) -> None:
    end.close()
    with pytest.raises(OSError, match="Bad file"):
        os.fstat(end.descriptor)
    assert end.check() == 0
