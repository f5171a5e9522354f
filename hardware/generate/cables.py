"""The ready-made cables of a step as a picture: plug, wires in their colours, socket."""

from hardware.generate.kit import Cable, Kit
from hardware.generate.svg import Svg
from hardware.generate.wiring import CABLE_COLOURS

WIDTH, BOX, ROW = 720, 190, 18
CODES = {"RD": "#d00000", "WH": "#bbb", "GN": "#2a9d4a", "BK": "#111", "YE": "#d9a400"}
"""WireViz' colours as they are drawn on white."""


def of_step(kit: Kit, step: str) -> list[Cable]:
    """The cables that a step plugs in."""
    return [cable for cable in kit.cables if cable.step == step]


def picture(kit: Kit, step: str) -> str:
    """SVG of the cables of a step, one below the other."""
    cables = of_step(kit, step)
    svg = Svg(WIDTH, 20 + sum(map(_height, cables)), f"Cables of the kit {kit.name}: {step}")
    y = 16.0
    for cable in cables:
        _draw(svg, cable, y)
        y += _height(cable)
    return str(svg)


def _height(cable: Cable) -> float:
    return len(cable.wires) * ROW + 40


def _draw(svg: Svg, cable: Cable, y: float) -> None:
    height = len(cable.wires) * ROW + 12
    for x, name in ((10, cable.source), (WIDTH - 10 - BOX, cable.target)):
        svg.box(x, y + 14, BOX, height, fill="#eef1f3", radius=6)
        svg.text(x + BOX / 2, y + 8, name, size=12, bold=True)
    svg.text(WIDTH / 2, y + 8, cable.kind, size=11, fill="#666")
    for number, (wire, code) in enumerate(zip(cable.wires, CABLE_COLOURS[cable.kind], strict=True)):
        at = y + 14 + 15 + number * ROW
        svg.path(f"M{10 + BOX} {at} H{WIDTH - 10 - BOX}", stroke=CODES[code], width=3)
        svg.text(BOX, at + 4, wire, size=11, anchor="end")
        svg.text(WIDTH - BOX, at + 4, wire, size=11, anchor="start")
