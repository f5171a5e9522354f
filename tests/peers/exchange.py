"""A SIP server with everybody behind it: each call a `Party` of its own, several at once, scripted step by step."""

import asyncio
import re
from collections.abc import Callable

from tests.peers.peer import DEADLINE_S, Peer, bound, sdp

MIRRORED = {"sendonly": "recvonly", "recvonly": "sendonly", "inactive": "inactive"}
"""What an answer says to the direction of an offer (RFC 3264 §6.1)."""


class Exchange(Peer):
    """Registers the phone and sorts what it says by Call-ID."""

    def __init__(self, route_headers: str = "") -> None:
        super().__init__(route_headers)
        self.parties: dict[str, Party] = {}
        self.dialled: asyncio.Queue[Party] = asyncio.Queue()
        """Calls of the phone that nobody has taken yet."""
        self.there = asyncio.Event()
        """The phone has registered."""
        self.strays: list[str] = []
        """What belongs to no call and registers nothing."""

    def datagram_received(self, data: bytes, address: tuple[str, int]) -> None:
        text = data.decode(errors="replace")
        if not text.strip():
            return
        self._phone = address
        party = self.parties.get(header(text, "Call-ID"))
        if party is None and text.startswith("INVITE "):
            party = self._new(header(text, "Call-ID"), number_of(text.split(" ", 2)[1]))
            party.local, party.remote = header(text, "To") + f";tag={party.tag}", header(text, "From")
            self.dialled.put_nowait(party)
        if party is not None:
            party.received(text)
        elif text.startswith("REGISTER "):
            self.send(self.answer(text, 200))
            self.there.set()
        elif not text.startswith(("SIP/2.0", "ACK ")):
            self.strays.append(text)
            self.send(self.answer(text, 481))

    def _new(self, call: str, number: str) -> "Party":
        party = self.parties[call] = Party(self, call, number)
        return party

    def caller(self, number: str) -> "Party":
        """Somebody who is about to call the phone."""
        party = self._new(f"{number}-{next(self._serial)}-{self.port}", number)
        party.local = f'"{number}" <sip:{number}@{self.place}>;tag={party.tag}'
        party.remote = "<sip:201@127.0.0.1>"
        return party

    async def called(self, number: str) -> "Party":
        """The call of the phone that goes to this number."""
        async with asyncio.timeout(DEADLINE_S):
            party = await self.dialled.get()
        assert party.number == number, f"{party.number} was called instead of {number}"
        await party.until("INVITE")
        return party

    def forget(self) -> None:
        """Let go of calls that are over."""
        for party in self.parties.values():
            party.media.close()
        self.parties.clear()


