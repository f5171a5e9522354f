"""Every event and command as a JSON line: a fault in the field becomes a test by replaying it."""

import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from io import FileIO
from pathlib import Path
from typing import Any

import msgspec

from ranin.core import events, mobile, outage, realtext
from ranin.core.commands import Command, PlayKeyTone, SendDtmf, SetTimer, ShowScreen
from ranin.core.events import Event, KeyHeld, KeyPressed, KeyReleased
from ranin.core.keys import Key, is_digit
from ranin.core.mobile import SendCellDtmf, SendUssd, SmsArrived
from ranin.core.moment import Moment
from ranin.core.neighbours import DigitReceived
from ranin.core.outage import Link, LinkProbed
from ranin.core.paths import MISSES
from ranin.core.realtext import SendText, TextReceived
from ranin.core.settings import Secret

log = logging.getLogger(__name__)

LARGEST_BYTES = 2_000_000
"""A journal this long is turned over; one older one is kept."""

_QUIET = (SetTimer, ShowScreen, SendDtmf, SendCellDtmf, SendUssd, PlayKeyTone, SendText)
"""Commands that follow from the events: they would fill the journal, or tell a PIN or what was written."""


class Journal:
    """Appends to `path` (kept small by turning over); no path keeps nothing."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._file: FileIO | None = None
        self._probes: dict[Link, tuple[LinkProbed | None, int]] = {}
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = path.open("ab", buffering=0)

    def event(self, now: Moment, event: Event, private: bool = False) -> None:
        """Keep one event with its time; while `private`, every digit key is kept as 0; a message never keeps its text.

        A digit that comes from afar may be a PIN at any time, and is kept as 0 as well.
        A probe of a link that says the same once more is left out: they come every second and would wear the card.
        """
        if isinstance(event, LinkProbed) and self._repeats(event):
            return
        if isinstance(event, (SmsArrived, TextReceived)):
            event = replace(event, text="***")
        if private and isinstance(event, (KeyPressed, KeyReleased, KeyHeld)) and is_digit(event.key):
            event = type(event)(Key.D0)
        if isinstance(event, DigitReceived):
            event = replace(event, digit="0")
        self._write({"s": round(now.mono_s, 3), "wall": now.wall.isoformat(), "event": type(event).__name__}, event)

    def _repeats(self, event: LinkProbed) -> bool:
        """Whether the core has heard it often enough to have acted on it."""
        last, count = self._probes.get(event.link, (None, 0))
        self._probes[event.link] = (event, count + 1 if event == last else 1)
        return event == last and count >= MISSES

    def command(self, command: Command) -> None:
        """Keep one command."""
        if not isinstance(command, _QUIET):
            self._write({"command": type(command).__name__}, command)

    def close(self) -> None:
        """Flush and close."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _write(self, head: dict[str, Any], body: Event | Command) -> None:
        if self._file is None:
            return
        try:
            self._file.write(encode(head | {"with": body}) + b"\n")
            if self._file.tell() > LARGEST_BYTES:
                self._turn_over()
        except OSError as error:
            log.warning("journal %s cannot be written (%s); going on without it", self._path, error)
            self.close()

    def _turn_over(self) -> None:
        assert self._path is not None and self._file is not None
        self._file.close()
        self._path.replace(self._path.with_suffix(".old"))
        self._file = self._path.open("ab", buffering=0)


def encode(value: Any) -> bytes:
    """JSON of events and commands; secrets come out as `***`."""
    return msgspec.json.encode(_plain(value))


def _plain(value: Any) -> Any:
    """Dataclasses as dictionaries with their secrets masked on the way."""
    if isinstance(value, Secret):
        return {"text": "***" if value else ""}
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, (tuple, list)):
        return [_plain(item) for item in value]
    if hasattr(value, "__dataclass_fields__"):
        return {name: _plain(getattr(value, name)) for name in value.__dataclass_fields__}
    return value


def read(path: Path) -> Iterator[tuple[Moment, Event]]:
    """The events of a journal in order, ready to be given to `step` again.

    Secrets come back as `***`. Raises ValueError naming the line that is no event.
    """
    for number, line in enumerate(path.read_bytes().splitlines(), 1):
        row = msgspec.json.decode(line)
        if "event" in row:
            yield _revive(row, f"{path}:{number}")


def _revive(row: dict[str, Any], where: str) -> tuple[Moment, Event]:
    name = str(row["event"])
    kind = next((getattr(module, name) for module in (events, mobile, outage, realtext) if hasattr(module, name)), None)
    if kind is None:
        raise ValueError(f"{where}: no event is called {row['event']!r}")
    now = Moment(float(row["s"]), datetime.fromisoformat(row["wall"]))
    try:
        return now, msgspec.convert(row["with"], kind)
    except msgspec.ValidationError as error:
        raise ValueError(f"{where}: {error}") from error
