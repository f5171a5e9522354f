"""What the phone sends is marked: EF for sound, CS3 for signalling, whatever carries it (RFC 2474)."""

import asyncio
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any, Self

from ranin.core.settings import Account, Settings
from ranin.sim.simulation import Simulation
from tests.lan.rig import provisioning
from tests.peers.peer import DEADLINE_S, Peer, bound
from tests.pjsip.test_media_lock import answered
from tests.pjsip.test_patches import phone_at

EF, CS3 = 46, 24
_LISTENING = """
import os, socket, sys
import pjsua2 as pj
endpoint = pj.Endpoint()
endpoint.libCreate()
config = pj.EpConfig()
config.uaConfig.threadCnt = 0
config.logConfig.level = config.logConfig.consoleLevel = 0
endpoint.libInit(config)
pj.ranin_guard_start()
endpoint.libStart()
assert pj.ranin_lan_open("127.0.0.1", 0, *(open(name).read() for name in sys.argv[1:])) >= 0
for entry in os.listdir("/proc/self/fd"):
    try:
        made = socket.socket(fileno=os.dup(int(entry)))
    except OSError:
        continue
    if made.type == socket.SOCK_STREAM and made.family == socket.AF_INET:
        print("dscp", made.getsockopt(socket.IPPROTO_IP, socket.IP_TOS) >> 2)
    made.close()
endpoint.libDestroy()
"""
"""What a connection is marked with is what its listener is marked with (ip(7))."""


def dscp(place: socket.socket) -> int:
    """Of the next datagram."""
    _, ancillary, _, _ = place.recvmsg(2048, socket.CMSG_SPACE(4))
    ((_, kind, value),) = ancillary
    assert kind == socket.IP_TOS
    return value[0] >> 2


class Marked(Peer):
    """Notes how what it hears is marked."""

    @classmethod
    async def start(cls, route_headers: str = "") -> Self:
        peer = cls(route_headers)
        peer.heard: list[int] = []
        peer.transport = peer
        peer.ears = bound()
        peer.ears.setsockopt(socket.IPPROTO_IP, socket.IP_RECVTOS, 1)
        asyncio.get_running_loop().add_reader(peer.ears, peer.read)
        return peer

    ears: socket.socket

    def read(self) -> None:
        data, ancillary, _, address = self.ears.recvmsg(65535, socket.CMSG_SPACE(4))
        self.heard += [value[0] >> 2 for _, kind, value in ancillary if kind == socket.IP_TOS]
        self.datagram_received(data, address)

    def get_extra_info(self, name: str) -> Any:
        return self.ears.getsockname()

    def sendto(self, data: bytes, address: tuple[str, int]) -> None:
        self.ears.sendto(data, address)

    def close(self) -> None:
        asyncio.get_running_loop().remove_reader(self.ears)
        self.ears.close()


async def test_sound_is_expedited_and_signalling_is_cs3() -> None:
    peer = await Marked.start()
    with bound() as media:
        media.setsockopt(socket.IPPROTO_IP, socket.IP_RECVTOS, 1)
        async with phone_at(peer) as sim:
            await answered(peer, sim, media)
            async with asyncio.timeout(DEADLINE_S):
                assert (await marks(media, 20)) == {EF}
    assert len(peer.heard) > 3 and set(peer.heard) == {CS3}


async def marks(place: socket.socket, count: int) -> set[int]:
    """How that many datagrams are marked."""
    found = []
    while len(found) < count:
        try:
            found.append(dscp(place))
        except BlockingIOError:
            await asyncio.sleep(0.02)
    return set(found)


async def test_signalling_over_tcp_is_cs3() -> None:
    """The kernel tells the mark of a connection's packets only to whoever sees them raw."""
    said = asyncio.Event()

    async def hear(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if b"REGISTER" in await reader.read(100):
            said.set()
        writer.close()

    with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_TCP) as wire:
        wire.setblocking(False)
        server = await asyncio.start_server(hear, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        account = Account(user="201", domain="127.0.0.1", server=f"127.0.0.1:{port}", transport="tcp")
        async with Simulation() as sim:
            sim.apply(Settings(accounts=(account,)))
            async with asyncio.timeout(DEADLINE_S):
                await said.wait()
        server.close()
        assert {packet[1] >> 2 for packet in packets(wire, port) if carries_data(packet)} == {CS3}


def packets(wire: socket.socket, port: int) -> list[bytes]:
    """IPv4 packets that went to that port."""
    found = []
    while True:
        try:
            found.append(wire.recv(65535))
        except BlockingIOError:
            return [packet for packet in found if int.from_bytes(packet[22:24]) == port]


def carries_data(packet: bytes) -> bool:
    """Not only a SYN or an acknowledgement."""
    return b"REGISTER" in packet


def test_the_lan_s_listener_is_cs3(tmp_path: Path) -> None:
    provisioning(tmp_path, "lan")
    words = [str(tmp_path / name) for name in ("lan.pem", "lan.key")]
    done = subprocess.run([sys.executable, "-c", _LISTENING, *words], capture_output=True, text=True, timeout=60)
    marks = [line for line in done.stdout.splitlines() if line.startswith("dscp")]
    assert marks == [f"dscp {CS3}"], done.stderr
