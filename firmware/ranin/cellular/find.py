"""Which ports belong to a modem: by USB identity and interface number, as the kernel lists them under /sys."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ranin.cellular.profiles import PROFILES, Profile


@dataclass(frozen=True, slots=True)
class Ports:
    """Device files of a modem."""

    device: str
    """AT commands."""
    sound: str = ""
    """Voice; empty when it is not on a serial port."""


def find_ports(device: str = "", sys: Path = Path("/sys"), dev: Path = Path("/dev")) -> Ports | None:
    """The ports of the modem at `device`, or of the first known modem when it is empty; None without one.

    Numbers of ttyUSBn follow the order of plugging and mean nothing.
    """
    if not device:
        return next(_modems(sys, dev), None)
    path = Path(device)
    if not path.exists():
        return None
    found = (ports for ports in _modems(sys, dev) if Path(ports.device) == path.resolve())
    return next(found, None) or Ports(device)


def _modems(sys: Path, dev: Path) -> Iterator[Ports]:
    interfaces = {(usb, number): name for name, usb, number in _ttys(sys)}
    for usb, number in sorted(interfaces):
        profile = _profile(usb)
        if profile is not None and number == profile.at_interface:
            sound = interfaces.get((usb, profile.sound_interface)) if profile.sound_interface else None
            yield Ports(str(dev / interfaces[usb, number]), str(dev / sound) if sound else "")


def _ttys(sys: Path) -> Iterator[tuple[str, Path, int]]:
    """(ttyUSBn, its USB device, interface number)."""
    for link in (sys / "class" / "tty").glob("ttyUSB*/device"):
        interface = next((path for path in link.resolve().parents if (path / "bInterfaceNumber").exists()), None)
        if interface is not None:
            number = int((interface / "bInterfaceNumber").read_text(), 16)
            yield link.parent.name, interface.parent, number


def _profile(usb: Path) -> Profile | None:
    try:
        identity = ":".join((usb / name).read_text().strip() for name in ("idVendor", "idProduct"))
    except OSError:
        return None  # pulled just now
    return next((profile for profile in PROFILES if identity in profile.usb), None)
