"""What a stranger's flood costs: the `flood_*` rows, every phone in the very same one."""

import asyncio
import contextlib
import re
import subprocess
import time
from collections.abc import Callable

import numpy as np

from ranin.sim.card.ring import Ring
from ranin.sim.farend.farend import DOMAIN, FarEnd
from tests.bench.measures import TimedPeer, hears, invite_ms
from tests.bench.subjects import Subject, Where
from tests.peers.exchange import Exchange
from tests.peers.flood import Flood
from tests.peers.peer import DEADLINE_S
from tests.tones import samples

FLOOD_S = 5.0
PASSWORD = "bench-only"  # noqa: S105
CAP_MS = 8000.0
"""A call that has not rung by then counts as this."""
TONE, TONE_HZ = "604", 1000
_PIECE_S = 0.005
Keep = Callable[[str, float], None]


async def in_a_call(kind: type[Subject], keep: Keep, far: FarEnd) -> None:
    """The longest gap in a call's sound while strangers call, and how many answers they have."""
    subject = kind(far.server, DOMAIN, "201", PASSWORD, "PCMU")
    host = far.namespace.host_ip
    await subject.start(seconds=2 * FLOOD_S, where=Where(host, far.namespace.link))
    try:
        port = await sip_port(subject, host)
        await asyncio.sleep(2)
        await subject.call(TONE)
        await asyncio.sleep(2)
        if not hears(subject):
            raise RuntimeError(f"{kind.name} hears nothing in a call")
        ear = Span(subject.playback())
        with Flood((host, port)) as flood:
            await asyncio.sleep(FLOOD_S)
            keep("flood_gap_ms", ear.gap_ms(FLOOD_S))
        keep("flood_replies", flood.replies)
    finally:
        await subject.stop()


async def while_idle(kind: type[Subject], keep: Keep) -> None:
    """How long a real caller waits for 180 while strangers call."""
    peer = await TimedPeer.start()
    subject = kind(peer.place, "127.0.0.1")
    await subject.start()
    try:
        await peer.registered()
        await asyncio.sleep(1)
        with Flood(peer.phone):
            await asyncio.sleep(1)
            try:
                keep("flood_invite_to_180_ms", await invite_ms(peer, 180))
            except TimeoutError:
                keep("flood_invite_to_180_ms", CAP_MS)
    finally:
        await subject.stop()
        peer.close()


async def beside_a_call(kind: type[Subject], keep: Keep) -> None:
    """How long a real caller waits to ring, or to be answered, while strangers call and another call is up."""
    exchange = await Exchange.start()
    subject = kind(exchange.place, "127.0.0.1", "201", PASSWORD, "PCMU")
    await subject.start(answer=True)
    try:
        await asyncio.wait_for(exchange.there.wait(), DEADLINE_S)
        await asyncio.sleep(1)
        first = exchange.caller("701")
        first.request("INVITE", first.offer())
        await first.until("SIP/2.0 200")
        await first.heard()
        with Flood(exchange.phone):
            await asyncio.sleep(1)
            keep("flood_ring_ms", await _ring_ms(exchange))
    finally:
        await subject.stop()
        exchange.close()


async def _ring_ms(exchange: Exchange) -> float:
    second = exchange.caller("702")
    start_s = time.monotonic()
    second.request("INVITE", second.offer())
    with contextlib.suppress(AssertionError):
        await second.until("SIP/2.0 180", "SIP/2.0 200", deadline_s=CAP_MS / 1000)
    return min(CAP_MS, 1000 * (time.monotonic() - start_s))


class Span:
    """What an earpiece plays from now on."""

    def __init__(self, ring: Ring) -> None:
        self._ring, self._before = ring, ring.head

    def gap_ms(self, seconds: float) -> float:
        """The longest time without the tone in the `seconds` until now; what a card that stood still missed counts."""
        head, rate = self._ring.head, self._ring.rate
        count = head.written - self._before.written
        sound = samples(self._ring.frames(self._before.written, count))
        stood_s = seconds - count / rate if head.run_frame != self._before.run_frame else 0.0
        return 1000 * (longest_gap_s(sound, rate) + max(0.0, stood_s))


def longest_gap_s(sound: np.ndarray, rate: int) -> float:
    """The longest time without the tone, in steps of 5 ms."""
    size = int(rate * _PIECE_S)
    wave = np.exp(-2j * np.pi * TONE_HZ * np.arange(size) / rate)
    heard = np.abs(sound[: len(sound) // size * size].reshape(-1, size) @ wave) * 2 / size > 0.02
    ends = np.flatnonzero(np.concatenate(([True], heard, [True])))
    return float(max(np.diff(ends)) - 1) * _PIECE_S


async def sip_port(subject: Subject, host: str) -> int:
    """Where it takes SIP, once it does: its only UDP port on the host while there is no call."""
    async with asyncio.timeout(15):
        while not (ports := _udp_ports(subject.pids(), host)):
            await asyncio.sleep(0.1)
    if len(ports) != 1:
        raise RuntimeError(f"{subject.name} listens at {sorted(ports)}: which is SIP?")
    return ports.pop()


def _udp_ports(pids: list[int], host: str) -> set[int]:
    rows = subprocess.run(["ss", "-Hlunp"], capture_output=True, text=True, check=True).stdout.splitlines()
    mine = [row for row in rows if any(f"pid={pid}," in row for pid in pids)]
    return {int(found[1]) for row in mine if (found := re.search(rf"{re.escape(host)}:(\d+)\s", row))}
