"""NAT: kept open for SIP, and candidates for sound from the servers that are named."""

import asyncio
import re
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ranin.core.settings import Secret, Settings
from ranin.sim.farend.farend import FarEnd
from ranin.sim.farend.people import Person
from ranin.sim.simulation import Simulation
from tests.peers.peer import DEADLINE_S, Peer, bound
from tests.phone.whole import PASSWORD, Whole, settings

OUTSIDE = "203.0.113.9"
"""What the STUN server says that our address is (RFC 5737)."""
_COOKIE = 0x2112A442


class StunServer(asyncio.DatagramProtocol):
    """Answers every Binding request (RFC 8489) with OUTSIDE and the port that it came from."""

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, address: tuple[str, int]) -> None:
        kind, _, cookie = struct.unpack_from("!HHI", data)
        if kind != 1 or cookie != _COOKIE:
            return
        mapped = int.from_bytes(socket.inet_aton(OUTSIDE)) ^ _COOKIE
        attribute = struct.pack("!HHBBHI", 0x20, 8, 0, 1, address[1] ^ _COOKIE >> 16, mapped)
        self.transport.sendto(struct.pack("!HH", 0x101, len(attribute)) + data[4:20] + attribute, address)


@asynccontextmanager
async def stun_server() -> AsyncIterator[str]:
    made, _ = await asyncio.get_running_loop().create_datagram_endpoint(StunServer, ("127.0.0.1", 0))
    yield f"127.0.0.1:{made.get_extra_info('sockname')[1]}"
    made.close()


@asynccontextmanager
async def phone_at(peer: Peer, **fields: object) -> AsyncIterator[Whole]:
    async with Simulation() as sim:
        whole = Whole(sim, None)  # type: ignore[arg-type]  # there is no far end
        (account,) = peer.settings().accounts
        sim.apply(Settings(accounts=(replace(account, **fields),)))  # type: ignore[arg-type]
        await whole.until(lambda phone: phone.registered, "registered", 20)
        yield whole
        peer.close()


async def offered(peer: Peer, whole: Whole) -> str:
    """The SDP of a call that the phone makes."""
    await whole.dials("604#")
    return await peer.until("INVITE")


class Kept(Peer):
    """Counts the datagrams that are no messages."""

    empty = 0

    def datagram_received(self, data: bytes, address: tuple[str, int]) -> None:
        self.empty += not data.strip()
        super().datagram_received(data, address)

    async def kept_open(self, times: int) -> None:
        async with asyncio.timeout(8):
            while self.empty < times:
                self._more.clear()
                await self._more.wait()


async def test_a_nat_is_kept_open() -> None:
    peer = await Kept.start()
    assert isinstance(peer, Kept)
    async with phone_at(peer, keepalive_s=1):
        await peer.kept_open(3)


async def test_without_ice_there_are_no_candidates() -> None:
    peer = await Peer.start()
    async with stun_server() as stun, phone_at(peer, stun=stun) as whole:
        assert "a=candidate" not in await offered(peer, whole)


async def test_ice_offers_what_a_stun_server_says() -> None:
    peer = await Peer.start()
    async with stun_server() as stun, phone_at(peer, ice=True, stun=stun) as whole:
        assert re.search(rf"a=candidate.* {OUTSIDE} \d+ typ srflx raddr 127.0.0.1", await offered(peer, whole))


FRIEND = (Person("614", "Behind", "is reached by ICE", "aufile,{tone}", nat="ice"),)


@asynccontextmanager
async def phone_with(**fields: object) -> AsyncIterator[Whole]:
    """A phone at a real server, with somebody there who speaks ICE."""
    async with FarEnd({"201": PASSWORD}, people=FRIEND) as far, Simulation() as sim:
        whole = Whole(sim, far)
        (account,) = settings(far).accounts
        sim.apply(Settings(accounts=(replace(account, ice=True, **fields),)))  # type: ignore[arg-type]
        await whole.until(lambda phone: phone.registered, "registered", 20)
        yield whole
        whole.close()


async def hear_each_other(whole: Whole) -> None:
    pid = whole.sim.sip.pid
    await whole.dials("614#")
    await whole.hears_hertz(1000)
    await whole.says_hertz(700)
    await whole.heard_by("614", 700)
    assert whole.sim.sip.pid == pid


async def test_sound_finds_its_way_by_ice_from_either_side() -> None:
    async with phone_with() as whole:
        await hear_each_other(whole)
        await whole.replace()
        await whole.over()
        await whole.calls_me("614")
        await whole.shows("Lift to answer")
        await whole.lift()
        await whole.hears_hertz(1000)


@pytest.mark.parametrize("trouble", ["silent", "unknown"])
async def test_a_stun_server_that_is_of_no_use_costs_no_call(trouble: str) -> None:
    with bound() as silent:
        server = "no-such-host.invalid" if trouble == "unknown" else f"127.0.0.1:{silent.getsockname()[1]}"
        async with phone_with(stun=server) as whole:
            await hear_each_other(whole)


@asynccontextmanager
async def turn_server(folder: Path) -> AsyncIterator[str]:
    """coturn on loopback, which lets `phone` relay."""
    with bound() as free:
        port = free.getsockname()[1]
    process = await asyncio.create_subprocess_exec(
        "turnserver", "-n", "--lt-cred-mech", "-u", "phone:canary", "-r", "ranin.test", "-L", "127.0.0.1",
        "-p", str(port), "--allow-loopback-peers", "--no-tls", "--no-dtls", "--no-cli", "--cli-password", "x",
        "--pidfile", str(folder / "pid"), "--userdb", str(folder / "db"), "--log-file", "stdout",
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        async with asyncio.timeout(DEADLINE_S):
            while True:
                try:
                    _, writer = await asyncio.open_connection("127.0.0.1", port)
                except ConnectionRefusedError:
                    await asyncio.sleep(0.05)
                    continue
                writer.close()
                break
        yield f"127.0.0.1:{port}"
    finally:
        process.terminate()
        await process.wait()


@pytest.mark.parametrize(("password", "relayed"), [("canary", True), ("wrong", False)])
async def test_a_turn_server_relays_for_whom_it_knows(tmp_path: Path, password: str, relayed: bool) -> None:
    peer = await Peer.start()
    turn = {"turn_user": "phone", "turn_password": Secret(password)}
    async with (
        stun_server() as stun,
        turn_server(tmp_path) as server,
        phone_at(peer, ice=True, stun=stun, turn=server, **turn) as whole,
    ):
        invite = await offered(peer, whole)
        assert ("typ relay" in invite) == relayed and "typ srflx" in invite
