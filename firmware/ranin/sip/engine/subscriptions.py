"""Subscriptions to event packages (RFC 6665): what has happened to each goes to whoever opened it."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

import pjsua2 as pj

from ranin.sip.engine.lines import Line


class Kind(Enum):
    """What can happen to a subscription."""

    ACCEPTED = "accepted"
    """The server took a SUBSCRIBE, the first or one that refreshes."""
    NOTIFIED = "notified"
    ENDED = "ended"
    """By a refusal, by the server's NOTIFY, or because none came in time."""


@dataclass(frozen=True, slots=True)
class Said:
    """One thing that has happened."""

    kind: Kind
    code: int
    """SIP status; 200 for an end by NOTIFY, 408 for none in time."""
    retry_after_s: int
    word: str
    """A NOTIFY's Content-Type; the reason of an end."""
    body: str


Hear = Callable[[Said], None]


class Subscriptions:
    """All that are open; PJSIP refreshes them."""

    def __init__(self) -> None:
        self._ids = itertools.count(1)
        self._open: dict[int, Hear] = {}
        if pj.ranin_subscribe_start() != 0:
            raise RuntimeError("PJSIP does not take our event packages")

    def open(
        self,
        line: Line,
        event: str,
        hear: Hear,
        target: str = "",
        expires_s: int = 60,
        content: tuple[str, str] = ("", ""),
    ) -> int:
        """Subscribe to a SIP URI, or to the line's own, with (type, body); its id, or 0 if nothing can be sent."""
        number = next(self._ids)
        self._open[number] = hear
        if pj.ranin_subscribe(line.getId(), number, event, target, expires_s, *content) != 0:
            del self._open[number]
            return 0
        return number

    def again(self, number: int) -> None:
        """Ask for the whole state once more."""
        pj.ranin_subscribe_again(number)

    def end(self, number: int, tell: bool = True) -> None:
        """End it, and hear no more of it; untold, the server learns it by our answer to its next NOTIFY."""
        if self._open.pop(number, None) is not None:
            pj.ranin_subscribe_end(number, int(tell))

    def tick(self) -> None:
        """Pass on what has happened."""
        while text := pj.ranin_subscribe_take():
            head, word, body = text.split("\n", 2)
            kind, number, code, retry_after_s = head.split()
            said = Said(Kind(kind), int(code), int(retry_after_s), word.strip(), body)
            ended = said.kind is Kind.ENDED
            hear = self._open.pop(int(number), None) if ended else self._open.get(int(number))
            if hear is not None:
                hear(said)
