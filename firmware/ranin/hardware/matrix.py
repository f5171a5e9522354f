"""Key matrix scans → key events (pure): bouncing, ghosts, long presses, stuck keys."""

from ranin.core.events import KeyHeld, KeyPressed, KeyReleased, KeyStuck
from ranin.core.keys import Key

HELD_S = 1.0
STUCK_S = 10.0
MOST_KEYS = 2
"""Without diodes two keys are certain; three may show a fourth that nobody pressed."""

KeyEvent = KeyPressed | KeyReleased | KeyHeld | KeyStuck
Place = tuple[int, int]


class Matrix:
    """Keeps which keys are down; two equal scans in a row make a change true."""

    def __init__(self, keys: tuple[tuple[Key | None, ...], ...]) -> None:
        self._keys = keys
        self._candidate: frozenset[Key] = frozenset()
        self._down: frozenset[Key] = frozenset()
        self._since_s: dict[Key, float] = {}
        self._told: dict[Key, int] = {}

    @property
    def busy(self) -> bool:
        """Whether scanning must go on: a key is down, or about to be."""
        return bool(self._down or self._candidate)

    @property
    def settled(self) -> bool:
        """Whether the last scan said the same as the one before."""
        return self._candidate == self._down

    def scan(self, closed: frozenset[Place], now_s: float) -> list[KeyEvent]:
        """Take one scan: the (row, column) places that are closed."""
        pressed = frozenset(key for row, column in closed if (key := self._keys[row][column]))
        if len(closed) > MOST_KEYS:
            pressed = self._down
        if pressed != self._candidate:
            self._candidate = pressed
            return self._long_presses(now_s)
        return [*self._changes(pressed, now_s), *self._long_presses(now_s)]

    def _changes(self, pressed: frozenset[Key], now_s: float) -> list[KeyEvent]:
        events: list[KeyEvent] = [KeyReleased(key) for key in self._order(self._down - pressed)]
        for key in self._order(pressed - self._down):
            self._since_s[key], self._told[key] = now_s, 0
            events.append(KeyPressed(key))
        self._down = pressed
        return events

    def _long_presses(self, now_s: float) -> list[KeyEvent]:
        events: list[KeyEvent] = []
        for key in self._order(self._down):
            for told, (after_s, kind) in enumerate(((HELD_S, KeyHeld), (STUCK_S, KeyStuck))):
                if self._told[key] == told and now_s - self._since_s[key] >= after_s:
                    self._told[key] = told + 1
                    events.append(kind(key))
        return events

    def _order(self, keys: frozenset[Key]) -> list[Key]:
        return sorted(keys, key=lambda key: key.value)
