"""The measurements: each gives one number for one subject, taken several times by the caller."""

import asyncio
import os
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from ranin.sim.card.ring import Ring
from tests.bench.subjects import Ranin, Subject
from tests.peers.peer import Peer, sdp
from tests.tones import rms, samples

IDLE_S = 6.0
CALL_S = 6.0


class TimedPeer(Peer):
    """A server that notes when each message came."""

    def datagram_received(self, data: bytes, address: tuple[str, int]) -> None:
        self.when_ns = getattr(self, "when_ns", {})
        text = data.decode(errors="replace")
        self.when_ns[text] = time.monotonic_ns()
        super().datagram_received(data, address)

    async def registered(self) -> int:
        """When the phone's REGISTER came and was answered, in ns."""
        text = await self.until("REGISTER", 20)
        return int(self.when_ns[text])


async def invite_ms(peer: TimedPeer, status: int) -> float:
    """From the INVITE to that answer; the call is ended again."""
    start_ns = time.monotonic_ns()
    call = peer.invite(sdp(40000))
    text = await peer.until(f"SIP/2.0 {status}", call=call)
    taken_ms = (peer.when_ns[text] - start_ns) / 1e6
    tag = next(line.partition("tag=")[2] for line in text.split("\r\n") if line.startswith("To:"))
    if status == 200:
        peer.send(peer.request("ACK", call, to_tag=tag))
        peer.send(peer.request("BYE", call, to_tag=tag, cseq=2))
        await peer.until("SIP/2.0 200", call=f"{call}BYE")
    else:
        cancel = peer.request("CANCEL", call).replace(f"{call}CANCEL", f"{call}INVITE")
        peer.send(cancel)
        await peer.until("SIP/2.0 487", call=call)
        peer.send(peer.request("ACK", call, to_tag=tag).replace(f"{call}ACK", f"{call}INVITE"))
    return taken_ms


async def offhook_ms(phone: Ranin) -> float:
    """From the hook switch to the first sample of dial tone leaving the card."""
    ring = phone.playback()
    while ring.head.open:
        await asyncio.sleep(0.05)
    ring.skip()
    before = ring.head.written
    lifted_ns = await phone.do("lift")
    async with asyncio.timeout(5):
        while (first := _first_sound(ring, before)) is None:
            await asyncio.sleep(0.02)
    heard_ns = frame_ns(ring, first)
    await phone.do("replace")
    ring.close()
    return (heard_ns - lifted_ns) / 1e6


def hears(subject: Subject) -> bool:
    """Whether its earpiece has played anything in the last half second."""
    ring = subject.playback()
    count = ring.rate // 2
    loud = ring.head.written > count and rms(samples(ring.frames(ring.head.written - count, count))) > 0.01
    ring.close()
    return bool(loud)


def _first_sound(ring: Ring, since: int) -> int | None:
    """Index of the first frame that is not silence."""
    count = ring.head.written - since
    loud = np.flatnonzero(np.abs(samples(ring.frames(since, count))) > 0.002)
    return None if not len(loud) else since + int(loud[0])


def frame_ns(ring: Ring, frame: int) -> int:
    """When a frame of the present run passes the card's converter, silence before it included."""
    head = ring.head
    passed = frame - head.run_frame + head.unfed - head.run_unfed
    return head.run_start_ns + passed * 1_000_000_000 // head.rate


async def key_ms(phone: Ranin) -> float:
    """From a key going down to the picture that shows it."""
    pressed_ns = await phone.do("press 5")
    shown = await phone.until("frame", pressed_ns)
    await phone.do("release 5")
    down_ns = await phone.do("press cancel")
    await phone.until("frame", down_ns)
    await phone.do("release cancel")
    await asyncio.sleep(0.05)
    return (shown["ns"] - pressed_ns) / 1e6


async def cpu_pct(subject: Subject, seconds: float) -> float:
    """Percent of one core over a time, all its processes."""
    pids = subject.pids()
    before, start_s = sum(_used_ns(pid) for pid in pids), time.monotonic()
    await asyncio.sleep(seconds)
    used_ns = sum(_used_ns(pid) for pid in pids) - before
    return used_ns / 1e7 / (time.monotonic() - start_s)


def _used_ns(pid: int) -> int:
    """Time on a processor, all threads, as the scheduler counts it."""
    threads = Path(f"/proc/{pid}/task").iterdir()
    return sum(int((thread / "schedstat").read_text().split()[0]) for thread in threads)


def pss_mib(subject: Subject) -> float:
    """Proportional memory of all its processes in MiB."""
    return sum(_rollup(pid, "Pss:") for pid in subject.pids()) / 1024


def own_mib(subject: Subject) -> float:
    """What its processes share with nobody in MiB: unlike `pss_mib` it knows nothing of other programs."""
    return sum(_rollup(pid, "Anonymous:") for pid in subject.pids()) / 1024


def descriptors(subject: Subject) -> int:
    """Open descriptors of all its processes."""
    return sum(len(os.listdir(f"/proc/{pid}/fd")) for pid in subject.pids())


def _rollup(pid: int, row: str) -> int:
    rows = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(text.split()[1]) for text in rows if text.startswith(row))


CLICK_EVERY_S = 0.5


def feed_clicks(ring: Ring, seconds: float) -> None:
    """Clicks for the microphone, half a second apart: short bursts that every codec lets through."""
    ring.write(b"".join(_clicks(seconds, ring.rate)))


def _clicks(seconds: float, rate: int) -> Iterator[bytes]:
    times = np.arange(int(0.02 * rate)) / rate
    burst = (np.sin(2 * np.pi * 1500 * times) * 20000).astype("<i2").tobytes()
    gap = bytes(2 * (int(CLICK_EVERY_S * rate) - len(times)))
    for _ in range(int(seconds / CLICK_EVERY_S)):
        yield burst + gap


def mouth_to_ear_ms(mouth: Ring, ear: Ring) -> float:
    """Median delay from a click entering one microphone to it leaving the other earpiece."""
    said_ns = [frame_ns(mouth, frame) for frame in _onsets(mouth, mouth.head.taken)]
    heard_ns = [frame_ns(ear, frame) for frame in _onsets(ear, ear.head.written)]
    delays = [min((heard - said for heard in heard_ns if heard > said), default=10**12) for said in said_ns]
    good = [delay / 1e6 for delay in delays if delay < CLICK_EVERY_S * 1e9]
    if len(good) < 3:
        raise RuntimeError("the clicks were not heard")
    return float(np.median(good))


def _onsets(ring: Ring, end: int) -> list[int]:
    """Where each click begins in what is still in the ring and belongs to this run."""
    start = max(ring.head.run_frame, end - ring.capacity + ring.rate // 10)
    loud = np.flatnonzero(np.abs(samples(ring.frames(start, end - start))) > 0.1)
    gaps = np.flatnonzero(np.diff(loud, prepend=-(10**9)) > ring.rate // 5)
    return [start + int(loud[gap]) for gap in gaps]
