"""An adapter that is made with its first command: a library that most phones never need is not loaded for nothing."""

import asyncio
import importlib
import logging

from ranin.core.commands import Command
from ranin.runtime.adapter import Adapter, Post

log = logging.getLogger(__name__)


class Later:
    """Stands for the adapter `name` of `module`, imported in a thread: that takes its time on a Pi."""

    def __init__(self, handles: tuple[type, ...], module: str, name: str) -> None:
        self.handles = handles
        self._module, self._name = module, name
        self._post: Post = lambda event: None
        self._adapter: Adapter | None = None
        self._started = False
        self._waiting: list[Command] = []
        self._making: asyncio.Task[None] | None = None

    async def start(self, post: Post) -> None:
        """Make the adapter now if it was needed before the start."""
        self._post, self._started = post, True
        self._begin()

    async def stop(self) -> None:
        """Stop what was made."""
        if self._making is not None:
            await self._making
        if self._adapter is not None:
            await self._adapter.stop()

    def execute(self, command: Command) -> None:
        """Hand it on, or keep it until there is somebody to carry it out."""
        if self._adapter is not None:
            self._adapter.execute(command)
            return
        self._waiting.append(command)
        self._begin()

    def _begin(self) -> None:
        if self._started and self._waiting and self._making is None:
            self._making = asyncio.create_task(self._come())

    async def _come(self) -> None:
        try:
            module = await asyncio.to_thread(importlib.import_module, self._module)
            adapter: Adapter = getattr(module, self._name)()
            await adapter.start(self._post)
        except Exception:
            log.exception("%s cannot be carried out", " and ".join(kind.__name__ for kind in self.handles))
            return
        self._adapter = adapter
        for command in self._waiting:
            adapter.execute(command)
        self._waiting.clear()
