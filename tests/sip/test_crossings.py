"""Messages that cross on the wire, and answers that lead nowhere: every call ends once, and nobody waits for ever."""

import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from ranin.core.state import CallState
from ranin.sim.simulation import Simulation
from tests.peers.exchange import Exchange, Party, header
from tests.phone.whole import Whole
from tests.pjsip.test_patches import phone_at

MOST_TRIES = 8
"""Requests with a password that one refusal after the other may cost."""


@asynccontextmanager
async def phone() -> AsyncIterator[tuple[Exchange, Whole]]:
    """A registered phone and everybody behind its server; at the end no call is left, and nobody was told twice."""
    exchange = await Exchange.start()
    async with phone_at(exchange) as sim:
        whole = Whole(sim, None)  # type: ignore[arg-type]
        try:
            yield exchange, whole
            await over(exchange, whole)
        finally:
            exchange.forget()


async def over(exchange: Exchange, whole: Whole) -> None:
    """The handset is put back; no call is left, and nobody who called was told twice."""
    await whole.replace()
    await whole.until(lambda state: not state.calls, "no call is left")
    assert all(len(codes) == 1 for party in exchange.parties.values() for codes in party.finals.values())


async def called(exchange: Exchange, whole: Whole) -> Party:
    """The person has called somebody, where it rings."""
    await whole.dials("604#")
    party = await exchange.called("604")
    party.reply(180)
    await whole.until(lambda state: state.calls[0].state is CallState.RINGBACK, "it rings there")
    return party


async def talking(exchange: Exchange, whole: Whole) -> Party:
    """The person has called somebody, who has answered."""
    party = await called(exchange, whole)
    party.reply(200)
    await party.until("ACK")
    await whole.shows("Connected")
    return party


def logged(whole: Whole) -> int:
    """How many calls are in the log."""
    return len(whole.sim.engine.phone.log)


def _answer_at(party: Party, text: str) -> None:
    if text.startswith("CANCEL"):
        party.reply(200)


@pytest.mark.parametrize("first", ["the answer", "the CANCEL's"])
async def test_an_answer_that_crosses_our_cancel_is_acknowledged_and_ended(first: str) -> None:
    async with phone() as (exchange, whole):
        party = await called(exchange, whole)
        if first == "the answer":
            party.tried = lambda text: _answer_at(party, text)
        await whole.replace()
        await party.until("CANCEL")
        if first != "the answer":
            party.reply(200)
        await party.until("ACK")
        await party.until("BYE")
        await whole.until(lambda state: not state.calls, "the call is over")
        assert logged(whole) == 1


async def test_a_cancel_that_crosses_our_answer_changes_nothing() -> None:
    async with phone() as (exchange, whole):
        party = exchange.caller("604")
        party.codes["ACK"] = 0
        party.request("INVITE", party.offer())
        await party.until("SIP/2.0 180")
        await whole.lift()
        answer = await party.until("SIP/2.0 200")
        await party.answers("CANCEL", "200")
        party.acknowledge(answer)
        await whole.shows("Connected")
        await party.hang_up()
        await whole.shows("Call ended")
        assert logged(whole) == 1


async def test_a_bye_that_crosses_our_re_invite_ends_the_call() -> None:
    async with phone() as (exchange, whole):
        party = await talking(exchange, whole)
        party.codes["INVITE"] = 0
        await whole.press("soft1")
        await party.until("INVITE")
        await party.hang_up()
        party.reply(487)
        await whole.until(lambda state: not state.calls, "the call is over")
        await party.until("ACK")
        assert logged(whole) == 1


async def test_a_re_invite_that_crosses_our_bye_is_refused() -> None:
    async with phone() as (exchange, whole):
        party = await talking(exchange, whole)
        party.codes["BYE"] = 0
        await whole.replace()
        bye = await party.until("BYE")
        await party.answers("INVITE", "4", body=party.offer("sendonly"))
        party.reply(200, request=bye)
        await whole.until(lambda state: not state.calls, "the call is over")


async def test_two_re_invites_that_cross_are_both_refused_and_ours_is_made_again() -> None:
    async with phone() as (exchange, whole):
        party = await talking(exchange, whole)
        party.codes["INVITE"] = 0
        await whole.press("soft1")
        ours = await party.until("INVITE")
        assert "a=sendonly" in ours
        await party.answers("INVITE", "491", body=party.offer("sendonly"))
        del party.codes["INVITE"]
        party.reply(491, request=ours)
        assert "a=sendonly" in await party.until("INVITE")
        await party.answers("INVITE", "200", body=party.offer("sendonly"))
        await party.answers("INVITE", "200", body=party.offer("sendrecv"))
        await party.hang_up()


