"""The server's address: asked for over each interface, and kept for when DNS is dead."""

import asyncio
import contextlib
import ipaddress
import json
import logging
import secrets
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from ranin.network import dns
from ranin.network.flow import bound
from ranin.network.interfaces import Interface

log = logging.getLogger(__name__)

RESOLV_CONF = Path("/etc/resolv.conf")
ASK_WITHIN_S = 1.0
AGAIN_AFTER_S = 5.0
"""How soon a resolver that failed is asked again."""
LEAST_TTL_S, MOST_TTL_S = 5.0, 3600.0
KEEP_S = 7 * 86400.0
"""How long a good answer counts without DNS."""
WRITE_EVERY_S = 6 * 3600.0
"""How old the file may become while the answer stays the same: an SD card wears out."""
_PORT = 53
_KINDS = {4: dns.A, 6: dns.AAAA}

Resolvers = Callable[[Interface], tuple[str, ...]]
"""The addresses of the resolvers to ask over an interface."""


class NameNotFound(OSError):
    """No resolver knows the name, and no earlier answer is left."""


def resolv_conf(path: Path = RESOLV_CONF) -> tuple[str, ...]:
    """The resolvers of resolv.conf(5); none if it cannot be read."""
    try:
        words = [line.split() for line in path.read_text(errors="replace").splitlines()]
    except OSError:
        return ()
    named = [word[1] for word in words if len(word) > 1 and word[0] == "nameserver"]
    return tuple(address for address in named if is_address(address))


@dataclass(slots=True)
class _Known:
    """What one interface's resolvers last said."""

    addresses: tuple[str, ...] = ()
    until_s: float = 0.0
    """Loop time at which to ask again."""
    misses: int = 0
    """How often the server was not at the address given out; another one's turn comes each time."""

    def learn(self, answer: dns.Answer, now_s: float) -> None:
        """Take an answer; the same addresses in another order are no news."""
        wait_s = AGAIN_AFTER_S
        if answer.addresses:
            wait_s = min(MOST_TTL_S, max(LEAST_TTL_S, answer.ttl_s))
            if set(answer.addresses) != set(self.addresses):
                self.addresses, self.misses = answer.addresses, 0
        self.until_s = now_s + wait_s


@dataclass(frozen=True, slots=True)
class _Good:
    """An address where the server did answer."""

    address: str
    wall_s: float


