"""What is written where under /sys to save power, step by step. Pure but for looking at what is there."""

from collections.abc import Iterator
from pathlib import Path

from ranin.power.sysfs import number, word

DIMMED = 0.2
"""The share of its brightness that a backlight keeps."""
BOARD_LEDS = ("ACT", "PWR", "led0", "led1")
"""The board's own; the phone's lamps have something to say."""
SLOW_KHZ = 1_000_000
"""Enough for a codec, a third to a half of what a Pi can."""
HUMAN_INTERFACE = "03"
"""bInterfaceClass of keyboards (USB HID 1.11 §4.1): one that sleeps may swallow the first key."""

Order = tuple[str, str]
"""A file, relative to /sys, and what to write."""


def orders(root: Path, step: int) -> Iterator[Order]:
    """What this step adds to the ones below it."""
    for path, text in {1: _dim, 2: _slow, 3: _idle}[step](root):
        yield str(path.relative_to(root)), text


def undo(file: str, now: str) -> str:
    """What to write to bring back what the file says now."""
    if file.startswith("class/drm/"):
        return "detect"  # it takes on, off and detect, and tells connected or disconnected
    chosen = [option[1:-1] for option in now.split() if option.startswith("[")]
    return chosen[0] if chosen else now


def _dim(root: Path) -> Iterator[tuple[Path, str]]:
    for place in sorted(root.glob("class/backlight/*")):
        bright = number(place / "brightness")
        if bright:
            yield place / "brightness", str(max(1, round(bright * DIMMED)))
    for name in BOARD_LEDS:
        place = root / "class" / "leds" / name
        if place.exists():
            yield place / "trigger", "none"
            yield place / "brightness", "0"


def _slow(root: Path) -> Iterator[tuple[Path, str]]:
    for place in sorted(root.glob("devices/system/cpu/cpufreq/policy*")):
        least, most = (number(place / f"cpuinfo_{end}_freq") for end in ("min", "max"))
        yield place / "scaling_max_freq", str(int(min(most or SLOW_KHZ, max(least or 0, SLOW_KHZ))))
        yield place / "scaling_governor", "schedutil"


def _idle(root: Path) -> Iterator[tuple[Path, str]]:
    for place in sorted(root.glob("bus/usb/devices/*")):
        if (place / "power" / "control").exists() and not _for_fingers(place):
            yield place / "power" / "control", "auto"
    for place in sorted(root.glob("class/rfkill/*")):
        if word(place / "type") == "bluetooth":
            yield place / "soft", "1"
    for place in sorted(root.glob("class/drm/card*-HDMI-*")):
        yield place / "status", "off"


def _for_fingers(device: Path) -> bool:
    return any(word(part) == HUMAN_INTERFACE for part in device.glob("*/bInterfaceClass"))
