"""Where a domain's servers are: RFC 3263 and RFC 2782 as far as a phone needs them, and what is left without DNS."""

import random
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ranin.network import dns
from ranin.network.locator import Locator
from ranin.network.names import KEEP_S
from ranin.network.services import Service, in_order, referral, service
from tests.network.zone import RESOLVER, Zone, naptr, srv

DOMAIN = "ranin.test"
BOTH = [("192.0.2.1", 5060), ("192.0.2.2", 5070)]


def two_servers() -> Zone:
    zone = Zone()
    zone[f"_sip._udp.{DOMAIN}", dns.SRV] = [srv(20, 0, 5070, f"b.{DOMAIN}"), srv(10, 5, 5060, f"a.{DOMAIN}")]
    zone.address(f"a.{DOMAIN}", "192.0.2.1")
    zone.address(f"b.{DOMAIN}", "192.0.2.2")
    return zone


class Wall:
    now_s = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now_s


def locator(folder: Path, wall: Wall | None = None) -> Locator:
    return Locator(folder / "servers.json", lambda: (RESOLVER,), wall or Wall())


async def test_servers_come_by_priority_and_are_asked_for_once_while_the_answer_lives(tmp_path: Path) -> None:
    zone = two_servers()
    async with zone.at():
        made = locator(tmp_path)
        assert await made.find(DOMAIN, "udp") == BOTH
        asked = zone.asked
        assert await made.find(DOMAIN, "udp") == BOTH and zone.asked == asked


async def test_naptr_leads_to_the_transports_own_servers(tmp_path: Path) -> None:
    zone = two_servers()
    zone[DOMAIN, dns.NAPTR] = [
        naptr(20, 0, "SIP+D2U", f"_sip._udp.{DOMAIN}"),
        naptr(10, 0, "SIPS+D2T", "_sips._tcp.secure.test"),
    ]
    zone["_sips._tcp.secure.test", dns.SRV] = [srv(0, 0, 5061, f"b.{DOMAIN}")]
    async with zone.at():
        assert await locator(tmp_path).find(DOMAIN, "tls") == [("192.0.2.2", 5061)]
        assert await locator(tmp_path).find(DOMAIN, "udp") == BOTH


async def test_a_domain_without_such_records_has_none_and_so_has_one_that_offers_no_such_service(
    tmp_path: Path,
) -> None:
    zone = Zone()
    zone[f"_sip._tcp.{DOMAIN}", dns.SRV] = [srv(0, 0, 0, "")]
    async with zone.at():
        assert await locator(tmp_path).find(DOMAIN, "udp") == []
        assert await locator(tmp_path).find(DOMAIN, "tcp") == []
        zone.code = 3
        assert await locator(tmp_path).find("no.test", "udp") == []


@pytest.mark.parametrize("how", ["silent", "fails", "is not there"])
async def test_the_last_good_answer_is_on_disk_for_when_dns_is_dead(tmp_path: Path, how: str) -> None:
    zone, wall = two_servers(), Wall()
    async with zone.at():
        await locator(tmp_path, wall).find(DOMAIN, "udp")
        zone.silent, zone.code = how == "silent", 2
        if how != "is not there":
            assert await locator(tmp_path, wall).find(DOMAIN, "udp") == BOTH
    if how == "is not there":
        assert await locator(tmp_path, wall).find(DOMAIN, "udp") == BOTH
    wall.now_s += KEEP_S + 1
    assert await locator(tmp_path, wall).find(DOMAIN, "udp") == []


@pytest.mark.parametrize("text", ["", "{", "[]", '{"a": 1}', '{"a/udp/4": [["x"], 1]}'])
async def test_a_broken_file_is_an_empty_one(tmp_path: Path, text: str) -> None:
    (tmp_path / "servers.json").write_text(text)
    async with two_servers().at():
        assert await locator(tmp_path).find(DOMAIN, "udp") == BOTH


def test_weights_share_the_load_and_a_weight_of_nothing_is_rarely_the_first() -> None:
    draw = random.Random(7).randrange
    group = [Service(0, 0, 1, "z"), Service(0, 10, 2, "a"), Service(0, 30, 3, "b"), Service(1, 99, 4, "last")]
    orders = [in_order(group, draw) for _ in range(2000)]
    firsts = Counter(order[0].target for order in orders)
    assert all(order[-1].target == "last" for order in orders)
    assert firsts["b"] > 2 * firsts["a"] > 4 * firsts["z"]


@given(st.lists(st.builds(Service, st.integers(0, 3), st.integers(0, 65535), st.just(5060), st.text("ab", min_size=1))))
def test_every_server_is_tried_and_none_before_a_better_one(rows: list[Service]) -> None:
    order = in_order(rows, random.Random(1).randrange)
    assert Counter(order) == Counter(rows)
    assert [row.priority for row in order] == sorted(row.priority for row in rows)


@given(st.binary(max_size=600))
def test_no_message_of_a_resolver_does_harm(junk: bytes) -> None:
    for kind in (dns.SRV, dns.NAPTR):
        asked = dns.query(DOMAIN, kind, 7)
        head = asked[:2] + b"\x81\x80\0\1\0\2\0\0\0\0" + asked[12:]
        found = dns.read_records(asked, head + b"\xc0\x0c" + kind.to_bytes(2) + b"\0\1\0\0\0\1" + junk)
        for _, data in found[1] if found else []:
            if kind == dns.SRV:
                service(data)
            else:
                referral([data], "udp")
