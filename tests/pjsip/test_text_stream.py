"""Real-time text on the wire: RFC 4103 with redundancy (RFC 2198), as peers send it, lose it and abuse it."""

import asyncio
import re
import socket
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from itertools import pairwise

import pytest

from ranin.core.commands import RegisterLine
from ranin.core.realtext import SendText
from ranin.core.state import LineState
from ranin.sim.simulation import Simulation
from tests.peers.peer import bound, sdp
from tests.sip.test_reinvite import Server

T140, RED = 98, 100
LOST = "\ufffd"
DEADLINE_S = 8.0


def offer(media: socket.socket, text: socket.socket, t140: int = T140, red: int = RED) -> str:
    """Voice, and text with two generations of redundancy."""
    return sdp(
        media.getsockname()[1],
        f"m=text {text.getsockname()[1]} RTP/AVP {red} {t140}\r\na=rtpmap:{red} red/1000\r\n"
        f"a=rtpmap:{t140} t140/1000\r\na=fmtp:{red} {t140}/{t140}/{t140}\r\n",
    )


def rtp(kind: int, sequence: int, payload: bytes, source: int = 7) -> bytes:
    return struct.pack(">BBHII", 0x80, kind, sequence & 0xFFFF, sequence * 300 & 0xFFFFFFFF, source) + payload


def red(*blocks: str, t140: int = T140) -> bytes:
    """Redundancy of older blocks, 300 ms apart, and the newest."""
    raw = [block.encode() for block in blocks]
    head = b"".join(
        struct.pack(">I", 1 << 31 | t140 << 24 | (len(raw) - 1 - index) * 300 << 10 | len(block))
        for index, block in enumerate(raw[:-1])
    )
    return head + bytes([t140]) + b"".join(raw)


@dataclass
class Line:
    """A phone in a call with text, and the peer's end of it."""

    sim: Simulation
    text: socket.socket
    to: tuple[str, int]
    answer: str
    peer: Server
    call: str
    tag: str
    offer: str
    _offers: int = 1
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.sim.engine.watch(lambda phone, event: self._changed.set())

    def send(self, *packets: bytes) -> None:
        for packet in packets:
            self.text.sendto(packet, self.to)

    async def offers_anew(self, direction: str) -> None:
        """A re-INVITE of the peer, until it is answered."""
        self._offers += 1
        number = self._offers
        anew = self.offer.replace("o=- 1 1", f"o=- 1 {number}").replace("t=0 0", f"t=0 0\r\na={direction}")
        self.peer.send(self.peer.request("INVITE", self.call, anew, to_tag=self.tag, cseq=number))
        await self.peer.until("SIP/2.0 200", call=f"CSeq: {number} INVITE")
        self.peer.send(self.peer.request("ACK", self.call, to_tag=self.tag, cseq=number))

    @property
    def theirs(self) -> str:
        call = next(iter(self.sim.engine.phone.calls), None)
        return call.text.theirs if call and call.text else ""

    async def until(self, holds: Callable[[], bool], what: str) -> None:
        try:
            async with asyncio.timeout(DEADLINE_S):
                while not holds():
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            raise AssertionError(f"not in time: {what}; what was read: {self.theirs!r}") from None

    async def reads(self, text: str) -> None:
        await self.until(lambda: self.theirs == text, text)

    async def packets(self, enough: Callable[[list[bytes]], bool]) -> list[bytes]:
        """What the phone sends from now on, until it is enough."""
        came: list[bytes] = []
        async with asyncio.timeout(DEADLINE_S):
            while not enough(came):
                came.append(await asyncio.get_running_loop().sock_recv(self.text, 2048))
        return came


@asynccontextmanager
async def in_call(rtt: bool = True, t140: int = T140, red: int = RED) -> AsyncIterator[Line]:
    """The phone has answered a call with text."""
    peer = await Server.start()
    assert isinstance(peer, Server)
    with bound() as media, bound() as text:
        async with Simulation() as sim:
            settings = peer.settings()
            ready, there = asyncio.Event(), asyncio.Event()

            def look(phone: object, event: object) -> None:
                if any(line.state is LineState.REGISTERED for line in sim.engine.phone.lines):
                    ready.set()
                if any(call.text is not None or not rtt for call in sim.engine.phone.calls):
                    there.set()

            sim.engine.watch(look)
            sim.apply(replace(settings, accounts=(replace(settings.accounts[0], rtt=rtt),)))
            await asyncio.wait_for(ready.wait(), DEADLINE_S)
            offered = offer(media, text, t140, red)
            call = peer.invite(offered)
            await peer.until("SIP/2.0 180", call=call)
            sim.wires.lift()
            answer = await peer.until("SIP/2.0 200", call=call)
            tag = re.search(r"^To:.*tag=([^;\r]+)", answer, re.MULTILINE)
            assert tag
            peer.send(peer.request("ACK", call, to_tag=tag[1]))
            await asyncio.wait_for(there.wait(), DEADLINE_S)
            port = re.search(r"m=text (\d+)", answer)
            assert port
            try:
                yield Line(sim, text, ("127.0.0.1", int(port[1])), answer, peer, call, tag[1], offered)
            finally:
                peer.close()


