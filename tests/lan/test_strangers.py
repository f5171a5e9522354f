"""Who connects to the LAN's listener without the provisioning's key is told nothing; who has it is heard."""

import asyncio
import contextlib
import os
import socket
import ssl
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ranin.core.outage import Link
from ranin.core.settings import LanSettings
from ranin.sim.farend.networks import Network
from tests.lan.rig import PORT, Switch, expired, listeners, phones, provisioning
from tests.phone.whole import DEADLINE_S, Whole, phone_with_everything
from tests.sip.moves import sockets

CROWD, ROOM = 200, 50
"""Connections that say nothing, and how many of them are there at once at the least."""
SDP = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 9 RTP/AVP 0\r\n"


def request(method: str, body: str = "") -> bytes:
    return (
        f"{method} sip:201@phone SIP/2.0\r\nVia: SIP/2.0/TLS 127.0.0.1:9;branch=z9hG4bK{method};rport\r\n"
        f"Max-Forwards: 70\r\nFrom: <sip:666@x>;tag=1\r\nTo: <sip:201@phone>\r\nCall-ID: {method}\r\n"
        f"CSeq: 1 {method}\r\n"
        f"Contact: <sip:666@127.0.0.1>\r\nContent-Type: application/sdp\r\nContent-Length: {len(body)}\r\n\r\n{body}"
    ).encode()


