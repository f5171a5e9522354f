"""Names of servers and their addresses; the last good answer is kept on disk, and serves while there is no other."""

import asyncio
import json
import logging
import socket
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

log = logging.getLogger(__name__)

ANSWER_WITHIN_S = 5.0
SILENT_AFTER_S = 2.0
"""How long an answer is waited for where one of before is known."""
KEEP_S = 7 * 86400.0
"""How long an answer on disk counts."""

Address = tuple[int, str]
"""(family, ip)."""
LookUp = Callable[[str, int], Awaitable[list[Address]]]


class Names:
    """Asks the system's resolver; a name that is asked for twice at once is one question."""

    def __init__(
        self, look_up: LookUp | None = None, file: Path | None = None, wall_s: Callable[[], float] = time.time
    ) -> None:
        """`file` keeps what is known; None: it is forgotten at the end."""
        self._look_up = look_up or _ask_system
        self._file = file
        self._wall_s = wall_s
        self._known = _read(file, wall_s()) if file is not None else {}
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
            news = set(self._known.get(key, ())) != set(task.result())
            self._known[key] = task.result()
            if news and self._file is not None:
                self._keep(self._file)

    def _keep(self, file: Path) -> None:
        """Replace the file; a power cut leaves the old or the new one (not synced: it is only a memory)."""
        rows = [[host, kind, addresses] for (host, kind), addresses in self._known.items()]
        part = file.with_suffix(".part")
        try:
            part.write_text(json.dumps({"wall_s": self._wall_s(), "known": rows}))
            part.replace(file)
        except OSError as error:
            log.error("the servers' addresses cannot be kept: %s", error)

    def close(self) -> None:
        """Wait for no answer any more."""
        for task in self._asking.values():
            task.cancel()


async def _ask_system(host: str, kind: int) -> list[Address]:
    rows = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SocketKind(kind))
    return [(family, str(address[0])) for family, _, _, _, address in rows]


def _read(file: Path, wall_s: float) -> dict[tuple[str, int], list[Address]]:
    """What is on disk; a broken or old file has nothing."""
    try:
        kept = json.loads(file.read_text())
        fresh = 0 <= wall_s - float(kept["wall_s"]) < KEEP_S
        rows = [(str(host), int(kind), addresses) for host, kind, addresses in kept["known"]]
        return {(host, kind): [(int(family), str(ip)) for family, ip in found] for host, kind, found in rows if fresh}
    except (OSError, ValueError, TypeError, KeyError):
        return {}
