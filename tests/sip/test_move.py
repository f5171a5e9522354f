"""A line and its calls move from one link to another, and both sides go on hearing each other."""

import asyncio
import itertools
import os

import pytest

from ranin.core.events import CallEnded
from ranin.core.outage import Link
from tests.phone.whole import DEADLINE_S, Whole
from tests.sip.moves import Ear, bound_only_to, enumerate_anew, linked_phone, move, sockets, sound_goes_by

TONE = "604"
GAP_S = 3.0
"""The longest that a call may be without sound from the order on."""
SOAK_MOVES = 20


async def call_out(whole: Whole) -> None:
    await whole.dials(f"{TONE}#")


async def call_in(whole: Whole) -> None:
    await whole.calls_me(TONE)
    await whole.shows("Lift to answer")
    await whole.lift()


async def hear_each_other(whole: Whole, hertz: float) -> None:
    """They play 1000 Hz, we say `hertz`."""
    await whole.hears_hertz(1000)
    await whole.says_hertz(hertz)
    await whole.heard_by(TONE, hertz)


async def ended(whole: Whole) -> CallEnded:
    """The end of the call that is up."""
    found: asyncio.Future[CallEnded] = asyncio.get_running_loop().create_future()
    unwatch = whole.sim.engine.watch(
        lambda phone, event: found.set_result(event) if isinstance(event, CallEnded) and not found.done() else None
    )
    try:
        return await asyncio.wait_for(found, DEADLINE_S)
    finally:
        unwatch()


async def test_it_registers_over_a_link_although_the_routes_lead_elsewhere() -> None:
    async with linked_phone() as whole:
        whole.far.networks[Link.ETHERNET].silence()
        move(whole, Link.LTE)
        await bound_only_to(whole.far, whole.far.networks[Link.LTE].address)
        await call_out(whole)
        await hear_each_other(whole, 700)


@pytest.mark.parametrize("transport", ["udp", "tcp", "tls"])
@pytest.mark.parametrize("call", [call_out, call_in])
async def test_a_call_goes_on_over_another_link(call: object, transport: str) -> None:
    async with linked_phone(transport) as whole:
        await call(whole)  # type: ignore[operator]
        await hear_each_other(whole, 700)
        ear = Ear(whole)
        whole.far.networks[Link.ETHERNET].silence()
        move(whole, Link.LTE)
        gap_s = await ear.gap_s(1000)
        print(f"gap: {call.__name__} over {transport}: {gap_s:.2f} s")  # type: ignore[attr-defined]
        assert gap_s <= GAP_S
        await hear_each_other(whole, 500)
        await bound_only_to(whole.far, whole.far.networks[Link.LTE].address)
        await whole.replace()
        await whole.far.happened(TONE, "CALL_CLOSED")


async def test_behind_a_router_that_translates_the_server_still_finds_the_call() -> None:
    async with linked_phone() as whole:
        await call_out(whole)
        await hear_each_other(whole, 700)
        whole.far.networks[Link.LTE].translate()
        whole.far.networks[Link.ETHERNET].silence()
        move(whole, Link.LTE)
        await hear_each_other(whole, 500)
        end = asyncio.create_task(ended(whole))
        await asyncio.sleep(0)
        await whole.hangs_up(TONE)
        assert (await end).code == 200


@pytest.mark.parametrize("named", [True, False], ids=["named", "as the routes lead"])
async def test_a_call_goes_on_from_another_address_of_the_same_link(named: bool) -> None:
    async with linked_phone() as whole:
        await call_out(whole)
        await hear_each_other(whole, 700)
        ear = Ear(whole)
        address = whole.far.networks[Link.ETHERNET].renumber()
        move(whole, Link.ETHERNET if named else None)
        gap_s = await ear.gap_s(1000)
        print(f"gap: new address: {gap_s:.2f} s")
        assert gap_s <= GAP_S
        await hear_each_other(whole, 500)
        await bound_only_to(whole.far, address)


@pytest.mark.parametrize("transport", ["udp", "tcp"])
async def test_a_link_that_is_pulled_out_takes_nothing_along(transport: str) -> None:
    async with linked_phone(transport) as whole:
        pid = whole.sim.sip.pid
        await call_out(whole)
        await hear_each_other(whole, 700)
        ethernet = whole.far.networks[Link.ETHERNET]
        ethernet.pull()
        move(whole, Link.LTE)
        await hear_each_other(whole, 500)
        assert sockets("tcp", ethernet.address) == 0
        ethernet.plug()
        move(whole, Link.ETHERNET)
        await hear_each_other(whole, 600)
        await bound_only_to(whole.far, ethernet.address)
        assert whole.sim.sip.pid == pid