def context(folder: Path, lan: LanSettings | None) -> ssl.SSLContext:
    """A TLS client that believes anything and shows this certificate, or none."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.check_hostname, made.verify_mode = False, ssl.CERT_NONE
    if lan is not None:
        (folder / "both.pem").write_text(lan.certificate + lan.key.text)
        made.load_cert_chain(folder / "both.pem")
    return made


@contextlib.contextmanager
def connected(switch: Switch, address: str) -> Iterator[socket.socket]:
    with switch.stranger() as made:
        made.settimeout(DEADLINE_S)
        made.connect((address, PORT))
        yield made


def said(switch: Switch, address: str, client: ssl.SSLContext, sent: bytes) -> tuple[bytes, bool]:
    """(what is answered to `sent`, whether a session is given that could be resumed)."""
    with connected(switch, address) as plain:
        try:
            with client.wrap_socket(plain) as secure:
                secure.sendall(sent)
                try:
                    return secure.recv(65536), bool(secure.session and secure.session.has_ticket)
                except (ssl.SSLError, ConnectionError):
                    return b"", bool(secure.session and secure.session.has_ticket)
        except (ssl.SSLError, ConnectionError):
            return b"", False


def raw(switch: Switch, address: str, sent: bytes) -> bytes:
    """All that comes back until the phone hangs up."""
    with connected(switch, address) as plain:
        plain.sendall(sent)
        heard = b""
        with contextlib.suppress(ConnectionError):
            while data := plain.recv(65536):
                heard += data
        return heard


def untouched(whole: Whole) -> bool:
    return not whole.sim.engine.phone.calls and not whole.sim.engine.phone.log


async def test_only_the_provisioning_s_key_is_heard(switch: Switch, tmp_path: Path) -> None:
    ours, theirs = provisioning(tmp_path, "ours"), provisioning(tmp_path, "theirs")
    async with phones(switch, tmp_path, ("201", ours)) as ((one, address),):
        pid = one.sim.sip.pid
        for shown in (None, theirs):
            for method in ("INVITE", "OPTIONS", "REGISTER", "MESSAGE"):
                sent = request(method, SDP if method == "INVITE" else "")
                heard = await asyncio.to_thread(said, switch, address, context(tmp_path, shown), sent)
                assert heard == (b"", False), method
        assert b"SIP" not in await asyncio.to_thread(raw, switch, address, request("INVITE", SDP))
        heard, _ = await asyncio.to_thread(said, switch, address, context(tmp_path, ours), request("OPTIONS"))
        assert heard.startswith(b"SIP/2.0 200")
        assert untouched(one) and one.sim.sip.pid == pid


async def test_a_call_without_encrypted_sound_never_rings(switch: Switch, tmp_path: Path) -> None:
    ours = provisioning(tmp_path, "ours")
    async with phones(switch, tmp_path, ("201", ours)) as ((one, address),):
        client = context(tmp_path, ours)
        heard, _ = await asyncio.to_thread(said, switch, address, client, request("INVITE", SDP))
        heard = heard.partition(b"SIP/2.0 ")[2] if heard.startswith(b"SIP/2.0 100") else heard
        assert b"180" not in heard
        await asyncio.to_thread(said, switch, address, client, request("OPTIONS"))
        assert untouched(one)


async def test_a_certificate_that_has_expired_is_not_believed(switch: Switch, tmp_path: Path) -> None:
    old = expired(tmp_path, provisioning(tmp_path, "ours"))
    async with phones(switch, tmp_path, ("201", old)) as ((_, address),):
        heard = await asyncio.to_thread(said, switch, address, context(tmp_path, old), request("OPTIONS"))
        assert heard == (b"", False)


async def test_a_connection_that_says_nothing_is_ended(switch: Switch, tmp_path: Path) -> None:
    async with phones(switch, tmp_path, ("201", provisioning(tmp_path, "ours"))) as ((_, address),):
        assert await asyncio.to_thread(raw, switch, address, b"") == b""


@pytest.mark.parametrize("certificate", ["", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"])
async def test_a_certificate_that_is_none_opens_nothing(switch: Switch, tmp_path: Path, certificate: str) -> None:
    broken = LanSettings(True, certificate=certificate, key=provisioning(tmp_path, "ours").key)
    async with phones(switch, tmp_path, ("201", broken)) as ((_, address),):
        with pytest.raises(ConnectionRefusedError):
            await asyncio.to_thread(raw, switch, address, b"")


async def test_another_certificate_s_key_opens_nothing(switch: Switch, tmp_path: Path) -> None:
    mixed = replace(provisioning(tmp_path, "ours"), key=provisioning(tmp_path, "theirs").key)
    async with phones(switch, tmp_path, ("201", mixed)) as ((_, address),):
        with pytest.raises(ConnectionRefusedError):
            await asyncio.to_thread(raw, switch, address, b"")


async def test_a_new_key_shuts_the_old_one_out_and_off_is_off(switch: Switch, tmp_path: Path) -> None:
    old, new = provisioning(tmp_path, "old"), provisioning(tmp_path, "new")
    async with phones(switch, tmp_path, ("201", old)) as ((one, address),):
        settings = one.sim.engine.phone.settings

        async def hears(lan: LanSettings) -> bool:
            heard = await asyncio.to_thread(said, switch, address, context(tmp_path, lan), request("OPTIONS"))
            return heard[0].startswith(b"SIP/2.0 200")

        wrap = context(tmp_path, old).wrap_socket
        with connected(switch, address) as plain, await asyncio.to_thread(wrap, plain) as kept:
            one.sim.apply(replace(settings, lan=new))
            assert await asyncio.to_thread(kept.recv, 1) == b""
        assert await hears(new) and not await hears(old)
        one.sim.apply(replace(settings, lan=LanSettings()))
        async with asyncio.timeout(DEADLINE_S):
            while listeners(one.sim.sip.pid) + listeners(os.getpid()):
                await asyncio.sleep(0.05)
        with pytest.raises(ConnectionRefusedError):
            await asyncio.to_thread(raw, switch, address, b"")


def crowd(stack: contextlib.ExitStack, network: Network) -> None:
    """Connect again and again, say nothing, and stay."""
    for _ in range(CROWD):
        one = stack.enter_context(network.stranger())
        one.settimeout(0.2)
        with contextlib.suppress(OSError):
            one.connect((network.address, PORT))


async def test_a_crowd_of_silent_connections_does_not_keep_the_server_s_calls_out(tmp_path: Path) -> None:
    ours = provisioning(tmp_path, "ours")
    async with phone_with_everything(tmp_path, lan=ours) as whole:
        network = whole.far.networks[Link.ETHERNET]
        await whole.until(lambda phone: phone.lan.address == network.address, "on the LAN")
        with contextlib.ExitStack() as stack:
            await asyncio.to_thread(crowd, stack, network)
            assert sockets("tcp", network.address) > ROOM
            await whole.calls_me("604")
            await whole.shows("Lift to answer")
            await whole.lift()
            await whole.hears_hertz(1000)
