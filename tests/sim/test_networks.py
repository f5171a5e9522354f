"""The networks between phone and far end do what their switches say."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager

import pytest

from ranin.core.outage import Link
from ranin.sim.farend.namespace import Namespace, ip_command
from ranin.sim.farend.networks import METRICS, Networks
from tests.network.servers import Server

PORT = 5070


@pytest.fixture
def place() -> Iterator[Namespace]:
    made = Namespace()
    yield made
    made.remove()


@pytest.fixture
async def networks(place: Namespace) -> AsyncIterator[Networks]:
    made = Networks(place, tuple(Link))
    yield made
    made.close()


class Client:
    """Sends over whatever way the machine would take, and hears."""

    def __init__(self, networks: Networks) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        self._server = networks.server_ip, PORT

    async def ask(self, word: bytes) -> bytes:
        """Raises TimeoutError, OSError."""
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(2):
            await loop.sock_sendto(self._socket, word, self._server)
            return await loop.sock_recv(self._socket, 100)

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *error: object) -> None:
        self._socket.close()


def server(place: Namespace, networks: Networks) -> AbstractAsyncContextManager[Server]:
    return Server.at(place.open_socket(socket.SOCK_DGRAM), networks.server_ip, PORT, lambda asked: [asked])


async def test_the_best_way_that_is_there_is_taken(place: Namespace, networks: Networks) -> None:
    async with server(place, networks) as found:
        for link in METRICS:
            with Client(networks) as client:
                assert await client.ask(b"x") == b"x"
            assert found.senders[-1][0] == networks[link].address
            networks[link].pull()
        with Client(networks) as client, pytest.raises(OSError, match="route|unreachable"):
            await client.ask(b"x")
        networks[Link.LTE].plug()
        with Client(networks) as client:
            assert await client.ask(b"x") == b"x"


async def test_switches_may_be_thrown_twice(place: Namespace, networks: Networks) -> None:
    network = networks[Link.WIFI]
    for switch in ("silence", "speak", "portal", "busy", "honest", "pull", "plug", "dns_dead", "dns_alive"):
        getattr(network, switch)()
        getattr(network, switch)()


async def test_a_translating_router_hides_the_phone_and_can_forget_it(place: Namespace, networks: Networks) -> None:
    network = networks[Link.ETHERNET]
    network.translate()
    async with server(place, networks) as found:
        with Client(networks) as client:
            await client.ask(b"1")
            await client.ask(b"2")
            first, second = found.senders[-2:]
            assert first == second and first[0].startswith("198.51.100.")
            network.rebind()
            await client.ask(b"3")
            assert found.senders[-1] != second


async def test_nothing_is_left_when_a_network_cannot_be_made(place: Namespace) -> None:
    def ours() -> list[str]:
        lines = (ip_command("netns", "list") + ip_command("link")).splitlines()
        return [line for line in lines if f"-{os.getpid()}-" in line or f"rn{os.getpid()}." in line]

    before = ours()
    with pytest.raises(KeyError):
        Networks(place, (Link.ETHERNET, "no link"))  # type: ignore[arg-type]
    assert ours() == before
    assert ip_command("route", "show", place.inner_ip.replace("198.18.", "198.19.")) == ""