async def test_the_answer_has_red_and_t140_and_text_is_read_as_it_comes() -> None:
    async with in_call() as line:
        assert re.search(r"m=text [1-9]\d* RTP/AVP 100 98\r\n", line.answer)
        assert "a=rtpmap:98 t140/1000" in line.answer and "a=fmtp:100 98/98/98" in line.answer
        line.send(rtp(T140, 1, "\ufeffHe".encode()))
        await line.reads("He")
        line.send(rtp(RED, 2, red("\ufeffHe", "llo")), rtp(RED, 3, red("\ufeffHe", "llo", "\u2028Zoë")))
        await line.reads("Hello\nZoë")


@pytest.mark.parametrize(("t140", "number"), [(99, 100), (102, 101), (100, 98)])
async def test_the_peer_s_own_numbers_are_taken(t140: int, number: int) -> None:
    async with in_call(t140=t140, red=number) as line:
        assert f"a=fmtp:{number} {t140}/{t140}/{t140}" in line.answer
        line.send(rtp(number, 1, red("", "", "a", t140=t140)), rtp(number, 2, red("", "a", "b", t140=t140)))
        await line.reads("ab")


async def test_what_is_lost_comes_again_by_redundancy_and_what_does_not_is_marked() -> None:
    async with in_call() as line:
        line.send(rtp(T140, 0, b""), rtp(T140, 1, b"a"), rtp(RED, 4, red("b", "c", "d")))
        await line.reads("abcd")
        line.send(rtp(RED, 8, red("x", "y", "z")))
        await line.reads(f"abcd{LOST}xyz")
        line.send(rtp(RED, 11, red("", "", "!")))
        await line.reads(f"abcd{LOST}xyz!")


async def test_the_sequence_goes_round() -> None:
    async with in_call() as line:
        for sequence in range(65533, 65540):
            line.send(rtp(RED, sequence, red("", "", chr(ord("a") + sequence - 65533))))
        await line.reads("abcdefg")


async def test_a_long_block_is_taken_whole_and_a_character_may_be_cut_between_packets() -> None:
    async with in_call() as line:
        line.send(rtp(T140, 1, ("é" * 300).encode()), rtp(T140, 2, "ж".encode()[:1]), rtp(T140, 3, "ж".encode()[1:]))
        await line.reads("é" * 300 + "ж")


HOSTILE = [
    b"",
    b"\xe2",
    b"\xe2\x00\x03",
    struct.pack(">I", 1 << 31 | T140 << 24 | 1023),
    struct.pack(">I", 1 << 31 | T140 << 24 | 1023) + bytes([T140]) + b"short",
    struct.pack(">II", 1 << 31 | T140 << 24 | 5, 1 << 31 | T140 << 24 | 1023) + bytes([T140]) + b"12345678",
    struct.pack(">I", 1 << 31 | T140 << 24) * 200,
    struct.pack(">I", 1 << 31 | T140 << 24 | 1) * 3 + bytes([T140]) + b"abcd",
    bytes([5]) + b"another",
]


async def test_a_hostile_packet_writes_nothing_and_breaks_nothing() -> None:
    async with in_call() as line:
        pid = line.sim.sip.pid
        line.send(rtp(T140, 100, b"a"))
        await line.reads("a")
        for index, payload in enumerate(HOSTILE):
            line.send(rtp(RED, 101 + index, payload))
        line.send(rtp(9, 120, b"no text"), rtp(T140, 120, b"b")[:7])
        line.send(rtp(RED, 101 + len(HOSTILE), red("", "", "b")))
        await line.until(lambda: line.theirs.endswith("b"), "what comes after them")
        assert set(line.theirs) <= {"a", "b", LOST}
        assert line.sim.sip.pid == pid


async def test_a_flood_is_bounded_and_the_call_goes_on() -> None:
    async with in_call() as line:
        pid = line.sim.sip.pid
        for sequence in range(1, 4000):
            line.send(rtp(T140, sequence, b"x" * 900))
            if sequence % 50 == 0:
                await asyncio.sleep(0)
        await line.until(lambda: len(line.theirs) == 1000, "what is kept")
        assert line.sim.sip.pid == pid and line.sim.engine.phone.calls


def blocks(packet: bytes) -> tuple[list[tuple[int, str]], str]:
    """What a packet repeats, each with its age in ms, and what is new in it (RFC 2198)."""
    if packet[1] & 0x7F == T140:
        return [], packet[12:].decode()
    heads, rest = [], packet[12:]
    while rest[0] & 0x80:
        (head,) = struct.unpack(">I", rest[:4])
        assert head >> 24 & 0x7F == T140
        heads.append((head >> 10 & 0x3FFF, head & 0x3FF))
        rest = rest[4:]
    assert rest[0] == T140
    rest, repeated = rest[1:], []
    for age_ms, length in heads:
        repeated.append((age_ms, rest[:length].decode()))
        rest = rest[length:]
    return repeated, rest.decode()


