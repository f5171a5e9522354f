"""Calls that follow their line to another address, by re-INVITE: again when they must, until they give up."""

import random
import time
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import pjsua2 as pj

from ranin.sip.engine.lines import Line

if TYPE_CHECKING:
    from ranin.sip.engine.legs import Leg

GIVE_UP_AFTER_S = 32.0
"""64·T1 (RFC 3261 §17.1.1.2): as long as one re-INVITE waits for its answer."""
PATIENCE_S = 1.0
"""How long a re-INVITE may still wait for an answer to the address that has been left."""
AGAIN_AFTER_S = 2.0
BUSY_FOR_S = 0.25
_BETWEEN = -1
"""The transport of a call whose sound has left the old one."""
_TIMED_OUT = 408
GLARE = 491
_FLAGS = pj.PJSUA_CALL_REINIT_MEDIA | pj.PJSUA_CALL_UPDATE_CONTACT | pj.PJSUA_CALL_UPDATE_VIA


class Follower:
    """Where one call is, and the re-INVITE that takes it to where its line is."""

    def __init__(self, transport: int, outgoing: bool) -> None:
        self.transport = transport
        self._contact = ""
        self._outgoing = outgoing
        self._goal = transport
        self._asked: tuple[int, str] | None = None
        self._asked_s = self._due_s = self._until_s = 0.0
        self._code = _TIMED_OUT
        self._early: tuple[int, str] | None = None

    def prepare(self, leg: "Leg", line: Line) -> None:
        """Have a call that rings be answered, or cancelled, from where its line is."""
        place = line.transport, line.contact
        if line.transport != self.transport and place != self._early:
            self._early = place
            pj.ranin_move_early(leg.getId())

    def follow(self, leg: "Leg", line: Line, now_s: float) -> int:
        """Do what is due. The status with which the call ends, or 0."""
        if not self._lags(line):
            return 0
        if line.transport != self._goal or not self._until_s:
            self._goal, self._until_s, self._due_s = line.transport, now_s + GIVE_UP_AFTER_S, 0.0
        if now_s >= self._until_s:
            return self._code
        if self._asked is not None:
            self._wait(leg, line, now_s)
        elif now_s >= max(self._due_s, line.calls_wait_until_s):
            self._ask(leg, line, now_s)
        return 0

    def _lags(self, line: Line) -> bool:
        """Elsewhere than its line, or known by a Contact that the server has corrected since."""
        corrected = bool(self._contact and line.contact) and line.contact != self._contact
        return line.transport != self.transport or corrected

    def _wait(self, leg: "Leg", line: Line, now_s: float) -> None:
        assert self._asked is not None
        if self._asked[0] != line.transport and now_s >= self._asked_s + PATIENCE_S:
            self._asked = None
            pj.ranin_move_abandon(leg.getId())

    def _ask(self, leg: "Leg", line: Line, now_s: float) -> None:
        self.transport = _BETWEEN
        self._asked = line.transport, str(pj.ranin_move_contact(line.getId()))
        self._asked_s, self._due_s = now_s, now_s + BUSY_FOR_S
        try:
            leg.offer_anew(_FLAGS)
        except pj.Error:  # another re-INVITE is under way, or nothing can be sent just now
            if self._asked is not None and now_s >= self._until_s - GIVE_UP_AFTER_S + PATIENCE_S:
                pj.ranin_move_abandon(leg.getId())
            self._asked = None

    def answered(self, code: int) -> None:
        """The re-INVITE has its final answer."""
        if self._asked is None:
            return
        (transport, contact), self._asked = self._asked, None
        if code // 100 == 2:
            self.transport, self._contact, self._until_s, self._code = transport, contact, 0.0, _TIMED_OUT
        elif code == _TIMED_OUT:
            self._code, self._until_s = code, min(self._until_s, time.monotonic())
        else:
            self._code = code
            self._due_s = time.monotonic() + (glare_s(self._outgoing) if code == GLARE else AGAIN_AFTER_S)


def glare_s(outgoing: bool) -> float:
    """How long to wait after two re-INVITEs have met; who made the call waits longer (RFC 3261 §14.1)."""
    return random.uniform(2.1, 4.0) if outgoing else random.uniform(0.0, 2.0)  # noqa: S311 no secret


class Mover:
    """Takes calls along when their line moves."""

    def __init__(self) -> None:
        self._forbear_until_s = 0.0

    def moved(self, line: Line, legs: Iterable["Leg"]) -> None:
        """The line has moved. Requests lost with the old way must not end its calls when they time out."""
        pj.ranin_move_forbear(1)
        self._forbear_until_s = time.monotonic() + GIVE_UP_AFTER_S
        for leg in legs:
            if leg.line == line.order.line and not leg.confirmed:
                leg.follower.prepare(leg, line)

    def tick(self, lines: Mapping[int, Line], legs: Iterable["Leg"]) -> None:
        """Let every call follow that is elsewhere than its line."""
        now_s = time.monotonic()
        for leg in legs:
            line = lines.get(leg.line)
            if line is not None and not leg.confirmed:
                leg.follower.prepare(leg, line)
            elif line is not None:
                code = leg.follower.follow(leg, line, now_s)
                if code:
                    leg.end(code)
        if self._forbear_until_s and now_s >= self._forbear_until_s:
            self._forbear_until_s = 0.0
            pj.ranin_move_forbear(0)
