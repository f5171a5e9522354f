"""Forwards armed by feature codes: the whole phone calls them at a server that notes what it is told."""

import asyncio
from dataclasses import replace

import pytest

from ranin.core.outage import OrderTried, Outcome
from ranin.core.settings import ForwardSettings, Settings
from ranin.sim.simulation import Simulation
from tests.peers.peer import bound
from tests.sip.test_reinvite import Server

MOBILE = "+33611111111"


async def told(codes: list[int], hang_up: bool = True) -> tuple[list[str], OrderTried, str]:
    """(Request-URIs the server saw, what came of the first order, what the phone believes)."""
    server = await Server.start()
    server.codes = codes
    with bound() as media:
        server.media_port = media.getsockname()[1]
        async with Simulation() as sim:
            tried: asyncio.Queue[OrderTried] = asyncio.Queue()
            sim.engine.watch(lambda phone, event: tried.put_nowait(event) if isinstance(event, OrderTried) else None)
            sim.apply(_armed(server.settings()))
            invite = await server.until("INVITE")
            if hang_up:
                ack = await server.until("ACK")
                call = ack.partition("Call-ID: ")[2].split("\r\n")[0]
                await _end(server, invite, call)
            event = await asyncio.wait_for(tried.get(), 20)
            believed = sim.engine.phone.forward.believed.name
    server.close()
    return [text.split(" ")[1] for text in server.invited()], event, believed


async def _end(server: Server, invite: str, call: str) -> None:
    """The dial plan has said its piece and hangs up."""
    tag = invite.partition("\r\nFrom: ")[2].split("\r\n")[0].partition("tag=")[2]
    bye = server.request("BYE", call, to_tag=tag).replace(f"tag={call}", "tag=peer")
    server.send(bye)
    await server.until("SIP/2.0 200", call=call)


def _armed(settings: Settings) -> Settings:
    return replace(settings, forward=ForwardSettings(target=MOBILE, backend="codes"))


async def test_the_code_is_called_heard_out_and_done() -> None:
    called, event, believed = await told([200])
    assert called[0] == "sip:*52+33611111111@127.0.0.1"
    assert event.outcome is Outcome.DONE and believed != "NOT_ARMED"


@pytest.mark.parametrize(("code", "outcome"), [(404, Outcome.REFUSED), (503, Outcome.FAILED)])
async def test_what_the_server_says_is_told(code: int, outcome: Outcome) -> None:
    _, event, believed = await told([code], hang_up=False)
    assert event.outcome is outcome and str(code) in event.detail and believed != "ARMED"


async def test_a_server_that_goes_on_talking_is_hung_up_on() -> None:
    _, event, _ = await told([200], hang_up=False)
    assert event.outcome is Outcome.DONE