async def test_an_interface_that_comes_back_with_the_same_address_is_another_way() -> None:
    async with linked_phone() as whole:
        move(whole, Link.LTE)
        await bound_only_to(whole.far, whole.far.networks[Link.LTE].address)
        await call_out(whole)
        await hear_each_other(whole, 700)
        whole.far.networks[Link.ETHERNET].silence()
        enumerate_anew(whole.far.networks[Link.LTE])
        move(whole, Link.LTE)
        await hear_each_other(whole, 500)
        await bound_only_to(whole.far, whole.far.networks[Link.LTE].address)


async def test_lines_move_one_by_one() -> None:
    async with linked_phone(users=("201", "202")) as whole:
        ethernet, lte = (whole.far.networks[link].address for link in (Link.ETHERNET, Link.LTE))
        await call_out(whole)
        await hear_each_other(whole, 700)
        move(whole, Link.LTE, 1)
        await bound_only_to(whole.far, lte, "202")
        await bound_only_to(whole.far, ethernet, "201")
        await hear_each_other(whole, 500)
        whole.far.networks[Link.ETHERNET].silence()
        move(whole, Link.LTE)
        await hear_each_other(whole, 600)
        await bound_only_to(whole.far, lte, "201")


async def test_a_second_move_overtakes_the_first() -> None:
    async with linked_phone() as whole:
        await call_out(whole)
        await hear_each_other(whole, 700)
        ear = Ear(whole)
        for link in (Link.ETHERNET, Link.WIFI):
            whole.far.networks[link].silence()
        move(whole, Link.WIFI)
        await sound_goes_by(whole.far.networks[Link.WIFI].address)
        move(whole, Link.LTE)
        print(f"gap: the second of two moves: {await ear.gap_s(1000):.2f} s")
        await hear_each_other(whole, 500)
        await bound_only_to(whole.far, whole.far.networks[Link.LTE].address)


async def test_a_call_that_the_server_has_lost_ends_with_481() -> None:
    async with linked_phone() as whole:
        await call_out(whole)
        await hear_each_other(whole, 700)
        whole.far.networks[Link.ETHERNET].silence()
        await whole.hangs_up(TONE)
        await whole.far.happened(TONE, "CALL_CLOSED")
        end = asyncio.create_task(ended(whole))
        await asyncio.sleep(0)
        move(whole, Link.LTE)
        assert (await end).code == 481


@pytest.mark.parametrize("transport", ["udp", "tcp"])
async def test_a_call_that_rings_here_is_answered_over_the_new_link(transport: str) -> None:
    async with linked_phone(transport) as whole:
        await whole.calls_me(TONE)
        await whole.shows("Lift to answer")
        whole.far.networks[Link.ETHERNET].silence()
        move(whole, Link.LTE)
        await bound_only_to(whole.far, whole.far.networks[Link.LTE].address)
        await whole.lift()
        await hear_each_other(whole, 700)


async def test_a_call_that_rings_there_is_answered_over_the_old_link_and_follows() -> None:
    async with linked_phone() as whole:
        await whole.dials("605#")
        await whole.far.happened("605", "CALL_INCOMING")
        move(whole, Link.LTE)
        await bound_only_to(whole.far, whole.far.networks[Link.LTE].address)
        whole.far.accept("605")
        await whole.far.happened("605", "CALL_ESTABLISHED")
        await whole.shows("Connected")
        whole.far.networks[Link.ETHERNET].silence()
        await whole.says_hertz(700)
        await whole.heard_by("605", 700)


async def test_a_call_that_rings_there_cannot_move_but_stops_ringing() -> None:
    async with linked_phone() as whole:
        await whole.dials("605#")
        await whole.far.happened("605", "CALL_INCOMING")
        whole.far.networks[Link.ETHERNET].silence()
        move(whole, Link.LTE)
        await bound_only_to(whole.far, whole.far.networks[Link.LTE].address)
        await whole.replace()
        await whole.far.happened("605", "CALL_CLOSED")


async def test_twenty_moves_in_one_call() -> None:
    async with linked_phone() as whole:
        pid, links = whole.sim.sip.pid, itertools.cycle((Link.LTE, Link.ETHERNET))
        await call_out(whole)
        await hear_each_other(whole, 700)
        opened = []
        for count, link in zip(range(SOAK_MOVES), links, strict=False):
            ear = Ear(whole)
            move(whole, link)
            gap_s = await ear.gap_s(1000)
            await hear_each_other(whole, 400 + 40 * count)
            await bound_only_to(whole.far, whole.far.networks[link].address)
            opened.append(len(os.listdir(f"/proc/{pid}/fd")))
            print(f"gap: move {count + 1}: {gap_s:.2f} s, {opened[-1]} descriptors")
            assert gap_s <= GAP_S
        assert whole.sim.sip.pid == pid
        assert opened[-1] <= opened[1]
