"""Strangers: whatever does not come from the registered server is neither rung nor answered."""

import asyncio
import re
import socket
import subprocess
from pathlib import Path

import pytest

from tests.phone.whole import Whole, whole_phone

TORTURE = sorted((Path(__file__).parents[1] / "data" / "rfc4475").glob("*.dat"))

METHODS = ("INVITE", "OPTIONS", "MESSAGE", "SUBSCRIBE", "NOTIFY", "REGISTER", "REFER", "BYE", "CANCEL", "PUBLISH")


def engine_ports(whole: Whole) -> list[int]:
    """The UDP ports on which the engine listens for SIP."""
    rows = subprocess.run(["ss", "-Hlunp"], capture_output=True, text=True, check=True).stdout.splitlines()
    ours = [row for row in rows if f"pid={whole.sim.sip.pid}," in row]
    return [int(re.search(r":(\d+)\s", row).group(1)) for row in ours]  # type: ignore[union-attr]


def message(method: str, port: int, branch: str) -> bytes:
    body = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 9 RTP/AVP 0\r\n"
    head = (
        f"{method} sip:201@127.0.0.1:{port} SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bK{branch};rport\r\n"
        f"Max-Forwards: 70\r\nFrom: <sip:x@y>;tag=1\r\nTo: <sip:201@z>\r\nCall-ID: {branch}\r\nCSeq: 1 {method}\r\n"
        f"Contact: <sip:x@127.0.0.1>\r\nContent-Type: application/sdp\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return (head + body).encode()


async def alive(whole: Whole) -> None:
    """The phone has not so much as blinked: a call of the server's still rings."""
    await whole.calls_me("604")
    await whole.shows("Lift to answer")
    await whole.far.happened("604", "CALL_RINGING")
    whole.far.hang_up("604")
    await whole.shows("Ready")


async def send_and_hear_nothing(whole: Whole, messages: list[bytes]) -> None:
    """Send all from a stranger's socket; then a real call proves they were taken in and passed over."""
    pid = whole.sim.sip.pid
    (port, *_) = engine_ports(whole)
    host = whole.far.namespace.host_ip
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        stranger.bind((host, 0))
        stranger.setblocking(False)
        for data in messages:
            stranger.sendto(data, (host, port))
        await alive(whole)
        with pytest.raises(BlockingIOError):
            stranger.recv(65536)
    assert whole.sim.sip.pid == pid
    assert [call.number for call in whole.sim.engine.phone.log] == ["604"]


async def test_no_method_of_a_stranger_is_answered() -> None:
    async with whole_phone() as whole:
        await whole.registered()
        (port, *_) = engine_ports(whole)
        await send_and_hear_nothing(whole, [message(method, port, method) for method in METHODS])


async def test_the_torture_messages_of_a_stranger_are_nothing_to_us() -> None:
    assert len(TORTURE) == 49
    async with whole_phone() as whole:
        await whole.registered()
        await send_and_hear_nothing(whole, [path.read_bytes() for path in TORTURE])


async def test_responses_of_a_stranger_are_not_believed() -> None:
    async with whole_phone() as whole:
        await whole.registered()
        answers = [
            f"SIP/2.0 {code} x\r\nVia: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bK1\r\nFrom: <sip:201@x>;tag=1\r\n"
            f"To: <sip:201@x>;tag=2\r\nCall-ID: 1\r\nCSeq: 1 REGISTER\r\nContent-Length: 0\r\n\r\n"
            for code in (200, 301, 401, 407, 503)
        ]
        await send_and_hear_nothing(whole, [answer.encode() for answer in answers])


async def test_a_flood_of_strangers_does_not_keep_a_caller_out() -> None:
    async with whole_phone() as whole:
        await whole.registered()
        (port, *_) = engine_ports(whole)
        await send_and_hear_nothing(whole, [message("INVITE", port, str(index)) for index in range(2000)])


async def test_a_connection_from_outside_finds_nobody() -> None:
    async with whole_phone() as whole:
        await whole.registered()
        rows = subprocess.run(["ss", "-Hltnp"], capture_output=True, text=True, check=True).stdout
        assert f"pid={whole.sim.sip.pid}," not in rows


async def test_no_secret_of_the_phone_is_written_anywhere() -> None:
    async with whole_phone() as whole:
        await whole.registered()
        await alive(whole)
        written = b"".join(path.read_bytes() for path in whole.sim.folder.rglob("*") if path.is_file())
        assert b"canary" not in written
        environment = Path(f"/proc/{whole.sim.sip.pid}/environ").read_bytes()
        words = Path(f"/proc/{whole.sim.sip.pid}/cmdline").read_bytes()
        assert b"canary" not in environment + words


async def test_an_engine_that_hangs_is_replaced() -> None:
    async with whole_phone() as whole:
        await whole.registered()
        first = whole.sim.sip.pid
        import os
        import signal

        os.kill(first, signal.SIGSTOP)
        await whole.until(lambda phone: not phone.engine_up, "the hang is noticed", 10)
        await whole.registered()
        async with asyncio.timeout(5):
            while whole.sim.sip.pid in (0, first):
                await asyncio.sleep(0.02)
        await alive(whole)
