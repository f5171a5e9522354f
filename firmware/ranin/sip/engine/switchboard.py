"""The calls of the engine by the core's numbers: offers that wait for its word, its orders about calls, their ends."""

import itertools
import logging
from collections.abc import Callable, Mapping
from typing import Any

import pjsua2 as pj

from ranin.core import commands, neighbours
from ranin.core.events import CallArrived, CallEnded, CallTransferred
from ranin.core.realtext import SendText
from ranin.sip.engine.legs import Leg, Report
from ranin.sip.engine.lines import Line
from ranin.sip.engine.sound import Sound
from ranin.sip.translate import target_uri, wants_answer

log = logging.getLogger(__name__)

MOST_OFFERS = 8
"""Calls waiting for the daemon's word at once; more are told busy."""
_REFUSED_TARGET = 484


class Switchboard:
    """Keeps every call until it has ended."""

    def __init__(self, lines: Mapping[int, Line], sound: Sound, report: Report) -> None:
        self._lines = lines
        self._sound = sound
        self.report = report
        self._legs: dict[int, Leg] = {}
        self._offers: dict[str, Leg] = {}
        self._arrivals: list[CallArrived] = []
        self._ended: list[Leg] = []
        self._serial = itertools.count(1)

    @property
    def legs(self) -> tuple[Leg, ...]:
        """All calls, also those that wait for a word or for their end."""
        return (*self._legs.values(), *self._offers.values(), *self._ended)

    def take(self, order: Any) -> bool:
        """Carry out an order about a call; whether it was one. Raises KeyError for a call that is gone, pj.Error."""
        deed = self._ORDERS.get(type(order))
        if deed is not None:
            deed(self, order)
        return deed is not None

    def arrived(self, line: Line, prm: pj.OnIncomingCallParam) -> None:
        """An INVITE has come on `line`."""
        leg = Leg(line, self._sound, self.report, prm.callId)
        refusal = line.refusal(prm) or (486 if len(self._offers) >= MOST_OFFERS else 0)
        if refusal:
            leg.end(refusal)
            self._ended.append(leg)
            return
        leg.offer = f"offer-{next(self._serial)}"
        self._offers[leg.offer] = leg
        remote, message = leg.getInfo().remoteUri, prm.rdata.wholeMsg
        name, number = line.caller(remote, message)
        found = line.verstat(remote, message)
        told = CallArrived(leg.offer, line.order.line, name, number, line.target(message), wants_answer(message), found)
        self._arrivals.append(told)

    def announce(self) -> None:
        """Tell of new offers: PJSIP hands them over before it has judged their SDP, and may have refused them since."""
        for arrived in self._arrivals:
            offer = self._offers.get(arrived.offer)
            if offer is not None and not offer.over:
                self.report(arrived)
        self._arrivals.clear()

    def tick(self) -> None:
        """Let calls that have taken another's place have its number; tell of locks, and who was put aside."""
        for number, leg in tuple(self._legs.items()):
            if leg.heir is not None and leg.heir.number == number:
                self._legs[number] = leg.heir
                self._ended.append(leg)
            self._legs[number].tell_lock()
            self._legs[number].aside.tick(self._legs[number])
            self._legs[number].text.tick(self._legs[number])

    def bury(self) -> None:
        """Let go of calls that are over; not from inside their own callbacks."""
        over = [number for number, leg in self._legs.items() if leg.over]
        self._ended += [self._legs.pop(number) for number in over]
        self._offers = {name: leg for name, leg in self._offers.items() if not leg.over}
        self._ended = [leg for leg in self._ended if not leg.over]

    def clear(self) -> None:
        """Let go of all calls."""
        for table in (self._legs, self._offers, self._ended):
            table.clear()

    def _place(self, order: commands.PlaceCall) -> None:
        line = self._lines.get(order.line)
        if line is None:
            self.report(CallEnded(order.call, 503, "the line is not registered"))
            return
        leg = Leg(line, self._sound, self.report)
        leg.number = order.call
        self._legs[order.call] = leg
        try:
            leg.place(target_uri(order.target, line.order.account.domain or line.order.ip), order.hidden)
        except (pj.Error, ValueError) as error:
            self._legs.pop(order.call, None)
            leg.over = True
            self._ended.append(leg)
            self.report(CallEnded(order.call, _REFUSED_TARGET, str(error)))

    def _alert(self, order: commands.AlertCaller) -> None:
        if self._take_offer(order):
            self._legs[order.call].reply(180)

    def _take_offer(self, order: commands.AlertCaller | neighbours.TakeOffer) -> bool:
        """Whether the offer is still there; it has its number then."""
        leg = self._offers.pop(order.offer, None)
        if leg is None or leg.over:
            self.report(CallEnded(order.call, 487, "the caller gave up"))
            return False
        leg.number = order.call
        self._legs[order.call] = leg
        return True

    def _refuse(self, order: commands.RefuseOffer) -> None:
        leg = self._offers.pop(order.offer, None)
        if leg is not None:
            leg.end(order.code, self._contact(leg, order.target))
            self._ended.append(leg)

    def _contact(self, leg: Leg, target: str) -> str:
        """Where a call is sent on to: a whole SIP address; empty: nowhere."""
        if not target:
            return ""
        order = self._lines[leg.line].order
        return target_uri(target, order.account.domain or order.ip)

    def _answer(self, order: commands.AnswerCall) -> None:
        self._legs[order.call].reply(200)

    def _hang_up(self, order: commands.HangUpCall) -> None:
        leg = self._legs.get(order.call)
        if leg is not None:
            leg.end(order.code, self._contact(leg, order.target))

    def _digit(self, order: commands.SendDtmf) -> None:
        self._legs[order.call].send_digit(order.digit)

    def _hold(self, order: commands.HoldCall) -> None:
        self._legs[order.call].aside.want(self._legs[order.call], True)

    def _resume(self, order: commands.ResumeCall) -> None:
        self._legs[order.call].aside.want(self._legs[order.call], False)

    def _transfer(self, order: commands.TransferCall) -> None:
        leg = self._legs[order.call]
        try:
            if order.goal:
                leg.transfer_to(self._legs[order.goal])
            else:
                leg.transfer(self._contact(leg, order.target))
        except (pj.Error, ValueError, KeyError) as error:
            log.warning("call %d is not transferred: %s", order.call, error)
            self.report(CallTransferred(order.call, _REFUSED_TARGET))

    _ORDERS: dict[type, Callable[["Switchboard", Any], object]] = {
        commands.PlaceCall: _place,
        commands.AlertCaller: _alert,
        commands.RefuseOffer: _refuse,
        commands.AnswerCall: _answer,
        commands.HangUpCall: _hang_up,
        commands.SendDtmf: _digit,
        commands.HoldCall: _hold,
        commands.ResumeCall: _resume,
        commands.TransferCall: _transfer,
        SendText: lambda self, order: self._legs[order.call].text.send(self._legs[order.call], order.text),
        neighbours.TakeOffer: _take_offer,
        neighbours.ProgressCall: lambda self, order: self._legs[order.call].reply(order.code),
    }
