"""Lines over TLS: the server must prove its name, and says on the display why it did not; what the lock means."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from ranin.core.screens.screen import Icon, InCall
from ranin.core.settings import Account, Secret, Settings
from ranin.core.state import Phone
from ranin.sim.farend.farend import DOMAIN, FarEnd
from ranin.sim.farend.people import Person
from ranin.sim.simulation import Simulation
from tests.lan.rig import listeners
from tests.peers.authority import Authority
from tests.peers.secure import SecurePeer
from tests.phone.whole import PASSWORD, Whole


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


async def test_an_address_can_be_proved_too_and_ipv6_is_no_other(tmp_path: Path) -> None:
    authority = Authority(tmp_path / "ca")
    peer = await SecurePeer.start(authority.server("IP:::1"), "::1")
    async with Simulation() as sim:
        sim.apply(Settings(accounts=(peer.account(authority.pem, "[::1]"),)))
        await Whole(sim, None).registered()  # type: ignore[arg-type]  # there is no far end
        assert "SIP/2.0/TLS [::1]:" in peer.heard[0][1]
    peer.close()


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


SECRETS = (
    Person("611", "SDES", "takes keys from SDES", "aufile,{tone}", secrecy="srtp-mand"),
    Person("612", "DTLS", "takes keys from DTLS", "aufile,{tone}", secrecy="dtls_srtp"),
    Person("613", "Open", "has no keys", "aufile,{tone}"),
)


@asynccontextmanager
async def secret_phone(folder: Path, **fields: str) -> AsyncIterator[Whole]:
    """A phone at a real server over TLS."""
    authority = Authority(folder / "ca")
    far = FarEnd({"201": PASSWORD}, people=SECRETS, certificate=lambda ip: authority.give(f"IP:{ip}"))
    async with far, Simulation() as sim:
        whole = Whole(sim, far)
        account = Account(
            user="201", password=Secret(PASSWORD), domain=DOMAIN, server=far.secure_server,
            transport="tls", authority=authority.pem,
        )  # fmt: skip
        sim.apply(Settings(accounts=(replace(account, **fields),)))
        await whole.registered()
        try:
            yield whole
        finally:
            whole.close()


def locked(phone: Phone) -> bool:
    return isinstance(phone.shown.screen, InCall) and Icon.LOCK in phone.shown.screen.icons


@pytest.mark.parametrize(("number", "keys"), [("611", "sdes"), ("612", "dtls")])
async def test_encrypted_sound_goes_both_ways_and_the_display_shows_the_lock(
    tmp_path: Path, number: str, keys: str
) -> None:
    async with secret_phone(tmp_path, srtp="required", srtp_keys=keys) as whole:
        await whole.dials(f"{number}#")
        await whole.hears_hertz(1000)
        await whole.until(locked, "the lock is shown")
        await whole.replace()
        await whole.over()
        await whole.calls_me(number)
        await whole.shows("Lift to answer")
        await whole.lift()
        await whole.hears_hertz(1000)
        await whole.until(locked, "the lock is shown to who was called")


async def test_no_lock_where_the_other_side_has_no_keys_and_no_call_where_they_are_required(tmp_path: Path) -> None:
    async with secret_phone(tmp_path, srtp="optional") as whole:
        await whole.dials("613#")
        await whole.hears_hertz(1000)
        assert not locked(whole.sim.engine.phone)
        await whole.replace()
        await whole.over()
        account = replace(whole.sim.engine.phone.settings.accounts[0], srtp="required")
        whole.sim.apply(Settings(accounts=(account,)))
        await whole.until(lambda phone: not phone.registered, "registering anew")
        await whole.registered()
        await whole.dials("613#")
        await whole.shows("No common sound format")


async def test_keys_that_travel_in_the_clear_are_no_lock(tmp_path: Path) -> None:
    async with secret_phone(tmp_path, srtp="required") as whole:
        account = whole.sim.engine.phone.settings.accounts[0]
        whole.sim.apply(Settings(accounts=(replace(account, server=whole.far.server, transport="udp"),)))
        await whole.until(lambda phone: not phone.registered, "registering anew")
        await whole.registered()
        await whole.dials("611#")
        await whole.hears_hertz(1000)
        assert not locked(whole.sim.engine.phone)
