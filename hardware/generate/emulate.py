"""Boot Debian's kernel in an emulated Pi 3B with a kit's overlays applied, and keep which devices it made of them."""

import argparse
import lzma
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

from hardware.generate import kernel
from hardware.generate.kit import KITS, load_kit
from hardware.generate.overlays import overlays
from hardware.generate.products import HARDWARE, digest

TREE = "bcm2837-rpi-3-b.dtb"
MODULES = (
    "i2c_bcm2835", "i2c_dev", "spi_bcm2835", "gpio_keys", "leds_gpio", "gpio_charger",
    "snd_soc_bcm2835_i2s", "snd_soc_max98357a", "snd_soc_simple_card",
)  # fmt: skip
BEGIN, END = "ranin: begin", "ranin: end"
DEADLINE_S = 300.0
INIT = """#!/bin/busybox sh
/bin/busybox mount -t proc proc /proc
/bin/busybox mount -t sysfs sys /sys
/bin/busybox mount -t devtmpfs dev /dev
for module in $(/bin/busybox cat /modules/order); do /bin/busybox insmod /modules/$module; done
/bin/busybox sleep 5
echo "{begin}"
cd /sys/class
for place in /sys/bus/gpio/devices/gpiochip* /dev/i2c-* /dev/spidev* $PWD/leds/phone:* $PWD/power_supply/*; do
    [ -e $place ] && echo "$place"
done
/bin/busybox sed -n 's/^N: Name=/input /p' /proc/bus/input/devices
for card in /proc/asound/card[0-9]; do [ -e $card/id ] && echo "sound $(/bin/busybox cat $card/id)"; done
for device in /sys/bus/platform/devices/*ranin*; do
    [ -e $device ] && echo "platform ${{device##*/}} $([ -e $device/driver ] && echo bound)"
done
echo "{end}"
/bin/busybox sleep 100000
"""


def main() -> int:
    """Boot one kit; print and keep what was seen."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kit", choices=KITS)
    kit = parser.parse_args().kit
    try:
        seen = devices(kit)
    except kernel.KernelError as error:
        print(f"hardware: {error}", file=sys.stderr)
        return 1
    text = "\n".join([heading(kit), *seen]) + "\n"
    record(kit).write_text(text, "utf-8")
    print(text, end="")
    return 0


def record(kit: str) -> Path:
    """Where what was seen of a kit is kept."""
    return HARDWARE / kit / "devices.txt"


def heading(kit: str) -> str:
    """The first line of a record: of which overlays it tells."""
    return f"# overlays {digest(''.join(overlays(load_kit(kit).board).values()))}"


def devices(kit: str) -> list[str]:
    """Lines that the guest's init prints: one a device. Raises KernelError."""
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        tree = _with_overlays(kit, work)
        initrd = _initrd(work)
        return _boot(tree, initrd)


def _with_overlays(kit: str, work: Path) -> Path:
    made = []
    for overlay in overlays(load_kit(kit).board):
        made.append(str(work / f"{overlay}.dtbo"))
        source = HARDWARE / "overlays" / f"{kit}-{overlay}.dts"
        _run("dtc", "-q", "-@", "-I", "dts", "-O", "dtb", "-o", made[-1], str(source))
    base = next(kernel.unpacked().glob(f"usr/lib/linux-image-*/broadcom/{TREE}"))
    _run("fdtoverlay", "-i", str(base), "-o", str(work / "tree.dtb"), *made)
    return work / "tree.dtb"


def _initrd(work: Path) -> Path:
    root = work / "root"
    for folder in ("bin", "proc", "sys", "dev", "modules"):
        (root / folder).mkdir(parents=True)
    shutil.copy(kernel.busybox(), root / "bin" / "busybox")
    names = list(_modules(work, root / "modules"))
    (root / "modules" / "order").write_text("\n".join(names))
    (root / "init").write_text(INIT.format(begin=BEGIN, end=END))
    (root / "init").chmod(0o755)
    listing = "\n".join(str(path.relative_to(root)) for path in sorted(root.rglob("*")))
    done = subprocess.run(
        ["cpio", "-o", "-H", "newc", "--quiet"], cwd=root, input=listing.encode(), capture_output=True, check=True
    )
    (work / "initrd").write_bytes(done.stdout)
    return work / "initrd"


def _modules(work: Path, target: Path) -> Iterator[str]:
    """Put the modules and what they need there, unpacked; their file names in the order of loading."""
    tree = work / "tree"
    version = next((kernel.unpacked() / "usr" / "lib" / "modules").iterdir())
    shutil.copytree(version, tree / "lib" / "modules" / version.name, symlinks=True)
    _run("depmod", "-b", str(tree), version.name)
    loaded: set[str] = set()
    for module in MODULES:
        shown = _run("modprobe", "-d", str(tree), "-S", version.name, "--show-depends", module)
        for line in shown.splitlines():
            path = Path(line.split()[1]) if line.startswith("insmod") else None
            if path is not None and path.name not in loaded:
                loaded.add(path.name)
                name = path.name.removesuffix(".xz")
                content = path.read_bytes()
                (target / name).write_bytes(lzma.decompress(content) if path.suffix == ".xz" else content)
                yield name


def _boot(tree: Path, initrd: Path) -> list[str]:
    image = next(kernel.unpacked().glob("boot/vmlinuz-*"))
    words = ["qemu-system-aarch64", "-M", "raspi3b", "-kernel", str(image), "-dtb", str(tree), "-initrd", str(initrd)]
    words += ["-append", "console=ttyS1,115200 rdinit=/init quiet", "-display", "none", "-no-reboot"]
    try:
        machine = subprocess.Popen(
            [*words, "-serial", "null", "-serial", "stdio"], stdout=subprocess.PIPE, stdin=subprocess.DEVNULL,
            stderr=subprocess.STDOUT, text=True, errors="replace",
        )  # fmt: skip
    except FileNotFoundError as error:
        raise kernel.KernelError("qemu-system-aarch64 is missing: scripts/setup.sh --hardware installs it") from error
    alarm = threading.Timer(DEADLINE_S, machine.kill)
    alarm.start()
    try:
        return _between(machine)
    finally:
        alarm.cancel()
        machine.kill()
        machine.wait()


def _between(machine: "subprocess.Popen[str]") -> list[str]:
    assert machine.stdout is not None
    said: list[str] = []
    for line in map(str.strip, machine.stdout):
        said.append(line)
        if line == END:
            return said[said.index(BEGIN) + 1 : -1]
    raise kernel.KernelError("the emulated Pi did not come up:\n" + "\n".join(said[-20:]))


def _run(*words: str) -> str:
    try:
        done = subprocess.run(words, capture_output=True, text=True, check=False)
    except FileNotFoundError as error:
        raise kernel.KernelError(f"{words[0]} is missing") from error
    if done.returncode != 0:
        raise kernel.KernelError(f"{words[0]} failed:\n{done.stderr[-1000:]}")
    return done.stdout


if __name__ == "__main__":
    raise SystemExit(main())
