"""The phone as a process of its own, told what to do on stdin, telling what happens on stdout."""

import argparse
import asyncio
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

from ranin.core.events import KeyReleased
from ranin.core.keys import Key
from ranin.core.settings import Account, Secret, Settings
from ranin.core.state import LineState
from ranin.sim.card.card import SimCard
from ranin.sim.fingers import Fingers
from ranin.sim.simulation import Simulation


def tell(kind: str, **words: Any) -> None:
    """One line on stdout, with the steady time in nanoseconds; whole, whichever thread says it."""
    os.write(1, json.dumps({"kind": kind, "ns": time.monotonic_ns(), **words}).encode() + b"\n")


class Remote:
    """Does what stdin says and tells of state, pictures and processes."""

    def __init__(self, sim: Simulation, answer: bool) -> None:
        self._sim = sim
        self._answer = answer
        self._told: tuple[Any, ...] = ()
        self._fingers = Fingers(sim)
        sim.engine.watch(self._look)
        sim.display.on_frame = lambda: tell("frame")

    def _look(self, phone: Any, event: Any) -> None:
        registered = any(line.state is LineState.REGISTERED for line in phone.lines)
        state = phone.active.state.value if phone.active else "alerting" if phone.alerting else ""
        word = f"{'registered' if registered else 'waiting'} {phone.hook.value} {state}".strip()
        calls = [f"{call.state.value} {call.peer}" for call in phone.calls]
        keys, title = getattr(phone.shown.screen, "keys", ()), getattr(phone.shown.screen, "title", "")
        if isinstance(event, KeyReleased):
            tell("tapped", key=event.key.value)
        if (word, calls, keys, title) != self._told:
            self._told = (word, calls, keys, title)
            tell("state", state=word, calls=calls, keys=keys, title=title)
        if self._answer and phone.alerting is not None and not self._sim.wires.lifted:
            self._sim.wires.lift()

    def do(self, line: str) -> None:
        """`lift`, `replace`, `press K`, `release K`, `tap K`, `pids`."""
        word, _, rest = line.strip().partition(" ")
        tell("doing", word=line.strip())
        if word == "lift":
            self._sim.wires.lift()
        elif word == "replace":
            self._sim.wires.replace()
        elif word == "press":
            self._sim.wires.press(Key(rest))
        elif word == "release":
            self._sim.wires.release(Key(rest))
        elif word == "tap":
            self._fingers.press(Key(rest))
            self._fingers.release(Key(rest))
        elif word == "pids":
            tell("pids", engine=self._sim.sip.pid)


async def main() -> None:
    """Run until stdin ends."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--server", required=True)
    parser.add_argument("--domain", required=True)
    parser.add_argument("--user", required=True)
    parser.add_argument("--password", default="x")
    parser.add_argument("--codecs", default="opus,G722,PCMA,PCMU")
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--answer", action="store_true")
    words = parser.parse_args()
    account = Account(user=words.user, password=Secret(words.password), domain=words.domain, server=words.server)
    settings = Settings(accounts=(account,), codecs=tuple(words.codecs.split(",")))
    card = SimCard(words.folder, seconds=words.seconds)
    async with Simulation(card=card) as sim:
        remote = Remote(sim, words.answer)
        sim.apply(settings)
        reader = asyncio.StreamReader()
        await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
        while line := await reader.readline():
            remote.do(line.decode())


if __name__ == "__main__":
    asyncio.run(main())
