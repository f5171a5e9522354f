"""`make pictures`: one outage of network and power, run for real, and its time line drawn for the papers (SVG)."""

import asyncio
import sys
import tempfile
from datetime import datetime
from html import escape
from itertools import groupby
from pathlib import Path
from typing import Any

from ranin.core.energy import Stage
from ranin.core.outage import Link
from ranin.core.paths import Path as Way
from ranin.web.timeline import LANES, Span, Timeline
from tests.phone.whole import Whole, phone_with_everything

COLOURS = {
    "ok": "#2d8f63",
    "spare": "#a8d3bd",
    "warn": "#e3b23c",
    "worse": "#e07f32",
    "bad": "#c0433a",
    "rings": "#7a5bc7",
    "live": "#3a78c2",
    "off": "#e4e1d9",
    "unknown": "#e4e1d9",
}
"""Those of the page, by state."""
DARK = ("spare", "warn", "worse", "off", "unknown")
"""States whose words are written in dark."""
WIDTH, LEFT, LANE, TOP = 960, 130, 34, 24
LOOK_S = 4.0
"""Between two failures, for whoever looks at the picture."""


class Recording:
    """The page's time line, taken while something happens."""

    def __init__(self, whole: Whole) -> None:
        self._timeline = Timeline()
        self._sim = whole.sim
        self._take()
        self._unwatch = self._sim.engine.watch(lambda phone, event: self._take())

    def _take(self) -> None:
        self._timeline.take(self._sim.engine.phone, {}, datetime.now().astimezone())

    def end(self) -> list[dict[str, Any]]:
        """Every sample, with its time in seconds since the first, and when it ended as the last."""
        self._unwatch()
        samples = self._timeline.after(0)
        ended = {"t": datetime.now().timestamp(), "notes": [], "lanes": samples[-1]["lanes"]}
        return [sample | {"t": sample["t"] - samples[0]["t"]} for sample in (*samples, ended)]


async def outage(folder: Path) -> list[dict[str, Any]]:
    """Ethernet falls silent in a call, mains goes, LTE goes, the SIM is called, and everything returns."""
    async with phone_with_everything(folder) as whole:
        ethernet, lte = (whole.far.networks[link] for link in (Link.ETHERNET, Link.LTE))
        recording = Recording(whole)
        await asyncio.sleep(LOOK_S)
        await whole.dials("604#")
        await whole.hears_hertz(1000)
        await asyncio.sleep(LOOK_S)
        ethernet.silence()
        await whole.until(lambda phone: bool(phone.calls) and phone.calls[0].moving, "reconnecting", 15)
        await whole.until(lambda phone: not phone.calls[0].moving, "the call goes on")
        await asyncio.sleep(LOOK_S)
        whole.battery.pull()
        await whole.until(lambda phone: phone.power.stage is Stage.BATTERY, "on battery")
        await asyncio.sleep(LOOK_S)
        await whole.replace()
        lte.pull()
        await whole.until(lambda phone: phone.paths.path is Way.CELL_ONLY, "the modem alone", 15)
        whole.modem.mobile.ring("+33699999999")
        await whole.shows("+33699999999")
        await asyncio.sleep(LOOK_S)
        await whole.lift()
        await whole.hears_hertz(620)
        await asyncio.sleep(LOOK_S)
        await whole.replace()
        whole.battery.plug()
        ethernet.speak()
        await asyncio.sleep(LOOK_S)
        lte.plug()
        await whole.until(lambda phone: phone.paths.path is Way.NORMAL, "all is well", 60)
        await whole.registered()
        await asyncio.sleep(LOOK_S)
        return recording.end()


def draw(samples: list[dict[str, Any]]) -> str:
    """The time line as SVG; a lane that never says anything is left out."""
    lanes = {name: pieces for key, name in LANES if (pieces := _pieces(samples, key))}
    notes = [(sample["t"], note["text"]) for sample in samples[1:] for note in sample["notes"]]
    bottom, end_s = TOP + LANE * len(lanes), samples[-1]["t"]
    height, scale = bottom + 40 + 18 * len(notes), (WIDTH - LEFT - 20) / end_s
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" font-family="sans-serif" '
        f'font-size="12"><rect width="{WIDTH}" height="{height}" fill="#fff"/>'
    ]
    for index, (name, pieces) in enumerate(lanes.items()):
        y = TOP + LANE * index
        parts.append(f'<text x="10" y="{y + 17}">{escape(name)}</text>')
        ends = [began for began, _ in pieces[1:]] + [end_s]
        for (began, span), end in zip(pieces, ends, strict=True):
            parts += _piece(LEFT + began * scale, (end - began) * scale, y, span)
    parts += _axis(bottom, end_s, scale)
    for number, (at_s, text) in enumerate(notes, 1):
        parts += _note(number, at_s, text, LEFT + at_s * scale, bottom)
    return "\n".join([*parts, "</svg>"]) + "\n"


def _pieces(samples: list[dict[str, Any]], lane: str) -> list[tuple[float, Span]]:
    """(since when, what it says) for as long as its state stays."""
    changes = [next(group) for _, group in groupby(samples, lambda sample: _same(sample["lanes"][lane]))]
    pieces = [(sample["t"], sample["lanes"][lane]) for sample in changes]
    return [] if all(state in ("off", "unknown") for _, (state, _) in pieces) else pieces


def _same(span: Span) -> str:
    """What makes two spans one piece: the minutes that a battery still gives do not divide it."""
    state, words = span
    return f"{state} {words.partition(',')[0]}"


def _piece(x: float, width: float, y: int, span: Span) -> list[str]:
    state, words = span
    parts = [f'<rect x="{x:.1f}" y="{y}" width="{max(width, 1):.1f}" height="24" fill="{COLOURS[state]}"/>']
    if words and width > 7.5 * len(words) + 8:
        ink = "#3a362f" if state in DARK else "#fff"
        parts.append(f'<text x="{x + 5:.1f}" y="{y + 16}" fill="{ink}">{escape(words)}</text>')
    return parts


def _axis(bottom: int, end_s: float, scale: float) -> list[str]:
    ticks = range(0, int(end_s) + 1, 10)
    return [f'<text x="{LEFT + tick * scale:.0f}" y="{bottom + 14}" fill="#6b665c">{tick} s</text>' for tick in ticks]


def _note(number: int, at_s: float, text: str, x: float, bottom: int) -> list[str]:
    y = bottom + 22 + 18 * number
    return [
        f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{TOP - 6}" y2="{bottom}" stroke="#23262b" stroke-dasharray="2 3"/>',
        f'<text x="{x - 3:.1f}" y="{TOP - 9}" font-size="10">{number}</text>',
        f'<text x="{LEFT}" y="{y}">{number}. {at_s:.1f} s: {escape(text)}</text>',
    ]


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        samples = asyncio.run(outage(Path(folder)))
    Path(sys.argv[1]).write_text(draw(samples))


if __name__ == "__main__":
    main()
