"""Device-tree overlays for Debian's kernel, whose labels are the mainline ones (`spi`, `i2s`), not those of Pi OS.

There is none for the key matrix: Debian builds no kernel driver for it, the phone scans the pins itself.
"""

from collections.abc import Iterator

from ranin.core.commands import Led
from ranin.hardware.board import Board
from ranin.hardware.header import CHIP_SELECT, I2S, SPI

KEY_PHONE = 169
"""linux/input-event-codes.h: down while the handset is lifted."""
HOOK_DEBOUNCE_MS = 30
LAMP_COLOURS = {Led.RING: "green", Led.MESSAGE: "red", Led.MUTE: "orange", Led.LINE: "yellow"}
ACTIVE_HIGH, ACTIVE_LOW, PULL_UP, PULL_DOWN = 0, 1, 1 << 4, 1 << 5
"""dt-bindings/gpio/gpio.h."""
OUTPUT, ALT0 = 1, 4
"""Values of brcm,function (pinctrl/brcm,bcm2835-gpio)."""
SPI_HZ = 16_000_000
I2C_HZ = 400_000


def overlays(board: Board) -> dict[str, str]:
    """Device-tree sources by name. `hook` and `lamps` are for a phone that takes them from the kernel."""
    made = {"buses": [*_i2c(), *_spi(board)], "sound": [*_sound(board)], "power": [*_power(board)]}
    made |= {"hook": [*_hook(board)], "lamps": [*_lamps(board)]}
    return {name: _source(board, name, fragments) for name, fragments in made.items() if fragments}


def _source(board: Board, name: str, fragments: list[str]) -> str:
    head = f"/* {board.name}: {name}. Made by `make hardware` from the board file. */\n/dts-v1/;\n/plugin/;\n\n"
    body = "".join(f"\tfragment@{number} {{\n{_indented(text)}\t}};\n" for number, text in enumerate(fragments))
    return f'{head}/ {{\n\tcompatible = "brcm,bcm2835";\n\n{body}}};\n'


def _indented(text: str) -> str:
    depth, lines = 2, []
    for line in text.strip().splitlines():
        depth -= line.strip().startswith("}")
        lines.append("\t" * depth + line.strip() + "\n")
        depth += line.strip().endswith("{")
    return "".join(lines)


def _on(target: str, *lines: str) -> str:
    where = 'target-path = "/";' if target == "/" else f"target = <&{target}>;"
    return "\n".join([where, "__overlay__ {", *lines, "};"])


def _i2c() -> Iterator[str]:
    yield _on("i2c1", 'status = "okay";', f"clock-frequency = <{I2C_HZ}>;")


def _spi(board: Board) -> Iterator[str]:
    """The display's bus. spidev takes only compatibles of its table: this one is in it and no real part of ours."""
    if board.oled.bus != "spi":
        return
    select = CHIP_SELECT[board.oled.address]
    yield _on(
        "gpio",
        "ranin_spi: ranin-spi-pins {", f"brcm,pins = <{' '.join(map(str, SPI))}>;", f"brcm,function = <{ALT0}>;", "};",
        "ranin_cs: ranin-cs-pins {", f"brcm,pins = <{select}>;", f"brcm,function = <{OUTPUT}>;", "};",
    )  # fmt: skip
    yield _on(
        "spi",
        'status = "okay";', 'pinctrl-names = "default";', "pinctrl-0 = <&ranin_spi &ranin_cs>;",
        f"cs-gpios = <&gpio {select} {ACTIVE_LOW}>;", "#address-cells = <1>;", "#size-cells = <0>;",
        "oled@0 {", 'compatible = "rohm,dh2228fv";', "reg = <0>;", f"spi-max-frequency = <{SPI_HZ}>;", "};",
    )  # fmt: skip


def _sound(board: Board) -> Iterator[str]:
    """The amplifier. Mainline's `i2s` has no DMA on a Pi 4, so it is named here (as Debian's own overlays do)."""
    if board.amplifier is None:
        return
    yield _on(
        "gpio", "ranin_i2s: ranin-i2s-pins {", f"brcm,pins = <{' '.join(map(str, I2S))}>;",
        f"brcm,function = <{ALT0}>;", "};",
    )  # fmt: skip
    yield _on(
        "i2s",
        'status = "okay";', "#sound-dai-cells = <0>;", 'pinctrl-names = "default";', "pinctrl-0 = <&ranin_i2s>;",
        "dmas = <&dma 2>, <&dma 3>;", 'dma-names = "tx", "rx";',
    )  # fmt: skip
    yield _on(
        "/",
        "ranin_amplifier: ranin-amplifier {", 'compatible = "maxim,max98357a";', "#sound-dai-cells = <0>;",
        f"sdmode-gpios = <&gpio {board.amplifier.enable} {ACTIVE_HIGH}>;", "sdmode-delay = <5>;", "};",
        "ranin-ringer {", 'compatible = "simple-audio-card";', 'simple-audio-card,name = "ringer";',
        'simple-audio-card,format = "i2s";', "simple-audio-card,bitclock-master = <&ranin_cpu>;",
        "simple-audio-card,frame-master = <&ranin_cpu>;",
        "ranin_cpu: simple-audio-card,cpu {", "sound-dai = <&i2s>;", "};",
        "simple-audio-card,codec {", "sound-dai = <&ranin_amplifier>;", "};", "};",
    )  # fmt: skip


def _power(board: Board) -> Iterator[str]:
    """The power-loss line as mains in the kernel's power_supply class, where the phone looks for it."""
    if board.ups is None or board.ups.power_loss is None:
        return
    flags = _flags(high=board.ups.mains == "high", pull=board.ups.pull)
    yield _on(
        "/", "ranin-mains {", 'compatible = "gpio-charger";', 'charger-type = "mains";',
        f"gpios = <&gpio {board.ups.power_loss} {flags:#x}>;", "};",
    )  # fmt: skip


def _hook(board: Board) -> Iterator[str]:
    if board.hook is None:
        return
    flags = _flags(high=board.lifted_high, pull=board.hook_pull)
    yield _on(
        "/", "ranin-hook {", 'compatible = "gpio-keys";', 'label = "ranin-hook";',
        "hook {", 'label = "hook";', f"gpios = <&gpio {board.hook} {flags:#x}>;", f"linux,code = <{KEY_PHONE}>;",
        f"debounce-interval = <{HOOK_DEBOUNCE_MS}>;", "};", "};",
    )  # fmt: skip


def _lamps(board: Board) -> Iterator[str]:
    if not board.leds:
        return
    lamps = [
        line
        for led, pin in board.leds.items()
        for line in (
            f"{led.value} {{", f'label = "phone:{LAMP_COLOURS[led]}:{led.value}";',
            f"gpios = <&gpio {pin} {ACTIVE_HIGH}>;", 'default-state = "off";', "};",
        )
    ]  # fmt: skip
    yield _on("/", "ranin-lamps {", 'compatible = "gpio-leds";', *lamps, "};")


def _flags(high: bool, pull: str | None) -> int:
    return (ACTIVE_HIGH if high else ACTIVE_LOW) | {"up": PULL_UP, "down": PULL_DOWN, None: 0}[pull]
