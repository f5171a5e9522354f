"""Forwards set at the line's own server by as-feature-event, and what its NOTIFY says of them."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from ranin.core.forwarding import feature_event
from ranin.core.forwarding.backend import ON
from ranin.core.outage import OrderKind, OrderTried, Outcome, SetServerForward
from ranin.sip.engine.features import refused_for_good
from ranin.sip.engine.lines import Line
from ranin.sip.engine.subscriptions import Kind, Said, Subscriptions

NOTIFY_WITHIN_S = 5.0
"""RFC 6665 §4.1.2.4 lets a subscriber wait 32 s; a server that knows the event tells at once."""
ANSWER_WITHIN_S = 35.0


@dataclass
class _Pending:
    order: SetServerForward
    until_s: float
    subscription: int
    armed: bool | None = None
    """What a NOTIFY has said that is not what was asked for; another may follow."""
    accepted: bool = False


class ServerForwards:
    """The orders on their way."""

    def __init__(self, subscriptions: Subscriptions, report: Callable[[Any], None]) -> None:
        self._subscriptions = subscriptions
        self._report = report
        self._pending: dict[int, _Pending] = {}

    def set(self, order: SetServerForward, lines: Mapping[int, Line]) -> None:
        """Send the SUBSCRIBE."""
        line = lines.get(order.line)
        if line is None:
            self._report(OrderTried(order.order, Outcome.FAILED, "The line is not registered."))
            return
        body = feature_event.body(line.order.account.user, order.kind, order.number)
        content, hear = (feature_event.CONTENT_TYPE, body), partial(self._heard, order.order)
        subscription = self._subscriptions.open(line, "as-feature-event", hear, content=content)
        if not subscription:
            self._report(OrderTried(order.order, Outcome.FAILED, "The SUBSCRIBE cannot be sent."))
            return
        self._pending[order.order] = _Pending(order, time.monotonic() + ANSWER_WITHIN_S, subscription)

    def tick(self) -> None:
        """End what has waited long enough."""
        for pending in [one for one in self._pending.values() if time.monotonic() >= one.until_s]:
            self._give_up(pending)

    def _heard(self, order: int, said: Said) -> None:
        pending = self._pending.get(order)
        if pending is None:
            return
        if said.kind is Kind.NOTIFIED and said.body:
            self._notified(pending, said.body)
        elif said.code // 100 == 2:
            pending.accepted = True
            pending.until_s = min(pending.until_s, time.monotonic() + NOTIFY_WITHIN_S)
        elif said.code and not pending.accepted:
            outcome = Outcome.REFUSED if refused_for_good(said.code) else Outcome.FAILED
            self._end(pending, OrderTried(order, outcome, f"The server answered {said.code}."))

    def _notified(self, pending: _Pending, body: str) -> None:
        kind = pending.order.kind
        armed = feature_event.read(body, kind, pending.order.number)
        pending.armed = pending.armed if armed is None else armed
        if kind is OrderKind.VERIFY or armed is (kind in ON.values()):
            self._give_up(pending)

    def _give_up(self, pending: _Pending) -> None:
        """No more is waited for: what was accepted is done."""
        if pending.accepted or pending.armed is not None:
            self._end(pending, OrderTried(pending.order.order, Outcome.DONE, "", pending.armed))
        else:
            self._end(pending, OrderTried(pending.order.order, Outcome.FAILED, "The server did not answer."))

    def _end(self, pending: _Pending, tried: OrderTried) -> None:
        del self._pending[pending.order.order]
        self._subscriptions.end(pending.subscription)
        self._report(tried)
