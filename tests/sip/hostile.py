"""A server that says what no server should, a call with sound that must survive it, and what became of both."""

import asyncio
import contextlib
import itertools
import os
import random
import re
import socket
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field

from ranin.core.events import CallArrived
from ranin.sim.simulation import Simulation
from tests.peers.peer import DEADLINE_S, Peer, bound, sdp
from tests.pjsip.test_media_lock import Stream, answered
from tests.pjsip.test_patches import phone_at
from tests.sip.moves import longest_gap_s
from tests.tones import samples

SIP_PORT = 5060
"""Where an answer goes whose Via has neither a port nor rport (RFC 3261 §18.2.2)."""
HERTZ = 1000
GAP_S = 0.1
"""The longest that the earpiece may be without the tone: its sender shares two cores with the tests."""


class Registrar(Peer):
    """Ends every INVITE as the RFC wants it: ACK to what refuses it."""

    def __init__(self, route_headers: str = "") -> None:
        super().__init__(route_headers)
        self._fences = 0
        self.body = ""
        """What its 200 to an INVITE says."""

    @classmethod
    async def anywhere(cls) -> "Registrar":
        """On the port of SIP, at an address of loopback that nobody else has."""
        return await cls.start(host=f"127.{random.randrange(64, 128)}.{os.getpid() % 256}.7", port=SIP_PORT)

    def datagram_received(self, data: bytes, address: tuple[str, int]) -> None:
        text = data.decode(errors="replace")
        if re.match(r"SIP/2\.0 [3-6]", text) and re.search(r"^CSeq:.*INVITE", text, re.MULTILINE):
            self.send(follow_up(text, "ACK"))
        super().datagram_received(data, address)

    def send(self, text: str | bytes) -> None:
        """Send to the phone; a 200 to an INVITE is made one of a phone beside us."""
        if isinstance(text, str) and text.startswith("SIP/2.0 200") and "INVITE\r\n" in text:
            contact = f"Contact: <sip:700@{self.place}>\r\n"
            text = with_body(re.sub(r"Contact:.*\r\n", contact, text), self.body)
        super().send(text)

    async def past(self) -> None:
        """Wait until the phone has taken in all that was sent: it answers one after the other."""
        self._fences += 1
        self.send(self.request("FENCE", name := f"fence-{self._fences}"))
        await self.until("SIP/2.0 405", call=name)
        self.responses = [text for text in self.responses if name not in text]

    async def said(self, message: str | bytes, silent: bool = False) -> list[str]:
        """The statuses sent to a request until its final one or 180, or until it is passed over."""
        self.responses.clear()
        self.send(message)
        await self.past()
        while not silent and not any(re.match(r"SIP/2\.0 (180|[2-6])", text) for text in self.responses):
            self._more.clear()
            await asyncio.wait_for(self._more.wait(), DEADLINE_S)
        return [text.split(" ", 2)[1] for text in self.responses]

    async def outcome(self, call: str) -> str:
        """The status that a call has come to, 100 aside."""
        async with asyncio.timeout(DEADLINE_S):
            while True:
                for text in self.responses:
                    if call in text and not text.startswith("SIP/2.0 100"):
                        return text.split(" ", 2)[1]
                self._more.clear()
                await self._more.wait()

    async def cancel(self) -> None:
        """Take back the call that rings."""
        ringing = next(text for text in self.responses if text.startswith("SIP/2.0 180"))
        self.send(follow_up(ringing, "CANCEL"))
        await self.until("SIP/2.0 487")


def follow_up(response: str, method: str) -> str:
    """The CANCEL or ACK that belongs to an INVITE's response (RFC 3261 §9.1, §17.1.1.3)."""
    kept = [line for line in response.split("\r\n") if re.match(r"(Via|From|To|Call-ID|CSeq):", line)]
    kept = [re.sub(r"INVITE\s*$", method, line) if line.startswith("CSeq") else line for line in kept]
    return "\r\n".join(
        [f"{method} sip:201@example.com SIP/2.0", *kept, "Max-Forwards: 70", "Content-Length: 0", "", ""]
    )


def with_body(message: str, body: str) -> str:
    """A message that has none, with this SDP."""
    kind = "Content-Type: application/sdp\r\n" if body else ""
    return message.replace("Content-Length: 0\r\n", f"{kind}Content-Length: {len(body)}\r\n") + body