async def test_what_is_sent_is_repeated_twice_with_its_age() -> None:
    text = "".join(chr(ord("a") + index % 26) for index in range(150)) + "é€😀" * 20
    async with in_call() as line:
        call = line.sim.engine.phone.calls[0].number
        line.sim.sip.execute(SendText(call, text))
        new, stamps = [], []

        def all_of_it(came: list[bytes]) -> bool:
            told = [blocks(packet)[1] for packet in came]
            return "".join(told) == text and told[-2:] == ["", ""]

        for packet in await line.packets(all_of_it):
            kind, sequence, stamp = struct.unpack(">xBHI", packet[:8])
            assert kind & 0x7F == (RED if new else T140) and bool(kind & 0x80) == (not new)
            repeated, fresh = blocks(packet)
            assert [words for _, words in repeated] == new[-2:], f"packet {sequence}"
            assert [stamp - age_ms for age_ms, _ in repeated] == stamps[-2:]
            new.append(fresh)
            stamps.append(stamp)
        assert len(new) > 5


async def test_what_was_read_is_not_read_again_after_a_re_invite_and_what_was_lost_is() -> None:
    async with in_call() as line:
        line.send(rtp(T140, 1, b"ab"), rtp(RED, 2, red("", "ab", "\b")))
        await line.reads("a")
        await line.offers_anew("sendonly")
        line.send(rtp(RED, 3, red("ab", "\b", "")), rtp(RED, 4, red("\b", "", "")), rtp(RED, 5, red("", "", "c")))
        await line.reads("ac")
        await line.offers_anew("sendrecv")
        line.send(rtp(RED, 8, red("d", "e", "f")))
        await line.reads("acdef")


@pytest.mark.parametrize(("sequence", "source"), [(3, 8), (40000, 7)])
async def test_a_source_that_begins_anew_after_a_re_invite_is_read(sequence: int, source: int) -> None:
    async with in_call() as line:
        line.send(rtp(T140, 1000, b"a"))
        await line.reads("a")
        await line.offers_anew("sendrecv")
        line.send(rtp(T140, sequence, b"b", source), rtp(T140, sequence + 1, b"c", source))
        await line.reads("abc")


def told(packets: list[bytes]) -> list[str]:
    """All blocks, the repeated ones among them."""
    return [words for packet in packets for words in (*(text for _, text in blocks(packet)[0]), blocks(packet)[1])]


async def test_what_is_sent_is_repeated_after_a_re_invite_and_waits_while_it_is_put_aside() -> None:
    async with in_call() as line:
        call = line.sim.engine.phone.calls[0].number
        line.sim.sip.execute(SendText(call, "a"))
        came = await line.packets(bool)
        await line.offers_anew("sendonly")
        line.sim.sip.execute(SendText(call, "b"))
        await line.offers_anew("sendrecv")
        came += await line.packets(lambda more: told(more).count("b") == 3)
        assert "".join(blocks(packet)[1] for packet in came) == "ab"
        assert told(came).count("a") == told(came).count("b") == 3, "once, and repeated twice"
        numbers = [int.from_bytes(packet[2:4]) for packet in came]
        assert [(after - before) & 0xFFFF for before, after in pairwise(numbers)] == [1] * (len(numbers) - 1)


async def test_text_goes_on_at_a_new_address() -> None:
    async with in_call() as line:
        line.send(rtp(T140, 1, b"ab"), rtp(RED, 2, red("", "ab", "\b")))
        await line.reads("a")
        line.sim.sip.execute(SendText(line.sim.engine.phone.calls[0].number, "x"))
        came = await line.packets(bool)
        line.peer.body = line.offer
        line.sim.sip.execute(RegisterLine(0, line.sim.engine.phone.settings.accounts[0], "127.0.0.3"))
        port = re.search(r"m=text (\d+)", await line.peer.invites(1))
        assert port
        await line.peer.until("ACK")
        line.to = ("127.0.0.3", int(port[1]))
        line.send(rtp(RED, 3, red("ab", "\b", "")), rtp(RED, 4, red("\b", "", "c")))
        await line.reads("ac")
        came += await line.packets(lambda more: told(came + more).count("x") == 2)
        assert "".join(blocks(packet)[1] for packet in came) == "x"


async def test_a_stranger_writes_nothing() -> None:
    async with in_call() as line:
        with bound("127.0.0.2") as stranger:
            for sequence in range(1, 200):
                stranger.sendto(rtp(T140, sequence, b"stranger"), line.to)
            line.send(rtp(T140, 1, b"peer"), rtp(T140, 2, b"."))
            await line.until(lambda: "." in line.theirs, "the peer is read")
            assert line.theirs == "peer."


async def test_a_line_without_it_answers_text_with_port_0_and_talks() -> None:
    async with in_call(rtt=False) as line:
        assert line.to[1] == 0
        assert all(call.text is None for call in line.sim.engine.phone.calls)
