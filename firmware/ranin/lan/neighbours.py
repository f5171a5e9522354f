"""The adapter that announces this phone on the LAN and hears of the others (mDNS, RFC 6762)."""

import asyncio
import contextlib
import logging
import secrets
import socket
from collections.abc import Callable
from dataclasses import replace

from zeroconf import Error as ZeroconfError
from zeroconf import IPVersion, ServiceStateChange, Zeroconf
from zeroconf.asyncio import AsyncServiceBrowser, AsyncServiceInfo, AsyncZeroconf

from ranin.core.commands import Command
from ranin.core.neighbours import NeighbourGone, NeighbourSeen, SeekNeighbours
from ranin.lan import record
from ranin.runtime.adapter import Post

log = logging.getLogger(__name__)

MOST = 200
"""Announcements heeded at once."""
ASK_WITHIN_MS = 3000
AGAIN_AFTER_S = 10.0


class Neighbours:
    """Opens no socket but while it is told to."""

    handles = (SeekNeighbours,)

    def __init__(self) -> None:
        self._post: Post = lambda event: None
        self._order = SeekNeighbours()
        self._changed = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def start(self, post: Post) -> None:
        """Nothing is done before the order."""
        self._post = post

    async def stop(self) -> None:
        """Say farewell."""
        self.execute(SeekNeighbours())
        if self._task is not None:
            await self._task

    def execute(self, command: Command) -> None:
        """Be there as the order says from now on, or no more."""
        if isinstance(command, SeekNeighbours):
            self._order = command
            self._changed.set()
            if self._task is None and command.address:
                self._task = asyncio.create_task(self._keep())

    async def _keep(self) -> None:
        """Do as the newest order says, until one says to end it."""
        while self._order.address:
            self._changed.clear()
            try:
                await _Presence(self._order, self._post).live(self._changed, lambda: self._order)
            except ValueError as error:
                log.error("[lan]: %s", error)
                await self._changed.wait()
            except (OSError, ZeroconfError) as error:
                log.error("no neighbours can be found at %s: %s", self._order.address, error)
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._changed.wait(), AGAIN_AFTER_S)
        self._task = None


class _Presence:
    """Being on the LAN, at one address, with one certificate."""

    def __init__(self, order: SeekNeighbours, post: Post) -> None:
        self._order = order
        self._post = post
        self._print = record.fingerprint(order.certificate)
        self._instance = record.instance(order.number, self._print)
        self._server = f"ranin-{secrets.token_hex(4)}.local."
        self._known: dict[str, NeighbourSeen] = {}
        """By the name of the announcement; the first to claim a number has it for as long as it is there."""
        self._asking: dict[str, asyncio.Task[None]] = {}

    async def live(self, changed: asyncio.Event, newest: Callable[[], SeekNeighbours]) -> None:
        """Announce and listen until the newest order wants another presence, not only another word in its record.

        Raises OSError or zeroconf's Error when the interface does not do.
        """
        zeroconf = AsyncZeroconf(interfaces=[self._order.address], ip_version=IPVersion.V4Only)
        try:
            AsyncServiceBrowser(zeroconf.zeroconf, record.SERVICE, handlers=[self._changed])
            info = self._info(self._instance)
            await (await zeroconf.async_register_service(info, allow_name_change=True))
            while await changed.wait() and replace(newest(), gateway=self._order.gateway) == self._order:
                changed.clear()
                self._order = newest()
                await (await zeroconf.async_update_service(self._info(info.name)))
        finally:
            for task in self._asking.values():
                task.cancel()
            for instance in list(self._known):
                self._forget(instance)
            await zeroconf.async_close()

    def _info(self, instance: str) -> AsyncServiceInfo:
        order = self._order
        said = record.properties(order.number, order.name, self._print, order.gateway)
        once = {
            b"said": secrets.token_hex(4).encode()
        }  # who has heard the very same record before takes it for no news
        return AsyncServiceInfo(
            record.SERVICE,
            instance,
            port=order.port,
            addresses=[socket.inet_aton(order.address)],
            properties=said | once,
            server=self._server,
        )

    def _changed(self, zeroconf: Zeroconf, service_type: str, name: str, state_change: ServiceStateChange) -> None:
        """An announcement has come, changed, or gone."""
        running = self._asking.pop(name, None)
        if running is not None:
            running.cancel()
        if state_change is ServiceStateChange.Removed:
            self._forget(name)
        elif name != self._instance and len(self._asking.keys() | self._known.keys() | {name}) <= MOST:
            task = self._asking[name] = asyncio.create_task(self._ask(zeroconf, name))
            task.add_done_callback(lambda done: self._asked(name, done))

    def _asked(self, name: str, done: asyncio.Task[None]) -> None:
        if self._asking.get(name) is done:
            del self._asking[name]
        if not done.cancelled() and done.exception() is not None:
            log.warning("an announcement could not be read: %s", done.exception())

    async def _ask(self, zeroconf: Zeroconf, name: str) -> None:
        info = AsyncServiceInfo(record.SERVICE, name)
        if not await info.async_request(zeroconf, ASK_WITHIN_MS):
            return
        seen = record.judged(info.properties, info.parsed_addresses(IPVersion.V4Only), info.port, self._print)
        known = self._known.get(name)
        if known is not None and (seen is None or seen.number != known.number):
            self._forget(name)
        if seen is None or seen.number == self._order.number or seen == known or self._claimed(seen, name):
            return
        self._known[name] = seen
        self._post(seen)

    def _claimed(self, seen: NeighbourSeen, name: str) -> bool:
        return any(other.number == seen.number for instance, other in self._known.items() if instance != name)

    def _forget(self, instance: str) -> None:
        seen = self._known.pop(instance, None)
        if seen is not None:
            self._post(NeighbourGone(seen.number))
