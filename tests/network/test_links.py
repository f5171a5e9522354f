"""Which interface is which link, and what the kernel says of interfaces."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ranin.core.outage import Link
from ranin.network.interfaces import Interface, interfaces, parse, routed
from ranin.network.links import find, kind, named
from ranin.sim.farend.namespace import Namespace, ip_command


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A /sys/class/net with one of each."""

    def add(name: str, driver: str = "", kind: str = "1", *more: str) -> None:
        place = tmp_path / "net" / name
        place.mkdir(parents=True)
        (place / "type").write_text(f"{kind}\n")
        for part in more:
            (place / part).mkdir()
        if driver:
            (tmp_path / "drivers" / driver).mkdir(parents=True, exist_ok=True)
            (place / "device").mkdir()
            (place / "device" / "driver").symlink_to(tmp_path / "drivers" / driver)

    add("lo", kind="772")
    add("eth0", "bcmgenet")
    add("eth1", "r8152")
    add("enxb827eb", "smsc95xx")
    add("wlan0", "brcmfmac", "1", "phy80211", "wireless")
    add("wlx00", "rtl8xxxu", "1", "phy80211")
    add("wwan0", "qmi_wwan", "65534")
    add("usb0", "cdc_ether")
    add("ppp0", kind="512")
    add("rmnet_data0", kind="519")
    add("docker0")
    add("tun0", kind="65534")
    return tmp_path / "net"


@pytest.mark.parametrize(
    ("name", "link"),
    [
        ("lo", None),
        ("eth0", Link.ETHERNET),
        ("eth1", Link.ETHERNET),
        ("enxb827eb", Link.ETHERNET),
        ("wlan0", Link.WIFI),
        ("wlx00", Link.WIFI),
        ("wwan0", Link.LTE),
        ("usb0", Link.LTE),
        ("ppp0", Link.LTE),
        ("rmnet_data0", Link.LTE),
        ("docker0", None),
        ("tun0", None),
        ("unplugged", None),
    ],
)
def test_each_kind_is_known(folder: Path, name: str, link: Link | None) -> None:
    assert kind(folder, name) is link


def test_the_one_in_use_stands_for_its_link(folder: Path) -> None:
    idle, used = Interface("eth0", 2, False), Interface("eth1", 3, True, ("198.18.0.1",))
    assert find([idle, used, Interface("docker0", 9, True, ("172.17.0.1",))], folder) == {Link.ETHERNET: used}
    assert find([], folder) == {}


def test_a_named_interface_that_is_not_there_is_left_out() -> None:
    there = Interface("x", 2, True)
    assert named([there], {Link.ETHERNET: "x", Link.WIFI: "y"}) == {Link.ETHERNET: there}


@pytest.fixture
def namespace() -> Iterator[Namespace]:
    made = Namespace()
    yield made
    made.remove()


def look(name: str) -> Interface:
    return next(interface for interface in interfaces() if interface.name == name)


def test_carrier_and_addresses_are_the_kernels(namespace: Namespace) -> None:
    found = look(namespace.link)
    assert found.carrier and found.addresses == (namespace.host_ip,)
    assert found.index == socket.if_nametoindex(namespace.link)
    ip_command("addr", "add", "2001:db8::1/64", "dev", namespace.link, "nodad")
    assert look(namespace.link).addresses == (namespace.host_ip, "2001:db8::1")
    ip_command("-n", namespace.name, "link", "set", namespace.inner, "down")
    assert not look(namespace.link).carrier


def test_addresses_that_lead_nowhere_are_left_out(namespace: Namespace) -> None:
    ip_command("addr", "add", "fe80::77/64", "dev", namespace.link, "nodad")
    ip_command("addr", "add", "2001:db8::2/64", "dev", namespace.link, "nodad", "preferred_lft", "0")
    assert look(namespace.link).addresses == (namespace.host_ip,)


@given(st.lists(st.binary(max_size=200), max_size=4))
def test_no_message_upsets_it(parts: list[bytes]) -> None:
    parse(parts)
    routed(parts)


@given(st.sampled_from([16, 20, 24, 25]), st.binary(max_size=120))
def test_no_body_upsets_it(what: int, body: bytes) -> None:
    message = (16 + len(body)).to_bytes(4, "little") + what.to_bytes(2, "little") + bytes(10) + body
    parse([message])
    routed([message])
