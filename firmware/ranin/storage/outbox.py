"""Orders that must reach the other side, and what is known there: on disk before anybody relies on it."""

import asyncio
import json
import logging
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from ranin.core.commands import Command
from ranin.core.events import Event
from ranin.core.forwarding.known import Belief, ForgetForward, KeepForward, KnownForward
from ranin.core.outage import DropOrder, KeepOrder, Order, OrderKept, OrderKind, OrderNotKept
from ranin.core.settings import Means, Secret
from ranin.runtime.adapter import Post
from ranin.storage.database import open_database

log = logging.getLogger(__name__)


class Outbox:
    """Carries out KeepOrder, DropOrder, KeepForward and ForgetForward in the order they come.

    OrderKept is posted after the COMMIT, OrderNotKept when the card does not take it.
    """

    handles = (KeepOrder, DropOrder, KeepForward, ForgetForward)

    def __init__(self, path: Path) -> None:
        self._database = open_database(path)
        self._worker = ThreadPoolExecutor(1, "outbox")
        self._post: Post | None = None
        self._early: list[Event] = []
        """What came of orders kept before `start`; the worker alone touches it."""

    def pending(self) -> tuple[Order, ...]:
        """Orders that are not known to be in effect, oldest first."""
        rows = self._database.execute(
            "SELECT number, kind, backend, line, target, made, place, account, means FROM pending ORDER BY number"
        )
        return tuple(Order(row[0], OrderKind(row[1]), *row[2:8], _means(row[8])) for row in rows)

    def known(self) -> tuple[KnownForward, ...]:
        """What was last known of the forwards."""
        rows = self._database.execute(
            "SELECT place, always, backend, account, means, maybe, believed, since FROM forward ORDER BY place, always"
        )
        return tuple(_known(*row) for row in rows)

    async def start(self, post: Post) -> None:
        """Acknowledge what was kept before the engine listened, and all that follows."""
        self._worker.submit(self._listen, post)

    async def stop(self) -> None:
        """Finish what is being written, then close."""
        await asyncio.to_thread(self._worker.shutdown)
        self._database.close()

    def execute(self, command: Command) -> None:
        """Queue one write."""
        self._worker.submit(self._carry_out, command)

    def _listen(self, post: Post) -> None:
        self._post = post
        for event in self._early:
            post(event)
        self._early.clear()

    def _carry_out(self, command: Command) -> None:
        try:
            _WRITE[type(command)](self._database, command)
        except sqlite3.Error as error:
            log.error("outbox not written (%s): is the card full or read-only?", error)
            if isinstance(command, KeepOrder):
                self._tell(OrderNotKept(command.order.number, str(error)))
        else:
            if isinstance(command, KeepOrder):
                self._tell(OrderKept(command.order.number))

    def _tell(self, event: Event) -> None:
        if self._post is None:
            self._early.append(event)
        else:
            self._post(event)


def _keep_order(database: sqlite3.Connection, command: KeepOrder) -> None:
    order = command.order
    database.execute(
        "INSERT OR REPLACE INTO pending VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            order.number,
            order.kind.value,
            order.backend,
            order.line,
            order.target,
            order.made,
            order.place,
            order.account,
            _text(order.means),
        ),
    )


def _drop_order(database: sqlite3.Connection, command: DropOrder) -> None:
    database.execute("DELETE FROM pending WHERE number = ?", (command.order,))


def _keep_forward(database: sqlite3.Connection, command: KeepForward) -> None:
    known = command.forward
    database.execute(
        "INSERT OR REPLACE INTO forward VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            known.place,
            known.always,
            known.backend,
            known.account,
            _text(known.means),
            json.dumps(known.maybe),
            known.believed.value,
            known.since,
        ),
    )


def _forget_forward(database: sqlite3.Connection, command: ForgetForward) -> None:
    database.execute("DELETE FROM forward WHERE place = ? AND always = ?", (command.place, command.always))


_WRITE: dict[type, Callable[[sqlite3.Connection, Any], None]] = {
    KeepOrder: _keep_order,
    DropOrder: _drop_order,
    KeepForward: _keep_forward,
    ForgetForward: _forget_forward,
}
"""Each is one statement, so SQLite makes each a transaction of its own."""


def _known(place: str, always: int, backend: str, account: str, means: str, *rest: str) -> KnownForward:
    maybe, believed, since = rest
    return KnownForward(
        place, bool(always), backend, account, _means(means), tuple(json.loads(maybe)), Belief(believed), since
    )


def _text(means: Means) -> str:
    """JSON: a list of [name, value], of [name, value, true] where the value is a secret."""
    return json.dumps(
        [[name, value.text, True] if isinstance(value, Secret) else [name, value] for name, value in means]
    )


def _means(text: str) -> Means:
    return tuple((name, Secret(value) if hidden else value) for name, value, *hidden in json.loads(text))
