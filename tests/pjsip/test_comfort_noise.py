"""A peer that suppresses silence (RFC 3389): the ear hears noise of the level told, and nothing else."""

import asyncio
import math
import re
import socket
import struct

import numpy as np
import pytest

from ranin.sim.simulation import Simulation
from tests.peers.peer import Peer, bound, sdp
from tests.pjsip.test_media_lock import PACKET, answered, tone
from tests.pjsip.test_patches import phone_at
from tests.tones import Samples, rms, samples, share

CN = 13
RATE = 48000
WORD, PAUSE = 60, 75
"""Packets of 20 ms."""


class Speaker:
    """Words and pauses as RTP, by a clock of 20 ms."""

    def __init__(self, media: socket.socket, to: tuple[str, int]) -> None:
        self._media, self._to = media, to
        self._sequence = self._time = 0
        self._sound = tone(1000)

    async def say(self, packets: int) -> None:
        for _ in range(packets):
            start = self._time % 8000
            self._send(0, self._sound[start : start + PACKET])
            await self._next()

    async def pause(self, packets: int, level: int | None) -> None:
        """Tell the level, if one is given, and be silent."""
        if level is not None:
            self._send(CN, bytes([level]))
        for _ in range(packets):
            await self._next()

    def _send(self, kind: int, payload: bytes) -> None:
        head = struct.pack(">BBHII", 0x80, kind, self._sequence & 0xFFFF, self._time, 5)
        self._sequence += 1
        self._media.sendto(head + payload, self._to)

    async def _next(self) -> None:
        self._time += PACKET
        now_s = asyncio.get_running_loop().time()
        self._due_s = max(getattr(self, "_due_s", now_s) + 0.02, now_s - 0.1)
        await asyncio.sleep(max(0.0, self._due_s - now_s))


async def heard(sim: Simulation, media: socket.socket, to: tuple[str, int], level: int | None) -> Samples:
    """Word, pause, word, as the earpiece plays them."""
    speaker = Speaker(media, to)
    await speaker.say(WORD)
    sim.card["handset"].playback.skip()
    await speaker.say(WORD)
    await speaker.pause(PAUSE, level)
    await speaker.say(WORD)
    return samples(sim.card["handset"].playback.read()[0])


def pieces(sound: Samples) -> list[tuple[bool, float]]:
    """Each 10 ms: whether it is the word's tone, and its RMS."""
    size = RATE // 100
    cut = [sound[at : at + size] for at in range(0, len(sound) - size, size)]
    return [(rms(piece) > 0.05, rms(piece)) for piece in cut]


def silence(sound: Samples) -> list[float]:
    """RMS of each 10 ms between the two words."""
    loud = [is_word for is_word, _ in pieces(sound)]
    begin = max(index for index in range(len(loud) // 2) if loud[index])
    end = min(index for index in range(len(loud) // 2, len(loud)) if loud[index])
    return [level for _, level in pieces(sound)[begin + 1 : end]]


def decibels(level: float) -> float:
    return 20 * math.log10(max(level, 1e-9))


@pytest.mark.parametrize("level", [40, 50, 60])
async def test_a_pause_is_heard_at_the_level_told(level: int) -> None:
    peer = await Peer.start()
    with bound() as media:
        async with phone_at(peer) as sim:
            sound = await heard(sim, media, await answered(peer, sim, media), level)
            between = silence(sound)
            assert len(between) > 80, "the pause is there"
            inner = between[20:-20]
            volume_db = decibels(rms(sound[: RATE // 2])) - decibels(9000 / 32768 / math.sqrt(2))
            told_db = -level + volume_db
            measured_db = decibels(float(np.sqrt(np.mean(np.square(inner)))))
            assert abs(measured_db - told_db) < 3, (measured_db, told_db)
            assert decibels(max(between[5:-5])) < told_db + 6, "no burst"
            filled = [piece for piece in between if decibels(piece) > told_db - 6]
            assert len(filled) > 0.9 * len(between), "no dead line; a machine that is late may leave a hole"
            word = sound[-RATE:].reshape(10, -1)
            assert max(share(piece, 1000) for piece in word) > 0.9, "the next word is heard"


async def test_nobody_shouts_by_it_and_no_level_is_silence() -> None:
    peer = await Peer.start()
    with bound() as media:
        async with phone_at(peer) as sim:
            to = await answered(peer, sim, media)
            shouted = silence(await heard(sim, media, to, 0))
            assert decibels(max(shouted[5:-5])) < -20
            silent = silence(await heard(sim, media, to, None))
            assert decibels(float(np.mean(silent[20:-20]))) < -70


async def test_comfort_noise_is_announced_beside_g711_and_answered_last() -> None:
    peer = await Peer.start()
    with bound() as media:
        async with phone_at(peer) as sim:
            port = media.getsockname()[1]
            both = sdp(port).replace("RTP/AVP 0", "RTP/AVP 13 0")
            call = peer.invite(both)
            await peer.until("SIP/2.0 180", call=call)
            sim.wires.lift()
            answer = await peer.until("SIP/2.0 200", call=call)
            assert re.search(r"m=audio \d+ RTP/AVP 0 13\r\n", answer) and "a=rtpmap:13 CN/8000" in answer
            alone = peer.invite(sdp(port).replace("RTP/AVP 0", "RTP/AVP 13"))
            await peer.until("SIP/2.0 488", call=alone)


async def test_who_does_not_know_it_is_not_told_of_it() -> None:
    peer = await Peer.start()
    with bound() as media:
        async with phone_at(peer) as sim:
            call = peer.invite(sdp(media.getsockname()[1]))
            await peer.until("SIP/2.0 180", call=call)
            sim.wires.lift()
            assert re.search(r"m=audio \d+ RTP/AVP 0\r\n", await peer.until("SIP/2.0 200", call=call))
