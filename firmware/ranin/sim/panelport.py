"""The simulated phone's outermost edge as the front panel sees it."""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from dataclasses import is_dataclass
from datetime import datetime
from typing import Any

from ranin.config import schema
from ranin.config.document import ConfigError, apply
from ranin.core.keeping import account_of
from ranin.core.keys import Key
from ranin.core.state import Phone
from ranin.core.text import LANGUAGES
from ranin.core.tones import countries
from ranin.languages.catalogues import in_language
from ranin.sim.fingers import Fingers
from ranin.sim.simulation import Simulation
from ranin.sim.switches import Switches
from ranin.web.timeline import LANES, Timeline

MOST_PENDING = 4800
"""Frames of microphone sound that may wait: 100 ms; what is older is not said any more."""

_FIELDS = (
    ("line", "user", "Number or user"),
    ("line", "password", "Password"),
    ("line", "domain", "Server"),
    ("line", "server", "Address of the server"),
    ("line", "transport", "Transport"),
    ("line", "display_name", "Your name"),
    ("line", "voicemail", "Mailbox number"),
    ("phone", "language", "Language"),
    ("phone", "country", "Tones of"),
)
_CHOICES = {
    "transport": [("udp", "UDP"), ("tcp", "TCP")],
    "language": list(LANGUAGES.items()),
    "country": list(countries().items()),
}


class SimPanel:
    """Implements `ranin.web.port.PanelPort` on a simulation."""

    def __init__(self, simulation: Simulation, numbers: Mapping[str, str], outer: Switches | None = None) -> None:
        """`outer`: what can be broken and mended around the phone; None: nothing."""
        self._sim = simulation
        self._outer = outer
        self.lanes = (*LANES, ("target", "Your mobile")) if outer else LANES
        self.numbers = tuple(numbers.items())
        self.machine_sound = not simulation.card.pcms
        self._fingers = Fingers(simulation)
        self._watchers: list[Callable[[], None]] = []
        self._loop = asyncio.get_running_loop()
        simulation.display.on_frame = lambda: self._loop.call_soon_threadsafe(self._changed)
        simulation.wires.on_lamps = self._changed
        self._timeline = Timeline()
        self._follow(simulation.engine.phone)
        simulation.engine.watch(lambda phone, event: self._follow(phone))
        if outer is not None:
            outer.watch(lambda: self._follow(simulation.engine.phone))

    def _changed(self) -> None:
        for watcher in tuple(self._watchers):
            watcher()

    def _follow(self, phone: Phone) -> None:
        """Keep what is new on the time line; tell of it and of switches that moved by themselves."""
        more = {"target": self._outer.mobile_lane()} if self._outer else {}
        self._timeline.take(phone, more, datetime.now())
        self._changed()

    def press(self, key: str) -> None:
        """Push a key down."""
        self._fingers.press(Key(key))

    def release(self, key: str) -> None:
        """Let a key up."""
        self._fingers.release(Key(key))

    def hook(self, lifted: bool) -> None:
        """Lift or replace the handset."""
        if lifted:
            self._sim.wires.lift()
        else:
            self._sim.wires.replace()
        self._changed()

    def frame(self) -> tuple[int, int, bytes]:
        """The display's newest picture."""
        image = self._sim.display.frame
        return image.width, image.height, image.tobytes()

    def status(self) -> dict[str, Any]:
        """Lamps, hook, and the display in words."""
        lamps = {led.value: on for led, on in self._sim.wires.lamps().items()}
        return {"lamps": lamps, "lifted": self._sim.wires.lifted, "text": on_display(self._sim.engine.phone)}

    def watch(self, changed: Callable[[], None]) -> Callable[[], None]:
        """Tell of every change."""
        self._watchers.append(changed)
        return lambda: self._watchers.remove(changed)

    def heard(self) -> tuple[bytes, bytes]:
        """What earpiece and ringer played since the last call."""
        if self.machine_sound:
            return b"", b""
        return self._sim.card["handset"].playback.read()[0], self._sim.card["ringer"].playback.read()[0]

    def speak(self, sound: bytes) -> None:
        """Feed the microphone; sound that would come late is left out."""
        if self.machine_sound:
            return
        ring = self._sim.card["handset"].capture
        if ring.pending() < MOST_PENDING:
            ring.write(sound)

    def switches(self) -> list[dict[str, Any]]:
        """The switches of an outage, where there are any."""
        return self._outer.rows() if self._outer else []

    def turn(self, key: str, on: bool) -> None:
        """Turn one of them."""
        if self._outer is None:
            raise ValueError(f"no switch {key!r}")
        self._outer.turn(key, on)
        self._changed()

    def samples(self, after: int) -> list[dict[str, Any]]:
        """What is new on the time line."""
        return self._timeline.after(after)

    def settings(self) -> dict[str, Any]:
        """The form's fields with their values; of a secret only whether it is set."""
        return {"fields": [self._field(*row) for row in _FIELDS]}

    def _field(self, section: str, key: str, label: str) -> dict[str, Any]:
        settings = self._sim.engine.phone.settings
        value = getattr(account_of(settings) if section == "line" else settings, key)
        known = schema.field(section, key)
        row: dict[str, Any] = {"key": key, "label": label, "says": known.says if known else ""}
        if key == "password":
            return row | {"secret": True, "set": bool(value)}
        return row | {"value": value} | ({"choices": _CHOICES[key]} if key in _CHOICES else {})

    def apply(self, fields: Mapping[str, Any]) -> list[tuple[str, str]]:
        """Change the first line and the phone's own settings; all or nothing."""
        sections = {key: section for section, key, _ in _FIELDS}
        unknown = [(key, "there is no such field") for key in fields if key not in sections]
        if unknown:
            return unknown
        table: dict[str, Any] = {"phone": {}, "line": [{}]}
        for key, value in fields.items():
            (table["line"][0] if sections[key] == "line" else table["phone"])[key] = value
        settings = self._sim.engine.phone.settings
        try:
            self._sim.change(apply(settings, table, "page"))
        except ConfigError as error:
            return [(mistake.where.rpartition(".")[2], mistake.text) for mistake in error.mistakes]
        return []


def on_display(phone: Phone) -> str:
    """What its display says, in its language."""
    shown = phone.shown
    return in_words(in_language(shown.screen, shown.language)) if shown.screen is not None else ""


def in_words(screen: Any) -> str:
    """A screen's texts, for whoever cannot see it."""
    if screen is None:
        return ""
    return ", ".join(_texts(screen))


def _texts(value: Any) -> Iterator[str]:
    if is_dataclass(value):
        for name in value.__dataclass_fields__:
            yield from _texts(getattr(value, name))
    elif isinstance(value, tuple):
        for one in value:
            yield from _texts(one)
    elif isinstance(value, str) and value:
        yield value
