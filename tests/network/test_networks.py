"""The prober and a real SIP server with three networks between them, and all that can go wrong with these."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ranin.core.outage import Link
from ranin.core.settings import Account
from ranin.network.asker import FOREIGN, NO_CARRIER, OVERLOADED, SILENT
from ranin.network.interfaces import Interface
from ranin.network.prober import Prober
from ranin.sim.farend.farend import DOMAIN, FarEnd
from ranin.sim.farend.networks import NAME, Network, Networks
from tests.network.servers import Ear, probing

E, W, L = Link.ETHERNET, Link.WIFI, Link.LTE
AT_ONCE_S = 0.3
THIRD_MISS_WITHIN_S = 6.0


@pytest.fixture
async def far() -> AsyncIterator[FarEnd]:
    async with FarEnd({"201": "secret"}, people=(), links=(E, W, L)) as far:
        yield far


def prober(folder: Path, networks: Networks) -> Prober:
    gateways = {network.device: network for network in networks.values()}

    def resolvers(interface: Interface) -> tuple[str, ...]:
        return (gateways[interface.name].gateway,)

    return Prober(folder, networks.devices, resolvers)


def account(server: str, transport: str = "udp") -> Account:
    return Account(user="201", domain=DOMAIN, server=server, transport=transport)


async def alive(ear: Ear, networks: Networks) -> None:
    """Wait until all links are."""
    await asyncio.gather(*(ear.lives(link, network.address) for link, network in networks.items()))


def now_s() -> float:
    return asyncio.get_running_loop().time()


@pytest.mark.parametrize("transport", ["udp", "tcp"])
async def test_the_server_answers_over_each_link_alone(far: FarEnd, tmp_path: Path, transport: str) -> None:
    networks = far.networks
    async with probing(prober(tmp_path, networks), account(far.server, transport)) as ear:
        await alive(ear, networks)
        for link in (E, W):
            networks[link].silence()
        await asyncio.gather(*(ear.next(link, alive=False, reason=SILENT) for link in (E, W)))
        since = len(ear.heard)
        await ear.next(L, alive=True)
        assert not ear.of(L, alive=False, since=since)
        networks[L].silence()
        networks[W].speak()
        await asyncio.gather(ear.next(W, alive=True), ear.next(L, alive=False, reason=SILENT))


async def test_silence_is_the_third_miss_within_six_seconds(far: FarEnd, tmp_path: Path) -> None:
    networks = far.networks
    async with probing(prober(tmp_path, networks), account(far.server)) as ear:
        await alive(ear, networks)
        await ear.next(E, alive=True)
        began_s = now_s()  # just after an answer: the worst moment
        networks[E].silence()
        at_s, _ = await ear.next(E, alive=False, reason=SILENT, count=3)
        assert at_s - began_s <= THIRD_MISS_WITHIN_S
        assert all(report.alive for _, report in ear.of(W))
        networks[E].speak()
        await ear.next(E, alive=True)


async def test_a_pulled_cable_is_told_of_at_once_and_a_plugged_one_too(far: FarEnd, tmp_path: Path) -> None:
    networks = far.networks
    async with probing(prober(tmp_path, networks), account(far.server)) as ear:
        await alive(ear, networks)
        for link in (E, W, L):
            began_s = now_s()
            networks[link].pull()
            at_s, _ = await ear.next(link, alive=False, reason=NO_CARRIER[link])
            assert at_s - began_s < AT_ONCE_S
            networks[link].plug()
            at_s, _ = await ear.next(link, alive=True, address=networks[link].address)


async def test_a_log_in_page_and_a_busy_server_are_told_apart(far: FarEnd, tmp_path: Path) -> None:
    networks = far.networks
    async with probing(prober(tmp_path, networks), account(far.server)) as ear:
        await alive(ear, networks)
        networks[W].portal()
        await ear.next(W, alive=False, reason=FOREIGN)
        networks[W].busy()
        await ear.next(W, alive=False, reason=OVERLOADED)
        networks[W].honest()
        await ear.next(W, alive=True)
        assert all(report.alive for _, report in ear.of(E))


async def test_a_log_in_page_over_tcp(far: FarEnd, tmp_path: Path) -> None:
    far.networks[E].portal()
    far.networks[W].busy()
    async with probing(prober(tmp_path, far.networks), account(far.server, "tcp")) as ear:
        await asyncio.gather(ear.next(E, alive=False, reason=FOREIGN), ear.next(W, alive=False, reason=OVERLOADED))


async def test_dead_dns_is_survived_by_the_last_good_answer(far: FarEnd, tmp_path: Path) -> None:
    networks = far.networks
    async with probing(prober(tmp_path, networks), account(f"{NAME}:5060")) as ear:
        await alive(ear, networks)
    for network in networks.values():
        network.dns_dead()
    async with probing(prober(tmp_path, networks), account(f"{NAME}:5060")) as ear:
        await alive(ear, networks)
        networks[E].renumber()
        await ear.next(E, alive=True, address=networks[E].address)
    assert not [report for _, report in ear.heard if report.reason == "Name not found"]
    (tmp_path / "names.json").unlink()
    async with probing(prober(tmp_path, networks), account(f"{NAME}:5060")) as ear:
        await ear.next(E, alive=False, reason="Name not found")
        networks[E].dns_alive()
        await ear.next(E, alive=True)


async def test_a_new_address_is_reported_at_once(far: FarEnd, tmp_path: Path) -> None:
    networks = far.networks
    async with probing(prober(tmp_path, networks), account(far.server)) as ear:
        await alive(ear, networks)
        began_s, old = now_s(), networks[E].address
        new = networks[E].renumber()
        at_s, _ = await ear.next(E, alive=True, address=new)
        assert new != old and at_s - began_s < AT_ONCE_S


async def test_lte_is_spared_while_a_better_link_is_alive(far: FarEnd, tmp_path: Path) -> None:
    networks = far.networks
    async with probing(prober(tmp_path, networks), account(far.server)) as ear:
        await alive(ear, networks)
        await ear.next(E, alive=True)
        since = len(ear.heard)
        await ear.next(E, alive=True, count=3)
        assert not ear.of(L, since=since)
        networks[W].silence()
        await ear.next(W, alive=False)
        assert not ear.of(L, since=since)
        networks[E].pull()
        first_s, _ = await ear.next(L, alive=True)
        second_s, _ = await ear.next(L, alive=True)
        assert second_s - first_s < 2.0


async def test_the_server_that_ends_and_begins_is_noticed_with_every_cable_out(far: FarEnd, tmp_path: Path) -> None:
    async with probing(prober(tmp_path, far.networks), account(far.server)) as ear:
        await alive(ear, far.networks)
        await far.stop_server()
        await asyncio.gather(ear.next(E, alive=False, reason=SILENT), ear.next(W, alive=False, reason=SILENT))
        for network in far.networks.values():
            network.pull()
        await far.start_server()
        for network in far.networks.values():
            network.plug()
        await alive(ear, far.networks)


async def test_people_talk_behind_networks() -> None:
    async with FarEnd({"201": "secret"}, links=(E, L)) as far:
        assert list(far.networks) == [E, L] and isinstance(far.networks[E], Network)
        for network in far.networks.values():
            network.pull()
        far.call("604", "600")
        await far.happened("604", "CALL_ESTABLISHED")
        log = far.folder / "600" / "log"
        async with asyncio.timeout(8):
            while f"receiving from {far.networks.server_ip}:" not in log.read_text(errors="replace"):
                await asyncio.sleep(0.02)
