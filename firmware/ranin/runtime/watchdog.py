"""What a service manager is told (sd_notify(3)): that the phone runs, and again and again that no part of it hangs."""

import asyncio
import logging
import os
import socket
from collections.abc import Callable, Mapping

from ranin.core.commands import Command
from ranin.runtime.adapter import Post

log = logging.getLogger(__name__)

STUCK_S = 6.0
"""A part that has been at one piece of work for longer hangs: the kernel ends an I²C transfer after 1 s."""
FEEDS = 4
"""How often the watchdog is fed in its time."""


class Watchdog:
    """The last adapter to start: READY=1 then, WATCHDOG=1 while every part is well, STOPPING=1 at the end.

    The event loop feeds, so that a loop that hangs feeds no more. Without a service manager nothing is told.
    """

    handles: tuple[type, ...] = ()

    def __init__(self, parts: Mapping[str, Callable[[], float]], environment: Mapping[str, str] = os.environ) -> None:
        """`parts`: name → for how many seconds it has been at one piece of work."""
        self._parts = dict(parts)
        self._address = _address(environment.get("NOTIFY_SOCKET", ""))
        self._every_s = watchdog_s(environment) / FEEDS
        self._stuck: list[str] = []
        self._next: asyncio.TimerHandle | None = None

    async def start(self, post: Post) -> None:
        """Say that the phone runs, and begin to feed."""
        self._tell("READY=1\nSTATUS=The phone runs")
        if self._every_s:
            self._feed()

    async def stop(self) -> None:
        """Say that the phone ends."""
        if self._next is not None:
            self._next.cancel()
        self._tell("STOPPING=1")

    def execute(self, command: Command) -> None:
        """Nothing is ordered."""

    def _feed(self) -> None:
        stuck = [name for name, busy_s in self._parts.items() if busy_s() > STUCK_S]
        if not stuck:
            self._tell("WATCHDOG=1")
        if stuck != self._stuck:
            self._say(stuck)
        self._next = asyncio.get_running_loop().call_later(self._every_s, self._feed)

    def _say(self, stuck: list[str]) -> None:
        self._stuck = stuck
        if stuck:
            log.error("the watchdog is not fed: %s hangs", " and ".join(stuck))
        self._tell(f"STATUS={' and '.join(stuck)} hangs" if stuck else "STATUS=The phone runs")

    def _tell(self, text: str) -> None:
        """One datagram; a manager that does not take it is no reason to end."""
        if not self._address:
            return
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as sender:
                sender.sendto(text.encode(), self._address)
        except OSError as error:
            log.warning("the service manager does not listen at %s: %s", self._address, error)


def watchdog_s(environment: Mapping[str, str]) -> float:
    """Within how many seconds this process must feed; 0: it need not (sd_watchdog_enabled(3))."""
    if environment.get("WATCHDOG_PID", str(os.getpid())) != str(os.getpid()):
        return 0.0
    try:
        return max(0, int(environment.get("WATCHDOG_USEC", "0"))) / 1_000_000
    except ValueError:
        return 0.0


def _address(name: str) -> str:
    """A name that begins with @ is in the abstract namespace (unix(7))."""
    return "\0" + name[1:] if name.startswith("@") else name
