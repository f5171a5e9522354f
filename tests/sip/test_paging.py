"""Pages by multicast, on a real engine: heard, taken off, sent, from phone to phone, and what strangers throw at it."""

import asyncio
import os
import random
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ranin.core.commands import ConnectEar
from ranin.core.events import CallAnswered, CallEnded, EngineLost, MediaStarted
from ranin.core.pages import (
    ConfigurePaging,
    PageEnded,
    PageGroup,
    PageHeard,
    PageTarget,
    PagingSettings,
    PlayPage,
    SendPage,
    StopPage,
)
from ranin.core.settings import split
from ranin.core.tones import Signal, tone
from ranin.sim.card.card import SimCard
from ranin.sim.farend.namespace import ip_command
from tests.sip.cellrig import DEADLINE_S, Engine, engine, engine_on, played, speaking
from tests.sip.pagerig import PCMA, PCMU, RATE, Neighbour, group, neighbour, of_mu_law, rtp
from tests.tones import rms, share

SHOP, YARD, NOWHERE = group(0), group(1), group(2)
LISTENS = PagingSettings(listen=(PageGroup(SHOP, "Shop"), PageGroup(YARD, "Yard")))
G722 = 9


@asynccontextmanager
async def listening(folder: Path, paging: PagingSettings = LISTENS) -> AsyncIterator[tuple[Engine, Neighbour]]:
    """An engine that listens, and a neighbour on its LAN."""
    with neighbour(SHOP, YARD) as there:
        async with engine(folder) as one:
            one.do(ConfigurePaging(paging))
            yield one, there


async def heard(one: Engine, group: str = SHOP, call: int = 7) -> None:
    """A page has begun: have it in the ear."""
    await one.until(lambda: [event for event in one.events if event == PageHeard(group)], 1)
    one.do(PlayPage(call, group))
    one.do(ConnectEar((call,), muted=True))


@pytest.mark.parametrize("law", [PCMU, PCMA])
async def test_a_page_is_heard_and_ends_when_nothing_comes_any_more(tmp_path: Path, law: int) -> None:
    async with listening(tmp_path) as (one, there):
        async with there.speaks(SHOP, 1000, law) as speaker:
            await heard(one)
            await one.hears(1000)
            await speaker.stop()
            loop = asyncio.get_running_loop()
            silent_s = loop.time()
            assert await one.hear_of(PageEnded) == PageEnded(SHOP)
            assert 1.0 <= loop.time() - silent_s <= 2.5
        one.do(StopPage(7))
        await one.hears_nothing()


async def test_only_the_first_who_speaks_is_heard_until_that_ends(tmp_path: Path) -> None:
    async with listening(tmp_path) as (one, there):
        async with there.speaks(SHOP, 1000):
            await heard(one)
            await one.hears(1000)
            async with there.speaks(SHOP, 1700, ssrc=2):
                await asyncio.sleep(0.3)
                await one.hears(1000)
        async with there.speaks(SHOP, 1700, ssrc=2):
            one.events.clear()
            await one.hear_of(PageEnded)
            await heard(one, call=8)
            await one.hears(1700)


async def test_a_page_that_is_taken_off_is_not_told_anew_and_goes_on_elsewhere(tmp_path: Path) -> None:
    async with listening(tmp_path) as (one, there), there.speaks(SHOP, 1000):
        await heard(one)
        await one.hears(1000)
        one.do(StopPage(7))
        await one.hears_nothing()
        async with there.speaks(YARD, 1700, ssrc=2):
            await heard(one, YARD, 8)
            await one.hears(1700)
        assert one.events.count(PageHeard(SHOP)) == 1 and PageEnded(SHOP) not in one.events


async def test_whom_the_settings_do_not_name_is_not_heard(tmp_path: Path) -> None:
    strangers = replace(LISTENS, listen=(PageGroup(SHOP, sources=("192.0.2.0/24",)), PageGroup(YARD)))
    async with listening(tmp_path, strangers) as (one, there), there.speaks(SHOP, 1000):
        async with there.speaks(YARD, 1700):
            await heard(one, YARD)
            await one.hears(1700)
        assert PageHeard(SHOP) not in one.events
        one.do(ConfigurePaging(LISTENS))
        await heard(one, SHOP, 8)
        one.do(ConfigurePaging(PagingSettings()))
        await one.until(lambda: [event for event in one.events if event == PageEnded(SHOP)], 1)


def memberships(link: str) -> set[str]:
    """Groups that the host is a member of on that interface (/proc/net/igmp)."""
    found, here = set(), False
    for row in Path("/proc/net/igmp").read_text().splitlines()[1:]:
        if not row.startswith("\t"):
            here = row.split()[1].rstrip(":") == link
        elif here:
            found.add(socket.inet_ntoa(struct.pack("<I", int(row.split()[0], 16))))
    return found


