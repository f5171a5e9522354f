"""A loudspeaker beside its microphone: how much of the far end's voice goes back to it, and what becomes of ours."""

import asyncio
import socket
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ranin.core.commands import AlertCaller, AnswerCall, ConnectEar, RegisterLine
from ranin.core.events import CallAnswered, CallArrived, LineRegistered
from ranin.sim.card.card import SimCard
from ranin.sim.card.ring import Ring
from tests.bench import speech
from tests.bench.measures import TimedPeer
from tests.bench.relay import PACKET, connected, speak
from tests.bench.subjects import Pjsua
from tests.peers.peer import bound, sdp
from tests.sip.cellrig import Engine, engine_on
from tests.tones import Samples

ROOM = "48:300 150:-150 310:120 530:-90 800:70 1300:-50 2100:35 3100:-20 4300:12"
"""Of 48,000 frames a second: 1 ms away, walls that answer for 90 ms, −8 dB in all. Nothing in it moves or distorts."""
ROUTES = ("--speaker", "speaker", "speaker", "--headset", "speaker", "speaker")
LEARNING_S = speech.LEAD_S + speech.GROUP_S
"""Not measured: the canceller has to hear something first."""
KEPT_S = 40.0
Said = Callable[[Ring], None]


class Returned(NamedTuple):
    """What came back to the far end after `LEARNING_S`."""

    sound: Samples
    """−1 … 1 at `speech.RATE`, by the phone's own RTP clock."""

    @property
    def power(self) -> float:
        return float(np.mean(self.sound[int(LEARNING_S * speech.RATE) :] ** 2))


class _Listener:
    """Puts together what a socket hears."""

    def __init__(self, place: socket.socket) -> None:
        self._place, self._pieces = place, dict[int, bytes]()
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(place, self._read)

    def _read(self) -> None:
        packet = self._place.recv(2048)
        if packet[1] & 127 == 0:
            self._pieces[int.from_bytes(packet[4:8])] = packet[12:]

    def sound(self) -> Samples:
        """From the first packet on; silence for what is missing."""
        self._loop.remove_reader(self._place)
        start = min(self._pieces)
        whole = np.zeros(max(self._pieces) - start + PACKET)
        for at, piece in self._pieces.items():
            whole[at - start : at - start + len(piece)] = speech.linear(piece)
        return whole


async def of_ranin(cancels: bool, near: Said) -> Returned:
    """The engine, on its loudspeaker with the canceller or on one without."""
    async with _engine() as (one, peer), _media(peer) as (media, offer):
        one.do(RegisterLine(0, peer.settings().accounts[0]))
        await one.hear_of(LineRegistered)
        calling = asyncio.create_task(connected(peer, offer))
        arrived = await one.hear_of(CallArrived)
        assert isinstance(arrived, CallArrived)
        one.do(AlertCaller(1, arrived.offer))
        one.do(AnswerCall(1))
        await one.hear_of(CallAnswered)
        one.do(ConnectEar((1,), route="speaker" if cancels else "headset"))
        return await _talk(media, await calling, one.card["speaker"].capture, near)


@asynccontextmanager
async def _engine() -> AsyncIterator[tuple[Engine, TimedPeer]]:
    with tempfile.TemporaryDirectory() as folder:
        card = SimCard(Path(folder), ("handset", "speaker"), seconds=KEPT_S, room=ROOM)
        peer = await TimedPeer.start()
        async with engine_on(card, arguments=ROUTES) as one:
            yield one, peer  # type: ignore[misc]
        peer.close()


async def of_pjsua(cancels: bool, near: Said) -> Returned:
    """pjsua with the canceller that it has by default, or none."""
    peer = await TimedPeer.start()
    subject = Pjsua(f"127.0.0.1:{peer.port}", "127.0.0.1", echo_tail_ms=128 if cancels else 0, room=ROOM)
    try:
        async with _media(peer) as (media, offer):
            await subject.start(answer=True, seconds=KEPT_S)
            await peer.registered()
            await asyncio.sleep(1)
            return await _talk(media, await connected(peer, offer), subject.capture(), near)
    finally:
        await subject.stop()
        peer.close()


@asynccontextmanager
async def _media(peer: TimedPeer) -> AsyncIterator[tuple[socket.socket, str]]:
    with bound() as media:
        yield media, sdp(media.getsockname()[1])


async def _talk(media: socket.socket, to: tuple[str, int], mouth: Ring, near: Said) -> Returned:
    """The far end talks, and somebody at the loudspeaker after it has learned."""
    listener = _Listener(media)
    talking = asyncio.create_task(speak(speech.mu_law(speech.talk()), to, media))
    await asyncio.sleep(LEARNING_S)
    near(mouth)
    await talking
    return Returned(listener.sound())


def nobody(mouth: Ring) -> None:
    """Says nothing."""


def interrupting(mouth: Ring) -> None:
    """Says a group at the same time as the far end."""
    near = speech.near()
    step = speech.RATE / mouth.rate
    sound = np.interp(np.arange(0, len(near), step), np.arange(len(near)), near)
    mouth.write((sound * 32767).astype("<i2").tobytes())


Subject = Callable[[bool, Said], Awaitable[Returned]]


async def erle_db(subject: Subject) -> float:
    """Echo return loss enhancement (ITU-T G.168): the echo without a canceller over that with it, in dB."""
    loud, quiet = await subject(False, nobody), await subject(True, nobody)
    return float(10 * np.log10(loud.power / max(quiet.power, 1e-9)))


async def double_talk_mos(subject: Subject) -> float:
    """MOS-LQO of somebody at the loudspeaker while the far end talks as well."""
    heard = (await subject(True, interrupting)).sound[int(LEARNING_S * speech.RATE) :]
    near = speech.near()
    shift = round(speech.delay_s(near, heard) * speech.RATE)
    return speech.mos(near, heard[shift : shift + len(near)])
