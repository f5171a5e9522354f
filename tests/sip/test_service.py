"""An engine that a service manager starts for the daemon's connection, as systemd's socket activation does."""

import asyncio
import contextlib
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from ranin.core.events import EngineLost, EngineReady, Event
from ranin.sim.card.card import SimCard
from ranin.sip.client import SipClient
from ranin.sip.engine.loop import HANGS_AFTER_S


class Manager:
    """Holds the listening socket; a connection that nobody has taken starts an engine, one at a time."""

    def __init__(self, path: Path, environment: dict[str, str], before: tuple[str, ...] = ()) -> None:
        """`before`: the words of a program that starts the engine in its place."""
        self.path = path
        self._words = (*before, sys.executable, "-m", "ranin.sip.engine", "--listen-fd")
        self._environment = {**os.environ, **environment}
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(path))
        self._listener.listen(8)
        self.engine: asyncio.subprocess.Process | None = None
        self.ended: list[tuple[int, str]] = []
        """Exit code and last words of each engine."""

    async def run(self) -> None:
        while True:
            await self._connection()
            self.engine = await asyncio.create_subprocess_exec(
                *self._words, str(self._listener.fileno()),
                pass_fds=(self._listener.fileno(),), env=self._environment, stderr=asyncio.subprocess.PIPE,
            )  # fmt: skip
            _, words = await self.engine.communicate()
            self.ended.append((self.engine.returncode or 0, words.decode(errors="replace")))

    async def _connection(self) -> None:
        waiting = asyncio.get_running_loop().create_future()
        asyncio.get_running_loop().add_reader(self._listener, lambda: waiting.done() or waiting.set_result(None))
        try:
            await waiting
        finally:
            asyncio.get_running_loop().remove_reader(self._listener)

    async def close(self) -> None:
        self._listener.close()
        if self.engine is not None and self.engine.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self.engine.send_signal(signal.SIGCONT)
                self.engine.kill()
            await self.engine.wait()

    def send(self, kind: signal.Signals) -> None:
        assert self.engine is not None
        self.engine.send_signal(kind)


@pytest.fixture
def card(tmp_path: Path) -> Iterator[SimCard]:
    card = SimCard(tmp_path)
    yield card
    card.close()


@pytest.fixture
async def manager(tmp_path: Path, card: SimCard) -> AsyncIterator[Manager]:
    manager = Manager(tmp_path / "sip", {**card.environment, "PYTHONPATH": os.pathsep.join(sys.path)})
    running = asyncio.create_task(manager.run())
    yield manager
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await manager.close()


@pytest.fixture
async def heard(manager: Manager) -> AsyncIterator["asyncio.Queue[Event]"]:
    """The events of a daemon's client that goes by the manager's socket."""
    heard: asyncio.Queue[Event] = asyncio.Queue()
    client = SipClient(engine=manager.path)
    await client.start(heard.put_nowait)
    yield heard
    await client.stop()


async def next_event(heard: "asyncio.Queue[Event]", within_s: float = 20.0) -> Event:
    return await asyncio.wait_for(heard.get(), within_s)


async def test_a_connection_starts_an_engine_and_a_dead_one_is_followed_by_another(
    manager: Manager, heard: "asyncio.Queue[Event]"
) -> None:
    assert isinstance(await next_event(heard), EngineReady)
    first = manager.engine
    manager.send(signal.SIGKILL)
    event = await next_event(heard)
    assert isinstance(event, EngineLost) and "socket" in event.reason
    assert isinstance(await next_event(heard), EngineReady)
    assert manager.engine is not first


async def test_an_engine_that_hangs_is_hung_up_on_and_ends_itself(
    manager: Manager, heard: "asyncio.Queue[Event]"
) -> None:
    assert isinstance(await next_event(heard), EngineReady)
    await asyncio.sleep(1.5)  # past the first pong: from here two seconds of silence count
    manager.send(signal.SIGSTOP)
    assert isinstance(await next_event(heard, 6), EngineLost)
    await asyncio.sleep(HANGS_AFTER_S)  # its alarm, which a stopped process hears when it goes on
    manager.send(signal.SIGCONT)
    while not isinstance(await next_event(heard), EngineReady):
        pass
    code, words = manager.ended[0]
    assert code == -signal.SIGALRM and "most recent call first" in words and "loop.py" in words


async def test_a_daemon_that_leaves_takes_the_engine_with_it(manager: Manager) -> None:
    heard: asyncio.Queue[Event] = asyncio.Queue()
    client = SipClient(engine=manager.path)
    await client.start(heard.put_nowait)
    assert isinstance(await next_event(heard), EngineReady)
    assert manager.engine is not None
    await client.stop()
    assert await asyncio.wait_for(manager.engine.wait(), 10) == 0


async def test_without_the_socket_the_client_says_so_and_goes_on_trying(tmp_path: Path) -> None:
    heard: asyncio.Queue[Event] = asyncio.Queue()
    client = SipClient(engine=tmp_path / "none")
    await client.start(heard.put_nowait)
    for _ in range(2):
        event = await next_event(heard)
        assert isinstance(event, EngineLost) and "cannot be started" in event.reason
    await client.stop()
