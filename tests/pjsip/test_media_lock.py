"""A stranger who sends more than the peer gets not one packet of the call, nor a word into it."""

import asyncio
import math
import re
import socket
import struct
from array import array

from ranin.sim.simulation import Simulation
from tests.peers.peer import Peer, bound, sdp
from tests.pjsip.test_patches import phone_at
from tests.tones import rms, samples, share

PACKET = 160


def mu_law(sample: int) -> int:
    """One sample as PCMU (ITU-T G.711)."""
    sign, magnitude = (0x80, -sample) if sample < 0 else (0, sample)
    magnitude = min(magnitude, 32635) + 132
    exponent = magnitude.bit_length() - 8
    return ~(sign | exponent << 4 | (magnitude >> exponent + 3) & 15) & 255


def tone(hertz: int) -> bytes:
    """A second of PCMU."""
    return bytes(mu_law(int(9000 * math.sin(2 * math.pi * hertz * i / 8000))) for i in range(8000))


class Stream:
    """RTP of a tone, packet after packet."""

    def __init__(self, hertz: int, source: int) -> None:
        self._sound, self._source, self._count = tone(hertz), source, 0

    def packet(self) -> bytes:
        head = struct.pack(">BBHII", 0x80, 0, self._count & 0xFFFF, self._count * PACKET, self._source)
        start = self._count * PACKET % 8000
        self._count += 1
        return head + self._sound[start : start + PACKET]


async def send(place: socket.socket, stream: Stream, to: tuple[str, int], count: int, a_second: int) -> None:
    """Send at a pace, as well as the loop keeps it."""
    loop = asyncio.get_running_loop()
    begin_s = loop.time()
    for index in range(count):
        place.sendto(stream.packet(), to)
        ahead_s = begin_s + index / a_second - loop.time()
        if ahead_s > 0.001:
            await asyncio.sleep(ahead_s)


async def answered(peer: Peer, sim: Simulation, media: socket.socket) -> tuple[str, int]:
    """Call the phone, have it answered; where it takes media."""
    call = peer.invite(sdp(media.getsockname()[1]))
    await peer.until("SIP/2.0 180", call=call)
    sim.wires.lift()
    answer = await peer.until("SIP/2.0 200", call=call)
    tag = re.search(r"^To:.*tag=([^;\r]+)", answer, re.MULTILINE)
    port = re.search(r"m=audio (\d+)", answer)
    assert tag and port
    peer.send(peer.request("ACK", call, to_tag=tag[1]))
    return "127.0.0.1", int(port[1])


def drained(place: socket.socket) -> int:
    """How many packets wait."""
    count = 0
    try:
        while place.recv(2048):
            count += 1
    except BlockingIOError:
        return count
    return count


async def test_a_louder_stranger_neither_hears_nor_is_heard() -> None:
    peer = await Peer.start()
    with bound() as media, bound("127.0.0.2") as stranger:
        async with phone_at(peer) as sim:
            to = await answered(peer, sim, media)
            ours, his = Stream(1000, 1), Stream(2000, 1)
            await send(media, ours, to, 25, 50)
            sim.card["handset"].playback.skip()
            flood = asyncio.create_task(send(stranger, his, to, 8000, 4000))
            await send(media, ours, to, 100, 50)
            await flood
            sound = samples(sim.card["handset"].playback.read()[0])
            assert len(sound) > 24000 and rms(sound[-24000:]) > 0.02
            assert share(sound[-24000:], 1000) > 0.7 and share(sound[-24000:], 2000) < 0.02
            assert drained(stranger) == 0 and drained(media) > 80


async def test_before_the_peer_speaks_a_stranger_on_another_host_is_not_taken_for_him() -> None:
    peer = await Peer.start()
    with bound() as media, bound("127.0.0.2") as stranger:
        async with phone_at(peer) as sim:
            to = await answered(peer, sim, media)
            await send(stranger, Stream(2000, 1), to, 400, 800)
            assert drained(stranger) == 0 and drained(media) > 10


async def test_a_nat_that_moves_the_port_of_the_peer_is_followed_once() -> None:
    peer = await Peer.start()
    with bound() as media, bound() as moved, bound() as other:
        async with phone_at(peer) as sim:
            to = await answered(peer, sim, media)
            await send(moved, Stream(1000, 1), to, 60, 50)
            drained(moved)
            await send(other, Stream(2000, 9), to, 100, 200)
            await send(moved, Stream(1000, 1), to, 25, 50)
            assert drained(moved) > 20 and drained(other) == 0


def test_the_tone_is_a_tone() -> None:
    assert len(tone(1000)) == 8000 and len(set(tone(1000))) > 4
    assert array("B", [mu_law(0), mu_law(32000), mu_law(-32000)]).tolist() == [0xFF, 0x80, 0x00]
