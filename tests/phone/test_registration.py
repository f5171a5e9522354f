"""Registering with a real server: digests, refusals, and a server that goes away."""

from dataclasses import replace

import pytest

from ranin.core.settings import Settings
from ranin.core.state import LineState
from tests.phone.whole import settings, whole_phone


@pytest.mark.parametrize("algorithm", ["MD5", "SHA-256"])
async def test_it_registers_and_calls_with_either_digest(algorithm: str) -> None:
    async with whole_phone(algorithm) as whole:
        await whole.registered()
        await whole.dials("604#")
        await whole.hears_hertz(1000)


async def test_a_wrong_password_is_said_and_the_right_one_mends_it() -> None:
    async with whole_phone(password="wrong") as whole:
        await whole.shows("Wrong password")
        whole.sim.apply(settings(whole.far))
        await whole.registered()
        await whole.shows("Ready")


@pytest.mark.parametrize("transport", ["udp", "tcp"])
async def test_both_transports_carry_calls(transport: str) -> None:
    async with whole_phone() as whole:
        account = replace(settings(whole.far).accounts[0], transport=transport)
        whole.sim.apply(Settings(accounts=(account,)))
        await whole.registered()
        await whole.dials("604#")
        await whole.hears_hertz(1000)
        await whole.replace()
        await whole.calls_me("604")
        await whole.shows("Lift to answer")


async def test_an_unknown_server_is_said() -> None:
    async with whole_phone() as whole:
        account = replace(settings(whole.far).accounts[0], server="no-such-host.invalid")
        whole.sim.apply(Settings(accounts=(account,)))
        await whole.shows("Server not found")


@pytest.mark.parametrize("codec", ["opus", "G722", "PCMA", "PCMU"])
async def test_every_codec_carries_sound_both_ways(codec: str) -> None:
    async with whole_phone() as whole:
        whole.sim.apply(settings(whole.far, codecs=(codec,)))
        await whole.registered()
        await whole.dials("604#")
        await whole.hears_hertz(1000)
        await whole.says_hertz(700)
        await whole.heard_by("604", 700)
        active = whole.sim.engine.phone.active
        assert active is not None and active.codec == codec


async def test_digits_in_a_call_reach_the_other_side() -> None:
    for method in ("rfc4733", "info"):
        async with whole_phone() as whole:
            account = replace(settings(whole.far).accounts[0], dtmf=method)
            whole.sim.apply(Settings(accounts=(account,)))
            await whole.registered()
            await whole.dials("604#")
            await whole.shows("Connected")
            await whole.press("5")
            event = await whole.far.happened("604", "CALL_DTMF_START")
            assert event["param"] == "5"


async def test_the_line_is_given_back_when_the_phone_stops() -> None:
    async with whole_phone() as whole:
        await whole.registered()
        whole.sim.apply(Settings())
        await whole.until(lambda phone: not phone.lines, "no line")
    assert whole.sim.engine.phone.lines == () or whole.sim.engine.phone.lines[0].state is not LineState.REGISTERED
