"""Settling a bouncing contact (pure): time is an argument."""


class Debounce:
    """A level counts when it has stayed for `on_s` (going on) or `off_s` (going off)."""

    def __init__(self, on_s: float, off_s: float, level: bool = False) -> None:
        self.level = level
        """The settled level."""
        self._wait_s = {True: on_s, False: off_s}
        self._raw = level
        self._since_s = 0.0

    def read(self, raw: bool, now_s: float) -> bool:
        """Take a reading; whether the settled level has changed by it."""
        if raw != self._raw:
            self._raw, self._since_s = raw, now_s
        if raw == self.level or now_s - self._since_s < self._wait_s[raw]:
            return False
        self.level = raw
        return True

    def settles_in_s(self, now_s: float) -> float | None:
        """How long until a reading may change the level; None: not without an edge."""
        if self._raw == self.level:
            return None
        return max(0.0, self._since_s + self._wait_s[self._raw] - now_s)