class Party:
    """One end of one call: its dialog, its media socket, and what it was told, in order."""

    def __init__(self, exchange: Exchange, call: str, number: str) -> None:
        self._exchange = exchange
        self.call, self.number, self.tag = call, number, f"tag-{call}"
        self.local = self.remote = ""
        """From and To of our own requests."""
        self.media = bound()
        self.told: list[str] = []
        """Messages that nobody has waited for yet, repetitions apart."""
        self.codes: dict[str, int] = {}
        """Method → the status that it is answered with; 0: it is not. Others: 200, and 202 to REFER."""
        self.finals: dict[str, set[str]] = {}
        """CSeq of each INVITE of ours → the final statuses that it got: one."""
        self.tried: Callable[[str], None] = lambda text: None
        """Called with each request before it is answered."""
        self.to: tuple[str, int] = ("", 0)
        """Where the phone takes our sound."""
        self._more = asyncio.Event()
        self._cseq = 0
        self._said: dict[str, str] = {}
        """Branch and method of a request → our answer, said again when it is repeated."""
        self._seen: set[str] = set()
        self._invite = ""
        """The last INVITE, ours or theirs."""

    def received(self, text: str) -> None:
        """A message of this call."""
        host, port = re.search(r"^c=IN IP4 (\S+)", text, re.MULTILINE), re.search(r"^m=audio (\d+)", text, re.MULTILINE)
        self.to = (host[1], int(port[1])) if host and port else self.to
        self._take_response(text) if text.startswith("SIP/2.0") else self._take_request(text)
        self._more.set()

    def _take_response(self, text: str) -> None:
        if _final(text):
            self.remote = header(text, "To")
        mark = f"{text[8:11]} {header(text, 'CSeq')}"
        if mark not in self._seen:
            self._seen.add(mark)
            self.told.append(text)
            if header(text, "CSeq").endswith("INVITE") and _final(text):
                self.finals.setdefault(header(text, "CSeq"), set()).add(text[8:11])
        if header(text, "CSeq").endswith("INVITE") and _final(text) and self.codes.get("ACK") != 0:
            self.acknowledge(text)

    def _take_request(self, text: str) -> None:
        method = text.split(" ", 1)[0]
        key = f"{header(text, 'Via').partition('branch=')[2].split(';')[0]} {method}"
        if key in self._said:
            self._exchange.send(self._said[key])
            return
        if method == "ACK":
            key += header(text, "CSeq")
            if key in self._seen:
                return
            self._seen.add(key)
        self.told.append(text)
        self.tried(text)
        if method == "INVITE":
            self._invite = text
        code = self.codes.get(method, {"REFER": 202, "ACK": 0}.get(method, 200))
        fresh = method == "INVITE" and "tag=" not in header(text, "To")
        if code and not (fresh and method not in self.codes):
            self._said[key] = self.reply(code, request=text)

    def reply(self, code: int, request: str = "", headers: str = "", tag: str = "") -> str:
        """Answer a request, by itself the last INVITE; 183 and 200 to INVITE carry sound. What was said."""
        request = request or self._invite
        kept = [line for line in request.split("\r\n") if re.match(r"(Via|From|Call-ID|CSeq|Record-Route):", line)]
        to = header(request, "To")
        to += "" if "tag=" in to or code == 100 else f";tag={tag or self.tag}"
        body = self._sdp(request) if code in (183, 200) and request.startswith("INVITE") else ""
        kind = "Content-Type: application/sdp\r\n" if body else ""
        contact = "" if code // 100 == 3 else f"Contact: <sip:{self.number}@{self._exchange.place}>\r\n"
        head = "\r\n".join([f"SIP/2.0 {code} x", *kept, f"To: {to}"])
        text = f"{head}\r\n{contact}{headers}{kind}Content-Length: {len(body)}\r\n\r\n{body}"
        self._exchange.send(text)
        return text

    def _sdp(self, offer: str) -> str:
        found = re.search(r"^a=(sendonly|recvonly|inactive)\s*$", offer, re.MULTILINE)
        return self.offer(MIRRORED[found[1]] if found else "sendrecv")

    def offer(self, direction: str = "sendrecv") -> str:
        """Our sound: PCMU at our media socket."""
        return sdp(self.media.getsockname()[1], f"a={direction}\r\n").replace("o=- 1 1", f"o=- 1 {self._cseq + 1}")

    def request(self, method: str, body: str = "", headers: str = "", kind: str = "application/sdp") -> str:
        """Send a request of this call; what was sent."""
        self._cseq += method != "CANCEL"
        place, host = self._exchange.place, "{}:{}".format(*self._exchange.phone)
        kind = f"Content-Type: {kind}\r\n" if body else ""
        numbered = "INVITE" if method == "CANCEL" else method
        text = (
            f"{method} sip:201@{host} SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP {place};branch=z9hG4bK{self.call}{numbered}{self._cseq};rport\r\nMax-Forwards: 70\r\n"
            f"From: {self.local}\r\nTo: {self.remote}\r\nCall-ID: {self.call}\r\nCSeq: {self._cseq} {method}\r\n"
            f"Contact: <sip:{self.number}@{place}>\r\n{headers}{kind}Content-Length: {len(body)}\r\n\r\n{body}"
        )
        if method == "INVITE":
            self._invite = text
        self._exchange.send(text)
        return text

    def acknowledge(self, final: str) -> None:
        """ACK a final answer to an INVITE of ours: of its transaction, or, to a 2xx, a new one (RFC 3261 §13.2.2.4)."""
        branch = header(self._invite, "Via").partition("branch=")[2].split(";")[0]
        branch += "ack" if final[8] == "2" else ""
        number = header(final, "CSeq").split()[0]
        self._exchange.send(
            f"ACK {self._invite.split(' ', 2)[1]} SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP {self._exchange.place};branch={branch}\r\n"
            f"Max-Forwards: 70\r\nFrom: {self.local}\r\nTo: {header(final, 'To')}\r\nCall-ID: {self.call}\r\n"
            f"CSeq: {number} ACK\r\nContent-Length: 0\r\n\r\n"
        )

    async def until(self, *starts: str, deadline_s: float = DEADLINE_S) -> str:
        """The first message not waited for yet that begins with one of these; it counts as waited for."""
        return await self._first(lambda text: text.startswith(starts), " or ".join(starts), deadline_s)

    async def _first(self, fits: Callable[[str], bool], what: str, deadline_s: float = DEADLINE_S) -> str:
        try:
            async with asyncio.timeout(deadline_s):
                while not (found := [text for text in self.told if fits(text)]):
                    self._more.clear()
                    await self._more.wait()
        except TimeoutError:
            lines = [text.partition("\r\n")[0] for text in self.told]
            raise AssertionError(f"{self.number} waits for {what}; it was told {lines}") from None
        self.told.remove(found[0])
        return found[0]

    async def answers(self, method: str, status: str, **words: str) -> str:
        """Send a request; the final answer to it, which must begin with `status`."""
        number = header(self.request(method, **words), "CSeq")
        text = await self._first(lambda text: _final(text) and header(text, "CSeq") == number, f"the end of {method}")
        assert text[8:].startswith(status), f"{method} was answered {text[8:11]} instead of {status}"
        return text

    async def hang_up(self) -> None:
        """BYE, and its 200."""
        await self.answers("BYE", "200")

    async def tell_transfer(self, status: str, state: str = "terminated;reason=noresource") -> None:
        """NOTIFY how the call goes that we were asked to make (RFC 3515 §2.4.5)."""
        event = f"Event: refer\r\nSubscription-State: {state}\r\n"
        await self.answers(
            "NOTIFY", "200", body=f"SIP/2.0 {status}\r\n", headers=event, kind="message/sipfrag;version=2.0"
        )

    async def heard(self) -> bytes:
        """One packet of sound from the phone, sent from now on."""
        while True:
            try:
                self.media.recv(2048)
            except BlockingIOError:
                break
        async with asyncio.timeout(DEADLINE_S):
            return await asyncio.get_running_loop().sock_recv(self.media, 2048)


def header(text: str, name: str) -> str:
    """The first header field of that name; empty: there is none."""
    found = re.search(rf"^{name}:[ \t]*(.*?)\s*$", text, re.MULTILINE | re.IGNORECASE)
    return found[1] if found else ""


def _final(text: str) -> bool:
    """Whether it is a final answer."""
    return text.startswith("SIP/2.0") and text[8] != "1"


def number_of(uri: str) -> str:
    """The user part of a SIP address."""
    return uri.partition("sip:")[2].partition("@")[0]
