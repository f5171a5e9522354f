"""The hook switch on gpiozero: lifted at once, replaced when it has stayed down."""

import asyncio
from typing import Any

from gpiozero import DigitalInputDevice

from ranin.core.commands import Command
from ranin.core.events import HookLifted, HookReplaced
from ranin.hardware.board import Board
from ranin.hardware.debounce import Debounce
from ranin.runtime.adapter import Post

LIFT_S = 0.005
"""A lift counts almost at once: only a spike is shorter, and later bounces are no replacing."""
REPLACE_S = 0.120
"""A handset put down may jump: short breaks end no call."""


class Hook:
    """Posts HookLifted and HookReplaced; `lifted` is read at start."""

    handles: tuple[type, ...] = ()

    def __init__(self, board: Board, pin_factory: Any) -> None:
        self._device = DigitalInputDevice(board.hook, pull_up=board.hook_pull == "up", pin_factory=pin_factory)
        self._lifted_high = board.lifted_high
        self._debounce = Debounce(LIFT_S, REPLACE_S, self._raw())
        self._next: asyncio.TimerHandle | None = None
        self._post: Post = lambda event: None

    @property
    def lifted(self) -> bool:
        """The settled position."""
        return self._debounce.level

    def _raw(self) -> bool:
        return bool(self._device.pin.state) == self._lifted_high

    async def start(self, post: Post) -> None:
        """Listen for edges."""
        self._post = post
        self._loop = asyncio.get_running_loop()
        self._device.when_activated = self._edge
        self._device.when_deactivated = self._edge
        self._look()

    async def stop(self) -> None:
        """Let go of the pin."""
        if self._next is not None:
            self._next.cancel()
        self._device.close()

    def execute(self, command: Command) -> None:
        """A hook is told nothing."""

    def _edge(self) -> None:
        self._loop.call_soon_threadsafe(self._look)

    def _look(self) -> None:
        """Read the level; look again when it may have settled."""
        now_s = self._loop.time()
        if self._debounce.read(self._raw(), now_s):
            self._post(HookLifted() if self._debounce.level else HookReplaced())
        if self._next is not None:
            self._next.cancel()
            self._next = None
        wait_s = self._debounce.settles_in_s(now_s)
        if wait_s is not None:
            self._next = self._loop.call_later(wait_s + 0.0005, self._look)
