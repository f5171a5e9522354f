"""Probing a server over TLS: alive is only who has proved its name, and a refused certificate is told in words."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from ranin.core.outage import Link
from ranin.core.settings import Account
from ranin.network.prober import Prober
from ranin.sim.farend.namespace import Namespace
from tests.network.servers import Ear, probing
from tests.peers.authority import Authority
from tests.peers.secure import HOST, IP, SecurePeer

LINK = Link.ETHERNET


@asynccontextmanager
async def asked(folder: Path, server: ssl.SSLContext, authority: str) -> AsyncIterator[tuple[SecurePeer, Ear]]:
    """A secure server, and a prober that asks it."""
    namespace = Namespace()
    peer = await SecurePeer.start(server)
    account = Account(
        user="201", domain="ranin.test", server=f"{HOST}:{peer.port}", transport="tls", authority=authority
    )
    async with probing(Prober(folder, {LINK: namespace.link}, lambda interface: ()), account) as ear:
        yield peer, ear
    peer.close()
    await namespace.close()


async def test_one_verified_connection_serves_for_all_questions(tmp_path: Path) -> None:
    authority = Authority(tmp_path / "ca")
    async with asked(tmp_path, authority.server(f"IP:{IP}"), authority.pem) as (peer, ear):
        await ear.next(LINK, alive=True, count=3)
        assert peer.connections == 1 and "SIP/2.0/TLS" in peer.heard[0][1]


@pytest.mark.parametrize(
    ("names", "days", "reason"),
    [
        ("DNS:other.test", (-1, 1), "Certificate of another name"),
        (f"IP:{IP}", (-3, -1), "Certificate expired"),
        (f"IP:{IP}", (1, 2), "Certificate not valid yet"),
    ],
)
async def test_a_certificate_that_does_not_fit_is_told(
    tmp_path: Path, names: str, days: tuple[int, int], reason: str
) -> None:
    authority = Authority(tmp_path / "ca")
    async with asked(tmp_path, authority.server(names, *days), authority.pem) as (peer, ear):
        await ear.next(LINK, alive=False, reason=reason)
        assert peer.heard == []


async def test_the_systems_authorities_do_not_vouch_for_a_stranger(tmp_path: Path) -> None:
    server = await asyncio.to_thread(Authority(tmp_path / "ca").server, f"IP:{IP}")
    async with asked(tmp_path, server, "") as (peer, ear):
        await ear.next(LINK, alive=False, reason="Certificate not trusted")
        assert peer.heard == []
