"""Speech through a bad network: how it is judged at the ear, and how much later it is heard."""

import asyncio
from collections.abc import Callable
from typing import NamedTuple

from ranin.sim.card.ring import Ring
from tests.bench import speech
from tests.bench.measures import TimedPeer, frame_ns
from tests.bench.relay import Relay, connected, speak
from tests.bench.subjects import Subject
from tests.peers.peer import bound, sdp
from tests.tones import Samples, samples

JITTERS_MS = (20, 40)
GOOD_CONTROL = 3.2
"""MOS-LQO of a call without jitter below which the machine was too busy to judge the calls beside it."""
KEPT_S = 40.0
"""What the card remembers: a whole call."""
AFTER_S = 1.0


class Heard(NamedTuple):
    """One call, as the ear has it."""

    mos: float
    """Mean MOS-LQO of the groups (P.862.1, narrowband)."""
    delay_ms: float
    """From a word leaving the speaker, packet included, to it leaving the earpiece."""


async def trio(kind: type[Subject], seed: int, keep: Callable[[str, float], None]) -> bool:
    """A control call and one of each jitter, one after another; whether the control was good enough to note them."""
    control = await through(kind, 0, seed)
    keep("pesq_control", control.mos)
    if control.mos < GOOD_CONTROL:
        return False
    for jitter_ms in JITTERS_MS:
        heard = await through(kind, jitter_ms / 1000, seed)
        keep(f"pesq_jitter{jitter_ms}", heard.mos)
        keep(f"added_jitter{jitter_ms}_ms", heard.delay_ms - control.delay_ms)
    return True


async def through(kind: type[Subject], jitter_s: float, seed: int) -> Heard:
    """Call the subject and talk to it through a relay of that jitter."""
    peer = await TimedPeer.start()
    subject = kind(f"127.0.0.1:{peer.port}", "127.0.0.1")
    relay, mouth = Relay(jitter_s, seed), bound()
    try:
        await subject.start(answer=True, seconds=KEPT_S)
        await peer.registered()
        await asyncio.sleep(1)
        relay.lead(await connected(peer, sdp(relay.port)))
        said_ns = await speak(speech.mu_law(speech.talk()), relay.entry, mouth)
        await asyncio.sleep(AFTER_S)
        return judged(subject.playback(), said_ns)
    finally:
        await subject.stop()
        relay.close()
        mouth.close()
        peer.close()


def judged(ear: Ring, said_ns: int) -> Heard:
    """What the ear's ring holds of the talk that began then."""
    factor = ear.rate // speech.RATE
    end = ear.head.written
    if frame_ns(ear, end) < said_ns + int((speech.LEAD_S + 3 * speech.GROUP_S + AFTER_S / 2) * 1e9):
        raise RuntimeError("the earpiece fell silent before the talk was over")
    behind = (frame_ns(ear, end) - said_ns) * ear.rate // 10**9
    heard = speech.narrowed(samples(ear.frames(end - behind, behind)), factor)
    ear.close()
    return _compared(heard)


def _compared(heard: Samples) -> Heard:
    """Each group against what was heard of it."""
    scores, delays_s = [], []
    for index, said in enumerate(speech.spoken()):
        start = int((speech.LEAD_S + index * speech.GROUP_S) * speech.RATE)
        delay_s = speech.delay_s(said, heard[start : start + len(said) + speech.RATE])
        shift = start + round(delay_s * speech.RATE)
        scores.append(speech.mos(said, heard[shift : shift + len(said)]))
        delays_s.append(delay_s)
    return Heard(sum(scores) / len(scores), 1000 * sum(delays_s) / len(delays_s))
