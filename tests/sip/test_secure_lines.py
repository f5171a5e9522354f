"""Lines over TLS: the server must prove its name, and says on the display why it did not; what the lock means."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from ranin.core.settings import Settings
from ranin.sim.simulation import Simulation
from tests.lan.rig import listeners
from tests.peers.authority import Authority
from tests.peers.secure import SecurePeer
from tests.phone.whole import Whole


@asynccontextmanager
async def phone_of(peer: SecurePeer, authority: str) -> AsyncIterator[Whole]:
    """A phone whose one line is at the peer, and which believes that authority."""
    async with Simulation() as sim:
        whole = Whole(sim, None)  # type: ignore[arg-type]  # there is no far end
        sim.apply(Settings(accounts=(peer.account(authority),), codecs=("PCMU",)))
        try:
            yield whole
        finally:
            whole.close()
            peer.close()


async def test_a_line_registers_over_tls_and_every_message_of_a_call_takes_the_connection_that_was_verified(
    tmp_path: Path,
) -> None:
    authority = Authority(tmp_path / "ca")
    peer = await SecurePeer.start(authority.server("DNS:localhost"))
    async with phone_of(peer, authority.pem) as whole:
        await whole.registered()
        _, request = await peer.until("REGISTER sip:localhost")
        assert "SIP/2.0/TLS" in request and "transport=TLS" in request
        await whole.dials("604#")
        await whole.shows("Connected")
        await whole.replace()
        for method in ("INVITE", "ACK", "BYE"):
            connection, _ = await peer.until(method)
            assert connection == 1, f"{method} came by a connection of its own"
        assert listeners(whole.sim.sip.pid) == []
        assert "canary" not in "".join(text for _, text in peer.heard)


@pytest.mark.parametrize(
    ("names", "begins_days", "ends_days", "says"),
    [
        ("DNS:other.test", -1, 1, "Certificate of another name"),
        ("DNS:localhost", -3, -1, "Certificate expired"),
        ("DNS:localhost", 1, 2, "Certificate not valid yet"),
    ],
)
async def test_a_certificate_that_does_not_fit_is_refused_in_words(
    tmp_path: Path, names: str, begins_days: int, ends_days: int, says: str
) -> None:
    authority = Authority(tmp_path / "ca")
    peer = await SecurePeer.start(authority.server(names, begins_days, ends_days))
    async with phone_of(peer, authority.pem) as whole:
        await whole.shows(says)
        assert peer.heard == [], "something was said to a server that proved nothing"


@pytest.mark.parametrize("believed", ["another", "the system's"])
async def test_an_authority_that_nobody_believes_is_refused_in_words(tmp_path: Path, believed: str) -> None:
    authority, other = Authority(tmp_path / "ca"), Authority(tmp_path / "other")
    peer = await SecurePeer.start(authority.server("DNS:localhost"))
    async with phone_of(peer, other.pem if believed == "another" else "") as whole:
        await whole.shows("Certificate not trusted")
        assert peer.heard == []
        mended = replace(peer.account(authority.pem), label="Mended")
        whole.sim.apply(Settings(accounts=(mended,)))
        await whole.registered()
