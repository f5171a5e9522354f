"""A stranger's flood of 2,000 INVITEs a second: no ring, no reply, sound without a gap, and real calls come through."""

import asyncio
import time

from tests.peers.flood import A_SECOND, Flood
from tests.peers.peer import sdp
from tests.sip.hostile import idle, in_a_call

FLOOD_S = 2.0
RINGS_WITHIN_S = 1.0


async def test_a_call_is_heard_without_a_gap_through_a_flood() -> None:
    async with in_a_call() as scene:
        with Flood(scene.peer.phone) as flood:
            await asyncio.sleep(FLOOD_S)
        assert flood.sent > A_SECOND * FLOOD_S * 0.8
        await scene.alive()
        assert flood.replies == 0 and len(scene.offers) == 1


async def test_a_second_call_rings_within_a_second_in_a_flood_while_one_is_up() -> None:
    async with in_a_call() as scene:
        with Flood(scene.peer.phone) as flood:
            await asyncio.sleep(FLOOD_S / 2)
            scene.peer.send(scene.peer.request("INVITE", "real", sdp(40000)))
            await scene.peer.until("SIP/2.0 180", RINGS_WITHIN_S, call="real")
        assert flood.replies == 0 and len(scene.offers) == 1


async def test_a_real_call_rings_within_a_second_in_a_flood() -> None:
    async with idle() as scene:
        with Flood(scene.peer.phone) as flood:
            await asyncio.sleep(FLOOD_S / 2)
            begin_s = time.monotonic()
            scene.peer.send(scene.peer.request("INVITE", "real", sdp(40000)))
            await scene.peer.until("SIP/2.0 180", call="real")
            assert time.monotonic() - begin_s < RINGS_WITHIN_S
        assert flood.replies == 0 and len(scene.offers) == 1
