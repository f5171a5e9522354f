"""Forwards armed at the line's server: codes called and SetForwarding sent, at a server that notes what it is told."""

import asyncio
from dataclasses import replace

import pytest

from ranin.core.forwarding import feature_event
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


NOTIFIED = """<?xml version="1.0"?><ForwardingEvent xmlns="http://www.ecma-international.org/standards/ecma-323/csta/ed3">
<device>201</device><forwardingType>forwardNoAns</forwardingType><forwardStatus>{}</forwardStatus>
<forwardTo>+33611111111</forwardTo></ForwardingEvent>"""


class Features(Server):
    """Challenges nobody, takes a SUBSCRIBE with `code` and then tells by NOTIFY what is in effect."""

    code = 202

    def datagram_received(self, data: bytes, address: tuple[str, int]) -> None:
        text = data.decode(errors="replace")
        if not text.startswith("SUBSCRIBE"):
            super().datagram_received(data, address)
            return
        self._phone = address
        self.requests.append(text)
        answer = self.answer(text, self.code, "Expires: 60\r\n" if self.code == 202 else "")
        self.send(answer.replace(";expires=300", ""))
        self._more.set()

    def notify(self, subscribe: str, status: str) -> None:
        """Tell what is in effect, within the subscription's dialog."""
        call = subscribe.partition("Call-ID: ")[2].split("\r\n")[0]
        tag = subscribe.partition("\r\nFrom: ")[2].split("\r\n")[0].partition("tag=")[2]
        headers = "Event: as-feature-event\r\nSubscription-State: active;expires=60\r\n"
        text = self.request("NOTIFY", call, NOTIFIED.format(status), headers, to_tag=tag)
        text = text.replace(f"tag={call}", "tag=peer").replace("application/sdp", feature_event.CONTENT_TYPE)
        self.send(text)


async def subscribed(code: int, *notifies: str) -> tuple[str, OrderTried, str]:
    """(the SUBSCRIBE, what came of it, what the phone believes)."""
    server = await Features.start()
    server.code = code
    async with Simulation() as sim:
        tried: asyncio.Queue[OrderTried] = asyncio.Queue()
        sim.engine.watch(lambda phone, event: tried.put_nowait(event) if isinstance(event, OrderTried) else None)
        forward = ForwardSettings(target=MOBILE, backend="feature-event")
        sim.apply(replace(server.settings(), forward=forward))
        subscribe = await server.until("SUBSCRIBE")
        for status in notifies:
            server.notify(subscribe, status)
            await server.until("SIP/2.0 200", call=subscribe.partition("Call-ID: ")[2].split("\r\n")[0])
        event = await asyncio.wait_for(tried.get(), 20)
        believed = sim.engine.phone.forward.believed.name
    server.close()
    return subscribe, event, believed


async def test_set_forwarding_is_sent_and_the_notify_is_believed() -> None:
    subscribe, event, believed = await subscribed(202, "true")
    assert "<activateForward>true</activateForward>" in subscribe and "<forwardDN>+33611111111</forwardDN>" in subscribe
    assert "Event: as-feature-event" in subscribe and feature_event.CONTENT_TYPE in subscribe
    assert (event.outcome, event.armed, believed) == (Outcome.DONE, True, "ARMED")


async def test_a_server_that_takes_it_and_does_not_tell_has_done_it() -> None:
    _, event, _ = await subscribed(202)
    assert (event.outcome, event.armed) == (Outcome.DONE, None)


async def test_a_notify_that_says_otherwise_is_believed() -> None:
    _, event, believed = await subscribed(202, "false")
    assert (event.outcome, event.armed) == (Outcome.DONE, False) and believed != "ARMED"


async def test_a_server_that_knows_no_such_event_refuses_for_good() -> None:
    _, event, _ = await subscribed(489)
    assert event.outcome is Outcome.REFUSED and "489" in event.detail
