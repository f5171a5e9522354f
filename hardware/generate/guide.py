"""The assembly guide of a kit: a step for each part, its picture, and the check after it."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

from hardware.generate import bill, cables, labels, pins
from hardware.generate.circuit import steps_of
from hardware.generate.kit import Kit
from hardware.generate.overlays import overlays


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the guide; `says` may name {oled}, {hook} …, see `_words`."""

    title: str
    says: list[str]
    check: str
    """The command of the check."""
    good: str
    """What it says when all is well."""


SOURCE = Path(__file__).parents[1] / "guide.toml"
STEPS = {name: Step(**step) for name, step in tomllib.loads(SOURCE.read_text("utf-8")).items()}
"""In the order in which they are made."""
SAID = {
    "codec": "Connect the codec, and solder the handset's socket to it: the outer two contacts are the microphone, the "
    "inner two the ear piece. Makers differ: measure first, the ear piece has some 150 Ω.",
    "usb handset": "Connect the USB handset by the adapter; hook, keys and sound are in it.",
    "amplifier": "Join the amplifier, then the loudspeaker. It is silent until the phone rings: its SD line is pulled "
    "low at boot.",
    "usb loudspeaker": "Connect the USB loudspeaker; it is the ringer, and the loudspeaker for hands-free talking.",
}
"""What differs between kits."""


def steps(kit: Kit) -> tuple[str, ...]:
    """The steps of a kit: those it has wires, cables or parts for."""
    wanted = {*steps_of(kit.board), *(part.step for part in kit.parts)}
    return tuple(step for step in STEPS if step in wanted)


def page(kit: Kit) -> str:
    """Markdown of the whole guide."""
    low, high = kit.totals()
    parts = [
        f"<!-- made by `make hardware` -->\n# The {kit.title.lower()} kit\n{kit.says}\n",
        f"For: Pi {', '.join(kit.pi)}. About US$ {low:.0f}–{high:.0f}. The board file is "
        f"[{kit.name}.toml](../../firmware/ranin/hardware/boards/{kit.name}.toml): all that follows is made from it.\n",
        "![Case](case.png)\n",
        f"## Parts\nTypical street prices; they move.\n\n{bill.table(kit)}",
        "## Wiring\nEach step has its own excerpt of the header here; the whole header is below.\n",
        "![Wiring](wiring.svg)\n",
        f"![Header](header.svg)\n\n{pins.table(kit.board)}",
        "## Assembly\nPull the supply before every step, and connect it again for the check.\n",
        *(_step(kit, number, step) for number, step in enumerate(steps(kit), 1)),
        _overlays(kit),
    ]
    return "\n".join(parts)


def pictures(kit: Kit, step: str) -> list[str]:
    """The files of a step's pictures."""
    made = [f"step-{step}.svg"] if step in steps_of(kit.board) else []
    made += [f"cable-{step}.svg"] if cables.of_step(kit, step) else []
    made += ["matrix.svg", "labels.svg"] if step == "keypad" else []
    return made + (["case.png"] if step == "case" else [])


def _step(kit: Kit, number: int, name: str) -> str:
    step, words = STEPS[name], _words(kit)
    lines = [f"### {number}. {step.title}", *(f"- {line.format(**words)}" for line in step.says)]
    shown = [f"![{step.title}]({file})" for file in pictures(kit, name)]
    lines += ["", "\n\n".join(shown)] if shown else []
    return "\n".join([*lines, "", f"**Check:** `{step.check}` — {step.good.format(**words)}.", ""])


def _words(kit: Kit) -> dict[str, str]:
    board = kit.board
    i2c, high = board.oled.bus == "i2c", board.lifted_high
    return {
        "bus": "I2C" if i2c else "4-wire SPI",
        "oled": f"{board.oled.driver.upper()} {board.oled.width}x{board.oled.height}",
        "pitch": f"{labels.PITCH:g}",
        "contact": "NO" if high else "NC",
        "rest": "low" if high else "high",
        "handset": SAID["usb handset" if board.hook is None else "codec"],
        "ringer": SAID["amplifier" if board.amplifier else "usb loudspeaker"],
        "stack": " with the battery board below it" if board.ups else "",
    }


def _overlays(kit: Kit) -> str:
    """How the kernel is told of the parts. Hook and lamps are the phone's own unless its settings say otherwise."""
    names = list(overlays(kit.board))
    own = [name for name in names if name in ("hook", "lamps")]
    wanted = [name for name in names if name not in own]
    made = "\n".join(f"    dtc -@ -I dts -O dtb -o {kit.name}-{name}.dtbo {kit.name}-{name}.dts" for name in wanted)
    lines = "\n".join(f"    dtoverlay={kit.name}-{name}" for name in wanted)
    return f"""## Overlays
For Debian's kernel, in [hardware/overlays](../overlays). Make them and copy them to `/boot/firmware/overlays`:

{made}

Add these lines to `/etc/default/raspi-firmware-custom`, then run
`DEB_MAINT_PARAMS=configure /etc/kernel/postinst.d/z50-raspi-firmware` and start again:

{lines}

`{"` and `".join(own)}` hand their parts to the kernel (gpio-keys, gpio-leds). A line has one user: install them only
for a phone that takes them from the kernel, for it cannot take the pins itself then.
"""