class Names:
    """Addresses of names; an answer counts as good once the server has answered there."""

    def __init__(
        self,
        file: Path,
        resolvers: Resolvers = lambda interface: resolv_conf(),
        wall_s: Callable[[], float] = time.time,
    ) -> None:
        self._file = file
        self._resolvers = resolvers
        self._wall_s = wall_s
        self._good = _read(file)
        self._known: dict[tuple[int, str], _Known] = {}
        self._asking: dict[tuple[int, str], asyncio.Task[None]] = {}

    async def find(self, host: str, interface: Interface) -> str:
        """The address of `host` over this interface, at once if any is known. Raises NameNotFound."""
        if is_address(host):
            return host
        key = interface.index, host
        known = self._known.setdefault(key, _Known())
        if asyncio.get_running_loop().time() >= known.until_s and key not in self._asking:
            self._asking[key] = asyncio.create_task(self._ask(key, interface))
        if not self._addresses(key, interface) and key in self._asking:
            await asyncio.wait((self._asking[key],), timeout=ASK_WITHIN_S)
        addresses = self._addresses(key, interface)
        if not addresses:
            raise NameNotFound(f"the name {host} has no address")
        return addresses[known.misses % len(addresses)]

    def doubt(self, host: str, interface: Interface) -> None:
        """The server was not where `find` said: ask again soon, and give out another address meanwhile."""
        known = self._known.get((interface.index, host))
        if known is not None:
            known.misses += 1
            known.until_s = min(known.until_s, asyncio.get_running_loop().time() + AGAIN_AFTER_S)

    def keep(self, host: str, address: str) -> None:
        """The server has answered at `address`: remember it on disk."""
        if is_address(host):
            return
        key = f"{host}/{ipaddress.ip_address(address).version}"
        old = self._good.get(key)
        if old is None or old.address != address or not 0 <= self._wall_s() - old.wall_s < WRITE_EVERY_S:
            self._good[key] = _Good(address, self._wall_s())
            self._write()

    def forget(self, index: int) -> None:
        """The interface leads elsewhere now: what its resolvers said does not count any more."""
        for key in [key for key in self._known if key[0] == index]:
            del self._known[key]
        for key in [key for key in self._asking if key[0] == index]:
            self._asking.pop(key).cancel()

    async def close(self) -> None:
        """End all questions."""
        tasks = list(self._asking.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._asking.clear()

    def _addresses(self, key: tuple[int, str], interface: Interface) -> tuple[str, ...]:
        """What DNS says, then the last good answers; the future is what a wrong clock wrote."""
        good = [self._good.get(f"{key[1]}/{version}") for version in _versions(interface)]
        kept = [row.address for row in good if row is not None and self._wall_s() - row.wall_s < KEEP_S]
        known = self._known.get(key, _Known())
        return tuple(dict.fromkeys((*known.addresses, *kept)))

    async def _ask(self, key: tuple[int, str], interface: Interface) -> None:
        """Ask one resolver after another."""
        known = self._known[key]
        try:
            answer = await self._first(key[1], interface)
        finally:
            if self._asking.get(key) is asyncio.current_task():
                del self._asking[key]
        known.learn(answer, asyncio.get_running_loop().time())

    async def _first(self, host: str, interface: Interface) -> dns.Answer:
        for resolver in self._resolvers(interface):
            for version in _versions(interface):
                try:
                    answer = await ask(resolver, host, _KINDS[version], interface)
                except (OSError, ValueError) as error:
                    log.debug("%s over %s: resolver %s: %r", host, interface.name, resolver, error)
                    break
                if answer.addresses:
                    return answer
        return dns.Answer()

    def _write(self) -> None:
        """Replace the file; a power cut leaves the old or the new one (not synced: it is only a memory)."""
        rows = {key: [good.address, good.wall_s] for key, good in self._good.items()}
        part = self._file.with_suffix(".part")
        try:
            part.write_text(json.dumps(rows))
            part.replace(self._file)
        except OSError as error:
            log.error("the server's address cannot be kept: %s", error)


async def ask(resolver: str, host: str, kind: int, interface: Interface) -> dns.Answer:
    """One resolver's answer over one interface. Raises OSError (TimeoutError too), ValueError for no name."""
    question = dns.query(host, kind, secrets.randbits(16))
    return await exchange(bound(interface, resolver, socket.SOCK_DGRAM), resolver, question, dns.read)


Read = TypeVar("Read")


async def exchange(
    place: socket.socket, resolver: str, question: bytes, read: Callable[[bytes, bytes], Read | None]
) -> Read:
    """What `read` makes of the answer that comes to this socket, which is closed then. Raises OSError.

    The socket is connected, so that only the resolver is heard; its port and the query's id are random (RFC 5452 §9.2).
    """
    loop = asyncio.get_running_loop()
    with contextlib.closing(place):
        async with asyncio.timeout(ASK_WITHIN_S):
            await loop.sock_connect(place, (resolver, _PORT))
            await loop.sock_sendall(place, question)
            while True:
                answer = read(question, await loop.sock_recv(place, 4096))
                if answer is not None:
                    return answer


def _versions(interface: Interface) -> tuple[int, ...]:
    """The IP versions that the interface has addresses of."""
    return tuple(dict.fromkeys(ipaddress.ip_address(address).version for address in interface.addresses))


def is_address(text: str) -> bool:
    """Whether it is an IP address, not a name."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _read(file: Path) -> dict[str, _Good]:
    """The good answers on disk; a broken file has none."""
    try:
        rows = json.loads(file.read_text())
        found = {str(key): _Good(str(address), float(wall_s)) for key, (address, wall_s) in rows.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}
    return {key: good for key, good in found.items() if is_address(good.address)}
