"""Names: the interface's own resolver is asked, no forger is heard, and the last good answer outlives DNS."""

import asyncio
import json
import socket
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from ranin.network import dns
from ranin.network.flow import bound
from ranin.network.interfaces import Interface
from ranin.network.names import AGAIN_AFTER_S, KEEP_S, NameNotFound, Names, ask, resolv_conf
from ranin.sim.farend.answerer import resolver
from tests.network.servers import Says, Server, udp

HOST = "sip.ranin.test"
RESOLVER = "127.53.0.1"
INTERFACE = Interface("rn", 77, True, ("198.18.0.1",))
"""A resolver on loopback is asked without binding, so that none is needed."""


def known(address: str) -> Says:
    answer = resolver(HOST, address)
    return lambda asked: [answer(asked)]


def silent(asked: bytes) -> list[bytes]:
    return []


def failing(asked: bytes) -> list[bytes]:
    """SERVFAIL."""
    return [asked[:2] + b"\x81\x82\0\1\0\0\0\0\0\0" + asked[12:]]


class Clock:
    """A wall clock that a test sets."""

    def __init__(self) -> None:
        self.now_s = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Iterator[Clock]:
    return Clock()


@pytest.fixture
def names(tmp_path: Path, clock: Clock) -> Callable[[], Names]:
    """Makes Names over the same folder, as after a restart."""
    return lambda: Names(tmp_path / "names.json", lambda interface: (RESOLVER,), clock)


def at_resolver(says: Says) -> AbstractAsyncContextManager[Server]:
    return Server.at(udp(), RESOLVER, 53, says)


async def test_an_address_needs_no_resolver(names: Callable[[], Names]) -> None:
    assert await names().find("198.18.0.9", INTERFACE) == "198.18.0.9"
    assert await names().find("2001:db8::1", INTERFACE) == "2001:db8::1"


async def test_a_name_is_asked_for_once_while_its_answer_lives(names: Callable[[], Names]) -> None:
    async with at_resolver(known("198.18.0.2")) as server:
        own = names()
        assert [await own.find(HOST, INTERFACE) for _ in range(3)] == ["198.18.0.2"] * 3
        assert len(server.asked) == 1
        own.forget(INTERFACE.index)
        assert await own.find(HOST, INTERFACE) == "198.18.0.2" and len(server.asked) == 2
        await own.close()


async def test_ids_and_ports_differ_from_query_to_query() -> None:
    async with at_resolver(known("198.18.0.2")) as server:
        for _ in range(8):
            await ask(RESOLVER, HOST, dns.A, INTERFACE)
        assert len({asked[:2] for asked in server.asked}) > 6
        assert len({port for _, port in server.senders}) > 6


async def test_a_name_that_nobody_knows_is_not_found(names: Callable[[], Names]) -> None:
    async with at_resolver(known("198.18.0.2")):
        own = names()
        with pytest.raises(NameNotFound):
            await own.find("other.test", INTERFACE)
        with pytest.raises(NameNotFound):
            await own.find("no..name", INTERFACE)
        await own.close()


@pytest.mark.parametrize("says", [silent, failing], ids=["dead", "failing"])
async def test_the_last_good_answer_outlives_dns_and_a_restart(
    names: Callable[[], Names], clock: Clock, says: Says
) -> None:
    first = names()
    first.keep(HOST, "198.18.0.2")
    async with at_resolver(says):
        clock.now_s += 86400
        later = names()
        began_s = asyncio.get_running_loop().time()
        assert await later.find(HOST, INTERFACE) == "198.18.0.2"
        assert asyncio.get_running_loop().time() - began_s < 0.1
        clock.now_s -= 50 * 365 * 86400  # no battery behind the clock: it begins at 1970
        assert await names().find(HOST, INTERFACE) == "198.18.0.2"
        clock.now_s += 50 * 365 * 86400 + KEEP_S
        with pytest.raises(NameNotFound):
            await later.find(HOST, INTERFACE)
        await later.close()


async def test_only_what_has_answered_is_kept(names: Callable[[], Names], tmp_path: Path) -> None:
    own = names()
    own.keep(HOST, "198.18.0.2")
    async with at_resolver(known("198.18.0.66")):
        async with asyncio.timeout(5):
            while await own.find(HOST, INTERFACE) != "198.18.0.66":
                await asyncio.sleep(0.01)
    await own.close()
    assert json.loads((tmp_path / "names.json").read_text())[f"{HOST}/4"][0] == "198.18.0.2"


