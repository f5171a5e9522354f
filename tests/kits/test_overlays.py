"""The overlays: made by dtc, applied to Debian's own device trees, and Debian's kernel has what they ask for."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from hardware.generate import emulate, kernel
from hardware.generate.kit import KITS, load_kit
from hardware.generate.overlays import overlays
from hardware.generate.products import HARDWARE

pytestmark = pytest.mark.skipif(
    not shutil.which("dtc") or not shutil.which("fdtoverlay"), reason="needs device-tree-compiler"
)
OVERLAYS = HARDWARE / "overlays"
DRIVERS = {
    "gpio-charger": "CHARGER_GPIO",
    "gpio-keys": "KEYBOARD_GPIO",
    "gpio-leds": "LEDS_GPIO",
    "maxim,max98357a": "SND_SOC_MAX98357A",
    "rohm,dh2228fv": "SPI_SPIDEV",
    "simple-audio-card": "SND_SIMPLE_CARD",
}
BUSES = ("I2C_BCM2835", "SPI_BCM2835", "SND_BCM2835_SOC_I2S", "I2C_CHARDEV")
NODES = {
    "buses": {"bare": ["/soc/i2c@7e804000"], "standard": ["/soc/i2c@7e804000"],
              "deluxe": ["/soc/i2c@7e804000", "/soc/spi@7e204000/oled@0"]},
    "sound": {"standard": ["/ranin-amplifier", "/ranin-ringer"]},
    "power": {"deluxe": ["/ranin-mains"]},
    "hook": {"standard": ["/ranin-hook/hook"], "deluxe": ["/ranin-hook/hook"]},
    "lamps": {"bare": ["/ranin-lamps/ring"], "standard": ["/ranin-lamps/line"], "deluxe": ["/ranin-lamps/message"]},
}  # fmt: skip
"""What must be in the tree after applying, by overlay and kit."""


def run(*words: object) -> str:
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("overlays")
    for source in OVERLAYS.glob("*.dts"):
        run("dtc", "-@", "-I", "dts", "-O", "dtb", "-o", folder / f"{source.stem}.dtbo", source)
    return folder


@pytest.fixture(scope="module")
def trees() -> dict[str, Path]:
    try:
        return {board: kernel.device_tree(board) for board in kernel.TREES}
    except kernel.KernelError as error:
        pytest.skip(f"Debian's kernel is not to be had: {error}")


def test_dtc_has_no_complaint() -> None:
    for source in OVERLAYS.glob("*.dts"):
        done = subprocess.run(
            ["dtc", "-@", "-I", "dts", "-O", "dtb", "-o", "/dev/null", str(source)], capture_output=True, text=True
        )
        # Children of a bus are judged without the bus's own cells, which are in the tree they are applied to.
        said = [line for line in done.stderr.splitlines() if "Warning" in line and "reg_format" not in line]
        said = [line for line in said if "avoid_default_addr_size" not in line and "spi_bus_reg" not in line]
        assert done.returncode == 0 and not said, source


@pytest.mark.parametrize("board", kernel.TREES)
@pytest.mark.parametrize("name", KITS)
def test_a_kit_applies_to_debians_tree(
    name: str, board: str, compiled: Path, trees: dict[str, Path], tmp_path: Path
) -> None:
    made = overlays(load_kit(name).board)
    whole = tmp_path / "whole.dtb"
    run("fdtoverlay", "-i", trees[board], "-o", whole, *(compiled / f"{name}-{overlay}.dtbo" for overlay in made))
    for overlay in made:
        run("fdtoverlay", "-i", trees[board], "-o", tmp_path / "alone.dtb", compiled / f"{name}-{overlay}.dtbo")
        for node in NODES[overlay][name]:
            assert run("fdtget", whole, "-p", node)
            assert run("fdtget", tmp_path / "alone.dtb", "-p", node)
    assert run("fdtget", "-t", "i", whole, "/soc/i2c@7e804000", "clock-frequency").strip() == "400000"


def test_the_hook_is_the_board_files(compiled: Path, trees: dict[str, Path], tmp_path: Path) -> None:
    hook = load_kit("standard").board.hook
    run("fdtoverlay", "-i", trees["4"], "-o", tmp_path / "t.dtb", compiled / "standard-hook.dtbo")
    _, pin, flags = run("fdtget", "-t", "i", tmp_path / "t.dtb", "/ranin-hook/hook", "gpios").split()
    assert int(pin) == hook and int(flags) == 0x10


@pytest.mark.parametrize("name", KITS)
def test_an_emulated_pi_made_devices_of_these_overlays(name: str) -> None:
    first, *seen = emulate.record(name).read_text("utf-8").splitlines()
    assert first == emulate.heading(name), f"other overlays: python -m hardware.generate.emulate {name}"
    board = load_kit(name).board
    assert "/dev/i2c-1" in seen
    assert {led.value for led in board.leds} == {line.rpartition(":")[2] for line in seen if "/leds/" in line}
    assert ('input "ranin-hook"' in seen) == (board.hook is not None)
    assert ("/dev/spidev0.0" in seen) == (board.oled.bus == "spi")
    assert ("sound ringer" in seen) == (board.amplifier is not None)
    mains = board.ups is not None and board.ups.power_loss is not None
    assert ("/sys/class/power_supply/ranin-mains" in seen) == mains
    assert all(line.endswith(" bound") for line in seen if line.startswith("platform"))


def test_debians_kernel_has_every_driver(trees: dict[str, Path]) -> None:
    options = kernel.options()
    wanted = {
        name for path in OVERLAYS.glob("*.dts") for name in re.findall(r'\tcompatible = "([^"]+)"', path.read_text())
    }
    assert all(options.get(DRIVERS[name]) in ("y", "m") for name in wanted - {"brcm,bcm2835"})
    assert all(options.get(name) in ("y", "m") for name in BUSES)
    assert "KEYBOARD_MATRIX" not in options, "the keys could be the kernel's now"
