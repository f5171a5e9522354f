"""One turn of the core: the state being changed and the commands gathered on the way."""

from dataclasses import replace
from typing import Any

from ranin.core.commands import CancelTimer, Command, SetTimer
from ranin.core.events import Timer
from ranin.core.moment import Moment
from ranin.core.outage import WriteLog
from ranin.core.state import Call, Line, Noted, Phone

NOTES = 50
"""Kept at hand for the time line."""


class Turn:
    """Lives for one `step`; nothing outside it ever sees it."""

    def __init__(self, phone: Phone, now: Moment) -> None:
        self.phone = phone
        self.now = now
        self.commands: list[Command] = []

    def change(self, **fields: Any) -> None:
        """Replace fields of the phone; what is the same already costs nothing."""
        new = {name: value for name, value in fields.items() if getattr(self.phone, name) is not value}
        if new:
            self.phone = replace(self.phone, **new)

    def do(self, *commands: Command) -> None:
        """Gather commands, in order."""
        self.commands.extend(commands)

    def do_first(self, command: Command) -> None:
        """Put a command before the others: the ear is there before a call is answered, and gone before it is ended."""
        self.commands.insert(0, command)

    def note(self, text: str) -> None:
        """Keep in the log and on the time line what happened to the phone as a whole."""
        self.change(notes=(Noted(self.now.wall, text), *self.phone.notes)[:NOTES])
        self.do(WriteLog(text))

    def change_call(self, number: int, **fields: Any) -> Call:
        """Replace fields of one call and return it."""
        calls = tuple(replace(call, **fields) if call.number == number else call for call in self.phone.calls)
        self.change(calls=calls)
        return next(call for call in calls if call.number == number)

    def drop_call(self, number: int) -> None:
        """Forget one call."""
        self.change(calls=tuple(call for call in self.phone.calls if call.number != number))

    def change_line(self, index: int, **fields: Any) -> Line:
        """Replace fields of one line and return it."""
        lines = list(self.phone.lines)
        lines[index] = replace(lines[index], **fields)
        self.change(lines=tuple(lines))
        return lines[index]

    def start(self, timer: Timer, after_s: float, jitter: float = 0.0, of: int = 0) -> None:
        """Start or restart a timer; see `SetTimer`."""
        token = self.phone.next_token
        timers = self._without(timer, of) | {(timer, of, token)}
        self.change(timers=timers, next_token=token + 1)
        self.do(SetTimer(timer, token, after_s, jitter, of))

    def stop(self, timer: Timer, of: int = 0) -> None:
        """Stop a timer if it runs."""
        timers = self._without(timer, of)
        if timers != self.phone.timers:
            self.change(timers=timers)
            self.do(CancelTimer(timer, of))

    def _without(self, timer: Timer, of: int) -> frozenset[tuple[Timer, int, int]]:
        return frozenset(row for row in self.phone.timers if row[:2] != (timer, of))
