"""Watched parties and mailboxes at their servers: what is told of them, and that it is told no more.

A party is subscribed to twice: `dialog` says what its telephone does, but most servers call one that is off idle
there; `presence` says that it is off. A mailbox is subscribed to by `message-summary`.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from ranin.core.events import MessagesCounted
from ranin.core.team import PartiesChanged, Party, WatchEnded, WatchMailbox, WatchParty
from ranin.sip.engine.features import refused_for_good
from ranin.sip.engine.lines import Line
from ranin.sip.engine.subscriptions import Kind, Said, Subscriptions
from ranin.sip.notified import new_messages
from ranin.sip.observed import Observed
from ranin.sip.translate import target_uri
from ranin.sip.wire import Complaint

EXPIRES_S = 600
"""A notifier that has forgotten us is noticed by then."""
LONGER_S = 3600
"""For a server that finds that too brief (423): what RFC 4235 §3.4 says."""
NOTIFY_WITHIN_S = 32.0
"""RFC 6665 §4.1.2.4, timer N: a subscription without a NOTIFY is none."""
AGAIN_AFTER_S = 5.0
"""The whole state is asked for no more often: a server may never give it."""
MOST_IN_A_HURRY, HURRY_S = 20, 10.0

DIALOG, PRESENCE, SUMMARY = "dialog", "presence", "message-summary"


@dataclass
class _Watch:
    number: int
    line: int
    observed: Observed | None
    """None: a mailbox."""
    until_s: float | None
    """When the first NOTIFY is overdue; None: it has come."""
    subscribe: Callable[["_Watch", str, int], int]
    """Subscribes to an event for so many seconds; the subscription, or 0."""
    telephone: bool
    """The telephone's own word is needed."""
    open: dict[str, int] = field(default_factory=dict)
    """Event → its subscription."""
    heard: set[str] = field(default_factory=set)
    """The events of which a NOTIFY has come."""
    longer: set[str] = field(default_factory=set)
    """The events that are subscribed to for LONGER_S."""
    refused: int = 0
    told: tuple[Party, ...] | None = None
    again_after_s: float = 0.0
    accepted_s: list[float] = field(default_factory=list)
    """When the last SUBSCRIBEs were taken."""


