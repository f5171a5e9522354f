"""The wiring for WireViz: connectors, cables and what is joined, as JSON, which is YAML too."""

import json
from collections.abc import Iterable
from typing import Any

from hardware.generate.circuit import Wire, colour, wires
from hardware.generate.kit import Kit
from ranin.hardware.header import HEADER

PI = "Pi header"
CABLE_COLOURS = {"USB 2.0": ["RD", "WH", "GN", "BK"], "cord": ["BK", "RD", "GN", "YE"], "speaker": ["RD", "BK"]}


def source(kit: Kit) -> str:
    """WireViz' description of a kit."""
    harness = _Harness(kit)
    return json.dumps(harness.described(), indent=1, ensure_ascii=False) + "\n"


def net_name(header: int) -> str:
    """What a header's pin is called: `GPIO4`, `3V3` …"""
    net = HEADER[header - 1]
    return net if isinstance(net, str) else f"GPIO{net}"


class _Harness:
    def __init__(self, kit: Kit) -> None:
        self._excerpts: dict[str, dict[str, Any]] = {}
        self._pins: dict[str, list[str]] = {}
        self._cables: dict[str, dict[str, Any]] = {}
        self._joined: list[list[dict[str, list[int]]]] = []
        self._drawn = wires(kit.board)
        self._title = f"Raspberry Pi {' or '.join(kit.pi)}, 40-pin header"
        for step in dict.fromkeys(wire.step for wire in self._drawn):
            self._excerpt(step)
        for part in dict.fromkeys(wire.part for wire in self._drawn):
            self._wire(part, [wire for wire in self._drawn if wire.part == part])
        for number, cable in enumerate(kit.cables, 1):
            start, end = self._add(cable.source, cable.wires), self._add(cable.target, cable.wires)
            self._cable(f"K{number}", cable.kind, CABLE_COLOURS[cable.kind])
            self._join({cable.source: start}, f"K{number}", {cable.target: end})

    def described(self) -> dict[str, Any]:
        """All of it in WireViz' words."""
        parts = {name: {"pinlabels": pins, "show_pincount": False} for name, pins in self._pins.items()}
        connectors = self._excerpts | parts
        options = {"bgcolor": "WH", "fontname": "DejaVu Sans", "color_mode": "full"}
        return {"options": options, "connectors": connectors, "cables": self._cables, "connections": self._joined}

    def _excerpt(self, step: str) -> None:
        """The header's pins of one step: shown apart, so that no wires cross."""
        pins = list(dict.fromkeys(wire.header for wire in self._drawn if wire.step == step))
        shown = {"pins": pins, "pinlabels": [net_name(pin) for pin in pins], "show_pincount": False}
        self._excerpts[f"{PI}, {step}"] = {"type": self._title} | shown

    def _wire(self, part: str, own: list[Wire]) -> None:
        ends = self._add(part, [wire.pin for wire in own])
        resistors = sorted({f"{wire.through} in {wire.pin}" for wire in own if wire.through})
        self._cable(f"to {part}", "; ".join(_merged(resistors)), [colour(wire)[1] for wire in own])
        self._join({f"{PI}, {own[0].step}": [wire.header for wire in own]}, f"to {part}", {part: ends})

    def _add(self, name: str, pins: Iterable[str]) -> list[int]:
        known = self._pins.setdefault(name, [])
        first = len(known) + 1
        known.extend(pins)
        return list(range(first, len(known) + 1))

    def _cable(self, name: str, kind: str, colours: list[str]) -> None:
        described = {"wirecount": len(colours), "colors": colours, "show_wirecount": False}
        self._cables[name] = described | ({"type": kind} if kind else {})

    def _join(self, start: dict[str, list[int]], cable: str, end: dict[str, list[int]]) -> None:
        count = len(next(iter(start.values())))
        self._joined.append([start, {cable: list(range(1, count + 1))}, end])


def _merged(resistors: list[str]) -> list[str]:
    """`1 kΩ in C1`, `1 kΩ in C2` … said once."""
    values = dict.fromkeys(text.split(" in ")[0] for text in resistors)
    return [f"{value} in {', '.join(t.split(' in ')[1] for t in resistors if t.startswith(value))}" for value in values]
