"""Everybody in a call speaks with a tone of their own; whether all hear all, and nobody themselves."""

import asyncio
from collections.abc import Sequence

import numpy as np

from ranin.sim.card.ring import Ring
from tests.peers.exchange import Party
from tests.phone.wiretap import RATE, linear
from tests.pjsip.test_media_lock import Stream
from tests.tones import Samples, rms, samples, share, sine

TONES_HZ = (600, 900, 1300, 1800)
MOUTH_HZ = 400
BESIDE, ECHO = 0.1, 0.03
"""Least share of a tone that is heard beside the others, and most of one's own."""
WINDOW = 1600
"""200 ms of G.711."""
DEADLINE_S = 10.0


async def all_hear_all(parties: Sequence[Party], mouth: Ring, ear: Ring) -> None:
    """Until each of `parties` and the person at the phone hears all the others. Raises AssertionError."""
    heard = {party.number: b"" for party in parties}
    streams = [Stream(hertz, index) for index, hertz in enumerate(TONES_HZ[: len(parties)])]
    ear.skip()
    played = b""
    loop = asyncio.get_running_loop()
    begin_s, sent = loop.time(), 0
    while (deaf := _deaf(parties, heard, played)) and loop.time() < begin_s + DEADLINE_S:
        for party, stream in zip(parties, streams, strict=True):
            party.media.sendto(stream.packet(), party.to)
            heard[party.number] = (heard[party.number] + _take(party))[-WINDOW:]
        if mouth.pending() < 4800:
            mouth.write(sine(MOUTH_HZ, 0.1))
        played = (played + ear.read()[0])[-12 * WINDOW :]
        sent += 1
        await asyncio.sleep(max(0.0, begin_s + sent / 50 - loop.time()))
    assert not deaf, f"in a conference of {len(parties) + 1}: {'; '.join(deaf)}"


def _take(party: Party) -> bytes:
    """The sound that has come since."""
    coded = b""
    try:
        while packet := party.media.recv(2048):
            coded += packet[12:] if packet[1] & 0x7F == 0 else b""
    except BlockingIOError:
        return coded
    return coded


def _deaf(parties: Sequence[Party], heard: dict[str, bytes], played: bytes) -> list[str]:
    """Who does not hear whom yet, in words."""
    tones = dict(zip([party.number for party in parties], TONES_HZ, strict=False))
    wrong = []
    for number, coded in heard.items():
        others = [MOUTH_HZ, *(hertz for other, hertz in tones.items() if other != number)]
        sound = linear(np.frombuffer(coded, np.uint8))
        wrong += _missing(number, sound, RATE, others, len(coded) == WINDOW)
        if len(coded) == WINDOW and share(sound, tones[number], RATE) > ECHO:
            wrong.append(f"{number} hears itself")
    return wrong + _missing("the person", samples(played), 48000, list(tones.values()), len(played) == 12 * WINDOW)


def _missing(who: str, sound: Samples, rate: int, hertz: list[int], enough: bool) -> list[str]:
    if not enough or rms(sound) < 0.005:
        return [f"{who} hears nothing"]
    return [f"{who} does not hear {each} Hz" for each in hertz if share(sound, each, rate) < BESIDE]
