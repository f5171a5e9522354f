"""A real engine process on the simulated card, and a modem's voice port with a clock of its own."""

import asyncio
import contextlib
import os
import tty
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Self

import numpy as np

from ranin.core.commands import Command, ConnectEar
from ranin.core.events import EngineReady, Event, MediaStarted
from ranin.core.mobile import JoinCellSound
from ranin.sim.card.card import SimCard
from ranin.sim.card.ring import Ring
from ranin.sip.client import SipClient
from tests.tones import Samples, rms, samples, share, sine

DEADLINE_S = 8.0
RATE = 8000
CARD_RATE = 48000


class Engine:
    """The engine's client with a memory of what was reported; every wait has a deadline."""

    def __init__(self, card: SimCard, config: str = "", arguments: tuple[str, ...] = ()) -> None:
        environment = {"ALSA_CONFIG_PATH": config or str(card.config)}
        self.card = card
        self.client = SipClient(("--playback", "handset", "--capture", "handset", *arguments), environment)
        self.events: list[Event] = []
        self._news = asyncio.Event()

    def post(self, event: Event) -> None:
        self.events.append(event)
        self._news.set()

    def do(self, command: Command) -> None:
        self.client.execute(command)

    async def hear_of(self, kind: type[Event], count: int = 1) -> Event:
        """The `count`th event of a kind."""
        return await self.until(lambda: [event for event in self.events if isinstance(event, kind)], count)

    async def until(self, found: Callable[[], list[Event]], count: int) -> Event:
        async with asyncio.timeout(DEADLINE_S):
            while len(found()) < count:
                self._news.clear()
                await self._news.wait()
        return found()[count - 1]

    async def join(self, command: JoinCellSound) -> None:
        """Join and connect the ear."""
        before = sum(isinstance(event, MediaStarted) for event in self.events)
        self.do(command)
        await self.hear_of(MediaStarted, before + 1)
        self.do(ConnectEar((command.call,)))

    async def listen(self, holds: Callable[[Samples], bool], what: str) -> Samples:
        """The earpiece's last 200 ms, once they are as wanted."""
        return await played(self.card["handset"].playback, holds, what)

    async def hears(self, hertz: float) -> Samples:
        return await self.listen(lambda sound: rms(sound) > 0.01 and share(sound, hertz) > 0.9, f"{hertz} Hz")

    async def hears_nothing(self) -> None:
        await self.listen(lambda sound: rms(sound) < 0.001, "silence")

    @property
    def descriptors(self) -> int:
        """How many the engine has."""
        return len(os.listdir(f"/proc/{self.client.pid}/fd"))


async def played(ring: Ring, holds: Callable[[Samples], bool], what: str) -> Samples:
    """The last 200 ms that a card has played, once they are as wanted."""
    ring.skip()
    heard, window = b"", ring.rate // 5
    try:
        async with asyncio.timeout(DEADLINE_S):
            while True:
                heard = (heard + ring.read()[0])[-2 * window :]
                if len(heard) == 2 * window and holds(samples(heard)):
                    return samples(heard)
                await asyncio.sleep(0.02)
    except TimeoutError:
        raise AssertionError(f"not heard: {what}") from None


@asynccontextmanager
async def engine(folder: Path, config: str = "") -> AsyncIterator[Engine]:
    """An engine that is up; no line is registered."""
    async with engine_on(SimCard(folder, ("handset",)), config) as one:
        yield one


@asynccontextmanager
async def engine_on(card: SimCard, config: str = "", arguments: tuple[str, ...] = ()) -> AsyncIterator[Engine]:
    """An engine with a card, which goes with it."""
    one = Engine(card, config, arguments)
    await one.client.start(one.post)
    try:
        await one.hear_of(EngineReady)
        yield one
    finally:
        await one.client.stop()
        card.close()


@asynccontextmanager
async def speaking(card: SimCard, hertz: float, name: str = "handset") -> AsyncIterator[None]:
    """A tone into what the card captures."""
    ring = card[name].capture
    piece = sine(hertz, 0.2, ring.rate)

    async def speak() -> None:
        while True:
            if ring.pending() < ring.rate // 5:
                ring.write(piece)
            await asyncio.sleep(0.05)

    task = asyncio.create_task(speak())
    try:
        yield
    finally:
        task.cancel()


class VoicePort:
    """A modem's voice on a pseudo-terminal: sends and takes by a clock that may be wrong."""

    def __init__(self, ppm: float = 0, burst_s: float = 0.02) -> None:
        self._rate = RATE * (1 + ppm / 1e6)
        self._burst_s = burst_s
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        os.set_blocking(self._master, False)
        self.device = os.ttyname(self._slave)
        self.hertz = 0.0
        self.sent = 0
        """Samples sent so far."""
        self.heard = bytearray()
        self._phase = 0.0

    async def __aenter__(self) -> Self:
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._master, self._readable)
        self._task = self._loop.create_task(self._speak())
        return self

    async def __aexit__(self, *_: object) -> None:
        self.pull_out()

    def pull_out(self) -> None:
        """The modem is gone."""
        if self._master < 0:
            return
        self._task.cancel()
        self._loop.remove_reader(self._master)
        os.close(self._slave)
        os.close(self._master)
        self._master = -1

    def last(self, seconds: float) -> Samples:
        """What the modem heard last."""
        return samples(bytes(self.heard[: len(self.heard) // 2 * 2][-2 * round(seconds * RATE) :]))

    async def hears(self, holds: Callable[[Samples], bool], what: str) -> Samples:
        try:
            async with asyncio.timeout(DEADLINE_S):
                while not (len(self.last(0.2)) == RATE // 5 and holds(self.last(0.2))):
                    await asyncio.sleep(0.02)
        except TimeoutError:
            raise AssertionError(f"the modem did not hear {what}") from None
        return self.last(0.2)

    def _readable(self) -> None:
        self.heard += os.read(self._master, 65536)

    async def _speak(self) -> None:
        begin_s = self._loop.time()
        while True:
            await asyncio.sleep(self._burst_s)
            due = int((self._loop.time() - begin_s) * self._rate)
            sound = self._tone(due - self.sent)
            self.sent = due
            with contextlib.suppress(BlockingIOError):
                os.write(self._master, sound)

    def _tone(self, count: int) -> bytes:
        turn = 2 * np.pi * self.hertz / RATE
        at = self._phase + turn * np.arange(count)
        self._phase += turn * count
        level = 8000 if self.hertz else 0
        return np.round(level * np.sin(at)).astype("<i2").tobytes()
