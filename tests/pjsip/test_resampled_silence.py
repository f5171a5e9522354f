"""Words between digital silence are heard whole: nothing of one is kept for the next."""

import asyncio

import numpy as np

from tests.bench.relay import RATE, speak
from tests.peers.peer import DEADLINE_S, Peer, bound
from tests.pjsip.test_media_lock import answered, tone
from tests.pjsip.test_patches import phone_at
from tests.tones import Samples, samples

SILENCE = b"\xff"
"""PCMU's positive zero (ITU-T G.711)."""
EVERY = RATE // 2
LENGTHS = range(RATE // 5, RATE // 5 - 160, -16)
"""Of the words, in samples: they end everywhere within a packet."""


async def test_a_word_ends_before_the_pause_and_not_after_it() -> None:
    peer = await Peer.start()
    with bound() as media:
        async with phone_at(peer) as sim:
            to = await answered(peer, sim, media)
            ring = sim.card["handset"].playback
            ring.skip()
            words = (tone(500)[:length] + SILENCE * (EVERY - length) for length in LENGTHS)
            talking = asyncio.create_task(speak(b"".join([SILENCE * EVERY, *words]), to, media))
            heard = b""
            async with asyncio.timeout(DEADLINE_S + len(LENGTHS) * EVERY / RATE):
                while not talking.done() or np.any(samples(heard[-48000:])):
                    heard += ring.read()[0]
                    await asyncio.sleep(0.05)
    found = lengths_s(samples(heard), ring.rate)
    whole = sum(any(abs(length - said / RATE) < 0.001 for length in found) for said in LENGTHS)
    assert whole >= 8, f"{found}: a busy machine's lost packets may account for two, not for more"


def lengths_s(sound: Samples, rate: int) -> list[float]:
    """How long each sound between two silences of 5 ms is."""
    loud = np.flatnonzero(np.abs(sound) > 0.01)
    starts = np.flatnonzero(np.diff(loud, prepend=-rate) > rate // 200)
    ends = np.append(starts[1:], len(loud)) - 1
    return [(int(loud[end]) - int(loud[start])) / rate for start, end in zip(starts, ends, strict=True)]
