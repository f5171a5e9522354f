"""The one owner of the state: inbox → step → adapters, and a snapshot for whoever looks."""

import asyncio
import logging
import threading
from collections import deque
from collections.abc import Callable, Iterable

from ranin.core.commands import Command
from ranin.core.events import Event
from ranin.core.moment import Moment
from ranin.core.phone import step
from ranin.core.state import Phone
from ranin.runtime.adapter import Adapter
from ranin.runtime.journal import Journal

log = logging.getLogger(__name__)

Clock = Callable[[], Moment]
Watcher = Callable[[Phone, Event], None]


class Engine:
    """Turns events into state and commands, one at a time, in the order they came."""

    def __init__(self, adapters: Iterable[Adapter], clock: Clock, journal: Journal) -> None:
        self.phone = Phone()
        self._adapters = tuple(adapters)
        self._routes = {kind: adapter for adapter in self._adapters for kind in adapter.handles}
        self._clock = clock
        self._journal = journal
        self._inbox: deque[Event] = deque()
        self._watchers: list[Watcher] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        self._home = threading.get_ident()
        self._busy = False

    async def start(self, first: Event) -> None:
        """Start the adapters in order and hand the core its first event."""
        self._loop = asyncio.get_running_loop()
        self._home = threading.get_ident()
        self._inbox.appendleft(first)
        self._drain()
        for adapter in self._adapters:
            await adapter.start(self.post)

    async def stop(self) -> None:
        """Stop the adapters, last first; one that fails does not keep the others."""
        for adapter in reversed(self._adapters):
            try:
                await adapter.stop()
            except Exception:
                log.exception("%s did not stop cleanly", type(adapter).__name__)
        self._journal.close()

    def post(self, event: Event) -> None:
        """Take an event from any thread."""
        if threading.get_ident() != self._home:
            if self._loop is not None and not self._loop.is_closed():
                self._loop.call_soon_threadsafe(self.post, event)
            return
        self._inbox.append(event)
        if self._loop is not None:
            self._drain()

    def watch(self, watcher: Watcher) -> Callable[[], None]:
        """Call `watcher` with each new state and what led to it; the returned function ends that."""
        self._watchers.append(watcher)
        return lambda: self._watchers.remove(watcher)

    def _drain(self) -> None:
        """Work the inbox off; an adapter that posts from `execute` waits its turn."""
        if self._busy:
            return
        self._busy = True
        try:
            while self._inbox:
                self._take(self._inbox.popleft())
        finally:
            self._busy = False

    def _take(self, event: Event) -> None:
        now = self._clock()
        self._journal.event(now, event, self.phone.private)
        try:
            self.phone, commands = step(self.phone, event, now)
        except Exception:
            log.exception("the core failed on %r; the state is as before it", event)
            return
        for command in commands:
            self._execute(command)
        for watcher in tuple(self._watchers):
            watcher(self.phone, event)

    def _execute(self, command: Command) -> None:
        self._journal.command(command)
        adapter = self._routes.get(type(command))
        if adapter is None:
            return
        try:
            adapter.execute(command)
        except Exception:
            log.exception("%s failed on %r", type(adapter).__name__, command)
