"""Where a domain's SIP servers are: asked for in DNS, and kept on disk for when DNS is dead."""

import asyncio
import json
import logging
import secrets
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ranin.network import dns, interfaces
from ranin.network.flow import bound
from ranin.network.names import KEEP_S, LEAST_TTL_S, MOST_TTL_S, exchange, resolv_conf
from ranin.network.services import USUAL, in_order, referral, service

log = logging.getLogger(__name__)

NONE_FOR_S = 300.0
"""How long "there are no such records" counts."""
SILENT_FOR_S = 10.0
"""How soon resolvers that said nothing are asked again."""

Place = tuple[str, int]
"""(address, port)."""


@dataclass(frozen=True, slots=True)
class _Known:
    places: list[Place]
    until_s: float
    """Loop time."""


class Locator:
    """The order stays the same while an answer lives, so that 'the next one' means something."""

    def __init__(
        self,
        file: Path,
        resolvers: Callable[[], tuple[str, ...]] = resolv_conf,
        wall_s: Callable[[], float] = time.time,
    ) -> None:
        self._file = file
        self._resolvers = resolvers
        self._wall_s = wall_s
        self._known: dict[str, _Known] = {}
        self._kept = _read(file)

    async def find(self, name: str, transport: str, via: str = "") -> list[Place]:
        """The servers for this transport, the best first; none where DNS has no SRV records of them.

        `via` is our own address to ask from and to reach them from; empty: wherever the routes lead.
        """
        key = f"{name}/{transport}/{6 if ':' in via else 4}"
        known = self._known.get(key)
        now_s = asyncio.get_running_loop().time()
        if known is None or now_s >= known.until_s:
            known = self._known[key] = await self._look_up(key, name, transport, via)
        return known.places

    async def _look_up(self, key: str, name: str, transport: str, via: str) -> _Known:
        loop = asyncio.get_running_loop()
        try:
            places, ttl_s = await self._places(name, transport, via)
        except (OSError, ValueError) as error:
            places = self._good(key)
            if places:
                log.warning("DNS says nothing of %s (%s); its last good answer is used", name, error)
            return _Known(places, loop.time() + SILENT_FOR_S)
        if places:
            self._keep(key, places)
        return _Known(places, loop.time() + (min(MOST_TTL_S, max(LEAST_TTL_S, ttl_s)) if places else NONE_FOR_S))

    async def _places(self, name: str, transport: str, via: str) -> tuple[list[Place], float]:
        """(servers, seconds that this holds). Raises OSError when no resolver answers."""
        usual = f"{USUAL[transport]}.{name}"
        pointers, rows = await asyncio.gather(self._ask(name, dns.NAPTR, via), self._ask(usual, dns.SRV, via))
        elsewhere = referral((data for _, data in pointers), transport)
        if elsewhere and elsewhere != usual.lower():
            rows = await self._ask(elsewhere, dns.SRV, via)
        found = [made for made in (service(data) for _, data in rows) if made is not None]
        places: list[Place] = []
        for row in in_order(found, secrets.randbelow):
            places += [(ip, row.port) for ip in await self._addresses(row.target, via)]
        if found and not places:
            raise OSError("its servers have no address")
        return places, min((ttl for ttl, _ in rows), default=0)

    async def _addresses(self, host: str, via: str) -> list[str]:
        kind, family = (dns.AAAA, socket.AF_INET6) if ":" in via else (dns.A, socket.AF_INET)
        rows = await self._ask(host, kind, via)
        size = 16 if family == socket.AF_INET6 else 4
        return [socket.inet_ntop(family, data) for _, data in rows if len(data) == size]

    async def _ask(self, name: str, kind: int, via: str) -> list[tuple[int, bytes]]:
        """The (TTL, data) of the records, none where there are none. Raises OSError when no resolver says."""
        trouble: Exception = OSError("there is no resolver")
        for resolver in self._resolvers():
            try:
                question = dns.query(name, kind, secrets.randbits(16))
                code, rows = await exchange(_socket(resolver, via), resolver, question, dns.read_records)
            except OSError as error:
                trouble = error
                continue
            if code in (_NO_ERROR, _NO_SUCH_NAME):
                return rows
            trouble = OSError(f"the resolver failed with code {code}")
        raise trouble

    def _good(self, key: str) -> list[Place]:
        places, wall_s = self._kept.get(key, ([], 0.0))
        return places if self._wall_s() - wall_s < KEEP_S else []

    def _keep(self, key: str, places: list[Place]) -> None:
        """Replace the file if the servers are others; a power cut leaves the old or the new one."""
        old, wall_s = self._kept.get(key, ([], 0.0))
        if sorted(old) == sorted(places) and 0 <= self._wall_s() - wall_s < KEEP_S / 2:
            return
        self._kept[key] = places, self._wall_s()
        part = self._file.with_suffix(".part")
        try:
            part.write_text(json.dumps(self._kept))
            part.replace(self._file)
        except OSError as error:
            log.error("the servers' addresses cannot be kept: %s", error)


_NO_ERROR, _NO_SUCH_NAME = 0, 3


def _socket(resolver: str, via: str) -> socket.socket:
    """Towards the resolver, over the interface that has the address `via`, if it is one of ours."""
    present = interfaces.interfaces() if via else ()
    mine = next((interface for interface in present if via in interface.addresses), None)
    if mine is not None:
        return bound(mine, resolver, socket.SOCK_DGRAM)
    family = socket.AF_INET6 if ":" in resolver else socket.AF_INET
    return socket.socket(family, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)


def _read(file: Path) -> dict[str, tuple[list[Place], float]]:
    """What is on disk; a broken file has nothing."""
    try:
        rows = json.loads(file.read_text())
        return {
            str(key): ([(str(ip), int(port)) for ip, port in places], float(wall_s))
            for key, (places, wall_s) in rows.items()
        }
    except (OSError, ValueError, TypeError, AttributeError):
        return {}
