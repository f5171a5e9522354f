"""`make pictures`: one outage of network and power, run for real, and its time line drawn for the papers (SVG)."""

import asyncio
import sys
import tempfile
import time
from html import escape
from pathlib import Path

from ranin.core.energy import Stage
from ranin.core.events import Event
from ranin.core.outage import Link
from ranin.core.paths import Path as Way
from ranin.core.state import CallState, LineState, Phone
from tests.phone.whole import Whole, phone_with_everything

GREEN, AMBER, RED, BLUE, GREY = "#1f7a6d", "#c58a1a", "#b3372b", "#3a6ea5", "#d9d5cb"
WAYS = {
    Way.NORMAL: ("SIP over Ethernet", GREEN),
    Way.DEGRADED: ("SIP over LTE", AMBER),
    Way.CELL_ONLY: ("the modem's voice", BLUE),
    Way.FORWARD_ONLY: ("only the forward", RED),
}
WIDTH, LEFT, LANE, TOP = 960, 130, 34, 24
LOOK_S = 4.0
"""Between two failures, for whoever looks at the picture."""
Row = tuple[str, str]
"""(what is written on it, its colour); an empty text is only a colour."""


def lanes(phone: Phone) -> dict[str, Row]:
    """The phone as the time line shows it."""
    return {
        "mains": {
            Stage.MAINS: ("mains", GREEN),
            Stage.BATTERY: ("battery", AMBER),
            Stage.LOW: ("battery low", RED),
            Stage.LAST_GASP: ("last gasp", RED),
        }[phone.power.stage],
        "Ethernet": _link(phone, Link.ETHERNET),
        "LTE data": _link(phone, Link.LTE),
        "mobile voice": ("", GREEN if phone.cell_voice else GREY),
        "way in use": WAYS[phone.paths.path],
        "registered": ("", GREEN if any(line.state is LineState.REGISTERED for line in phone.lines) else GREY),
        "call": _call(phone),
    }


def _link(phone: Phone, link: Link) -> Row:
    reach = phone.paths.reach(link)
    if reach is None or reach.alive is None:
        return "", GREY
    return ("", GREEN) if reach.alive else (reach.reason[:1].lower() + reach.reason[1:], GREY)


def _call(phone: Phone) -> Row:
    if phone.alerting is not None:
        return "rings", BLUE
    call = phone.active
    if call is None:
        return "", GREY
    if call.moving:
        return "reconnecting", AMBER
    return ("talking", GREEN) if call.state is CallState.TALKING else ("calling", BLUE)


class Recorder:
    """Keeps when each lane changes, and the notes."""

    def __init__(self, whole: Whole) -> None:
        self._began_s = time.monotonic()
        self.rows: dict[str, list[tuple[float, Row]]] = {}
        self.notes: list[tuple[float, str]] = []
        self._known = len(whole.sim.engine.phone.notes)
        self._see(whole.sim.engine.phone)
        self.end_s = 0.0
        self._unwatch = whole.sim.engine.watch(self._look)

    def end(self) -> None:
        """What comes now is not kept."""
        self._unwatch()
        self.end_s = self.now_s

    @property
    def now_s(self) -> float:
        """Seconds since the recording began."""
        return time.monotonic() - self._began_s

    def _look(self, phone: Phone, _event: Event) -> None:
        self._see(phone)
        for note in reversed(phone.notes[: len(phone.notes) - self._known]):
            self.notes.append((self.now_s, note.text))
        self._known = len(phone.notes)

    def _see(self, phone: Phone) -> None:
        for name, row in lanes(phone).items():
            kept = self.rows.setdefault(name, [])
            if not kept or kept[-1][1] != row:
                kept.append((self.now_s, row))


async def outage(folder: Path) -> Recorder:
    """Ethernet falls silent in a call, mains goes, LTE goes, the SIM is called, and everything returns."""
    async with phone_with_everything(folder) as whole:
        ethernet, lte = (whole.far.networks[link] for link in (Link.ETHERNET, Link.LTE))
        kept = Recorder(whole)
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
        kept.end()
    return kept


def draw(kept: Recorder) -> str:
    """The time line as SVG."""
    bottom, end_s = TOP + LANE * len(kept.rows), kept.end_s
    height = bottom + 40 + 18 * len(kept.notes)
    scale = (WIDTH - LEFT - 20) / end_s
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" font-family="sans-serif" '
        f'font-size="12"><rect width="{WIDTH}" height="{height}" fill="#fff"/>'
    ]
    for index, (name, rows) in enumerate(kept.rows.items()):
        y = TOP + LANE * index
        parts.append(f'<text x="10" y="{y + 17}">{escape(name)}</text>')
        ends = [began for began, _ in rows[1:]] + [end_s]
        for (began, (word, colour)), end in zip(rows, ends, strict=True):
            parts += _piece(LEFT + began * scale, (end - began) * scale, y, word, colour)
    parts += _axis(bottom, end_s, scale)
    for number, (at_s, text) in enumerate(kept.notes, 1):
        parts += _note(number, at_s, text, LEFT + at_s * scale, bottom)
    return "\n".join([*parts, "</svg>"]) + "\n"


def _piece(x: float, width: float, y: int, word: str, colour: str) -> list[str]:
    parts = [f'<rect x="{x:.1f}" y="{y}" width="{max(width, 1):.1f}" height="24" fill="{colour}"/>']
    if word and width > 6.5 * len(word):
        ink = "#4a463f" if colour == GREY else "#fff"
        parts.append(f'<text x="{x + 5:.1f}" y="{y + 16}" fill="{ink}">{escape(word)}</text>')
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
        kept = asyncio.run(outage(Path(folder)))
    Path(sys.argv[1]).write_text(draw(kept))


if __name__ == "__main__":
    main()