class Watches:
    """What the core has watched."""

    def __init__(self, subscriptions: Subscriptions, report: Callable[[Any], None]) -> None:
        self._subscriptions = subscriptions
        self._report = report
        self._watches: dict[int, _Watch] = {}

    def party(self, order: WatchParty, lines: Mapping[int, Line]) -> None:
        """Subscribe to a party, in place of what was there."""
        line = lines.get(order.line)
        domain = "" if line is None else line.order.account.domain or line.order.ip
        try:
            target = target_uri(order.target, domain)
        except ValueError:
            self._report(WatchEnded(order.watch, 484, ""))
            return
        observed = Observed(order.target, domain)
        self._begin(order, observed, partial(self._subscribe, lines, target), (DIALOG, PRESENCE))

    def mailbox(self, order: WatchMailbox, lines: Mapping[int, Line]) -> None:
        """Subscribe to the line's mailbox, in place of what was there."""
        self._begin(order, None, partial(self._subscribe, lines, ""), (SUMMARY,))

    def _begin(
        self,
        order: WatchParty | WatchMailbox,
        observed: Observed | None,
        subscribe: Callable[["_Watch", str, int], int],
        events: tuple[str, ...],
    ) -> None:
        """The old one's server is not told: the way to it may be gone, and the new one takes its place."""
        self.end(order.watch, tell=False)
        telephone = isinstance(order, WatchParty) and order.telephone
        watch = _Watch(order.watch, order.line, observed, time.monotonic() + NOTIFY_WITHIN_S, subscribe, telephone)
        self._watches[order.watch] = watch
        watch.open = {event: subscribe(watch, event, EXPIRES_S) for event in events}
        if not all(watch.open.values()):
            self._give_up(watch, WatchEnded(order.watch, 503, ""))

    def _subscribe(self, lines: Mapping[int, Line], target: str, watch: _Watch, event: str, expires_s: int) -> int:
        """No watch holds its line: an account that is held longer than it is open ends its successor."""
        line = lines.get(watch.line)
        if line is None:
            return 0
        return self._subscriptions.open(line, event, partial(self._heard, watch, event), target, expires_s)

    def end(self, number: int, tell: bool = True) -> None:
        """Watch it no more."""
        watch = self._watches.pop(number, None)
        for subscription in watch.open.values() if watch is not None else ():
            self._subscriptions.end(subscription, tell)

    def leave(self, line: int) -> None:
        """The line goes, and what it watches with it."""
        for number in [watch.number for watch in self._watches.values() if watch.line == line]:
            self.end(number)

    def tick(self) -> None:
        """Give up what has never been told of."""
        now_s = time.monotonic()
        for watch in [one for one in self._watches.values() if one.until_s is not None and now_s >= one.until_s]:
            self._give_up(watch, WatchEnded(watch.number, 408, ""))

    def _give_up(self, watch: _Watch, ended: WatchEnded) -> None:
        self.end(watch.number)
        self._report(ended)

    def _heard(self, watch: _Watch, event: str, said: Said) -> None:
        if said.kind is Kind.ENDED:
            self._ended(watch, event, said)
        elif said.kind is Kind.ACCEPTED:
            self._accepted(watch)
        elif said.kind is Kind.NOTIFIED and watch.observed is not None:
            self._notified(watch, watch.observed, event, said)
        elif said.kind is Kind.NOTIFIED:
            watch.until_s = None
            self._mailbox_told(watch, said.body)

    def _accepted(self, watch: _Watch) -> None:
        """A server that has us refresh without a pause is asked again later, like one that refuses."""
        now_s = time.monotonic()
        watch.accepted_s = [at_s for at_s in watch.accepted_s if at_s > now_s - HURRY_S] + [now_s]
        if len(watch.accepted_s) > MOST_IN_A_HURRY:
            self._give_up(watch, WatchEnded(watch.number, 500, ""))

    def _ended(self, watch: _Watch, event: str, said: Said) -> None:
        """A server that does not know one of a party's two events may know the other."""
        del watch.open[event]
        if said.code == 423 and event not in watch.longer:
            watch.longer.add(event)
            watch.open[event] = watch.subscribe(watch, event, LONGER_S)
            return
        if event is PRESENCE and watch.open and refused_for_good(said.code):
            return
        if event is DIALOG and watch.open and said.code == 489 and not watch.telephone:
            watch.refused = said.code
            self._tell(watch)
            return
        code = watch.refused or said.code
        self._give_up(watch, WatchEnded(watch.number, code, said.word, said.retry_after_s))

    def _mailbox_told(self, watch: _Watch, body: str) -> None:
        new = new_messages(body)
        if new is not None:
            self._report(MessagesCounted(watch.line, new))

    def _notified(self, watch: _Watch, observed: Observed, event: str, said: Said) -> None:
        try:
            if said.body and not observed.take(said.word, said.body):
                self._ask_again(watch, event)
        except ValueError as error:
            self._report(Complaint(f"what the server says of a watched party is not read: {error}"))
        watch.heard.add(event)
        self._tell(watch)

    def _tell(self, watch: _Watch) -> None:
        """Whoever is reachable may be on the phone: nothing is told before the telephone's own word."""
        if watch.observed is None or not watch.heard or (DIALOG in watch.open and DIALOG not in watch.heard):
            return
        watch.until_s = None
        if watch.observed.parties != watch.told:
            watch.told = watch.observed.parties
            self._report(PartiesChanged(watch.number, watch.told))

    def _ask_again(self, watch: _Watch, event: str) -> None:
        now_s = time.monotonic()
        if now_s >= watch.again_after_s:
            watch.again_after_s = now_s + AGAIN_AFTER_S
            self._subscriptions.again(watch.open[event])
