"""Mixed calls at a phone in processes of its own, several at once, until enough have been: what it cost."""

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from tests.bench.measures import descriptors, own_mib
from tests.bench.subjects import Ranin
from tests.peers.exchange import Exchange
from tests.phone.plays import PLAYS
from tests.phone.stage import Stage

EVERY = 50
"""Calls between two lines of progress."""


class SoakError(AssertionError):
    """The phone did not hold; the message says what was lost."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a run."""

    calls: int
    seconds: float
    growth_mib: float
    """After the warm-up."""
    gained: int
    """Descriptors, after the warm-up."""
    tally: dict[str, int]
    """What came of a call → how many: each as it should."""
    besides: dict[str, int]


@asynccontextmanager
async def stage_of(seed: int) -> AsyncIterator[Stage]:
    """A registered phone and its exchange."""
    exchange = await Exchange.start()
    phone = Ranin(exchange.place, "127.0.0.1", codec="PCMU")
    try:
        await phone.start()
        await exchange.there.wait()
        await phone.becomes(lambda state: state["state"] == "registered down", "registered")
        yield Stage(phone, exchange, seed)
    finally:
        await phone.stop()
        exchange.close()


async def mixed(calls: int, warm: int, seed: int, say: Callable[[str], None] = lambda text: None) -> Outcome:
    """Play until `calls` have been. Raises SoakError: a call did not come out as it should, or a process changed."""
    async with stage_of(seed) as stage:
        begin_s, told, first = time.monotonic(), 0, None
        pids = stage.phone.pids()
        while (done := stage.tally.total()) < calls:
            await _round(stage, seed)
            if first is None and stage.tally.total() >= warm:
                first = own_mib(stage.phone), descriptors(stage.phone)
            if stage.tally.total() // EVERY > told:
                told = stage.tally.total() // EVERY
                rate = stage.tally.total() / (time.monotonic() - begin_s)
                say(f"{stage.tally.total()} mixed calls, {own_mib(stage.phone):.1f} MiB, {rate:.2f} a second")
        if stage.phone.pids() != pids:
            raise SoakError("a process was replaced on the way")
        assert first is not None
        return Outcome(
            done,
            time.monotonic() - begin_s,
            own_mib(stage.phone) - first[0],
            descriptors(stage.phone) - first[1],
            dict(stage.tally),
            dict(stage.besides),
        )


async def _round(stage: Stage, seed: int) -> None:
    """Each play once, in an order of chance."""
    for play in stage.chance.sample(PLAYS, len(PLAYS)):
        try:
            await play(stage)
            await stage.rest()
        except (AssertionError, TimeoutError) as error:
            done = stage.tally.total()
            raise SoakError(f"{play.__name__} after {done} calls of seed {seed}: {error or 'time out'}") from error
        stage.phone.forget()
