"""A line over IPv6: registering, calling, being called, and sound both ways; on loopback, where ::1 always is."""

import asyncio
import re
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from ranin.core.settings import Account, Settings
from ranin.sim.simulation import Simulation
from tests.peers.peer import DEADLINE_S, Peer
from tests.phone.whole import Whole

HOST = "[::1]"


def sdp6(port: int) -> str:
    return (
        "v=0\r\no=- 1 1 IN IP6 ::1\r\ns=-\r\nc=IN IP6 ::1\r\nt=0 0\r\n"
        f"m=audio {port} RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n"
    )


class Peer6(Peer):
    """Over UDP at ::1; it answers calls with sound at `media_port`."""

    media_port = 0

    @classmethod
    async def at_loopback(cls) -> "Peer6":
        peer = cls()
        loop = asyncio.get_running_loop()
        peer.transport, _ = await loop.create_datagram_endpoint(lambda: peer, ("::1", 0))
        return peer

    @property
    def place(self) -> str:
        return f"{HOST}:{self.port}"

    def send(self, text: str) -> None:
        self.transport.sendto(self._with_sound(text).encode(), self._phone)

    def _with_sound(self, text: str) -> str:
        if not text.startswith("SIP/2.0 200") or " INVITE" not in text:
            return text
        text = re.sub(r"Contact:.*\r\n", f"Contact: <sip:604@{HOST}:{self.port}>\r\n", text)
        body = sdp6(self.media_port)
        kind = f"Content-Type: application/sdp\r\nContent-Length: {len(body)}\r\n\r\n{body}"
        return text.replace("Content-Length: 0\r\n\r\n", kind)

    def request(
        self, method: str, call: str, body: str = "", headers: str = "", to_tag: str = "", cseq: int = 1
    ) -> str:
        text = super().request(method, call, body, headers, to_tag, cseq)
        return text.replace("127.0.0.1", HOST).replace("@::1:", f"@{HOST}:")


@asynccontextmanager
async def phone_at(peer: Peer6) -> AsyncIterator[Whole]:
    async with Simulation() as sim:
        whole = Whole(sim, None)  # type: ignore[arg-type]  # there is no far end
        account = Account(user="201", domain=HOST, server=f"{HOST}:{peer.port}")
        sim.apply(Settings(accounts=(account,), codecs=("PCMU",)))
        await whole.registered()
        yield whole
        whole.close()
        peer.close()


@pytest.fixture
def media() -> socket.socket:
    place = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    place.bind(("::1", 0))
    place.setblocking(False)
    return place


async def heard(media: socket.socket) -> bytes:
    """One packet of the phone's sound."""
    async with asyncio.timeout(DEADLINE_S):
        return await asyncio.get_running_loop().sock_recv(media, 4096)


async def test_a_line_over_ipv6_registers_calls_and_is_called(media: socket.socket) -> None:
    peer = await Peer6.at_loopback()
    peer.media_port = media.getsockname()[1]
    async with phone_at(peer) as whole:
        request = await peer.until(f"REGISTER sip:{HOST}")
        assert f"Via: SIP/2.0/UDP {HOST}:" in request
        await whole.dials("604#")
        await whole.shows("Connected")
        assert "c=IN IP6 ::1" in await peer.until("INVITE")
        assert (await heard(media))[0] >> 6 == 2, "RTP's version (RFC 3550 §5.1)"
        await whole.replace()
        await peer.until("BYE")
        await whole.over()
        call = peer.invite(sdp6(peer.media_port))
        await whole.shows("Lift to answer")
        await whole.lift()
        assert "c=IN IP6 ::1" in await peer.until("SIP/2.0 200", call=call)
    media.close()


async def test_it_hears_nobody_else_over_ipv6(media: socket.socket) -> None:
    peer, stranger = await Peer6.at_loopback(), await Peer6.at_loopback()
    async with phone_at(peer) as whole:
        stranger._phone = peer._phone
        stranger.invite(sdp6(40000))
        call = peer.invite(sdp6(40000))
        await peer.until("SIP/2.0 180", call=call)
        assert stranger.responses == [] and stranger.requests == []
        await whole.shows("Lift to answer")
    stranger.close()
    media.close()
