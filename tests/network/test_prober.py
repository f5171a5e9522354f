"""The prober against real peers: what it asks, what it takes for an answer, and what it says."""

import asyncio
import contextlib
import itertools
import socket
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from ranin.core.outage import Link, ProbeLinks
from ranin.core.settings import Account
from ranin.network.asker import ANSWER_WITHIN_S, FOREIGN, NO_ADDRESS, NO_NAME, OVERLOADED, SILENT
from ranin.network.prober import EVERY_S, Prober
from ranin.sim.farend.answerer import log_in_page, resolver
from ranin.sim.farend.namespace import Namespace, ip_command
from ranin.sim.farend.networks import Networks
from tests.network.servers import Ear, Server, open_files, probing, sip, udp

LINK = Link.ETHERNET


@pytest.fixture
async def namespace() -> AsyncIterator[Namespace]:
    """One cable to a server."""
    made = Namespace()
    yield made
    await made.close()


def account(server: str, transport: str = "udp") -> Account:
    return Account(user="201", domain="ranin.test", server=server, transport=transport)


def prober(folder: Path, namespace: Namespace) -> Prober:
    return Prober(folder, {LINK: namespace.link}, lambda interface: ())


@pytest.mark.parametrize(
    ("server", "host", "port"),
    [("", "ranin.test", 5060), ("a.test", "a.test", 5060), ("a.test:5070", "a.test", 5070)]
    + [("[2001:db8::1]", "2001:db8::1", 5060), ("[2001:db8::1]:5070", "2001:db8::1", 5070)],
)
def test_the_server_is_where_the_account_says(server: str, host: str, port: int) -> None:
    assert account(server).place == (host, port)


async def test_a_server_on_loopback_is_alive_and_is_asked_at_an_even_pace(tmp_path: Path, namespace: Namespace) -> None:
    async with Server.at(udp(), "127.0.0.1", 0, sip(404)) as server:
        port = server.transport.get_extra_info("sockname")[1]
        async with probing(prober(tmp_path, namespace), account(f"127.0.0.1:{port}")) as ear:
            await ear.next(LINK, alive=True, count=4)
        times = [at_s for at_s, _ in ear.of(LINK)][-3:]
        assert all(abs(late - early - EVERY_S) < 0.2 for early, late in itertools.pairwise(times))
        calls = [line for asked in server.asked for line in asked.split(b"\r\n") if line.startswith(b"Call-ID")]
        assert len(set(calls)) == len(calls)


async def test_what_the_server_says_is_told_in_words(tmp_path: Path, namespace: Namespace) -> None:
    inside = namespace.open_socket(socket.SOCK_DGRAM)
    async with (
        Server.at(inside, namespace.inner_ip, 5060, sip(200)) as server,
        probing(prober(tmp_path, namespace), account(namespace.inner_ip)) as ear,
    ):
        _, report = await ear.next(LINK, alive=True)
        assert (report.reason, report.address) == ("", namespace.host_ip)
        server.says = sip(503)
        await ear.next(LINK, alive=False, reason=OVERLOADED, address=namespace.host_ip)
        server.says = lambda asked: [log_in_page(asked)]
        await ear.next(LINK, alive=False, reason=FOREIGN)
        server.says = lambda asked: []
        await ear.next(LINK, alive=False, reason=SILENT)


async def test_a_forged_datagram_before_the_answer_does_no_harm(tmp_path: Path, namespace: Namespace) -> None:
    def says(asked: bytes) -> list[bytes]:
        return [b"garbage", *sip(503)(asked.replace(b"Call-ID: ", b"Call-ID: x")), *sip(200)(asked)]

    async with Server.at(udp(), "127.0.0.1", 0, says) as server:
        port = server.transport.get_extra_info("sockname")[1]
        async with probing(prober(tmp_path, namespace), account(f"127.0.0.1:{port}")) as ear:
            await ear.next(LINK, count=2)
        assert len(ear.of(LINK, alive=True)) == len(ear.of(LINK))