async def test_groups_are_joined_by_igmp_while_they_are_set_and_no_longer(tmp_path: Path) -> None:
    async with listening(tmp_path) as (one, there):
        link, groups = there.namespace.link, {split(SHOP, 0)[0], split(YARD, 0)[0]}
        async with asyncio.timeout(DEADLINE_S):
            while not groups <= memberships(link):
                await asyncio.sleep(0.02)
            one.do(ConfigurePaging(PagingSettings()))
            while groups & memberships(link):
                await asyncio.sleep(0.02)


async def test_an_interface_that_comes_later_is_joined_too(tmp_path: Path) -> None:
    async with engine(tmp_path) as one:
        one.do(ConfigurePaging(LISTENS))
        with neighbour() as there:
            async with there.speaks(SHOP, 1000):
                await one.hear_of(PageHeard)


async def test_with_the_handset_down_it_is_heard_in_the_loudspeaker(tmp_path: Path) -> None:
    card = SimCard(tmp_path, ("handset", "speaker"))
    with neighbour() as there:
        async with engine_on(card, arguments=("--speaker", "speaker", "speaker")) as one:
            one.do(ConfigurePaging(LISTENS))
            async with there.speaks(SHOP, 1000):
                await one.hear_of(PageHeard)
                one.do(ConnectEar((7,), tone(Signal.NOTICE, "FR"), muted=True, route="speaker"))
                one.do(PlayPage(7, SHOP))
                loud = card["speaker"].playback
                await played(loud, lambda sound: share(sound, 1400) > 0.03, "the warning tone")
                one.do(ConnectEar((7,), muted=True, route="speaker"))
                await played(loud, lambda sound: rms(sound) > 0.01 and share(sound, 1000) > 0.9, "1000 Hz")


async def received(ears: socket.socket, count: int) -> list[tuple[bytes, set[int]]]:
    """That many packets, each with its type of service and its time to live."""
    found: list[tuple[bytes, set[int]]] = []
    async with asyncio.timeout(DEADLINE_S):
        while len(found) < count:
            try:
                data, ancillary, _, _ = ears.recvmsg(2048, 2 * socket.CMSG_SPACE(4))
                found.append((data, {value[0] for _, _, value in ancillary}))
            except BlockingIOError:
                await asyncio.sleep(0.01)
    return found


@pytest.mark.parametrize(("codec", "law"), [("g722", G722), ("pcmu", PCMU), ("pcma", PCMA)])
async def test_what_is_sent_is_rtp_marked_and_stays_on_the_lan(tmp_path: Path, codec: str, law: int) -> None:
    paging = PagingSettings(send=(PageTarget(SHOP, "Shop", codec),))
    async with listening(tmp_path, paging) as (one, there), speaking(one.card, 700):
        with there.ears(SHOP) as ears:
            one.do(SendPage(3, SHOP))
            await one.hear_of(CallAnswered)
            assert MediaStarted(3, codec.upper(), False) in one.events
            one.do(ConnectEar((3,)))
            packets = await received(ears, 60)
            one.do(StopPage(3))
            assert await one.hear_of(CallEnded) == CallEnded(3, 200, "")
    heads = [struct.unpack("!BBHII", data[:12]) for data, _ in packets]
    assert {head[0] for head in heads} == {0x80} and len({head[4] for head in heads}) == 1
    assert heads[0][1] == 0x80 | law and {head[1] for head in heads[1:]} == {law}
    steps = [(b[2] - a[2] & 0xFFFF, b[3] - a[3] & 0xFFFFFFFF) for a, b in zip(heads, heads[1:], strict=False)]
    assert set(steps) == {(1, 160)} and {len(data) for data, _ in packets} == {172}
    assert all(marks == {46 << 2, 1} for _, marks in packets)
    if law == PCMU:
        sound = of_mu_law(b"".join(data[12:] for data, _ in packets[40:]))
        assert rms(sound) > 0.05 and share(sound, 700, RATE) > 0.9


async def test_a_page_goes_from_phone_to_phone_in_wideband_and_is_not_heard_where_it_is_spoken(tmp_path: Path) -> None:
    both = replace(LISTENS, send=(PageTarget(SHOP),))
    for name in "ab":
        (tmp_path / name).mkdir()
    async with listening(tmp_path / "a", both) as (one, _), engine(tmp_path / "b") as other:
        other.do(ConfigurePaging(LISTENS))
        async with speaking(one.card, 5000):
            one.do(SendPage(3, SHOP))
            one.do(ConnectEar((3,)))
            await heard(other)
            await other.hears(5000)
            one.do(StopPage(3))
            await other.hear_of(PageEnded)
    assert not [event for event in one.events if isinstance(event, PageHeard)]


