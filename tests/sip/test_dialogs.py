"""Session timers (RFC 4028) and reliable provisional answers (RFC 3262), spoken with a server of a few lines."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from ranin.core.screens.screen import InCall
from ranin.core.state import CallState
from ranin.sim.simulation import Simulation
from tests.peers.peer import DEADLINE_S, Peer, sdp
from tests.phone.whole import Whole
from tests.pjsip.test_patches import phone_at

Says = Callable[[str], list[tuple[int, str]]]
"""INVITE → the (status, headers) to answer with, in order; 200 and 183 carry sound."""


class Callee(Peer):
    """Answers each INVITE, once, as `says` has it, and everything else with 200."""

    says: Says

    def datagram_received(self, data: bytes, address: tuple[str, int]) -> None:
        text = data.decode(errors="replace")
        if text.startswith("INVITE") and text not in self.requests:
            self._phone = address
            self.requests.append(text)
            for code, headers in self.says(text):
                self.reply(text, code, headers)
            self._more.set()
        elif not text.startswith("INVITE"):
            super().datagram_received(data, address)

    def reply(self, request: str, code: int, headers: str = "") -> None:
        body = sdp(40000) if code in (183, 200) else ""
        answer = re.sub(r"Contact:.*\r\n", f"Contact: <sip:604@127.0.0.1:{self.port}>\r\n", self.answer(request, code))
        kind = "Content-Type: application/sdp\r\n" if body else ""
        rest = f"{headers}{kind}Content-Length: {len(body)}\r\n\r\n{body}"
        self.send(answer.replace("Content-Length: 0\r\n\r\n", rest))


@asynccontextmanager
async def callee(says: Says) -> AsyncIterator[tuple[Callee, Whole]]:
    peer = await Callee.start()
    assert isinstance(peer, Callee)
    peer.says = says
    async with phone_at(peer) as sim:
        yield peer, whole(sim)


def whole(sim: Simulation) -> Whole:
    return Whole(sim, None)  # type: ignore[arg-type]  # there is no far end


def timed(expires_s: int, refresher: str) -> Says:
    headers = f"Require: timer\r\nSession-Expires: {expires_s};refresher={refresher}\r\nAllow: UPDATE\r\n"
    return lambda request: [(200, headers)]


LEAST_S = 90
"""Nobody may ask for less (RFC 4028 §4)."""


async def _refreshed() -> None:
    """Whose turn it is to refresh: ours, at half the time."""
    async with callee(timed(LEAST_S, "uac")) as (peer, phone):
        await phone.dials("604#")
        invite = await peer.until("INVITE")
        assert re.search(r"Supported:.*timer", invite) and "Session-Expires: 1800" in invite
        update = await peer.until("UPDATE", LEAST_S / 2 + DEADLINE_S)
        assert f"Session-Expires: {LEAST_S};refresher=uac" in update
        assert phone.sim.engine.phone.active is not None


async def _ended() -> None:
    """The other side's: it does not, and the call ends before the time is over."""
    async with callee(timed(LEAST_S, "uas")) as (peer, phone):
        await phone.dials("604#")
        await peer.until("BYE", LEAST_S - LEAST_S / 3 + DEADLINE_S)
        await phone.until(lambda state: state.active is None, "the call is over")


async def test_a_session_is_refreshed_in_time_and_one_that_is_not_is_ended() -> None:
    await asyncio.gather(_refreshed(), _ended())


async def test_an_interval_that_is_too_small_is_made_longer() -> None:
    def says(request: str) -> list[tuple[int, str]]:
        return [(200, "")] if "Min-SE: 3600" in request else [(422, "Min-SE: 3600\r\n")]

    async with callee(says) as (peer, phone):
        await phone.dials("604#")
        await phone.shows("Connected")
        again = next(text for text in peer.requests if "Min-SE: 3600" in text)
        assert "Session-Expires: 3600" in again


async def test_a_reliable_provisional_answer_is_acknowledged() -> None:
    async with callee(lambda request: [(183, "Require: 100rel\r\nRSeq: 7\r\n")]) as (peer, phone):
        await phone.dials("604#")
        prack = await peer.until("PRACK")
        assert re.search(r"RAck: 7 \d+ INVITE", prack)
        await phone.until(lambda state: bool(state.active and state.active.state is CallState.EARLY), "early media")
        peer.reply(peer.requests[[text.startswith("INVITE") for text in peer.requests].index(True)], 200)
        await phone.shows("Connected")


async def test_a_caller_who_requires_it_gets_a_reliable_ringing() -> None:
    async with callee(lambda request: []) as (peer, phone):
        call = peer.invite(sdp(40000), "Require: 100rel\r\nSupported: 100rel\r\n")
        ringing = await peer.until("SIP/2.0 180", call=call)
        assert "Require: 100rel" in ringing
        number, tag = re.search(r"RSeq: (\d+)", ringing), re.search(r"To:.*;tag=(\S+)", ringing)
        assert number and tag
        peer.send(peer.request("PRACK", call, headers=f"RAck: {number[1]} 1 INVITE\r\n", to_tag=tag[1], cseq=2))
        await peer.until("SIP/2.0 200", call="CSeq: 2 PRACK")
        await phone.lift()
        await peer.until("SIP/2.0 200", call="CSeq: 1 INVITE")
        assert isinstance(phone.sim.engine.phone.shown.screen, InCall)
