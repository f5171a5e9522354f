"""What every adapter looks like from the engine."""

import time
from collections.abc import Callable
from typing import Protocol

from ranin.core.commands import Command
from ranin.core.events import Event

Post = Callable[[Event], None]
"""Hands an event to the engine; safe to call from any thread, never blocks."""


class Adapter(Protocol):
    """One edge of the phone: turns the world into events and commands into the world."""

    handles: tuple[type, ...]
    """The command classes this adapter carries out."""

    async def start(self, post: Post) -> None:
        """Open the edge; events go to `post` from now on."""

    async def stop(self) -> None:
        """Close the edge and leave nothing running."""

    def execute(self, command: Command) -> None:
        """Carry out one command without blocking; failures come back as events."""


class Busy:
    """Called, it says for how many seconds a part has been at one piece of work: 0 while it waits for some.

    A part that hangs is known by it; any thread may ask.
    """

    def __init__(self) -> None:
        self._since_s: float | None = None

    def begin(self) -> None:
        """The next piece of work begins, and the last one has ended."""
        self._since_s = time.monotonic()

    def rest(self) -> None:
        """There is nothing to do."""
        self._since_s = None

    def __call__(self) -> float:
        since_s = self._since_s
        return 0.0 if since_s is None else time.monotonic() - since_s
