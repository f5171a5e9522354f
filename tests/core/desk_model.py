"""A phone on the test bench: virtual time, timers that fire in order, commands kept."""

import heapq
import itertools
from collections.abc import Callable
from datetime import datetime

from ranin.core.commands import CancelTimer, Command, SetTimer
from ranin.core.events import EngineReady, Event, LineRegistered, Started, TimerFired
from ranin.core.keys import Key
from ranin.core.moment import Moment
from ranin.core.phone import step
from ranin.core.settings import Account, Secret, Settings
from ranin.core.state import Phone

BEGIN = Moment(100.0, datetime(2026, 11, 24, 14, 5, 3))

SETTINGS = Settings(
    accounts=(Account(label="Shop", user="201", password=Secret("canary-7531"), domain="example.net", voicemail="*97"),)
)


class Bench:
    """Feeds events to the core and keeps what it wants done."""

    def __init__(self, settings: Settings = SETTINGS) -> None:
        self.phone = Phone()
        self.now = BEGIN
        self.commands: list[Command] = []
        self._due: list[tuple[float, int, Event]] = []
        self._serial = itertools.count()
        self.send(Started(settings))

    def send(self, *events: Event) -> list[Command]:
        """Step through `events`; the commands they caused, also kept in `commands`."""
        caused: list[Command] = []
        for event in events:
            self.phone, commands = step(self.phone, event, self.now)
            caused.extend(commands)
            for command in commands:
                self._note(command)
        self.commands.extend(caused)
        return caused

    def _note(self, command: Command) -> None:
        if isinstance(command, SetTimer):
            fired = TimerFired(command.timer, command.token, command.of)
            self._cancel(CancelTimer(command.timer, command.of))
            self.later(command.after_s, fired)
        elif isinstance(command, CancelTimer):
            self._cancel(command)

    def _cancel(self, command: CancelTimer) -> None:
        key = (command.timer, command.of)
        self.forget(lambda event: isinstance(event, TimerFired) and (event.timer, event.of) == key)

    def later(self, after_s: float, event: Event) -> None:
        """Have the event happen after this time, in `wait`."""
        heapq.heappush(self._due, (self.now.mono_s + after_s, next(self._serial), event))

    def forget(self, which: Callable[[Event], bool]) -> None:
        """Have the events that are awaited and fit not happen."""
        self._due = [row for row in self._due if not which(row[2])]
        heapq.heapify(self._due)

    def wait(self, seconds: float) -> list[Command]:
        """Let virtual time pass; timers fire on the way."""
        caused: list[Command] = []
        until_s = self.now.mono_s + seconds
        began_s, here = self.now.mono_s, 0
        while self._due and self._due[0][0] <= until_s:
            here = here + 1 if self.now.mono_s == began_s else 0
            began_s = self.now.mono_s
            assert here < 200, f"time stands still: {self._due[0][2]}"
            due_s, _, event = heapq.heappop(self._due)
            self.now = self.now.later(max(0.0, due_s - self.now.mono_s))
            caused += self.send(event)
        self.now = self.now.later(until_s - self.now.mono_s)
        return caused

    def ready(self) -> "Bench":
        """Engine up, first line registered."""
        self.send(EngineReady(), LineRegistered(0, 300))
        return self

    def last(self, kind: type) -> Command | None:
        """The newest command of that class."""
        return next((command for command in reversed(self.commands) if isinstance(command, kind)), None)

    def commands_of(self, kind: type) -> list[Command]:
        """Every command of that class."""
        return [command for command in self.commands if isinstance(command, kind)]

    @property
    def screen(self) -> object:
        """What the display shows."""
        return self.phone.shown.screen

    @property
    def tone(self) -> str:
        """Name of the tone in the ear; empty when there is none."""
        return self.phone.shown.ear.tone.name if self.phone.shown.ear.tone else ""


def keys(text: str) -> list[Key]:
    """The keys that spell `text`."""
    return [Key(letter) for letter in text]
