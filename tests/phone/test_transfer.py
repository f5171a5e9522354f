"""Transfers between real phones: who is transferred to us takes the place of who asked (RFC 3891)."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace

from ranin.core.settings import Settings
from ranin.core.state import CallState
from ranin.sim.simulation import Simulation
from tests.phone.whole import Whole, settings, whole_phone


@asynccontextmanager
async def two_phones() -> AsyncIterator[tuple[Whole, Whole]]:
    """201 and 202 at one far end."""
    async with AsyncExitStack() as stack:
        one = await stack.enter_async_context(whole_phone())
        other = Whole(await stack.enter_async_context(Simulation()), one.far)
        account = replace(settings(one.far).accounts[0], user="202", label="Office")
        other.sim.apply(Settings(accounts=(account,)))
        await one.registered()
        await other.registered()
        yield one, other
        other.close()


async def test_who_is_transferred_to_us_takes_the_place_of_who_asked() -> None:
    async with two_phones() as (one, other):
        await one.dials("604#")
        await one.hears_hertz(1000)
        await one.press("soft2")
        for key in "202#":
            await one.press(key)
        await other.rings(True)
        await other.lift()
        await other.shows("201")
        await one.shows("2 calls")
        await one.press("soft3")
        await one.shows("Transferred")
        await other.shows("604")
        await other.hears_hertz(1000)
        await other.says_hertz(700)
        await other.heard_by("604", 700)
        await one.until(lambda phone: not phone.calls, "the first phone is out of it")
        await other.replace()
        await other.until(lambda phone: not phone.calls, "the call is over")


async def test_two_phones_put_each_other_aside_and_both_say_so() -> None:
    async with two_phones() as (one, other):
        await one.dials("202#")
        await other.rings(True)
        await other.lift()
        await one.shows("Connected")
        await one.press("soft1")
        await other.shows("Holds you")
        await other.press("soft1")
        await one.press("soft3")
        await one.shows("Holds you")
        await other.press("soft3")
        await one.says_hertz(700)
        await other.hears_hertz(700)
        await other.says_hertz(500)
        await one.hears_hertz(500)
        await one.until(lambda phone: phone.calls[0].state is CallState.TALKING, "it is a conversation again")
