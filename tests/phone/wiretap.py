"""Hearing what the phone sends on the wire: G.711 between it and the people of the far end, by their numbers.

Debian 12's baresip (1.0.0) plays nothing any more in a call that was once put aside, so it cannot tell.
"""

import asyncio
import contextlib
import re
import socket
import struct

import numpy as np

from tests.tones import Samples

RATE = 8000
_ALL = 3
"""ETH_P_ALL."""
_UDP_AT = 34
"""Where UDP begins behind Ethernet and an IPv4 header without options."""
_LAST = RATE * 2
"""Bytes kept of each stream: 2 s."""
_PARTY = re.compile(rb"^(?:Contact|From)\s*:[^\r\n]*<?sip:(\+?\d+)[-@]", re.MULTILINE | re.IGNORECASE)
_PORT = re.compile(rb"^m=audio (\d+)", re.MULTILINE)
PCMU = 0


class Wiretap:
    """Listens, for as long as it is open, to what goes to and comes from one address."""

    def __init__(self, address: str) -> None:
        self._address = socket.inet_aton(address)
        self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(_ALL))
        self._socket.setblocking(False)
        self._ports: dict[str, int] = {}
        """Number of a person → the port that it hears at."""
        self._heard: dict[int, bytes] = {}
        asyncio.get_running_loop().add_reader(self._socket, self._read)

    def close(self) -> None:
        """Listen no more."""
        asyncio.get_running_loop().remove_reader(self._socket)
        self._socket.close()

    def last(self, number: str, seconds: float) -> Samples:
        """The newest sound that was sent to that person; shorter when there is not so much."""
        coded = self._heard.get(self._ports.get(number, 0), b"")[-round(RATE * seconds) :]
        return linear(np.frombuffer(coded, np.uint8))

    def _read(self) -> None:
        with contextlib.suppress(BlockingIOError):
            while True:
                packet = self._socket.recv(65535)
                ends = packet[26:30], packet[30:34]
                if len(packet) > _UDP_AT + 8 and packet[12:14] == b"\x08\x00" and self._address in ends:
                    self._take(packet[_UDP_AT:])

    def _take(self, datagram: bytes) -> None:
        port, payload = struct.unpack_from("!H", datagram, 2)[0], datagram[8:]
        if b"SIP/2.0" in payload[:400]:
            self._learn(payload)
        elif len(payload) > 12 and payload[0] == 0x80 and payload[1] & 0x7F == PCMU:
            self._heard[port] = (self._heard.get(port, b"") + payload[12:])[-_LAST:]

    def _learn(self, message: bytes) -> None:
        party, port = _PARTY.findall(message), _PORT.search(message)
        if port is not None:
            self._ports |= {number.decode(): int(port[1]) for number in party if number != b"201"}


def linear(coded: "np.ndarray[tuple[int], np.dtype[np.uint8]]") -> Samples:
    """µ-law → −1 … 1 (ITU-T G.711)."""
    inverted = ~coded
    exponent, mantissa = (inverted >> 4) & 7, inverted & 15
    size = ((mantissa.astype(np.float64) * 2 + 33) * 2.0**exponent - 33) / 8159
    return np.where(inverted & 0x80, -size, size)
