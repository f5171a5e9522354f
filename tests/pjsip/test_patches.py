"""Each patch of PJSIP holds: the packets that killed it are survived."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from ranin.core.state import LineState
from ranin.sim.simulation import Simulation
from tests.peers.peer import Peer, sdp

COUNTS = [1, 15, 17, 20, 64, 66, 100]


@asynccontextmanager
async def phone_at(peer: Peer, srtp: str = "off") -> AsyncIterator[Simulation]:
    """A phone registered at the peer."""
    async with Simulation() as sim:
        settings = peer.settings()
        account = replace(settings.accounts[0], srtp=srtp)
        ready = asyncio.Event()

        def look(phone: object, event: object) -> None:
            if any(line.state is LineState.REGISTERED for line in sim.engine.phone.lines):
                ready.set()

        sim.engine.watch(look)
        sim.apply(replace(settings, accounts=(account,)))
        await asyncio.wait_for(ready.wait(), 8)
        try:
            yield sim
        finally:
            peer.close()


async def answers_still(peer: Peer, sim: Simulation, pid: int) -> None:
    """A further call rings, in the same process."""
    call = peer.invite(sdp(40000))
    await peer.until("SIP/2.0 ", call=call)
    await peer.until("SIP/2.0 180", call=call)
    assert sim.sip.pid == pid


@pytest.mark.parametrize("count", COUNTS)
async def test_service_routes_without_number(count: int) -> None:
    peer = await Peer.start("".join(f"Service-Route: <sip:p{index}.x;lr>\r\n" for index in range(count)))
    async with phone_at(peer) as sim:
        pid = sim.sip.pid
        assert pid
        call = peer.invite(sdp(40000))
        await peer.until("SIP/2.0 180", call=call)
        assert sim.sip.pid == pid


@pytest.mark.parametrize("count", COUNTS)
async def test_crypto_attributes_without_number(count: int) -> None:
    peer = await Peer.start()
    async with phone_at(peer, "optional") as sim:
        pid = sim.sip.pid
        lines = "".join(f"a=crypto:{index} A_B inline:x\r\n" for index in range(1, count + 1))
        call = peer.invite(sdp(40000, lines, "RTP/SAVP"))
        answer = await peer.until("SIP/2.0 4", call=call)
        assert answer.split()[1] in {"406", "488"}
        await answers_still(peer, sim, pid)
        assert sim.engine.phone.log == ()


async def test_an_unknown_method_of_the_server_is_405_with_allow() -> None:
    peer = await Peer.start()
    async with phone_at(peer):
        for method in ("REGISTER", "NEWMETHOD"):
            peer.send(peer.request(method, f"x-{method}"))
            answer = await peer.until("SIP/2.0 405", call=f"x-{method}")
            assert "Allow:" in answer and "INVITE" in answer


async def test_a_malformed_message_of_the_server_harms_nothing() -> None:
    peer = await Peer.start()
    async with phone_at(peer) as sim:
        pid = sim.sip.pid
        good = peer.request("INVITE", "cut", sdp(40000))
        for text in ["\0" * 50, good[:60], good.replace("CSeq: 1", "CSeq: 99999999999"), "INVITE\r\n\r\n", "x" * 9000]:
            peer.send(text)
        await answers_still(peer, sim, pid)


async def test_an_offer_without_a_common_codec_is_488_and_never_rings() -> None:
    peer = await Peer.start()
    async with phone_at(peer) as sim:
        offer = sdp(40000).replace("RTP/AVP 0", "RTP/AVP 96").replace("0 PCMU/8000", "96 iLBC/8000")
        call = peer.invite(offer)
        await peer.until("SIP/2.0 488", call=call)
        assert not sim.engine.phone.calls


async def test_a_challenge_within_a_call_of_a_stranger_is_not_answered() -> None:
    """The digest leak: he calls, we hang up, he challenges the BYE (SySS, CVE-2021-41158)."""
    peer = await Peer.start()
    async with phone_at(peer) as sim:
        stranger = await Peer.start()
        stranger._phone = peer._phone
        stranger.send(stranger.request("INVITE", "leak", sdp(40000)))
        await answers_still(peer, sim, sim.sip.pid)
        assert stranger.requests == [] and stranger.responses == []
        stranger.close()
