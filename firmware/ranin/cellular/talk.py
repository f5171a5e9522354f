"""Scripts over a channel (pure): a script asks and pauses in one straight line, time is an argument."""

import logging
from collections.abc import Callable, Generator
from dataclasses import dataclass

from ranin.cellular.at import LOST, Answer, Ask
from ranin.cellular.channel import Answered, Channel, Heard
from ranin.core.events import Event

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Pause:
    """Wait before the next command."""

    for_s: float


Script = Generator[Ask | Pause, Answer, None]
"""Yields what to ask and gets the answer. When the port closes every answer is LOST: a script must come to its end."""
_PAUSED = Answer(LOST)
"""What a pause gives; nobody looks at it."""


@dataclass(frozen=True, slots=True)
class Output:
    """What a turn wants done, in this order: keep, write, tell, reopen; and when to be called next."""

    data: bytes = b""
    events: tuple[Event, ...] = ()
    deadline_s: float | None = None
    reopen: bool = False
    """Close the port and open it again: the modem was reset."""
    keep: tuple[str, ...] | None = None
    """Fingerprints of tried PINs; they must be on disk before `data` is written."""


class Talk:
    """Runs scripts, keeps named timers and gathers what a turn puts out."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.open = False
        self.channel = Channel()
        self.events: list[Event] = []
        self.keep: tuple[str, ...] | None = None
        self.reopen = False
        self.farewell = b""
        """Written when the channel is given up."""
        self._waiting: dict[int, Script] = {}
        self._timers: dict[str, tuple[float, Callable[[], None]]] = {}
        self._pauses = 0
        self._paused: dict[str, Script] = {}

    def begin(self) -> None:
        """The port is open: look for the modem."""
        self.channel, self.open = Channel(), True
        self.channel.start(self.now_s)

    def end(self) -> None:
        """The port is closed: scripts come to their end, timers stop."""
        self.open = False
        scripts = [*self._waiting.values(), *self._paused.values()]
        self._waiting.clear()
        self._paused.clear()
        self._timers.clear()
        for script in scripts:
            self._advance(script, Answer(LOST))

    def tell(self, event: Event) -> None:
        """Post an event at the end of the turn."""
        self.events.append(event)

    def run(self, script: Script) -> None:
        """Start a script; scripts take turns with their commands."""
        self._advance(script, None)

    def after(self, name: str, for_s: float, action: Callable[[], None]) -> None:
        """Do something later; the same name again replaces it. A closed port has no later."""
        if self.open:
            self._timers[name] = (self.now_s + for_s, action)

    def cancel(self, name: str) -> None:
        """Forget a timer; one that does not run is fine."""
        self._timers.pop(name, None)

    def heard(self, found: list[Heard]) -> list[Heard]:
        """Give answers to their scripts; the rest is returned."""
        rest = []
        for item in found:
            if isinstance(item, Answered):
                self._answered(item)
            else:
                rest.append(item)
        return rest

    def due(self) -> None:
        """Fire what is due."""
        for name, (at_s, action) in sorted(self._timers.items(), key=lambda row: row[1][0]):
            if at_s <= self.now_s and self._timers.get(name) == (at_s, action):
                del self._timers[name]
                action()

    def output(self) -> Output:
        """What has gathered, and when to come back."""
        data = self.farewell + (self.channel.take() if self.open else b"")
        times = [at_s for at_s, _ in self._timers.values()]
        if self.open and self.channel.deadline_s is not None:
            times.append(self.channel.deadline_s)
        found = Output(data, tuple(self.events), min(times, default=None), self.reopen, self.keep)
        self.events, self.keep, self.reopen, self.farewell = [], None, False, b""
        return found

    def _answered(self, item: Answered) -> None:
        if not item.answer.ok:
            log.debug("a command has failed: %s", item.answer.final.words)
        script = self._waiting.pop(item.ticket, None)
        if script is not None:
            self._advance(script, item.answer)

    def _advance(self, script: Script, answer: Answer | None) -> None:
        """Run a script up to its next wait."""
        try:
            wanted = next(script) if answer is None else script.send(answer)
            while not self.open:
                wanted = script.send(Answer(LOST))
        except StopIteration:
            return
        if isinstance(wanted, Ask):
            self._waiting[self.channel.ask(wanted, self.now_s)] = script
        else:
            self._pause(script, wanted.for_s)

    def _pause(self, script: Script, for_s: float) -> None:
        self._pauses += 1
        name = f"pause {self._pauses}"
        self._paused[name] = script
        self.after(name, for_s, lambda: self._advance(self._paused.pop(name), _PAUSED))
