"""Putting a call aside and taking it back, by re-INVITE: again when the other side is busy with one of its own."""

import logging
import time
from typing import TYPE_CHECKING

import pjsua2 as pj

from ranin.sip.engine.moving import GLARE, glare_s

if TYPE_CHECKING:
    from ranin.sip.engine.legs import Leg

log = logging.getLogger(__name__)

MOST_TRIES = 5
AGAIN_AFTER_S = 1.0
BUSY_FOR_S = 0.1
"""Another re-INVITE of ours is under way: it is over within a round trip, as a rule."""


class Aside:
    """Whether one call is to be put aside, and the re-INVITE that has the other side know.

    What is heard does not wait for it: the bridge has been told already.
    """

    def __init__(self, outgoing: bool) -> None:
        self._outgoing = outgoing
        self._wanted = self._told = False
        self._asked: bool | None = None
        self._tries = 0
        self._due_s = 0.0

    def want(self, leg: "Leg", aside: bool) -> None:
        """Have it so as soon as the other side can be told."""
        self._wanted, self._tries, self._due_s = aside, 0, 0.0
        self.tick(leg)

    def tick(self, leg: "Leg") -> None:
        """Tell the other side what it has not been told yet."""
        due = self._asked is None and self._tries < MOST_TRIES and time.monotonic() >= self._due_s
        if self._wanted == self._told or not due or not leg.confirmed or leg.over:
            return
        self._asked = self._wanted
        try:
            leg.offer_aside(self._wanted)
        except pj.Error as error:
            log.debug("call %d cannot be put aside just now: %s", leg.number, error.reason)
            self._asked, self._due_s = None, time.monotonic() + BUSY_FOR_S

    def answered(self, code: int) -> None:
        """A re-INVITE has its final answer."""
        if self._asked is None:
            return
        if code // 100 == 2:
            self._told = self._asked
        self._tries += 1
        self._due_s = time.monotonic() + (glare_s(self._outgoing) if code == GLARE else AGAIN_AFTER_S)
        self._asked = None
