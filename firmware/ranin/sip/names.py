"""Names of servers and their addresses; the last good answer serves while the resolver is silent."""

import asyncio
import logging
import socket
from collections.abc import Awaitable, Callable

log = logging.getLogger(__name__)

ANSWER_WITHIN_S = 5.0
SILENT_AFTER_S = 2.0
"""How long an answer is waited for where one of before is known."""

Address = tuple[int, str]
"""(family, ip)."""
LookUp = Callable[[str, int], Awaitable[list[Address]]]


class Names:
    """Asks the system's resolver; a name that is asked for twice at once is one question."""

    def __init__(self, look_up: LookUp | None = None) -> None:
        self._look_up = look_up or _ask_system
        self._known: dict[tuple[str, int], list[Address]] = {}
        self._asking: dict[tuple[str, int], asyncio.Task[list[Address]]] = {}

    async def addresses(self, host: str, kind: int) -> list[Address]:
        """The host's addresses for sockets of this kind. Raises OSError saying what is wrong with the name."""
        known = self._known.get((host, kind))
        within_s = SILENT_AFTER_S if known else ANSWER_WITHIN_S
        try:
            return await asyncio.wait_for(asyncio.shield(self._question(host, kind)), within_s)
        except TimeoutError:
            trouble = f"the name {host} was not answered for within {within_s:.0f} s"
        except OSError as error:
            trouble = f"the name {host} has no address: {error}"
        if not known:
            raise OSError(trouble)
        log.warning("%s; its last good address is used", trouble)
        return known

    def _question(self, host: str, kind: int) -> asyncio.Task[list[Address]]:
        key = host, kind
        if key not in self._asking:
            self._asking[key] = asyncio.create_task(self._look_up(host, kind))
            self._asking[key].add_done_callback(lambda task: self._answered(key, task))
        return self._asking[key]

    def _answered(self, key: tuple[str, int], task: asyncio.Task[list[Address]]) -> None:
        """A late answer is kept too."""
        self._asking.pop(key, None)
        if not task.cancelled() and task.exception() is None:
            self._known[key] = task.result()

    def close(self) -> None:
        """Wait for no answer any more."""
        for task in self._asking.values():
            task.cancel()


async def _ask_system(host: str, kind: int) -> list[Address]:
    rows = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SocketKind(kind))
    return [(family, str(address[0])) for family, _, _, _, address in rows]
