"""Which interface is which link."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from ranin.core.outage import Link
from ranin.network.interfaces import Interface

SYS_CLASS_NET = Path("/sys/class/net")
_CELLULAR_NAME = re.compile(r"ww|rmnet|ppp\d")
"""systemd.net-naming-scheme(7) calls WWAN `ww…`; the kernel's own names are wwan0, rmnet0, ppp0."""
_CELLULAR_DRIVER = re.compile(r"cdc_|qmi|rmnet|ppp|option|sierra")
_ETHERNET_TYPE = "1"
"""ARPHRD_ETHER of if_arp.h."""


def kind(folder: Path, name: str) -> Link | None:
    """What the interface of that name in `folder` (/sys/class/net) is; None for one that leads nowhere by itself."""
    place = folder / name
    if (place / "wireless").exists() or (place / "phy80211").exists():
        return Link.WIFI
    if _CELLULAR_NAME.match(name) or _CELLULAR_DRIVER.match(_driver(place)):
        return Link.LTE
    wired = (place / "device").exists() and _word(place / "type") == _ETHERNET_TYPE
    return Link.ETHERNET if wired else None


def find(present: Iterable[Interface], folder: Path = SYS_CLASS_NET) -> dict[Link, Interface]:
    """The best interface of each link: one with an address and a carrier, then the first by name."""
    found: dict[Link, Interface] = {}
    for interface in sorted(present, key=_worth):
        link = kind(folder, interface.name)
        if link is not None:
            found.setdefault(link, interface)
    return found


def named(present: Iterable[Interface], devices: Mapping[Link, str]) -> dict[Link, Interface]:
    """The interfaces that somebody has named, as far as they are there."""
    by_name = {interface.name: interface for interface in present}
    return {link: by_name[name] for link, name in devices.items() if name in by_name}


def _worth(interface: Interface) -> tuple[bool, bool, str]:
    return not interface.carrier, not interface.addresses, interface.name


def _driver(place: Path) -> str:
    return (place / "device" / "driver").resolve().name if (place / "device" / "driver").exists() else ""


def _word(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError:  # it was unplugged meanwhile
        return ""
