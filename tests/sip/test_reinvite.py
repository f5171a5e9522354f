"""The re-INVITE that takes a call elsewhere: what it says, how it is refused, what is heard and held after it."""

import asyncio
import os
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest

from ranin.core.commands import RegisterLine
from ranin.core.events import CallEnded, Event, MediaStarted
from ranin.sim.simulation import Simulation
from ranin.sip.engine.ways import MOST_LINGERING
from tests.peers.peer import DEADLINE_S, Peer, bound, sdp
from tests.pjsip.test_media_lock import Stream, answered, send
from tests.pjsip.test_patches import phone_at
from tests.tones import rms, samples, share

MOVES = 100


class Server(Peer):
    """Answers each further INVITE with the next of `codes`, or 200."""

    def __init__(self, route_headers: str = "") -> None:
        super().__init__(route_headers)
        self.codes: list[int] = []
        self.media_port = 0
        self.body = ""
        """The SDP of the answers; empty: voice at `media_port`."""
        self._said: dict[str, str] = {}

    def datagram_received(self, data: bytes, address: tuple[str, int]) -> None:
        text = data.decode(errors="replace")
        if not text.startswith("INVITE"):
            super().datagram_received(data, address)
            return
        self._phone = address
        branch = text.partition("branch=")[2].split(";")[0].split("\r")[0]
        if branch not in self._said:
            self.requests.append(text)
            self._said[branch] = self._say(text, self.codes.pop(0) if self.codes else 200)
        self.send(self._said[branch])
        self._more.set()

    def _say(self, request: str, code: int) -> str:
        body = (self.body or sdp(self.media_port)) if code == 200 else ""
        answer = re.sub(r"Contact:.*\r\n", f"Contact: <sip:700@127.0.0.1:{self.port}>\r\n", self.answer(request, code))
        kind = "Content-Type: application/sdp\r\n" if body else ""
        return answer.replace("Content-Length: 0\r\n\r\n", f"{kind}Content-Length: {len(body)}\r\n\r\n{body}")

    def invited(self) -> list[str]:
        """The re-INVITEs so far."""
        return [text for text in self.requests if text.startswith("INVITE")]

    async def invites(self, count: int, deadline_s: float = DEADLINE_S) -> str:
        """The `count`-th re-INVITE, once it has come."""
        async with asyncio.timeout(deadline_s):
            while len(self.invited()) < count:
                self._more.clear()
                await self._more.wait()
        return self.invited()[count - 1]


@dataclass
class Talk:
    """A call that is up, and what the phone tells of it."""

    peer: Server
    sim: Simulation
    call: str
    to: tuple[str, int]
    tag: str
    told: list[Event]

    def move(self, ip: str) -> None:
        self.sim.sip.execute(RegisterLine(0, self.sim.engine.phone.settings.accounts[0], ip))

    async def hears_of(self, kind: type[Event], count: int = 1) -> Event:
        """The `count`-th event of a kind since the call was up."""
        changed = asyncio.Event()
        unwatch = self.sim.engine.watch(lambda phone, event: changed.set())
        try:
            async with asyncio.timeout(DEADLINE_S):
                while len(found := [event for event in self.told if isinstance(event, kind)]) < count:
                    changed.clear()
                    await changed.wait()
        finally:
            unwatch()
        return found[count - 1]


@asynccontextmanager
async def talk(port: int) -> AsyncIterator[Talk]:
    """The server has called, and the phone has answered."""
    peer = await Server.start()
    assert isinstance(peer, Server)
    peer.media_port = port
    told: list[Event] = []
    async with phone_at(peer) as sim:
        with bound() as media:
            to = await answered(peer, sim, media)
        answer = await peer.until("SIP/2.0 200", call="call-1")
        tag = answer.partition("To:")[2].partition("tag=")[2].split("\r")[0]
        sim.engine.watch(lambda phone, event: told.append(event))
        async with asyncio.timeout(DEADLINE_S):
            while not sim.card["handset"].playback.head.running:
                await asyncio.sleep(0.02)
        yield Talk(peer, sim, f"call-1-{peer.port}", to, tag, told)


