"""The machine's own clocks, and whether the kernel follows a time server."""

import contextlib
import ctypes
import time

_STA_UNSYNC = 0x40
"""<sys/timex.h>: nobody disciplines the clock, or its error has grown beyond 16 s."""


class _Timex(ctypes.Structure):
    """The head of `struct timex` (adjtimex(2)), and room for the rest."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("rest", ctypes.c_byte * 256),
    )


class SystemClock:
    """What Linux tells of the time."""

    def __init__(self) -> None:
        self._adjtimex = ctypes.CDLL(None).adjtimex

    def wall_s(self) -> float:
        """Seconds since 1970."""
        return time.time()

    def steady_s(self) -> float:
        """Seconds that nobody sets."""
        return time.monotonic()

    def synchronised(self) -> bool:
        """Whether a time server is followed: with no mode set, adjtimex only tells, and needs no right."""
        timex = _Timex()
        return self._adjtimex(ctypes.byref(timex)) >= 0 and not timex.status & _STA_UNSYNC

    def set(self, wall_s: float) -> None:
        """Set it where we have the right to (CAP_SYS_TIME): certificates are judged by it."""
        with contextlib.suppress(OSError):
            time.clock_settime(time.CLOCK_REALTIME, wall_s)
