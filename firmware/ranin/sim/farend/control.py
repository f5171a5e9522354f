"""Telling baresip what to do, and hearing what happens to it (ctrl_tcp: netstrings of JSON)."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

Heard = Callable[[dict[str, Any]], None]


class Control:
    """The control connection of one baresip."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, heard: Heard) -> None:
        self._reader = reader
        self._writer = writer
        self._heard = heard
        self._listener = asyncio.create_task(self._listen())

    def order(self, command: str, parameters: str = "") -> None:
        """Send one command, e.g. `dial` with a SIP address."""
        body = json.dumps({"command": command, "params": parameters}).encode()
        self._writer.write(b"%d:%s," % (len(body), body))

    async def _listen(self) -> None:
        try:
            while True:
                length = int((await self._reader.readuntil(b":"))[:-1])
                message = json.loads((await self._reader.readexactly(length + 1))[:-1])
                if message.get("event"):
                    self._heard(message)
        except (asyncio.IncompleteReadError, ConnectionError, ValueError):
            return

    async def close(self) -> None:
        """Let go of the connection."""
        self._listener.cancel()
        self._writer.close()


async def connect(ip: str, port: int, heard: Heard, deadline_s: float) -> Control:
    """Connect as soon as baresip listens. Raises TimeoutError."""
    async with asyncio.timeout(deadline_s):
        while True:
            try:
                reader, writer = await asyncio.open_connection(ip, port)
            except OSError:
                await asyncio.sleep(0.02)
                continue
            return Control(reader, writer, heard)
