"""The call log on disk; a worker of its own writes it, so the loop never waits for a card."""

import asyncio
import logging
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from ranin.core.commands import Command, LogCall, MarkSeen
from ranin.core.events import Direction, LoggedCall
from ranin.core.verstat import Verstat
from ranin.storage.database import open_database, transaction

log = logging.getLogger(__name__)

KEPT = 1000
"""Calls kept on disk; the oldest go first."""


class CallLog:
    """Carries out `LogCall` and `MarkSeen`; `recent` reads what is there at start."""

    handles = (LogCall, MarkSeen)

    def __init__(self, path: Path) -> None:
        self._database = open_database(path)
        self._worker = ThreadPoolExecutor(1, "storage")

    def recent(self, count: int = 100) -> tuple[LoggedCall, ...]:
        """The newest calls, newest first."""
        rows = self._database.execute(
            "SELECT direction, name, number, started, talk_s, code, seen, verstat FROM call ORDER BY id DESC LIMIT ?",
            (count,),
        )
        return tuple(LoggedCall(Direction(row[0]), *row[1:6], bool(row[6]), Verstat(row[7])) for row in rows)

    async def start(self, post: object) -> None:
        """Nothing to open: the constructor did."""

    async def stop(self) -> None:
        """Finish what is being written, then close."""
        await asyncio.to_thread(self._worker.shutdown)
        self._database.close()

    def execute(self, command: Command) -> None:
        """Queue one write."""
        self._worker.submit(self._write, command)

    def _write(self, command: Command) -> None:
        try:
            if isinstance(command, LogCall):
                self._keep(command.call)
            else:
                self._database.execute("UPDATE call SET seen = 1 WHERE seen = 0")
        except sqlite3.Error as error:
            log.error("call log not written (%s): is the card full or read-only?", error)

    def _keep(self, call: LoggedCall) -> None:
        plain = (call.name, call.number, call.started, call.talk_s, call.code, call.seen)
        row = (call.direction.value, *plain, call.verstat.value)
        with transaction(self._database) as database:
            database.execute(
                "INSERT INTO call (direction, name, number, started, talk_s, code, seen, verstat)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                row,
            )
            database.execute("DELETE FROM call WHERE id <= (SELECT max(id) FROM call) - ?", (KEPT,))