async def test_when_the_server_is_not_there_the_next_address_has_its_turn(names: Callable[[], Names]) -> None:
    def says(asked: bytes) -> list[bytes]:
        one, other = (resolver(HOST, address)(asked) for address in ("198.18.0.7", "198.18.0.8"))
        turned = (other, one) if len(server.asked) % 2 else (one, other)
        return [turned[0][:6] + b"\0\2" + turned[0][8:] + turned[1][-16:]]

    own = names()
    own.keep(HOST, "198.18.0.2")
    own.forget(INTERFACE.index)
    async with at_resolver(says) as server:
        found = []
        async with asyncio.timeout(5):
            while set(found) != {"198.18.0.2", "198.18.0.7", "198.18.0.8"}:
                found.append(await own.find(HOST, INTERFACE))
                own.doubt(HOST, INTERFACE)
                await asyncio.sleep(0)
        own.forget(INTERFACE.index)
        assert len(server.asked) == 1
    await own.close()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"a": 1}', '{"sip.ranin.test/4": ["no address", 1]}', "\x00"])
async def test_a_broken_file_is_an_empty_one(names: Callable[[], Names], tmp_path: Path, text: str) -> None:
    (tmp_path / "names.json").write_text(text)
    own = names()
    async with at_resolver(failing):
        with pytest.raises(NameNotFound):
            await own.find(HOST, INTERFACE)
    await own.close()
    own.keep(HOST, "198.18.0.2")
    assert await names().find(HOST, Interface("x", 78, True, ("198.18.0.1",))) == "198.18.0.2"


async def test_the_file_is_not_written_at_every_answer(
    names: Callable[[], Names], tmp_path: Path, clock: Clock
) -> None:
    own, file = names(), tmp_path / "names.json"
    own.keep(HOST, "198.18.0.2")
    first = file.stat().st_ino
    for _ in range(100):
        clock.now_s += 1.5
        own.keep(HOST, "198.18.0.2")
    assert file.stat().st_ino == first
    clock.now_s += 86400
    own.keep(HOST, "198.18.0.2")
    assert json.loads(file.read_text())[f"{HOST}/4"][1] == clock.now_s


async def test_a_forger_is_not_heard(names: Callable[[], Names]) -> None:
    forger = udp()
    forger.bind(("127.53.0.66", 53))
    forged, true = resolver(HOST, "198.18.0.66"), resolver(HOST, "198.18.0.2")

    def says(asked: bytes) -> list[bytes]:
        forger.sendto(forged(asked), server.senders[-1])  # the right id and port, from another address
        wrong_id = bytes((asked[0] ^ 1, asked[1]))
        other = dns.query("sip.ranin.text", dns.A, int.from_bytes(asked[:2]))
        return [wrong_id + forged(asked)[2:], resolver("sip.ranin.text", "198.18.0.66")(other), b"\0", true(asked)]

    with forger:
        async with at_resolver(says) as server:
            own = names()
            assert await own.find(HOST, INTERFACE) == "198.18.0.2"
            await own.close()


async def test_the_next_resolver_is_asked_when_one_is_gone(tmp_path: Path) -> None:
    own = Names(tmp_path / "names.json", lambda interface: ("127.53.0.9", RESOLVER))
    async with at_resolver(known("198.18.0.2")):
        assert await own.find(HOST, INTERFACE) == "198.18.0.2"
    await own.close()


async def test_a_failed_resolver_is_left_alone_for_a_while(names: Callable[[], Names]) -> None:
    own = names()
    async with at_resolver(failing) as server:
        for _ in range(5):
            with pytest.raises(NameNotFound):
                await own.find(HOST, INTERFACE)
        assert len(server.asked) == 1 and AGAIN_AFTER_S > 1
    await own.close()


def test_resolv_conf_is_read(tmp_path: Path) -> None:
    file = tmp_path / "resolv.conf"
    file.write_text("# x\nnameserver 198.18.0.1\nsearch a b\nnameserver\nnameserver bad\n nameserver 2001:db8::1 \n")
    assert resolv_conf(file) == ("198.18.0.1", "2001:db8::1")
    assert resolv_conf(tmp_path / "none") == ()


def test_without_the_right_to_bind_the_source_address_is_used(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(self: socket.socket, *words: object) -> None:
        raise PermissionError

    monkeypatch.setattr(socket.socket, "setsockopt", refuse)
    interface = Interface("rn-x", 7, True, ("127.0.0.5",))
    for _ in range(2):
        with bound(interface, "198.18.0.1", socket.SOCK_DGRAM) as made:
            assert made.getsockname()[0] == "127.0.0.5"
    with pytest.raises(OSError, match="no address of this kind"):
        bound(interface, "2001:db8::1", socket.SOCK_DGRAM)
    assert caplog.text.count("not permitted to bind to rn-x") == 1