async def test_a_lost_datagram_is_sent_again(tmp_path: Path, namespace: Namespace) -> None:
    def says(asked: bytes) -> list[bytes]:
        return list(sip(200)(asked)) if server.asked.count(asked) > 1 else []

    async with Server.at(udp(), "127.0.0.1", 0, says) as server:
        port = server.transport.get_extra_info("sockname")[1]
        async with probing(prober(tmp_path, namespace), account(f"127.0.0.1:{port}")) as ear:
            await ear.next(LINK, alive=True)


async def test_a_late_answer_is_no_answer(tmp_path: Path, namespace: Namespace) -> None:
    loop = asyncio.get_running_loop()

    def says(asked: bytes) -> list[bytes]:
        for answer in sip(200)(asked):
            loop.call_later(ANSWER_WITHIN_S + 0.2, server.transport.sendto, answer, server.senders[-1])
        return []

    async with Server.at(udp(), "127.0.0.1", 0, says) as server:
        port = server.transport.get_extra_info("sockname")[1]
        async with probing(prober(tmp_path, namespace), account(f"127.0.0.1:{port}")) as ear:
            await ear.next(LINK, alive=False, reason=SILENT, count=2)
        assert not ear.of(LINK, alive=True)


class Connections:
    """A TCP server that answers as `says` has it and can hang up."""

    def __init__(self) -> None:
        self.says = sip(200)
        self.count = 0
        self._writers: list[asyncio.StreamWriter] = []

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.count += 1
        self._writers.append(writer)
        while asked := await reader.read(65535):
            writer.writelines(self.says(asked))

    def hang_up(self) -> None:
        for writer in self._writers:
            writer.close()
        self._writers.clear()


