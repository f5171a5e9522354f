"""A server that is subscribed to (RFC 6665), forgets, ends and refuses as it is told; whoever calls hears busy."""

import asyncio
import re
from dataclasses import dataclass

from tests.peers.peer import DEADLINE_S, Peer


@dataclass
class Subscription:
    """One dialog that a SUBSCRIBE has made."""

    event: str
    target: str
    """The user part of the Request-URI."""
    call: str
    tag: str
    contact: str
    cseq: int = 0
    ended: bool = False


def header(text: str, name: str) -> str:
    """The value of a header; empty without it."""
    found = re.search(rf"^{name}:\s*(.*?)\s*$", text, re.MULTILINE | re.IGNORECASE)
    return found[1] if found else ""


class Notifier(Peer):
    """`codes` says how an event is answered (200 without a word), `says` what its first NOTIFY brings: (type, body)."""

    def __init__(self, route_headers: str = "") -> None:
        super().__init__(route_headers)
        self.codes: dict[str, int] = {}
        self.says: dict[str, tuple[str, str]] = {}
        self.expires_s = 600
        self.shortest_s = 0
        self.state = ""
        """Subscription-State of first NOTIFYs; empty: as it is."""
        self.subscriptions: list[Subscription] = []
        self.received: list[tuple[str, str, int]] = []
        """(event, user, Expires) of every SUBSCRIBE, refreshes included, retransmissions not."""
        self._said: dict[str, str] = {}

    def datagram_received(self, data: bytes, address: tuple[str, int]) -> None:
        text = data.decode(errors="replace")
        if text.startswith("INVITE"):
            self._phone = address
            self.requests.append(text)
            self.send(self.answer(text, 486))
            self._more.set()
            return
        if not text.startswith("SUBSCRIBE"):
            super().datagram_received(data, address)
            return
        self._phone = address
        branch = text.partition("branch=")[2].split(";")[0].split("\r")[0]
        if branch not in self._said:
            self._said[branch] = ""
            self.requests.append(text)
            self._take(text, branch)
        self.send(self._said[branch])
        self._more.set()

    def _take(self, text: str, branch: str) -> None:
        event, call, expires = header(text, "Event"), header(text, "Call-ID"), int(header(text, "Expires"))
        user = re.search(r"^SUBSCRIBE sips?:(?:([^@ ]+)@)?", text)
        known = next((one for one in self.subscriptions if one.call == call and not one.ended), None)
        code = self.codes.get(event, 200)
        code = 423 if code == 200 and 0 < expires < self.shortest_s else code
        if "tag=" in header(text, "To"):
            code = 481 if known is None else code
        elif code == 200:
            contact = re.search(r"<(.*?)>", header(text, "Contact"))
            tag = header(text, "From").partition("tag=")[2]
            known = Subscription(event, (user and user[1]) or "", call, tag, contact[1] if contact else "")
            self.subscriptions.append(known)
        self.received.append((event, known.target if known else (user and user[1]) or "", expires))
        answer = self.answer(text, code, f"Expires: {min(expires, self.expires_s)}\r\n" if code == 200 else "")
        self._said[branch] = re.sub(r"Contact:.*\r\n", f"Contact: <sip:team@127.0.0.1:{self.port}>\r\n", answer)
        if code == 200 and known is not None:
            asyncio.get_running_loop().call_soon(self._first, known, expires)

    def _first(self, known: Subscription, expires_s: int) -> None:
        kind, body = self.says.get(known.event, ("", ""))
        alive = self.state or f"active;expires={min(expires_s, self.expires_s)}"
        state = alive if expires_s else "terminated;reason=timeout"
        self.notify(known, kind, body, state)

    def notify(self, known: Subscription, kind: str = "", body: str = "", state: str = "active;expires=600") -> None:
        """Tell within the subscription's dialog."""
        known.cseq += 1
        known.ended = state.startswith("terminated")
        headers = f"Event: {known.event}\r\nSubscription-State: {state}\r\n"
        text = self.request("NOTIFY", known.call, body, headers, to_tag=known.tag, cseq=known.cseq)
        text = text.replace(f"tag={known.call}", "tag=peer").replace("application/sdp", kind)
        self.send(re.sub(r"^NOTIFY \S+", f"NOTIFY {known.contact}", text))

    def forget(self) -> None:
        """Start anew: whoever refreshes is told 481."""
        self.subscriptions.clear()

    async def subscribed(self, event: str, count: int = 1, user: str = "") -> Subscription:
        """The newest subscription to an event once there have been `count`."""
        async with asyncio.timeout(3 * DEADLINE_S):
            while True:
                found = [one for one in self.subscriptions if one.event == event and user in ("", one.target)]
                if len(found) >= count:
                    return found[-1]
                self._more.clear()
                await self._more.wait()

    async def asked(self, event: str, count: int, expires_s: int | None = None) -> int:
        """How many SUBSCRIBEs for the event have come, once there are `count`."""
        async with asyncio.timeout(3 * DEADLINE_S):
            while True:
                found = [row for row in self.received if row[0] == event and expires_s in (None, row[2])]
                if len(found) >= count:
                    return len(found)
                self._more.clear()
                await self._more.wait()
