"""What ordinary peers never do, played by sipp behind the far end's server."""

import asyncio
from asyncio.subprocess import Process
from pathlib import Path

import numpy as np

from ranin.core.state import CallState
from tests.phone.whole import Whole, whole_phone

SCENARIOS = Path(__file__).with_name("sipp")
NUMBER = "620"
PORT = 5190
WITHIN_S = 15


def ulaw(hertz: float, seconds: float) -> bytes:
    """A sine as G.711 µ-law, 8 kHz (ITU-T G.711 table 2)."""
    linear = np.round(8000 * np.sin(2 * np.pi * hertz * np.arange(int(8000 * seconds)) / 8000)).astype(int)
    magnitude = np.minimum(np.abs(linear), 32635) + 132
    exponent = np.floor(np.log2(magnitude)).astype(int) - 7
    mantissa = (magnitude >> (exponent + 3)) & 15
    code = np.where(linear < 0, 128, 0) | exponent << 4 | mantissa
    return bytes((~code & 255).astype(np.uint8))


async def sipp(whole: Whole, scenario: str, *words: str, port: int = PORT) -> Process:
    """Start one scenario inside the far end's network; its call is number 620's."""
    ip = whole.far.namespace.inner_ip
    (whole.far.folder / "tone.ulaw").write_bytes(ulaw(1000, 5))
    return await whole.far.namespace.run(
        "sipp", f"{ip}:5060", "-sf", str(SCENARIOS / f"{scenario}.xml"), "-s", NUMBER, "-i", ip, "-mi", ip,
        "-p", str(port), "-m", "1", "-nostdin", "-timeout", f"{WITHIN_S}s", *words,
        log=whole.far.folder / f"sipp-{scenario}", folder=whole.far.folder,
    )  # fmt: skip


async def finished(process: Process) -> int:
    """Its exit code: 0 when every message was as the scenario says."""
    return await asyncio.wait_for(process.wait(), WITHIN_S)


async def awaiting(whole: Whole, scenario: str) -> Process:
    """A scenario that is called: 620 is registered at its port."""
    process = await sipp(whole, scenario)
    assert await finished(await sipp(whole, "register", "-key", "at", str(PORT), port=PORT + 1)) == 0
    return process


async def test_an_announcement_before_the_answer_is_heard_instead_of_the_ringback_tone() -> None:
    async with whole_phone() as whole:
        await whole.registered()
        far = await awaiting(whole, "early-media")
        await whole.dials(f"{NUMBER}#")
        await whole.hears_hertz(1000)
        active = whole.sim.engine.phone.active
        assert active is not None and active.state is CallState.EARLY
        await whole.shows("No such number")
        assert await finished(far) == 0


async def test_an_answer_that_is_no_sdp_ends_the_call_in_words() -> None:
    async with whole_phone() as whole:
        await whole.registered()
        far = await awaiting(whole, "bad-answer")
        await whole.dials(f"{NUMBER}#")
        await whole.shows("No common sound format")
        assert await finished(far) == 0
        await whole.replace()
        await whole.dials("604#")
        await whole.hears_hertz(1000)


async def test_a_call_without_an_offer_rings_and_has_sound() -> None:
    async with whole_phone() as whole:
        await whole.registered()
        far = await sipp(whole, "late-offer")
        await whole.shows("Late Offer")
        await whole.lift()
        await whole.hears_hertz(1000)
        await whole.replace()
        assert await finished(far) == 0


async def test_a_call_that_forks_is_heard_by_its_second_tag_and_answered_by_it() -> None:
    async with whole_phone() as whole:
        await whole.registered()
        far = await awaiting(whole, "forks")
        await whole.dials(f"{NUMBER}#")
        await whole.hears_hertz(1000)
        active = whole.sim.engine.phone.active
        assert active is not None and active.state is CallState.EARLY
        await whole.shows("Connected")
        await whole.hears_hertz(1000)
        await whole.replace()
        assert await finished(far) == 0
