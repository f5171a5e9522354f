"""The core's timers on the asyncio loop."""

import asyncio
import random

from ranin.core.commands import CancelTimer, Command, SetTimer
from ranin.core.events import Timer, TimerFired
from ranin.runtime.adapter import Post


class Timers:
    """Fires `TimerFired` when a `SetTimer` has run; chance is drawn here, not in the core."""

    handles = (SetTimer, CancelTimer)

    def __init__(self, chance: random.Random | None = None) -> None:
        self._chance = chance or random.SystemRandom()
        self._running: dict[tuple[Timer, int], asyncio.TimerHandle] = {}
        self._post: Post | None = None

    async def start(self, post: Post) -> None:
        """Fire into `post` from now on; what was set before counts from its setting."""
        self._post = post

    async def stop(self) -> None:
        """Cancel everything."""
        for handle in self._running.values():
            handle.cancel()
        self._running.clear()

    def execute(self, command: Command) -> None:
        """Set or cancel one timer."""
        if isinstance(command, SetTimer):
            self._set(command)
        elif isinstance(command, CancelTimer):
            self._cancel((command.timer, command.of))

    def _set(self, command: SetTimer) -> None:
        key = (command.timer, command.of)
        self._cancel(key)
        delay_s = command.after_s * (1 - command.jitter * self._chance.random())
        fired = TimerFired(command.timer, command.token, command.of)
        self._running[key] = asyncio.get_running_loop().call_later(delay_s, self._fire, key, fired)

    def _cancel(self, key: tuple[Timer, int]) -> None:
        handle = self._running.pop(key, None)
        if handle is not None:
            handle.cancel()

    def _fire(self, key: tuple[Timer, int], fired: TimerFired) -> None:
        self._running.pop(key, None)
        if self._post is not None:
            self._post(fired)