def media_of(text: str) -> tuple[str, int]:
    """Where an offer or answer wants media."""
    address, port = re.search(r"c=IN IP4 (\S+)", text), re.search(r"m=audio (\d+)", text)
    assert address and port
    return address[1], int(port[1])


async def test_the_offer_names_the_new_address_and_so_does_the_contact() -> None:
    async with talk(40000) as call:
        call.move("127.0.0.3")
        offer = await call.peer.invites(1)
        assert media_of(offer)[0] == "127.0.0.3"
        assert re.search(r"^Contact:.*@127\.0\.0\.3:", offer, re.MULTILINE)
        assert re.search(r"^Via: SIP/2\.0/UDP 127\.0\.0\.3:", offer, re.MULTILINE)
        await call.peer.until("ACK")
        await call.hears_of(MediaStarted)


async def test_the_registrar_is_told_to_forget_the_old_contact() -> None:
    async with talk(40000) as call:
        call.move("127.0.0.3")
        async with asyncio.timeout(DEADLINE_S):
            while not (forgetting := [text for text in call.peer.requests if ";expires=0" in text]):
                await asyncio.sleep(0.02)
        contacts = re.findall(r"^Contact:.*", forgetting[0], re.MULTILINE)
        assert forgetting[0].startswith("REGISTER") and len(contacts) == 2
        assert "127.0.0.3" in contacts[0] and "expires=0" not in contacts[0]
        assert "127.0.0.1" in contacts[1] and "expires=0" in contacts[1]


@pytest.mark.parametrize("code", [491, 500])
async def test_a_refusal_that_passes_is_tried_again(code: int) -> None:
    async with talk(40000) as call:
        call.peer.codes = [code]
        call.move("127.0.0.3")
        assert media_of(await call.peer.invites(2))[0] == "127.0.0.3"
        await call.hears_of(MediaStarted)


@pytest.mark.parametrize("code", [408, 481])
async def test_a_refusal_that_lasts_ends_the_call_with_its_status(code: int) -> None:
    async with talk(40000) as call:
        call.peer.codes = [code]
        call.move("127.0.0.3")
        end = await call.hears_of(CallEnded)
        assert isinstance(end, CallEnded) and end.code == code
        await call.peer.until("BYE")


async def test_after_a_move_the_servers_media_may_move_and_stays_locked() -> None:
    with bound("127.0.0.2") as media, bound() as stranger:
        async with talk(40000) as call:
            call.move("127.0.0.3")
            await call.peer.invites(1)
            await call.hears_of(MediaStarted)
            offer = sdp(media.getsockname()[1], host="127.0.0.2")
            call.peer.responses.clear()
            call.peer.send(call.peer.request("INVITE", call.call, offer, to_tag=call.tag, cseq=2))
            to = media_of(await call.peer.until("SIP/2.0 200", call=f"{call.call}INVITE2"))
            call.peer.send(call.peer.request("ACK", call.call, to_tag=call.tag, cseq=2))
            assert to[0] == "127.0.0.3"
            await send(media, Stream(1000, 1), to, 25, 50)
            call.sim.card["handset"].playback.skip()
            flood = asyncio.create_task(send(stranger, Stream(2000, 9), to, 400, 200))
            await send(media, Stream(1000, 1), to, 100, 50)
            await flood
            sound = samples(call.sim.card["handset"].playback.read()[0])[-24000:]
            assert rms(sound) > 0.02 and share(sound, 1000) > 0.7 and share(sound, 2000) < 0.02


async def test_a_hundred_moves_leave_no_descriptor_behind() -> None:
    async with talk(40000) as call:
        pid = call.sim.sip.pid
        before = 0
        for count in range(1, MOVES + 1):
            call.move(f"127.0.1.{count}")
            await call.peer.invites(count)
            await call.hears_of(MediaStarted, count)
            before = before or len(os.listdir(f"/proc/{pid}/fd"))
        async with asyncio.timeout(2 * DEADLINE_S):  # 5 s for late answers (T4, RFC 3261 §17.1.2.2)
            while len(os.listdir(f"/proc/{pid}/fd")) > before + MOST_LINGERING:
                await asyncio.sleep(0.1)
        assert call.sim.sip.pid == pid
