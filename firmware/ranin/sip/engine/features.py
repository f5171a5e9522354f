"""Feature codes: calls that nobody hears, made to have the server do something; their end is an order's."""

import time
from collections.abc import Callable, Mapping
from typing import Any

import pjsua2 as pj

from ranin.core.outage import OrderTried, Outcome, SendFeatureCode
from ranin.sip.engine.legs import Leg
from ranin.sip.engine.lines import Line
from ranin.sip.engine.sound import Sound
from ranin.sip.translate import target_uri

HEAR_OUT_S = 8.0
"""How long an answered code is listened to: a dial plan sets the forward on the way to its announcement."""
RING_S = 20.0
"""A server answers a code itself: who rings longer is a person."""
_NEVER = frozenset({400, 403, 404, 405, 410, 415, 484, 488, 489, 501, 603, 604, 606})
"""Answers that say no for good (RFC 3261 §21)."""


def refused_for_good(code: int) -> bool:
    """Whether asking again is of no use."""
    return code in _NEVER


class CodeCall(Leg):
    """A call to a code."""

    def __init__(self, line: Line, sound: Sound, report: Callable[[Any], None], order: SendFeatureCode) -> None:
        super().__init__(line, sound, report)
        self._order = order
        self.until_s = time.monotonic() + RING_S

    def _moved(self, info: pj.CallInfo) -> None:
        if info.state == pj.PJSIP_INV_STATE_CONFIRMED and not self.confirmed:
            self.confirmed, self.until_s = True, time.monotonic() + HEAR_OUT_S
        elif info.state == pj.PJSIP_INV_STATE_DISCONNECTED:
            self.over = True
            self._report(self._tried(info.lastStatusCode, info.lastReason))

    def _tried(self, code: int, reason: str) -> OrderTried:
        if self.confirmed or code // 100 == 2:
            return OrderTried(self._order.order, Outcome.DONE)
        outcome = Outcome.REFUSED if refused_for_good(code) else Outcome.FAILED
        return OrderTried(self._order.order, outcome, f"The server answered {code} {reason}.")


class Features:
    """The codes that are being called."""

    def __init__(self, sound: Sound, report: Callable[[Any], None]) -> None:
        self._sound = sound
        self._report = report
        self.legs: list[CodeCall] = []

    def call(self, order: SendFeatureCode, lines: Mapping[int, Line]) -> None:
        """Call the code on its line."""
        line = lines.get(order.line)
        if line is None:
            self._report(OrderTried(order.order, Outcome.FAILED, "The line is not registered."))
            return
        leg = CodeCall(line, self._sound, self._report, order)
        self.legs.append(leg)
        try:
            leg.place(target_uri(order.code, line.order.account.domain or line.order.ip))
        except (pj.Error, ValueError) as error:
            leg.over = True
            self._report(OrderTried(order.order, Outcome.FAILED, f"The code cannot be called: {error}"))

    def tick(self) -> None:
        """Hang up what has been heard out, let go of what is over."""
        for leg in self.legs:
            if time.monotonic() >= leg.until_s:
                leg.end()
        self.legs = [leg for leg in self.legs if not leg.over]
