"""A SIP server of a few lines that may say anything: for what real peers never send."""

import asyncio
import itertools
import re
import socket
from typing import Any, Self

from ranin.core.settings import Account, Secret, Settings

DEADLINE_S = 8.0


class Peer(asyncio.DatagramProtocol):
    """Registrar and caller on loopback; `route_headers` go into its 200 to a REGISTER."""

    def __init__(self, route_headers: str = "") -> None:
        self.requests: list[str] = []
        self.responses: list[str] = []
        self._headers = route_headers
        self._phone: tuple[str, int] = ("", 0)
        self._more = asyncio.Event()
        self._serial = itertools.count(1)

    @classmethod
    async def start(cls, route_headers: str = "", host: str = "127.0.0.1", port: int = 0) -> Self:
        """Listen there; port 0: on a free one."""
        peer = cls(route_headers)
        loop = asyncio.get_running_loop()
        peer.transport, _ = await loop.create_datagram_endpoint(lambda: peer, (host, port))
        return peer

    transport: Any

    @property
    def place(self) -> str:
        """Where it listens, as host:port."""
        return "{}:{}".format(*self.transport.get_extra_info("sockname"))

    @property
    def port(self) -> int:
        """The port of it."""
        return int(self.transport.get_extra_info("sockname")[1])

    @property
    def phone(self) -> tuple[str, int]:
        """Where the phone last spoke from."""
        return self._phone

    def settings(self, **fields: Any) -> Settings:
        """The phone's line at this server."""
        account = Account(user="201", password=Secret("canary"), domain="127.0.0.1", server=self.place)
        return Settings(accounts=(account,), **fields)

    def datagram_received(self, data: bytes, address: tuple[str, int]) -> None:
        text = data.decode(errors="replace")
        self._phone = address
        if text.startswith("SIP/2.0"):
            self.responses.append(text)
        elif text.strip():
            self.requests.append(text)
            if not text.startswith("ACK"):
                self.send(self.answer(text, 200, self._headers if text.startswith("REGISTER") else ""))
        self._more.set()

    def send(self, text: str | bytes) -> None:
        """Send to where the phone last spoke from."""
        self.transport.sendto(text.encode(errors="surrogateescape") if isinstance(text, str) else text, self._phone)

    @staticmethod
    def answer(request: str, code: int, headers: str = "") -> str:
        """A response to a request, with what of it must come back (RFC 3261 §8.2.6.2)."""
        kept = [line for line in request.split("\r\n") if re.match(r"(Via|From|Call-ID|CSeq|To|Contact):", line)]
        kept = [line + ";tag=peer" if line.startswith("To:") and "tag=" not in line else line for line in kept]
        kept = [f"{line};expires=300" if line.startswith("Contact:") else line for line in kept]
        return "\r\n".join([f"SIP/2.0 {code} x", *kept, f"{headers}Content-Length: 0", "", ""])

    def invite(self, sdp: str, headers: str = "") -> str:
        """Call the phone; its Call-ID."""
        call = f"call-{next(self._serial)}-{self.port}"
        self.send(self.request("INVITE", call, sdp, headers))
        return call

    def request(
        self, method: str, call: str, body: str = "", headers: str = "", to_tag: str = "", cseq: int = 1
    ) -> str:
        """A request within or outside a dialog of ours."""
        host = self.place
        kind = "Content-Type: application/sdp\r\n" if body else ""
        tag = f";tag={to_tag}" if to_tag else ""
        return (
            f"{method} sip:201@{self._phone[0]}:{self._phone[1]} SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP {host};branch=z9hG4bK{call}{method}{cseq};rport\r\nMax-Forwards: 70\r\n"
            f'From: "Peer" <sip:700@{host}>;tag={call}\r\nTo: <sip:201@127.0.0.1>{tag}\r\nCall-ID: {call}\r\n'
            f"CSeq: {cseq} {method}\r\nContact: <sip:700@{host}>\r\n{headers}{kind}"
            f"Content-Length: {len(body.encode(errors='surrogateescape'))}\r\n\r\n{body}"
        )

    async def until(self, start: str, deadline_s: float = DEADLINE_S, call: str = "") -> str:
        """The first message, of `call` if one is named, that begins with `start`. Raises TimeoutError."""
        async with asyncio.timeout(deadline_s):
            while True:
                for text in [*self.responses, *self.requests]:
                    if text.startswith(start) and call in text:
                        return text
                self._more.clear()
                await self._more.wait()

    def close(self) -> None:
        """Stop listening."""
        self.transport.close()


def sdp(port: int, lines: str = "", profile: str = "RTP/AVP", host: str = "127.0.0.1") -> str:
    """An offer of PCMU at host:port."""
    return (
        f"v=0\r\no=- 1 1 IN IP4 {host}\r\ns=-\r\nc=IN IP4 {host}\r\nt=0 0\r\n"
        f"m=audio {port} {profile} 0\r\na=rtpmap:0 PCMU/8000\r\n{lines}"
    )


def bound(host: str = "127.0.0.1") -> socket.socket:
    """A UDP socket on a free port, for media."""
    place = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    place.bind((host, 0))
    place.setblocking(False)
    return place
