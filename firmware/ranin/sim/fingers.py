"""Fingers that come from afar: on a busy machine a whole tap arrives at once, too quick for any scan to see."""

from collections import deque

from ranin.core.events import Event, KeyPressed, KeyReleased
from ranin.core.keys import Key
from ranin.core.state import Phone
from ranin.hardware.matrix import MOST_KEYS
from ranin.sim.simulation import Simulation


class Fingers:
    """Push keys down and let them up one after the other: each when the keypad has felt the one before."""

    def __init__(self, simulation: Simulation) -> None:
        self._wires = simulation.wires
        self._moves: deque[tuple[Key, bool]] = deque()
        """What is to be done to which key, True is down; the first is done and not felt yet."""
        self._down: set[Key] = set()
        self._felt: set[Key] = set()
        simulation.engine.watch(self._follow)

    def press(self, key: Key) -> None:
        """Push a key down."""
        self._moves.append((key, True))
        self._go_on()

    def release(self, key: Key) -> None:
        """Let a key up."""
        self._moves.append((key, False))
        self._go_on()

    def _follow(self, _phone: Phone, event: Event) -> None:
        if isinstance(event, (KeyPressed, KeyReleased)):
            (self._felt.add if isinstance(event, KeyPressed) else self._felt.discard)(event.key)
            self._go_on()

    def _go_on(self) -> None:
        """Move until something is to be felt first; of more keys than are certain none is."""
        while self._moves:
            key, down = self._moves[0]
            (self._down.add if down else self._down.discard)(key)
            (self._wires.press if down else self._wires.release)(key)
            if (key in self._felt) is not down and len(self._down) <= MOST_KEYS:
                return
            self._moves.popleft()
