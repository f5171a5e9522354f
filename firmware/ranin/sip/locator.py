"""Where a line's servers are: as its settings name them, and as DNS does (RFC 3263)."""

import ipaddress
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from ranin.core.settings import Account

Services = Callable[[str, str, str], Awaitable[list[tuple[str, int]]]]
"""(name, transport, own address or empty) → the (address, port) of its servers, the best first; none: it has no SRV."""


@dataclass(frozen=True, slots=True)
class Target:
    """One server."""

    name: str
    """As the settings have it, which is what it must prove to be (RFC 5922 §7.1)."""
    port: int
    ip: str = ""
    """Its address, where DNS has told it along."""


class Locator:
    """Puts together what the settings and DNS say."""

    def __init__(self, services: Services | None) -> None:
        self._services = services

    async def targets(self, account: Account, via: str = "") -> list[Target]:
        """The line's servers in the order to try them; at least one."""
        found: list[Target] = []
        for text, (name, port) in zip(account.servers, account.places, strict=True):
            rows = await self._ask(text, name, account.transport, via)
            found += [Target(name, at, ip) for ip, at in rows] or [Target(name, port)]
        return found

    async def _ask(self, text: str, name: str, transport: str, via: str) -> list[tuple[str, int]]:
        """A port that is said, or an address, leaves nothing to ask (RFC 3263 §4.2)."""
        if self._services is None or text != name or _is_address(name):
            return []
        return await self._services(name, transport, via)


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
