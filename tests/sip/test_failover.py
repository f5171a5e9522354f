"""A line with a backup: there when its server fails, back when that is well again, and heard from both."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from ranin.core import lines
from ranin.core.screens.screen import Ringing
from ranin.core.settings import Account, Settings
from ranin.core.state import LineState
from ranin.network import dns
from ranin.sim.simulation import Simulation
from tests.network.zone import RESOLVER, Zone, srv
from tests.peers.peer import Peer, sdp
from tests.phone.whole import Whole


class Moody(Peer):
    """Answers every REGISTER with `code`; 0: says nothing at all."""

    code = 200

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def registers(self) -> int:
        return sum(text.startswith("REGISTER") for text in self.requests)

    def send(self, text: str) -> None:
        if text.startswith("SIP/2.0 200") and "REGISTER" in text:
            if not self.code:
                return
            text = text.replace("SIP/2.0 200", f"SIP/2.0 {self.code}", 1)
        super().send(text)


async def moody() -> Moody:
    peer = await Moody.start()
    assert isinstance(peer, Moody)
    return peer


@asynccontextmanager
async def phone_of(main: Peer, backup: Peer, **fields: str) -> AsyncIterator[Whole]:
    async with Simulation() as sim:
        whole = Whole(sim, None)  # type: ignore[arg-type]  # there is no far end
        account = Account(
            user="201", domain="ranin.test", server=f"127.0.0.1:{main.port}", backup=f"127.0.0.1:{backup.port}"
        )
        sim.apply(Settings(accounts=(replace(account, **fields),)))
        yield whole
        main.close()
        backup.close()


async def at(whole: Whole, place: int) -> None:
    await whole.until(
        lambda phone: (
            phone.lines[0].at == place and phone.lines[0].state is LineState.REGISTERED and not phone.lines[0].returning
        ),
        f"registered at server {place}",
    )


@pytest.mark.parametrize("code", [503, 0])
async def test_the_backup_serves_while_the_server_does_not_and_its_calls_ring(
    monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    monkeypatch.setattr(lines, "ANSWER_WITHIN_S", 0.5)
    monkeypatch.setattr(lines, "RETURN_AFTER_S", 1.0)
    main, backup = await moody(), await moody()
    main.code = code
    async with phone_of(main, backup) as whole:
        await at(whole, 1)
        backup.invite(sdp(40000))
        await whole.until(lambda phone: isinstance(phone.shown.screen, Ringing), "the backup's call rings")
        tried = main.registers()
        await whole.lift()
        await whole.replace()
        main.code = 200
        await at(whole, 0)
        assert main.registers() > tried
        main.invite(sdp(40000))
        await whole.shows("Lift to answer")


async def test_a_server_that_fails_later_is_left_and_the_way_back_is_tried_until_it_works(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(lines, "ANSWER_WITHIN_S", 0.5)
    monkeypatch.setattr(lines, "RETURN_AFTER_S", 0.5)
    main, backup = await moody(), await moody()
    async with phone_of(main, backup) as whole:
        await at(whole, 0)
        main.code = 503
        whole.sim.apply(replace(whole.sim.engine.phone.settings, accounts=(_relabelled(whole),)))
        await at(whole, 1)
        await whole.until(lambda phone: phone.lines[0].returns >= 2, "two returns have failed")
        await at(whole, 1)
        main.code = 200
        await at(whole, 0)


def _relabelled(whole: Whole) -> Account:
    return replace(whole.sim.engine.phone.settings.accounts[0], label="Other")


async def test_a_proxy_sees_that_it_is_one_and_the_registrar_is_named() -> None:
    proxy, backup = await moody(), await moody()
    fields = {"proxy": proxy.address, "server": "registrar.test", "domain": "a.test"}
    async with phone_of(proxy, backup, **fields) as whole:
        await at(whole, 0)
        request = await proxy.until("REGISTER sip:registrar.test")
        assert f"Route: <sip:127.0.0.1:{proxy.port};transport=udp;lr>" in request and "sip:201@a.test" in request
        await whole.dials("604#")
        assert "Route: <sip:127.0.0.1" in await proxy.until("INVITE sip:604@a.test")


def zone_of(*peers: Peer) -> Zone:
    """DNS that names these as the servers of ranin.test, the first the best."""
    zone = Zone()
    rows = [srv(10 * rank, 0, peer.port, "here.ranin.test") for rank, peer in enumerate(peers)]
    zone["_sip._udp.ranin.test", dns.SRV] = rows
    zone.address("here.ranin.test", "127.0.0.1")
    return zone


async def test_a_bare_domains_servers_are_tried_in_the_order_of_dns_and_known_without_it(tmp_path: Path) -> None:
    first, second = await moody(), await moody()
    zone = zone_of(first, second)
    settings = Settings(accounts=(Account(user="201", domain="ranin.test"),))
    first.code = 503
    async with zone.at():
        async with Simulation(tmp_path, resolvers=lambda: (RESOLVER,)) as sim:
            sim.apply(settings)
            await at(Whole(sim, None), 1)  # type: ignore[arg-type]  # there is no far end
            second.invite(sdp(40000))
            await Whole(sim, None).shows("Lift to answer")  # type: ignore[arg-type]
        zone.silent, first.code = True, 200
        async with Simulation(tmp_path, resolvers=lambda: (RESOLVER,)) as sim:
            sim.apply(settings)
            await at(Whole(sim, None), 0)  # type: ignore[arg-type]
    first.close()
    second.close()


async def test_a_port_that_is_none_is_a_server_that_is_not_found() -> None:
    async with Simulation() as sim:
        account = Account(user="201", domain="ranin.test", server="127.0.0.1:99999", ice=True, stun="127.0.0.1:99999")
        sim.apply(Settings(accounts=(account,)))
        await Whole(sim, None).shows("Server not found")  # type: ignore[arg-type]  # there is no far end
