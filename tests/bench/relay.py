"""A bad network for RTP: a relay that delays each packet by itself, so that some overtake others."""

import asyncio
import socket
import struct

import numpy as np

from tests.peers.peer import Peer, bound

RATE = 8000
"""Hz; narrowband, as PCMU is."""
PACKET = 160
"""Samples in a packet: 20 ms."""
RTP_HEAD = struct.Struct(">BBHII")
SOURCE = 0x52414E31
"""Our SSRC."""
BASE_S = 0.1
"""What every packet takes without jitter; jitter of σ 40 ms stays positive in 99.4 % of draws."""


class Relay:
    """Passes datagrams on; the delay of the n-th is drawn from a normal law, the same in every run.

    A draw below zero is no delay at all: a packet cannot arrive before it is sent. Nothing is lost.
    """

    def __init__(self, jitter_s: float, seed: int) -> None:
        self._chance = np.random.default_rng(seed)
        self._jitter_s = jitter_s
        self._loop = asyncio.get_running_loop()
        self._entry, self._exit = bound(), bound()
        self._to: tuple[str, int] | None = None
        self._loop.add_reader(self._entry, self._arrived)

    @property
    def entry(self) -> tuple[str, int]:
        """Where to send what is to be relayed."""
        host, port = self._entry.getsockname()
        return host, port

    @property
    def port(self) -> int:
        """Where the packets come from, for an SDP."""
        return int(self._exit.getsockname()[1])

    def lead(self, to: tuple[str, int]) -> None:
        """Relay to this place from now on."""
        self._to = to

    def _arrived(self) -> None:
        packet = self._entry.recv(2048)
        delay_s = max(0.0, self._chance.normal(BASE_S, self._jitter_s))
        self._loop.call_later(delay_s, self._pass_on, packet)

    def _pass_on(self, packet: bytes) -> None:
        if self._to is not None and self._exit.fileno() >= 0:
            self._exit.sendto(packet, self._to)

    def close(self) -> None:
        """Pass nothing on any more."""
        self._loop.remove_reader(self._entry)
        self._entry.close()
        self._exit.close()


async def connected(peer: Peer, offer: str) -> tuple[str, int]:
    """Call who is registered at the peer, be answered; where on this machine it takes media. Raises TimeoutError."""
    call = peer.invite(offer)
    answer = await peer.until("SIP/2.0 200", 20, f"{call}INVITE")
    lines = answer.split("\r\n")
    tag = next(line.partition("tag=")[2] for line in lines if line.startswith("To:"))
    peer.send(peer.request("ACK", call, to_tag=tag))
    return "127.0.0.1", int(next(line.split()[1] for line in lines if line.startswith("m=audio ")))


async def speak(sound: bytes, to: tuple[str, int], place: socket.socket) -> int:
    """Send PCMU as RTP, 20 ms a packet, at its own pace; CLOCK_MONOTONIC of the first packet in ns."""
    loop = asyncio.get_running_loop()
    begin_s = loop.time()
    for index in range(len(sound) // PACKET):
        head = RTP_HEAD.pack(0x80, 0, index & 0xFFFF, index * PACKET, SOURCE)
        place.sendto(head + sound[index * PACKET : (index + 1) * PACKET], to)
        await asyncio.sleep(begin_s + (index + 1) * PACKET / RATE - loop.time())
    return int(begin_s * 1e9)
