"""A phone without any way calls out over another one's modem: whole phones, a simulated modem, sound both ways."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from ranin.core.events import CallProgressed, Direction, Progress
from ranin.core.state import CallState, Phone
from ranin.sim.cell.mobile import Mobile
from ranin.sim.modem import SimModem
from tests.lan.rig import Switch, phones, provisioning
from tests.lan.test_whole import calls, talking
from tests.phone.whole import DEADLINE_S, Whole

NUMBER = "0612345678"


@asynccontextmanager
async def site(switch: Switch, folder: Path, *more: str) -> AsyncIterator[tuple[Whole, Whole, Mobile, list[Whole]]]:
    """(a phone without any way, one that lends its modem, the mobile network there, phones of more numbers)."""
    lan = provisioning(folder, "site")
    lends = replace(lan, gateway=True)
    async with (
        SimModem(folder) as modem,
        phones(
            switch, folder, ("201", lan), ("202", lends), *((number, lan) for number in more), modems={"202": modem}
        ) as ((one, _), (other, _), *others),
    ):
        modem.tone_hz = 620.0
        await one.until(lambda phone: any(known.gateway for known in phone.neighbours), "202 lends its modem", 20)
        yield one, other, modem.mobile, [third for third, _ in others]


def rings_there(phone: Phone) -> bool:
    return phone.active is not None and phone.active.state is CallState.RINGBACK


async def over(mobile: Mobile) -> None:
    """Wait for the mobile network to have no call."""
    async with asyncio.timeout(DEADLINE_S):
        while mobile.calls:
            await asyncio.sleep(0.02)


async def test_a_call_goes_out_over_the_other_phone_s_modem(switch: Switch, tmp_path: Path) -> None:
    async with site(switch, tmp_path) as (one, other, mobile, _):
        await one.shows("Calls via another phone")
        await calls(one, NUMBER)
        await one.shows("via Phone 202")
        await one.until(rings_there, "it rings there")
        await other.shows("In use for 201")
        assert [call.number for call in mobile.calls] == [NUMBER]
        mobile.answer()
        await one.until(lambda phone: talking(phone) and phone.active.secure, "201 talks, encrypted")
        await one.says_hertz(450)
        await other.heard_over_the_sim(450)
        await one.hears_hertz(620)
        assert not other.sim.engine.phone.shown.ear.calls
        await one.press("5")
        await one.press("#")
        await other.until(lambda phone: mobile.digits == ["5", "#"], "the digits are passed on")
        await one.replace()
        await over(mobile)
        await other.until(lambda phone: phone.served is None, "nobody is served")
        logged = other.sim.engine.phone.log[0]
        assert (logged.direction, logged.name, logged.number) == (Direction.SERVED, "201", NUMBER)


async def test_either_end_ends_it_and_the_caller_hears_why(switch: Switch, tmp_path: Path) -> None:
    async with site(switch, tmp_path) as (one, other, mobile, _):
        await calls(one, NUMBER)
        await one.until(rings_there, "it rings there")
        await one.replace()
        await over(mobile)
        await calls(one, NUMBER)
        await one.until(rings_there, "it rings there")
        mobile.hang_up("User busy")
        await one.shows("Busy")
        await one.replace()
        await calls(one, NUMBER)
        await one.until(rings_there, "it rings there")
        served = other.sim.engine.phone.served
        other.sim.engine.post(CallProgressed(served.callee.number, Progress.EARLY_MEDIA))
        await one.until(lambda phone: phone.active.state is CallState.EARLY, "183 is passed on")
        mobile.answer()
        await one.until(talking, "201 talks")
        await one.hears_hertz(620)
        mobile.hang_up()
        await one.shows("Call ended")
        await one.replace()


async def test_the_gateway_s_own_person_is_rung_and_comes_first(switch: Switch, tmp_path: Path) -> None:
    async with site(switch, tmp_path, "203") as (one, other, mobile, (third,)):
        await third.until(lambda phone: len(phone.neighbours) == 2, "203 knows both")
        await calls(one, NUMBER)
        await one.until(rings_there, "it rings there")
        mobile.answer()
        await one.until(talking, "201 talks")
        await calls(third, "202")
        await other.shows("Lift to answer")
        await other.lift()
        await other.until(talking, "202 talks")
        await one.says_hertz(450)
        await other.says_hertz(700)
        await third.hears_hertz(700)
        await one.hears_hertz(620)
        await other.heard_over_the_sim(450)
        await third.replace()
        await other.shows("Call ended")
        await other.replace()
        await calls(other, "0699999999")
        await one.shows("Call ended")
        await other.until(rings_there, "it rings there")
        assert [call.number for call in mobile.calls] == ["0699999999"]
        await one.replace()
        await calls(one, NUMBER)
        await one.shows("Not carried")
        mobile.answer()
        await other.hears_hertz(620)
