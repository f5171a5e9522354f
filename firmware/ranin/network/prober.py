"""The adapter that asks the first line's server over every link, again and again."""

import asyncio
import logging
import socket
from collections.abc import Mapping
from pathlib import Path

from ranin.core.commands import Command
from ranin.core.outage import Link, LinkProbed, ProbeLinks
from ranin.core.settings import Account
from ranin.network import interfaces, links
from ranin.network.asker import Asker, Services
from ranin.network.interfaces import Interface
from ranin.network.names import Names, Resolvers, resolv_conf
from ranin.runtime.adapter import Post

log = logging.getLogger(__name__)

EVERY_S = 1.5
SPARSE_EVERY_S = 30.0
"""How often over LTE while a better link is alive: its data costs money."""

_ORDER = tuple(Link)


class Prober:
    """One task for each link; a change of its interface begins it anew, so that it asks at once.

    A link is not heard of before the better ones have been: the first answer to come would else seem to be the best.
    """

    handles = (ProbeLinks,)

    def __init__(
        self,
        state: Path,
        devices: Mapping[Link, str] | None = None,
        resolvers: Resolvers = lambda interface: resolv_conf(),
        sys_class_net: Path = links.SYS_CLASS_NET,
        services: Services | None = None,
    ) -> None:
        """`state` is a folder that lasts; `devices` names the interfaces instead of finding them.

        `services` are looked up in DNS for names without a port; None: they are not.
        """
        self._services = services
        self._names = Names(state / "names.json", resolvers)
        self._devices = devices
        self._folder = sys_class_net
        self._post: Post = lambda event: None
        self._watched: socket.socket | None = None
        self._account: Account | None = None
        self._interfaces: dict[Link, Interface] = {}
        self._tasks: dict[Link, asyncio.Task[None]] = {}
        self._ending: set[asyncio.Task[None]] = set()
        self._alive: set[Link] = set()
        self._unheard: set[Link] = set()
        self._held: list[LinkProbed] = []

    async def start(self, post: Post) -> None:
        """Begin to follow the interfaces. Raises OSError without netlink."""
        self._post = post
        watched = self._watched = interfaces.watch()
        asyncio.get_running_loop().add_reader(watched, lambda: self._changed(interfaces.drain(watched)))
        self._interfaces = self._look()
        if self._account is not None:
            self._probe(self._account)

    async def stop(self) -> None:
        """Ask nothing any more."""
        if self._watched is not None:
            asyncio.get_running_loop().remove_reader(self._watched)
            self._watched.close()
        self._probe(None)
        await asyncio.gather(*self._ending, return_exceptions=True)
        await self._names.close()

    def execute(self, command: Command) -> None:
        """Ask this account's server from now on."""
        if isinstance(command, ProbeLinks):
            self._probe(command.account)

    def _probe(self, account: Account | None) -> None:
        self._account = account
        if self._watched is None:  # not started yet
            return
        self._alive.clear()
        self._held.clear()
        self._unheard = set(self._devices or self._interfaces) if account is not None else set()
        for link in list(self._tasks):
            self._end(link)
        for link in self._devices or self._interfaces:
            self._begin(link)

    def _look(self) -> dict[Link, Interface]:
        present = interfaces.interfaces()
        return links.find(present, self._folder) if self._devices is None else links.named(present, self._devices)

    def _changed(self, routed: frozenset[int]) -> None:
        """Begin anew with the links whose interface, addresses or routes are not what they were."""
        try:
            now = self._look()
        except OSError as error:
            log.error("the network interfaces cannot be listed: %s", error)
            return
        before, self._interfaces = self._interfaces, now
        for link in before.keys() | now.keys():
            old, new = before.get(link), now.get(link)
            if old != new or (new is not None and new.index in routed):
                for interface in {old, new} - {None}:
                    self._names.forget(interface.index)
                self._begin(link)

    def _begin(self, link: Link) -> None:
        self._end(link)
        if self._account is not None:
            task = self._tasks[link] = asyncio.create_task(self._watch(link, self._account))
            task.add_done_callback(lambda done: None if done.cancelled() else done.result())

    def _end(self, link: Link) -> None:
        task = self._tasks.pop(link, None)
        if task is not None:
            task.cancel()
            self._ending.add(task)
            task.add_done_callback(self._ending.discard)

    async def _watch(self, link: Link, account: Account) -> None:
        loop = asyncio.get_running_loop()
        asker = Asker(account, link, self._interfaces.get(link), self._names, self._services)
        try:
            while True:
                began_s = loop.time()
                self._report(await asker.ask())
                await asyncio.sleep(began_s + self._pace_s(link) - loop.time())
        finally:
            asker.close()

    def _report(self, probed: LinkProbed) -> None:
        """Tell, and tell what waited for this one."""
        self._unheard.discard(probed.link)
        self._held.append(probed)
        first = min(map(_ORDER.index, self._unheard), default=len(_ORDER))
        due = sorted((held for held in self._held if _rank(held) < first), key=_rank)
        self._held = [held for held in self._held if held not in due]
        for held in due:
            self._tell(held)

    def _tell(self, probed: LinkProbed) -> None:
        spared = self._spared
        if probed.alive:
            self._alive.add(probed.link)
        else:
            self._alive.discard(probed.link)
        self._post(probed)
        if spared and not self._spared and Link.LTE in self._tasks:
            self._begin(Link.LTE)

    @property
    def _spared(self) -> bool:
        """Whether a better link than LTE is alive."""
        return bool(self._alive - {Link.LTE})

    def _pace_s(self, link: Link) -> float:
        return SPARSE_EVERY_S if link is Link.LTE and self._spared else EVERY_S


def _rank(probed: LinkProbed) -> int:
    return _ORDER.index(probed.link)
