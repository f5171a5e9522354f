"""The kernel's power_supply class (Documentation/ABI/testing/sysfs-class-power): battery, mains, their words."""

import math
from dataclasses import dataclass
from pathlib import Path

POWER_SUPPLY = Path("/sys/class/power_supply")


@dataclass(frozen=True, slots=True)
class Found:
    """The folders of one battery and of all that mains may come by."""

    battery: Path | None = None
    mains: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class Said:
    """What a battery's files say; None where they say nothing."""

    status: str = ""
    millivolts: float | None = None
    milliamps: float | None = None
    """As the driver signs it; drivers do not agree."""
    gauge: float | None = None
    """0 to 1."""


def find(folder: Path) -> Found:
    """The first battery of the machine itself, by name, and every mains."""
    battery, mains = None, []
    try:
        places = sorted(folder.iterdir())
    except OSError:
        return Found()
    for place in places:
        kind = word(place / "type")
        if kind == "Battery" and word(place / "scope") != "Device":  # a mouse's battery is none of ours
            battery = battery or place
        elif kind in ("Mains", "USB", "USB_C", "USB_PD", "USB_DCP"):
            mains.append(place)
    return Found(battery, tuple(mains))


def word(path: Path) -> str:
    """A file's text; empty if it cannot be read: a gauge on I²C gives EIO now and then."""
    try:
        return path.read_text(errors="replace").strip()
    except OSError:
        return ""


def number(path: Path) -> float | None:
    """A file's number; None for anything else."""
    try:
        said = float(word(path))
    except ValueError:
        return None
    return said if math.isfinite(said) else None


def online(found: Found) -> bool | None:
    """Whether mains is there; None if nobody knows."""
    known = [said for place in found.mains if (said := number(place / "online")) is not None]
    if known:
        return any(said > 0 for said in known)
    status = word(found.battery / "status") if found.battery is not None else ""
    return {"Discharging": False, "Charging": True, "Full": True, "Not charging": True}.get(status)


def read(battery: Path) -> Said:
    """Everything a reading needs."""
    volts, amps, gauge = (number(battery / name) for name in ("voltage_now", "current_now", "capacity"))
    return Said(
        word(battery / "status"),
        None if volts is None else volts / 1000,
        None if amps is None else amps / 1000,
        None if gauge is None else gauge / 100,
    )
