"""The bench's bad network: every packet comes, late by a law, in the same way each time."""

import asyncio
import socket

import numpy as np

from tests.bench.relay import BASE_S, Relay
from tests.peers.peer import DEADLINE_S, bound

COUNT = 200


async def arrivals(jitter_s: float, seed: int) -> list[tuple[int, float]]:
    """(number, seconds later) of packets sent at once, in the order they came."""
    loop, come = asyncio.get_running_loop(), []
    relay = Relay(jitter_s, seed)
    with bound() as mouth, bound() as ear:
        relay.lead(ear.getsockname())
        begin_s = loop.time()
        for number in range(COUNT):
            mouth.sendto(number.to_bytes(2), relay.entry)
            if number % 50 == 49:
                await asyncio.sleep(0)
        async with asyncio.timeout(DEADLINE_S):
            while len(come) < COUNT:
                packet = await received(ear)
                come.append((int.from_bytes(packet), loop.time() - begin_s))
    relay.close()
    return come


async def received(place: socket.socket) -> bytes:
    return await asyncio.get_running_loop().sock_recv(place, 100)


async def test_packets_are_late_by_a_normal_law_and_overtake_each_other() -> None:
    delays = dict(await arrivals(0.02, 1))
    assert len(delays) == COUNT
    late = np.array([delays[number] for number in range(COUNT)])
    assert abs(np.median(late) - BASE_S) < 0.03 and 0.015 < np.std(late) < 0.03
    assert np.any(np.diff(late) < 0)


async def test_without_jitter_they_come_in_order() -> None:
    assert [number for number, _ in await arrivals(0, 1)] == list(range(COUNT))
