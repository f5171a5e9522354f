"""Whole phones on one switch without a server: they find each other, call, and let nobody else in."""

import os
from pathlib import Path

from ranin.core.neighbours import NeighbourSeen
from ranin.core.settings import LanSettings
from ranin.core.state import LAN, CallState, Phone
from tests.lan.rig import CUT_S, PORT, Switch, listeners, phones, provisioning
from tests.network.servers import sip
from tests.phone.whole import Whole


def knows(number: str, address: str) -> object:
    """Whether the phone has that neighbour, there."""
    return lambda phone: [known.address for known in phone.neighbours if known.number == number] == [address]


def talking(phone: Phone) -> bool:
    return phone.active is not None and phone.active.state is CallState.TALKING


async def calls(whole: Whole, number: str) -> None:
    await whole.dials(number)
    await whole.press("#")


async def test_two_phones_find_each_other_and_talk(switch: Switch, tmp_path: Path) -> None:
    lan = provisioning(tmp_path, "site")
    async with phones(switch, tmp_path, ("201", lan), ("202", lan)) as ((one, at_one), (other, at_other)):
        await one.until(knows("202", at_other), "202 is found")
        await other.until(knows("201", at_one), "201 is found")
        await one.shows("LAN only: 1 phone")
        await calls(one, "202")
        await other.shows("Lift to answer")
        await other.shows("Phone 201")
        assert other.sim.engine.phone.alerting.line == LAN
        await other.lift()
        await one.until(talking, "201 talks")
        await other.until(lambda phone: talking(phone) and phone.active.secure, "202 talks, encrypted")
        await one.says_hertz(620)
        await other.says_hertz(450)
        await other.hears_hertz(620)
        await one.hears_hertz(450)
        await other.replace()
        await one.until(lambda phone: not phone.calls, "202 has hung up")
        await one.replace()
        await other.engine_dies()
        await other.until(lambda phone: not phone.engine_up, "202's engine is gone")
        await other.until(lambda phone: phone.engine_up, "202 has another one")
        await calls(one, "202")
        await other.shows("Lift to answer")


async def test_a_server_that_is_stopped_leaves_the_phones_to_each_other(switch: Switch, tmp_path: Path) -> None:
    lan = provisioning(tmp_path, "site")
    async with (
        switch.server(sip(200)) as server,
        phones(switch, tmp_path, ("201", lan), ("202", lan), server=True) as ((one, _), (other, at)),
    ):
        await one.registered()
        await other.registered()
        await one.until(knows("202", at), "202 is found")
        await one.shows("Ready")
        server.transport.close()
        await one.shows_within(CUT_S, "LAN only: 1 phone")
        await calls(one, "202")
        await other.shows("Lift to answer")
        await other.lift()
        await one.until(lambda phone: talking(phone) and phone.active.line == LAN, "201 talks over the LAN")
        await one.says_hertz(620)
        await other.hears_hertz(620)


async def test_a_phone_of_another_provisioning_never_rings_us_and_gets_nothing(switch: Switch, tmp_path: Path) -> None:
    ours, theirs = provisioning(tmp_path, "ours"), provisioning(tmp_path, "theirs")
    async with phones(switch, tmp_path, ("201", ours), ("202", ours), ("203", theirs)) as (
        (one, at),
        (other, _),
        (third, _),
    ):
        await other.until(knows("201", at), "202 has found 201")
        assert not third.sim.engine.phone.neighbours
        third.sim.engine.post(NeighbourSeen("201", "", at, PORT))
        await calls(third, "201")
        await third.until(lambda phone: bool(phone.log), "its call has failed")
        assert third.sim.engine.phone.log[0].code >= 400
        await calls(other, "201")
        await one.shows("Phone 202")
        assert not one.sim.engine.phone.log and len(one.sim.engine.phone.calls) == 1


async def test_nothing_listens_while_it_is_off(switch: Switch, tmp_path: Path) -> None:
    off = LanSettings(certificate="x", key=provisioning(tmp_path, "site").key)
    async with phones(switch, tmp_path, ("201", off)) as ((one, _),):
        assert not listeners(one.sim.sip.pid) + listeners(os.getpid())