async def test_a_page_by_ipv6_is_heard(tmp_path: Path) -> None:
    six = f"[ff15::{os.getpid() & 0xFFFF:x}]:10004"
    async with listening(tmp_path, PagingSettings(listen=(PageGroup(six),))) as (one, there):
        async with there.speaks(six, 1000):
            await heard(one, six)
            await one.hears(1000)
        assert await one.hear_of(PageEnded) == PageEnded(six)


async def test_a_page_with_nowhere_to_go_is_told(tmp_path: Path) -> None:
    nowhere = split(NOWHERE, 0)[0]
    ip_command("route", "add", "unreachable", nowhere)
    try:
        async with listening(tmp_path, PagingSettings(send=(PageTarget(NOWHERE),))) as (one, _):
            one.do(SendPage(4, NOWHERE))
            ended = await one.hear_of(CallEnded)
            one.do(SendPage(5, SHOP))
            assert await one.hear_of(CallEnded, 2) == CallEnded(5, 500, "no page goes out: no such target")
    finally:
        ip_command("route", "del", "unreachable", nowhere)
    assert isinstance(ended, CallEnded) and (ended.call, ended.code) == (4, 500) and "no page goes out" in ended.reason


async def test_a_mute_page_is_silence_not_nothing(tmp_path: Path) -> None:
    async with listening(tmp_path, PagingSettings(send=(PageTarget(SHOP, codec="pcmu"),))) as (one, there):
        with there.ears(SHOP) as ears:
            one.do(SendPage(4, SHOP))
            one.do(ConnectEar((4,), muted=True))
            quiet = await received(ears, 30)
    assert rms(of_mu_law(b"".join(data[12:] for data, _ in quiet[10:]))) < 0.001


async def test_packets_that_are_none_wrong_types_and_a_flood_do_no_harm(tmp_path: Path) -> None:
    chance = random.Random(7)
    async with listening(tmp_path) as (one, there), there.speaks(SHOP, 1000):
        await heard(one)
        await one.hears(1000)
        with there.mouth() as stranger:
            for _ in range(2000):
                stranger.sendto(chance.randbytes(chance.randrange(0, 1400)), split(YARD, 0))
            for size in range(14):
                stranger.sendto(bytes((0x8F, 0xFF))[:size] + bytes(max(0, size - 2)), split(YARD, 0))
            for sequence in range(200):  # opus, comfort noise, digits
                stranger.sendto(rtp((111, 13, 101)[sequence % 3], sequence, 0, 9, b"x" * 20), split(YARD, 0))
        await one.hears(1000)
        assert not {EngineLost, PageEnded} & {type(event) for event in one.events}


async def test_a_page_of_one_odd_packet_after_another_does_no_harm(tmp_path: Path) -> None:
    chance = random.Random(8)
    async with listening(tmp_path) as (one, there), there.speaks(SHOP, 1000) as speaker:
        await heard(one)
        await one.hears(1000)
        for _ in range(300):  # the same sender, as far as anybody can tell
            payload = chance.randbytes(chance.choice((1, 79, 80, 81, 240, 1200)))
            odd = rtp(PCMU, chance.randrange(65536), chance.randrange(2**32), 0x5EED, payload)
            speaker.socket.sendto(odd, split(SHOP, 0))
            await asyncio.sleep(0.002)
        await one.hears(1000)
        assert EngineLost not in {type(event) for event in one.events}


async def test_what_a_page_has_used_is_given_back(tmp_path: Path) -> None:
    both = replace(LISTENS, send=(PageTarget(SHOP),))
    async with listening(tmp_path, both) as (one, there), there.speaks(YARD, 1000):
        await heard(one, YARD, 100)
        await one.hears(1000)
        before = one.descriptors
        for call in range(1, 21):
            one.do(SendPage(call, SHOP))
            one.do(PlayPage(100 + call, YARD))
            one.do(ConnectEar((call, 100 + call)))
            one.do(StopPage(99 + call))
            one.do(StopPage(call))
        await one.hear_of(CallEnded, 20)
        one.do(ConnectEar((120,), muted=True))
        await one.hears(1000)
        assert one.descriptors == before


def test_g711_of_the_rig_is_g711() -> None:
    """ITU-T G.711 §3: silence and the ends of the scale."""
    assert of_mu_law(b"\xff\x7f\x00\x80").tolist()[:2] == [0, 0]
    assert np.allclose(of_mu_law(b"\x00\x80"), [-8031 / 8192, 8031 / 8192])