class Talker:
    """RTP of a tone by a thread of its own, 50 packets a second."""

    def __init__(self, to: tuple[str, int]) -> None:
        self._place = bound()
        self._to = to
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="talker")
        self._thread.start()

    def _run(self) -> None:
        stream, due_s = Stream(HERTZ, 1), time.monotonic()
        while not self._over.wait(max(0.0, due_s - time.monotonic())):
            self._place.sendto(stream.packet(), self._to)
            due_s += 0.02

    def close(self) -> None:
        """End it."""
        self._over.set()
        self._thread.join()
        self._place.close()


class Listener:
    """Keeps what the earpiece plays."""

    def __init__(self, sim: Simulation) -> None:
        self._ring = sim.card["handset"].playback
        self._ring.skip()
        self._heard = b""
        self._task = asyncio.create_task(self._keep())

    async def _keep(self) -> None:
        while True:
            self._heard += self._ring.read()[0]
            await asyncio.sleep(0.1)

    async def gap_s(self) -> float:
        """The longest time without the tone, from the first of it until half a second from now."""
        until = len(self._heard) + 48000
        async with asyncio.timeout(DEADLINE_S):
            while len(self._heard) < until:
                await asyncio.sleep(0.05)
        self._task.cancel()
        return longest_gap_s(samples(self._heard), HERTZ)


@dataclass
class Scene:
    """A registered phone, its server, and all calls that it was told of."""

    peer: Registrar
    sim: Simulation
    pid: int
    offers: list[CallArrived] = field(default_factory=list)
    to: tuple[str, int] = ("", 0)
    """Where the phone takes the call's media."""

    answer: str = ""
    """The phone's 200 for the call that is up."""

    def dialog(self) -> tuple[str, str]:
        """(Call-ID, the phone's tag) of the call that is up."""
        tag = re.search(r"^To:.*tag=([^;\r]+)", self.answer, re.MULTILINE)
        call = re.search(r"^Call-ID: (\S+)", self.answer, re.MULTILINE)
        assert tag and call
        return call[1], tag[1]

    def descriptors(self) -> int:
        """How many the engine has open."""
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    async def alive(self) -> None:
        """The same process; and in it a call still comes through to the phone."""
        await self.room_again()
        assert self.sim.sip.pid == self.pid, "the engine has died"

    async def room_again(self) -> None:
        """Wait until the phone hears of calls again: their server is told busy after fifty in half a second."""
        known = len(self.offers)
        async with asyncio.timeout(DEADLINE_S):
            for index in itertools.count():
                await self.peer.said(self.peer.request("INVITE", f"room-{known}-{index}", sdp(40000)))
                if self.peer.responses[-1].startswith("SIP/2.0 180"):
                    await self.peer.cancel()
                if len(self.offers) > known:
                    return
                await asyncio.sleep(0.1)


Where = Callable[[], AbstractAsyncContextManager[Scene]]


@asynccontextmanager
async def idle() -> AsyncIterator[Scene]:
    """Nothing is up."""
    peer = await Registrar.anywhere()
    async with phone_at(peer) as sim:
        scene = Scene(peer, sim, sim.sip.pid)
        sim.engine.watch(lambda phone, event: scene.offers.append(event) if isinstance(event, CallArrived) else None)
        yield scene


@asynccontextmanager
async def in_a_call() -> AsyncIterator[Scene]:
    """A call is up, and its tone is heard without a gap until the end."""
    async with idle() as scene:
        with bound() as media:
            scene.to = await answered(scene.peer, scene.sim, media)
        talker = Talker(scene.to)
        try:
            await asyncio.wait_for(_heard(scene.sim), DEADLINE_S)
            scene.answer = next(text for text in scene.peer.responses if text.startswith("SIP/2.0 200"))
            scene.offers.clear()
            listener = Listener(scene.sim)
            yield scene
            gap_s = await listener.gap_s()
            assert gap_s <= GAP_S, f"no sound for {gap_s:.2f} s"
        finally:
            talker.close()


async def _heard(sim: Simulation) -> None:
    ring = sim.card["handset"].playback
    heard = b""
    while len(heard) < 48000 or longest_gap_s(samples(heard[-48000:]), HERTZ):
        heard += ring.read()[0]
        await asyncio.sleep(0.02)


@contextlib.contextmanager
def stranger() -> Iterator[socket.socket]:
    """A socket on the server's own machine, but not the server's."""
    with bound() as place:
        yield place