async def transferring(exchange: Exchange, whole: Whole, code: int) -> Party:
    """The person sends the call on to 605; the REFER is answered with `code`."""
    party = await talking(exchange, whole)
    party.codes["REFER"] = code
    await whole.press("soft2")
    for key in "605":
        await whole.press(key)
    await whole.press("soft1")
    assert "sip:605@" in header(await party.until("REFER"), "Refer-To")
    return party


async def ours_again(whole: Whole, party: Party) -> None:
    """It is said that the transfer came to nothing, and the call can be taken back."""
    await whole.shows("Not transferred")
    await whole.press("soft1")
    await whole.shows("Connected")
    while "a=sendrecv" not in await party.until("INVITE"):
        pass


async def test_a_refer_that_is_refused_leaves_the_call_with_us() -> None:
    async with phone() as (exchange, whole):
        for code in (400, 404, 405, 420, 500, 503, 603):
            await ours_again(whole, await transferring(exchange, whole, code))
            await over(exchange, whole)


async def test_a_refer_whose_call_is_unknown_there_ends_it() -> None:
    """481 is about the whole dialog (RFC 5057 §5.1)."""
    async with phone() as (exchange, whole):
        await transferring(exchange, whole, 481)
        await whole.until(lambda state: not state.calls, "the call is over")
        assert logged(whole) == 1


async def test_a_transfer_that_ends_without_success_leaves_the_call_with_us() -> None:
    async with phone() as (exchange, whole):
        for told in ("503 Service Unavailable", "486 Busy Here", "100 Trying"):
            party = await transferring(exchange, whole, 202)
            await party.tell_transfer(told)
            await ours_again(whole, party)
            await over(exchange, whole)


async def test_who_hangs_up_instead_of_telling_of_a_transfer_has_hung_up() -> None:
    async with phone() as (exchange, whole):
        party = await transferring(exchange, whole, 202)
        await party.hang_up()
        await whole.until(lambda state: not state.calls, "the call is over")
        assert logged(whole) == 1


async def test_a_redirection_is_not_followed_and_nobody_is_said_not_to_have_answered() -> None:
    async with phone() as (exchange, whole):
        for code in (300, 301, 302, 305, 380):
            await whole.dials("604#")
            party = await exchange.called("604")
            party.reply(code, headers=f"Contact: <sip:0900@{exchange.place}>\r\n")
            await party.until("ACK")
            await whole.shows("Call failed")
            assert whole.sim.engine.phone.log[0].code == code
            await over(exchange, whole)
            assert exchange.dialled.empty() and party.told == []


def challenge(nonce: int, code: int) -> str:
    name = "Proxy-Authenticate" if code == 407 else "WWW-Authenticate"
    return f'{name}: Digest realm="example", nonce="{nonce}", algorithm=MD5, stale=true\r\n'


@pytest.mark.parametrize("code", [401, 407])
async def test_a_server_whose_nonces_are_always_stale_is_not_asked_for_ever(code: int) -> None:
    async with phone() as (exchange, whole):
        nonces = itertools.count(1)
        await whole.dials("604#")
        party = await exchange.called("604")
        party.tried = lambda text: _refuse(party, next(nonces), code) if text.startswith("INVITE") else None
        _refuse(party, next(nonces), code)
        await whole.shows("Wrong password")
        assert 2 <= next(nonces) - 1 <= MOST_TRIES


def _refuse(party: Party, nonce: int, code: int) -> None:
    party.reply(code, headers=challenge(nonce, code))


class Forgetful(Exchange):
    """Takes no REGISTER: its nonces are always stale."""

    asked = 0

    def datagram_received(self, data: bytes, address: tuple[str, int]) -> None:
        text = data.decode(errors="replace")
        if not text.startswith("REGISTER"):
            super().datagram_received(data, address)
            return
        self._phone, self.asked = address, self.asked + 1
        self.send(self.answer(text, 401, challenge(self.asked, 401)))


async def test_a_registrar_whose_nonces_are_always_stale_is_not_asked_for_ever() -> None:
    exchange = await Forgetful.start()
    async with Simulation() as sim:
        sim.apply(exchange.settings())
        await Whole(sim, None).shows("Wrong password")  # type: ignore[arg-type]
        assert exchange.asked <= MOST_TRIES
    exchange.close()


async def test_of_several_phones_that_ring_the_one_that_answers_is_talked_to() -> None:
    async with phone() as (exchange, whole):
        await whole.dials("604#")
        party = await exchange.called("604")
        party.reply(180, tag="one")
        party.reply(183, tag="two")
        await whole.until(lambda state: state.calls[0].state is CallState.EARLY, "early media of the second")
        party.reply(180, tag="three")
        party.reply(200, tag="three")
        assert "tag=three" in header(await party.until("ACK"), "To")
        await whole.shows("Connected")
        await party.heard()
        party.local = party.local.replace(party.tag, "three")
        await party.hang_up()
        await whole.shows("Call ended")
