"""What every adapter looks like from the engine."""

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
