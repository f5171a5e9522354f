"""The header: as a table, and as a picture of its forty pins with colours."""

from collections.abc import Collection

from hardware.generate.circuit import COLOURS, SUPPLY, Wire, wires
from hardware.generate.svg import Svg
from hardware.generate.wiring import net_name
from ranin.hardware.board import Board
from ranin.hardware.header import HEADER, PULLED_UP

ROW, LEFT, GAP = 24, 330, 34


def table(board: Board) -> str:
    """Markdown: every used pin, what is on it, and what the Pi does with it at boot."""
    lines = ["| pin | name | at boot | wire | to |", "|---:|---|---|---|---|"]
    for wire in sorted(wires(board), key=lambda wire: (wire.header, wire.part)):
        through = f" through {wire.through}" if wire.through else ""
        lines.append(f"| {wire.header} | {net_name(wire.header)} | {_at_boot(wire.header)} | {wire.step} "
                     f"| {wire.part}, {wire.pin}{through} |")  # fmt: skip
    return "\n".join(lines) + "\n"


def _at_boot(header: int) -> str:
    net = HEADER[header - 1]
    if isinstance(net, str):
        return "ground" if net == "GND" else "supply"
    return "pulled up" if net in PULLED_UP else "pulled down"


def picture(board: Board, steps: Collection[str] = tuple(COLOURS)) -> str:
    """SVG of the header as one looks down on the Pi, its pin 1 at the top left; only the wires of `steps` are named."""
    shown = [wire for wire in wires(board) if wire.step in steps]
    svg = Svg(2 * LEFT + GAP + 3 * ROW, 20 * ROW + 60, f"Header of the kit {board.name}: {', '.join(steps)}")
    svg.text(
        LEFT + GAP / 2 + ROW / 2 + 12,
        22,
        "seen from above: the card is at the top, the edge of the Pi on the right",
        size=12,
        fill="#666",
    )
    svg.box(LEFT + 6, 34, GAP + ROW + 12, 20 * ROW + 6, fill="#1f2421", radius=5)
    for number in range(1, 41):
        _pin(svg, number, [wire for wire in shown if wire.header == number])
    return str(svg)


def _pin(svg: Svg, number: int, own: list[Wire]) -> None:
    right = number % 2 == 0
    x, y = LEFT + 24 + (GAP if right else 0), 34 + 15 + (number - 1) // 2 * ROW
    net = HEADER[number - 1]
    fill = _fill(net, own)
    svg.circle(x, y, 9, fill=fill, stroke="#fff" if own else "#555")
    svg.text(x, y + 3.5, str(number), size=9, fill="#fff" if own else "#aaa")
    edge, side = (x + 24, "start") if right else (x - 24, "end")
    name = net_name(number)
    svg.text(edge, y + 4, name, size=11, anchor=side, fill="#111" if own else "#bbb", bold=bool(own))
    if own:
        said = ", ".join(f"{wire.part} {wire.pin}" for wire in own)
        svg.text(edge + (52 if right else -52), y + 4, said, size=11, anchor=side, fill=fill)


def _fill(net: int | str, own: list[Wire]) -> str:
    if not own:
        return "#3a3f3c"
    return SUPPLY[net][0] if isinstance(net, str) else COLOURS[own[0].step][0]