async def test_over_tcp_one_connection_serves_and_is_made_again(tmp_path: Path, namespace: Namespace) -> None:
    tcp = Connections()
    server = await asyncio.start_server(tcp, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, probing(prober(tmp_path, namespace), account(f"127.0.0.1:{port}", "tcp")) as ear:
        await ear.next(LINK, alive=True, count=2)
        settled, reports = tcp.count, len(ear.heard)
        await ear.next(LINK, alive=True)
        assert tcp.count == settled
        tcp.hang_up()
        await ear.next(LINK, alive=True)
        assert tcp.count == settled + 1 and not ear.of(LINK, alive=False, since=reports)
        tcp.says = lambda asked: [log_in_page(asked)]
        await ear.next(LINK, alive=False, reason=FOREIGN)
        tcp.says = lambda asked: [b"<html>"]
        asyncio.get_running_loop().call_later(0.1, tcp.hang_up)
        await ear.next(LINK, alive=False)
        tcp.says = sip(503)
        await ear.next(LINK, alive=False, reason=OVERLOADED)
        tcp.hang_up()


async def test_a_name_without_an_address_and_a_link_without_one(tmp_path: Path, namespace: Namespace) -> None:
    async with probing(prober(tmp_path, namespace), account("sip.ranin.test")) as ear:
        await ear.next(LINK, alive=False, reason=NO_NAME, address=namespace.host_ip)
        ip_command("addr", "flush", "dev", namespace.link)
        await ear.next(LINK, alive=False, reason=NO_ADDRESS, address="")


async def test_a_wrong_address_of_a_resolver_gives_way_to_the_last_good_one(
    tmp_path: Path, namespace: Namespace
) -> None:
    lies = resolver("sip.ranin.test", "127.0.0.66")
    (tmp_path / "names.json").write_text('{"sip.ranin.test/4": ["127.0.0.1", 4e9]}')
    async with (
        Server.at(udp(), "127.53.0.1", 53, lambda asked: [lies(asked)]) as dns,
        Server.at(udp(), "127.0.0.1", 0, sip(200)) as server,
    ):
        port = server.transport.get_extra_info("sockname")[1]
        own = Prober(tmp_path, {LINK: namespace.link}, lambda interface: ("127.53.0.1",))
        async with probing(own, account(f"sip.ranin.test:{port}")) as ear:
            await ear.next(LINK, alive=False, reason=SILENT)
            await ear.next(LINK, alive=True)
        assert dns.asked


async def test_a_device_that_goes_is_told_of_and_one_that_is_not_there_too(tmp_path: Path) -> None:
    gone = Namespace()
    absent = Prober(tmp_path, {Link.ETHERNET: gone.link, Link.LTE: "rn-none"}, lambda interface: ())
    async with probing(absent, account("198.18.0.1")) as ear:
        await ear.next(Link.LTE, alive=False, reason="Not there")
        await gone.close()
        await ear.next(Link.ETHERNET, alive=False, reason="Not there")


async def test_interfaces_that_are_found_need_no_names(tmp_path: Path, namespace: Namespace) -> None:
    place = tmp_path / "net" / namespace.link
    (place / "phy80211").mkdir(parents=True)
    found = Prober(tmp_path, None, lambda interface: (), tmp_path / "net")
    async with probing(found, account("127.0.0.1:1")) as ear:
        await ear.next(Link.WIFI, alive=False, reason=SILENT)
    assert {report.link for _, report in ear.heard} == {Link.WIFI}


async def test_it_asks_the_newest_account_and_stops_when_told(tmp_path: Path, namespace: Namespace) -> None:
    async with Server.at(udp(), "127.0.0.1", 0, sip(200)) as one, Server.at(udp(), "127.0.0.1", 0, sip(200)) as other:
        before = open_files()
        first, second = (server.transport.get_extra_info("sockname")[1] for server in (one, other))
        own = prober(tmp_path, namespace)
        async with probing(own, account(f"127.0.0.1:{first}")) as ear:
            await ear.next(LINK, alive=True)
            own.execute(ProbeLinks(account(f"127.0.0.1:{second}")))
            await ear.next(LINK, alive=True)
            assert one.asked and other.asked
            own.execute(ProbeLinks(None))
            heard = len(ear.heard)
            own.execute(ProbeLinks(account(f"127.0.0.1:{second}")))
            await ear.next(LINK, alive=True)
            assert len(ear.heard) == heard + 1
        assert open_files() == before
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_a_prober_that_never_started_stops(tmp_path: Path) -> None:
    own = Prober(tmp_path, {}, lambda interface: ())
    await own.stop()
    await own.start(Ear().post)
    await own.stop()


async def test_a_better_link_is_heard_of_first_although_its_answer_comes_last(
    tmp_path: Path, namespace: Namespace
) -> None:
    loop = asyncio.get_running_loop()
    with contextlib.closing(Networks(namespace, tuple(Link))) as networks:

        def says(asked: bytes) -> list[bytes]:
            late_s = 0.5 if server.senders[-1][0] == networks[Link.ETHERNET].address else 0.0
            for answer in sip(200)(asked):
                loop.call_later(late_s, server.transport.sendto, answer, server.senders[-1])
            return []

        inside = namespace.open_socket(socket.SOCK_DGRAM)
        async with Server.at(inside, networks.server_ip, 5060, says) as server:
            line = account(networks.server_ip)
            async with probing(Prober(tmp_path, networks.devices, lambda interface: ()), line) as ear:
                await ear.next(Link.LTE, alive=True)
                assert [row.link for _, row in ear.heard] == list(Link)


async def test_a_backup_keeps_the_link_alive_once_the_server_has_missed_and_is_told_apart(
    tmp_path: Path, namespace: Namespace
) -> None:
    async with Server.at(udp(), "127.0.0.1", 0, sip(200)) as main, Server.at(udp(), "127.0.0.1", 0, sip(200)) as backup:
        places = [f"127.0.0.1:{server.transport.get_extra_info('sockname')[1]}" for server in (main, backup)]
        asked = replace(account(places[0]), backup=places[1])
        async with probing(prober(tmp_path, namespace), asked) as ear:
            _, report = await ear.next(LINK, alive=True)
            assert (report.at, report.server) == (0, "127.0.0.1") and backup.asked == []
            main.says = lambda question: []
            await ear.next(LINK, alive=False)
            _, report = await ear.next(LINK, alive=True)
            assert (report.at, report.server) == (1, "")
            main.says = sip(200)
            while report.at:
                _, report = await ear.next(LINK, alive=True)
