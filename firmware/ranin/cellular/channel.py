"""One AT command at a time (pure, sans-I/O): queue, time-outs, and how to find each other again after one."""

from collections import deque
from dataclasses import dataclass

from ranin.cellular.at import (
    FOLLOWED,
    PROMPT,
    TIMEOUT,
    Answer,
    Ask,
    Final,
    Lines,
    Urc,
    final,
    is_open,
    urc_name,
)

SYNC_WITHIN_S = 2.0
"""For a bare AT while we look for each other."""
SYNC_TRIES = 3
"""So many unanswered ATs are a hung modem."""
QUIET_S = 0.2
"""After a time-out, this much silence tells that no late line is under way."""
PROMPT_WITHIN_S = 10.0
"""For the prompt of +CMGS."""
_USSD_LINES = 12
"""A USSD answer has no more lines than this (182 letters, 3GPP TS 23.038 §6.1.2.3)."""
_ESC = b"\x1b"
_CTRL_Z = b"\x1a"


@dataclass(frozen=True, slots=True)
class Answered:
    """The command with this ticket is over."""

    ticket: int
    answer: Answer


@dataclass(frozen=True, slots=True)
class Hung:
    """Not even AT is answered; nothing is written any more."""


@dataclass(frozen=True, slots=True)
class Echoed:
    """The modem repeats what we write: it has forgotten ATE0."""


Heard = Answered | Urc | Hung | Echoed


class Channel:
    """Talks to one port from `start` on; give it bytes and time, take bytes and what was heard."""

    def __init__(self) -> None:
        self._lines = Lines()
        self._queue: deque[tuple[int, Ask]] = deque()
        self._current: tuple[int, Ask] | None = None
        self._got: list[str] = []
        self._head: Urc | None = None
        """A code that waits for its next line."""
        self._head_lines = 0
        self._out = bytearray()
        self._missed = 0
        self._syncing = self._draining = self._hung = False
        self._tickets = 0
        self.deadline_s: float | None = None
        """When `tick` has something to do."""

    def start(self, now_s: float) -> None:
        """Look for the modem: AT until it answers."""
        self._sync(now_s)

    def ask(self, ask: Ask, now_s: float) -> int:
        """Queue a command; its ticket comes back with the answer."""
        self._tickets += 1
        row = (self._tickets, ask)
        if ask.urgent:
            self._queue.appendleft(row)
        else:
            self._queue.append(row)
        self._next(now_s)
        return row[0]

    def take(self) -> bytes:
        """What is to be written now."""
        out = bytes(self._out)
        self._out.clear()
        return out

    def feed(self, data: bytes, now_s: float) -> list[Heard]:
        """Take bytes from the modem."""
        found: list[Heard] = []
        for line in self._lines.feed(data):
            found += self._line(line, now_s)
        if self._draining and data:
            self.deadline_s = now_s + QUIET_S
        return found

    def tick(self, now_s: float) -> list[Heard]:
        """Time has passed."""
        if self.deadline_s is None or now_s < self.deadline_s:
            return []
        self.deadline_s = None
        if self._draining:
            self._draining = False
            self._next(now_s)
            return []
        return self._missed_sync(now_s) if self._syncing else self._time_out(now_s)

    def _next(self, now_s: float) -> None:
        if self._current or self._syncing or self._draining or self._hung or not self._queue:
            return
        self._current = self._queue.popleft()
        ask = self._current[1]
        self._got = []
        self._out += ask.text.encode() + b"\r"
        self.deadline_s = now_s + (PROMPT_WITHIN_S if ask.body else ask.within_s)

    def _time_out(self, now_s: float) -> list[Heard]:
        assert self._current is not None
        ticket, ask = self._current
        self._current = None
        if ask.body:
            self._out += _ESC
        self._sync(now_s)
        return [Answered(ticket, Answer(TIMEOUT, tuple(self._got)))]

    def _sync(self, now_s: float) -> None:
        self._syncing, self._missed, self._head = True, 0, None
        self._call(now_s)

    def _call(self, now_s: float) -> None:
        self._out += b"AT\r"
        self.deadline_s = now_s + SYNC_WITHIN_S

    def _missed_sync(self, now_s: float) -> list[Heard]:
        self._missed += 1
        if self._missed < SYNC_TRIES:
            self._call(now_s)
            return []
        self._syncing, self._hung = False, True
        return [Hung()]

    def _line(self, line: str, now_s: float) -> list[Heard]:
        if self._head is not None:
            return self._second(self._head, line, now_s)
        if line == PROMPT:
            self._prompted(now_s)
            return []
        if self._is_echo(line):
            return [] if self._syncing or self._draining else [Echoed()]
        found = final(line, self._current is not None and self._current[1].dials)
        if found is not None:
            return self._ended(found, now_s)
        name = urc_name(line)
        if self._current is not None and self._belongs(self._current[1], line, name):
            self._got.append(line)
            return []
        return self._unasked(Urc(name, line)) if name else []

    def _is_echo(self, line: str) -> bool:
        sent = "AT" if self._current is None else self._current[1].text
        return line == sent.strip() and line.startswith("AT")

    def _prompted(self, now_s: float) -> None:
        if self._current is not None and self._current[1].body:
            self._out += self._current[1].body.encode() + _CTRL_Z
            self.deadline_s = now_s + self._current[1].within_s

    def _ended(self, found: Final, now_s: float) -> list[Heard]:
        """A final code; without a command of ours it comes too late to mean anything."""
        if self._syncing:
            self._syncing, self._draining = False, True
            self.deadline_s = now_s + QUIET_S
        if self._current is None:
            return []
        ticket, self._current, self.deadline_s = self._current[0], None, None
        answer = Answer(found, tuple(self._got))
        self._next(now_s)
        return [Answered(ticket, answer)]

    def _belongs(self, ask: Ask, line: str, name: str) -> bool:
        if ask.prefix == "*":
            return not name
        return bool(ask.prefix) and line.startswith(f"{ask.prefix}:")

    def _unasked(self, urc: Urc) -> list[Heard]:
        if urc.name in FOLLOWED or is_open(urc.line):
            self._head, self._head_lines = urc, 1
            return []
        return [urc]

    def _second(self, head: Urc, line: str, now_s: float) -> list[Heard]:
        """The line after one that wants more; one that is plainly something else cuts it short."""
        self._head = None
        asked = self._current[1].prefix if self._current is not None else ""
        if urc_name(line) or final(line) is not None or (asked and line.startswith(f"{asked}:")):
            return [head, *self._line(line, now_s)]
        if head.name in FOLLOWED:
            return [Urc(head.name, head.line, line)]
        whole = Urc(head.name, f"{head.line}\n{line}")
        self._head_lines += 1
        if is_open(whole.line) and self._head_lines < _USSD_LINES:
            self._head = whole
            return []
        return [whole]
