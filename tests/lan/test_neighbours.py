"""The adapter among honest phones and liars, by real mDNS on real interfaces."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from zeroconf import IPVersion
from zeroconf.asyncio import AsyncServiceInfo, AsyncZeroconf

from ranin.core.events import Event
from ranin.core.neighbours import NeighbourGone, NeighbourSeen, SeekNeighbours
from ranin.core.settings import LanSettings
from ranin.lan import neighbours, record
from ranin.lan.neighbours import Neighbours
from tests.lan.rig import Switch, listeners, provisioning
from tests.phone.whole import DEADLINE_S


class Ear:
    """Keeps what the adapter posts."""

    def __init__(self) -> None:
        self.heard: list[Event] = []
        self._changed = asyncio.Event()

    def post(self, event: Event) -> None:
        self.heard.append(event)
        self._changed.set()

    async def until(self, holds: Callable[[list[Event]], bool]) -> None:
        async with asyncio.timeout(DEADLINE_S):
            while not holds(self.heard):
                self._changed.clear()
                await self._changed.wait()


@asynccontextmanager
async def listening(address: str, lan: LanSettings) -> AsyncIterator[Ear]:
    ear, adapter = Ear(), Neighbours()
    await adapter.start(ear.post)
    adapter.execute(SeekNeighbours(address, "201", "Shop", 5061, lan.certificate))
    try:
        yield ear
    finally:
        await adapter.stop()


@asynccontextmanager
async def announcer(address: str) -> AsyncIterator[Callable[..., AsyncServiceInfo]]:
    """Says anything on behalf of anybody."""
    zeroconf = AsyncZeroconf(interfaces=[address], ip_version=IPVersion.V4Only)

    async def say(name: str, number: str, print_: str, address: str) -> AsyncServiceInfo:
        place = {"port": 5061, "addresses": [socket.inet_aton(address)], "server": f"{name}.local."}
        said = record.properties(number, "", print_)
        info = AsyncServiceInfo(record.SERVICE, f"{name}.{record.SERVICE}", properties=said, **place)
        await (await zeroconf.async_register_service(info, cooperating_responders=True))
        return info

    try:
        say.zeroconf = zeroconf  # type: ignore[attr-defined]
        yield say
    finally:
        await zeroconf.async_close()


async def test_liars_are_passed_over_and_the_first_keeps_its_number(switch: Switch, tmp_path: Path) -> None:
    lan = provisioning(tmp_path, "site")
    print_ = record.fingerprint(lan.certificate)
    (_, ours), (_, other) = switch.cable(), switch.cable()
    async with announcer(other) as say, listening(ours, lan) as ear:
        honest = await say("honest", "202", print_, other)
        await ear.until(lambda heard: NeighbourSeen("202", "", other, 5061) in heard)
        await say("site", "300", "ab" * 32, other)
        await say("self", "201", print_, other)
        await say("nowhere", "301", print_, "224.0.0.1")
        await say("sip", "302;transport=udp", print_, other)
        await say("thief", "202", print_, "10.9.9.9")
        await say("last", "203", print_, other)
        await ear.until(lambda heard: NeighbourSeen("203", "", other, 5061) in heard)
        await (await say.zeroconf.async_unregister_service(honest))
        await ear.until(lambda heard: NeighbourGone("202") in heard)
        assert [(type(event), event.number) for event in ear.heard] == [
            (NeighbourSeen, "202"),
            (NeighbourSeen, "203"),
            (NeighbourGone, "202"),
        ]


async def test_two_phones_see_each_other_come_and_go(switch: Switch, tmp_path: Path) -> None:
    lan = provisioning(tmp_path, "site")
    (_, ours), (_, other) = switch.cable(), switch.cable()
    async with listening(ours, lan) as ear:
        second = Neighbours()
        await second.start(lambda event: None)
        second.execute(SeekNeighbours(other, "202", "Kitchen", 5062, lan.certificate))
        await ear.until(lambda heard: heard == [NeighbourSeen("202", "Kitchen", other, 5062)])
        second.execute(SeekNeighbours())
        await ear.until(lambda heard: heard[1:] == [NeighbourGone("202")])
        await second.stop()
        assert listeners(os.getpid())
    assert not listeners(os.getpid())


async def test_a_modem_that_comes_and_goes_changes_a_word_and_nothing_else(switch: Switch, tmp_path: Path) -> None:
    lan = provisioning(tmp_path, "site")
    (_, ours), (_, other) = switch.cable(), switch.cable()
    async with listening(ours, lan) as ear:
        second, order = Neighbours(), SeekNeighbours(other, "202", "Kitchen", 5062, lan.certificate)
        await second.start(lambda event: None)
        for lends in (False, True, False):
            second.execute(replace(order, gateway=lends))
            await ear.until(lambda heard, lends=lends: bool(heard) and heard[-1].gateway is lends)
        await second.stop()
        seen = NeighbourSeen("202", "Kitchen", other, 5062)
        assert ear.heard[:3] == [seen, replace(seen, gateway=True), seen]


async def test_more_than_can_be_phones_are_not_all_heeded(switch: Switch, tmp_path: Path, monkeypatch: object) -> None:
    monkeypatch.setattr(neighbours, "MOST", 3)  # type: ignore[attr-defined]
    lan = provisioning(tmp_path, "site")
    print_ = record.fingerprint(lan.certificate)
    (_, ours), (_, other) = switch.cable(), switch.cable()
    async with announcer(other) as say, listening(ours, lan) as ear:
        for number in ("301", "302", "303", "304", "305"):
            info = await say(f"phone{number}", number, print_, other)
        await ear.until(lambda heard: len(heard) == 3)
        await (await say.zeroconf.async_unregister_service(info))
        assert len(ear.heard) == 3
