"""docs/kits.md: the three kits side by side."""

from hardware.generate.circuit import wires
from hardware.generate.kit import FOLDER as KITS
from hardware.generate.kit import Kit


def page(kits: list[Kit]) -> str:
    """Markdown of the overview."""
    return "\n".join([HEAD, _beside(kits), *map(_section, kits), FOOT])


HEAD = """<!-- made by `make hardware` -->
# Three kits
Pins, wiring, overlays, bills, cases, labels and guides are made from the board files
(`firmware/ranin/hardware/boards/*.toml`) by `make hardware`, and a test refuses what is stale. A board file is refused,
in words, when it uses a pin twice, a pin that the Pi itself drives or pulls so that something switches on at boot, a
bus as a line, an input without a pull, or a name that nobody knows. **No kit was built yet**: the wiring follows data
sheets, prices and sizes are typical ones.
"""

FOOT = """## What is checked
| what | how |
|---|---|
| pins of every board file | `tests/hardware/test_pure.py` |
| every file here is what its board file makes of it | `tests/kits/test_products.py` |
| overlays: compiled, applied to Debian's trees of all three boards; Debian's kernel has each driver | \
`tests/kits/test_overlays.py` |
| prices add up, every part has a step, every step a check | `tests/kits/test_products.py` |
| overlays seen as devices by Debian's kernel in an emulated Pi 3B | \
`python -m hardware.generate.emulate KIT`; `tests/kits/test_overlays.py` refuses a record of other overlays |

`ranin doctor`, named as the check of each step, is still to come.
"""


def _beside(kits: list[Kit]) -> str:
    rows = {
        "Pi": [" or ".join(kit.pi) for kit in kits],
        "display": [_display(kit) for kit in kits],
        "keys": [
            f"{len(kit.board.rows)}×{len(kit.board.columns)} matrix" if kit.board.rows else "on USB" for kit in kits
        ],
        "battery": [kit.board.ups.driver.upper() if kit.board.ups else "–" for kit in kits],
        "mobile network": ["voice and data" if _has(kit, "modem") else "–" for kit in kits],
        "wires at the header": [str(len(wires(kit.board))) for kit in kits],
        "US$": [f"{kit.totals()[0]:.0f}–{kit.totals()[1]:.0f}" for kit in kits],
    }
    head = "| | " + " | ".join(f"[{kit.title}](../hardware/{kit.name}/README.md)" for kit in kits) + " |"
    lines = [head, "|---" * (len(kits) + 1) + "|"]
    return "\n".join([*lines, *(f"| {name} | {' | '.join(cells)} |" for name, cells in rows.items()), ""])


def _display(kit: Kit) -> str:
    oled = kit.board.oled
    return f"{oled.driver.upper()} {oled.width}×{oled.height}, {oled.bus.upper()}"


def _has(kit: Kit, step: str) -> bool:
    return any(part.step == step for part in kit.parts)


def _section(kit: Kit) -> str:
    here = f"../hardware/{kit.name}"
    keys = f"\n![Keys]({here}/labels.svg)\n" if kit.board.rows else ""
    return f"""## {kit.title}
{kit.says} [Guide]({here}/README.md).

![Case]({here}/case.png)

![Header]({here}/header.svg)

![Wiring]({here}/wiring.svg)
{keys}
Debian's kernel in an emulated Pi 3B makes these devices of its overlays:

{_seen(kit)}
"""


def _seen(kit: Kit) -> str:
    lines = (KITS.parent / kit.name / "devices.txt").read_text("utf-8").splitlines()
    return "\n".join(f"    {line}" for line in lines[1:])
