"""A phone reduced to core forwarding and its outbox; run as a process that kills itself at a given step.

    python -m tests.storage.outbox_child FOLDER KILL_AT TARGET

`FOLDER/side.json` is the other side: what it has in effect survives the process, as a server's memory does.
Prints the number of steps and what is left at the end as JSON.
"""

import asyncio
import json
import os
import signal
import sqlite3
import sys
from datetime import datetime
from pathlib import Path

from ranin.core.events import Event
from ranin.core.forwarding import decide
from ranin.core.forwarding.state import Forward
from ranin.core.moment import Moment
from ranin.core.outage import OrderKept, OrderTried, OutageCommand, Outcome, SendFeatureCode
from ranin.core.settings import Account, ForwardSettings, Settings
from ranin.storage.outbox import Outbox

PATH = frozenset({"line 201@pbx"})


class Steps:
    """Counts what happens, and ends the process the hard way at one of the steps."""

    def __init__(self, kill_at: int) -> None:
        self.names: list[str] = []
        self._kill_at = kill_at

    def step(self, name: str) -> None:
        self.names.append(name)
        if len(self.names) == self._kill_at:
            os.kill(os.getpid(), signal.SIGKILL)


class Side:
    """A server with one conditional forward; codes are idempotent there as everywhere."""

    def __init__(self, path: Path) -> None:
        self._path = path
        if not path.exists():
            self.write({"target": "", "calls": 0})

    def read(self) -> dict[str, object]:
        return json.loads(self._path.read_text())

    def write(self, state: dict[str, object]) -> None:
        new = self._path.with_suffix(".new")
        new.write_text(json.dumps(state))
        new.replace(self._path)

    def dial(self, code: str) -> None:
        state = self.read()
        target = code.removeprefix("*52") if code.startswith("*52") else ""
        self.write({"target": target, "calls": int(str(state["calls"])) + 1})


class Phone:
    """Wires the outbox, the core and the other side together, a step at a time."""

    def __init__(self, folder: Path, steps: Steps, target: str) -> None:
        self.steps = steps
        self.side = Side(folder / "side.json")
        self.outbox = Outbox(folder / "phone.sqlite")
        self.outbox._database.set_trace_callback(lambda text: steps.step(f"sql {text.split()[0]}"))
        self.settings = Settings(
            accounts=(Account(user="201", domain="pbx"),), forward=ForwardSettings(target=target, backend="codes")
        )
        self.forward = Forward()
        self.kept: asyncio.Queue[Event] = asyncio.Queue()
        self._mono_s = 0.0

    @property
    def now(self) -> Moment:
        self._mono_s += 0.001
        return Moment(self._mono_s, datetime(2026, 11, 24, 12))

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        await self.outbox.start(lambda event: loop.call_soon_threadsafe(self._hear, event))
        self._take(decide.started(self.settings, self.outbox.known(), self.outbox.pending(), self.now))
        self._take(decide.paths_changed(self.forward, PATH, self.now))
        while self.forward.pending:
            event = await asyncio.wait_for(self.kept.get(), 20)
            self.steps.step("before the order is tried")
            assert isinstance(event, OrderKept)
            self._take(decide.kept(self.forward, event.order, self.now))
        await self.outbox.stop()

    def _hear(self, event: Event) -> None:
        self.steps.step("acknowledged")
        self.kept.put_nowait(event)

    def _take(self, result: tuple[Forward, tuple[OutageCommand, ...]]) -> None:
        self.forward, commands = result
        for command in commands:
            self.steps.step(f"before {type(command).__name__}")
            if isinstance(command, SendFeatureCode):
                self._carry_out(command)
            else:
                self.outbox.execute(command)

    def _carry_out(self, command: SendFeatureCode) -> None:
        self.side.dial(command.code)
        self.steps.step("in effect, not answered yet")
        self._take(decide.tried(self.forward, OrderTried(command.order, Outcome.DONE), self.now))


def main() -> None:
    folder, kill_at, target = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    steps = Steps(kill_at)
    phone = Phone(folder, steps, target)
    asyncio.run(phone.run())
    with sqlite3.connect(folder / "phone.sqlite") as left:
        pending = left.execute("SELECT count(*) FROM pending").fetchone()[0]
        known = left.execute("SELECT maybe, believed FROM forward").fetchall()
    left.close()
    print(json.dumps({"steps": steps.names, "pending": pending, "known": known, "side": phone.side.read()}))


if __name__ == "__main__":
    main()
