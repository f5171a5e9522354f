"""Ports are found by USB identity and interface number, whatever ttyUSBn they are."""

from pathlib import Path

import pytest

from ranin.cellular.find import Ports, find_ports


@pytest.fixture
def sys_folder(tmp_path: Path) -> Path:
    """A SIM7600 behind a hub, plugged after a stranger; its numbers run backwards."""
    plug(tmp_path, "1-1", "0403:6001", {0: 0})
    plug(tmp_path, "1-2", "1e0e:9001", {0: 5, 1: 4, 2: 3, 3: 2, 4: 1})
    return tmp_path


def plug(sys: Path, place: str, identity: str, ttys: dict[int, int]) -> None:
    """Interface → ttyUSBn, as the kernel lists them."""
    usb = sys / "devices" / place
    usb.mkdir(parents=True)
    for name, value in zip(("idVendor", "idProduct"), identity.split(":"), strict=True):
        (usb / name).write_text(value + "\n")
    for interface, number in ttys.items():
        port = usb / f"{place}:1.{interface}" / f"ttyUSB{number}"
        port.mkdir(parents=True)
        (port.parent / "bInterfaceNumber").write_text(f"{interface:02x}\n")
        tty = sys / "class" / "tty" / f"ttyUSB{number}"
        tty.mkdir(parents=True)
        (tty / "device").symlink_to(port)


def test_the_first_known_modem(sys_folder: Path) -> None:
    assert find_ports("", sys_folder, Path("/dev")) == Ports("/dev/ttyUSB3", "/dev/ttyUSB1")


def test_a_modem_with_a_sound_card_has_no_sound_port(tmp_path: Path) -> None:
    plug(tmp_path, "1-2", "2c7c:0125", {0: 0, 1: 1, 2: 2, 3: 3})
    assert find_ports("", tmp_path) == Ports("/dev/ttyUSB2")


def test_a_port_by_its_name(sys_folder: Path) -> None:
    dev = sys_folder / "dev"
    dev.mkdir()
    (dev / "ttyUSB3").touch()
    (dev / "by-id").symlink_to(dev / "ttyUSB3")
    assert find_ports(str(dev / "by-id"), sys_folder, dev) == Ports(str(dev / "ttyUSB3"), str(dev / "ttyUSB1"))


def test_a_port_that_is_no_usb_modem(tmp_path: Path) -> None:
    (tmp_path / "ttyS0").touch()
    assert find_ports(str(tmp_path / "ttyS0"), tmp_path) == Ports(str(tmp_path / "ttyS0"))


def test_no_modem(tmp_path: Path) -> None:
    assert find_ports("", tmp_path) is None and find_ports(str(tmp_path / "gone"), tmp_path) is None
