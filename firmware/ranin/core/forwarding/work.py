"""One turn of forwarding: the state being changed, the commands gathered, and what befalls one order."""

from dataclasses import replace
from typing import Any

from ranin.core.forwarding.backend import OFF, ON, Proof
from ranin.core.forwarding.known import Belief, ForgetForward, KeepForward
from ranin.core.forwarding.state import NONE, Forward, Switch, changes, effect
from ranin.core.moment import NEVER_S, Moment
from ranin.core.outage import DropOrder, KeepOrder, Order, OrderKind, OrderTried, OutageCommand

FIRST_S = 5.0
"""Wait after the first failure; it doubles with each further one."""
LONGEST_S = 600.0
"""The longest wait between two tries."""
DAY_S = 86400.0
"""How often a forward that stands is verified."""


def back_off_s(failures: int) -> float:
    """The wait before the next try after `failures` in a row, in seconds: 5, 10, 20 … 600."""
    return min(LONGEST_S, FIRST_S * 2.0 ** min(failures - 1, 16))


class Work:
    """Lives for one call; nothing outside it ever sees it."""

    def __init__(self, forward: Forward, now: Moment) -> None:
        self.forward = forward
        self.now = now
        self.commands: list[OutageCommand] = []

    def do(self, *commands: OutageCommand) -> None:
        """Gather commands, in order."""
        self.commands.extend(commands)

    def put(self, switch: Switch, **fields: Any) -> Switch:
        """Keep the switch with these fields changed, in its place or as a new one; returns it."""
        switch = replace(switch, **fields)
        if self.forward.switch(switch.key) is None:
            switches = (*self.forward.switches, switch)
        else:
            switches = tuple(switch if old.key == switch.key else old for old in self.forward.switches)
        self.forward = replace(self.forward, switches=switches)
        return switch

    def forget(self, switch: Switch) -> None:
        """It is off, and nobody wants it."""
        self.forward = replace(
            self.forward, switches=tuple(old for old in self.forward.switches if old.key != switch.key)
        )
        self.do(ForgetForward(switch.place, switch.always))

    def make(self, switch: Switch, kind: OrderKind) -> None:
        """Give the switch a new order in the place of the one it has.

        What an old one may have done is on disk before it is dropped, and the new one too: whenever the
        power goes, the next start knows what may be in effect.
        """
        if switch.order is not None and len(switch.maybe) > 1:
            self.do(KeepForward(switch.known()))
        target = switch.wanted or min(switch.maybe - NONE, default="")
        made = self.now.wall.isoformat(timespec="seconds")
        order = Order(0, kind, switch.backend, switch.line, target, made, switch.place, switch.account, switch.means)
        trouble = switch.way.says(order)
        self._order(switch, order, failures=0, due_s=self.now.mono_s, trouble=trouble)

    def afresh(self, switch: Switch, **fields: Any) -> None:
        """The same order under a new number, so that no late answer to the old one is taken for its own."""
        assert switch.order is not None
        self._order(switch, switch.order, **fields)

    def _order(self, switch: Switch, order: Order, **fields: Any) -> None:
        number = self.forward.next_order
        self.forward = replace(self.forward, next_order=number + 1)
        order = replace(order, number=number)
        old, kept = switch.order, not changes(order)
        self.put(switch, order=order, kept=kept, refused=False, **fields)
        if not kept:
            self.do(KeepOrder(order))
        if old is not None and changes(old):
            self.do(DropOrder(old.number))

    def withdraw(self, switch: Switch) -> Switch:
        """The order is not wanted any more and never had an effect."""
        if switch.order is not None and changes(switch.order):
            self.do(DropOrder(switch.order.number))
        return self.put(switch, order=None, refused=False, trouble="")

    def failed(self, switch: Switch, detail: str) -> None:
        """Try again later; the longer it fails the later."""
        failures = switch.failures + 1
        doubt = changes(switch.order) and len(switch.maybe) > 1
        self.afresh(
            switch,
            failures=failures,
            due_s=self.now.mono_s + back_off_s(failures),
            believed=Belief.UNKNOWN if doubt else switch.believed,
            trouble=detail,
        )

    def refused(self, switch: Switch, event: OrderTried) -> None:
        """The other side will not have it: it did nothing, and is not tried until something changes."""
        if not changes(switch.order):
            self.put(
                switch, order=None, believed=Belief.UNKNOWN, check_s=self._next_check(switch), trouble=event.detail
            )
            return
        self.put(switch, refused=True, maybe=switch.before, trouble=event.detail)

    def done(self, switch: Switch, event: OrderTried) -> None:
        """The order is in effect, unless the other side says otherwise."""
        order = switch.order
        assert order is not None
        if not changes(order):
            self._verified(switch, event)
            return
        want = effect(order)
        if event.armed is not None and event.armed != bool(want):
            self.failed(switch, "It was taken, but is not in effect." if want else "It was taken, but is still armed.")
            return
        told = event.armed is not None or switch.way.sure
        believed = (Belief.ARMED if want else Belief.NOT_ARMED) if told else Belief.UNKNOWN
        done = self._learn(switch, frozenset({want}), believed)
        self.do(DropOrder(order.number))
        if done.leaving:
            self._doubt_neighbours(done)

    def _verified(self, switch: Switch, event: OrderTried) -> None:
        if event.armed is None:
            self.put(switch, order=None, failures=0, check_s=self._next_check(switch))
        elif event.armed:
            self._learn(switch, switch.maybe, Belief.ARMED)
        else:
            self._learn(switch, NONE, Belief.NOT_ARMED)

    def _learn(self, switch: Switch, maybe: frozenset[str], believed: Belief) -> Switch:
        """Know it for sure, from now on and across restarts."""
        since = self.now.wall.isoformat(timespec="seconds")
        check_s = self._next_check(switch)
        learnt = self.put(
            switch, order=None, failures=0, maybe=maybe, believed=believed, since=since, check_s=check_s, trouble=""
        )
        self.do(KeepForward(learnt.known()))
        return learnt

    def _next_check(self, switch: Switch) -> float:
        return NEVER_S if switch.way.proof is Proof.NONE else self.now.mono_s + DAY_S

    def _doubt_neighbours(self, gone: Switch) -> None:
        """What was taken off by one way may be the very forward that another way of the account has set."""
        for other in self.forward.switches:
            if other.account == gone.account and other.always == gone.always and other.key != gone.key:
                doubted = self.put(other, maybe=other.maybe | NONE)
                self.do(KeepForward(doubted.known()))
                if doubted.order is not None and doubted.flying:
                    self.afresh(doubted)


def need(switch: Switch, now_s: float) -> OrderKind | None:
    """What is to be done at the other side; None: nothing now."""
    if switch.maybe != frozenset({switch.wanted}):
        return (ON if switch.wanted else OFF)[switch.always]
    if not switch.wanted or now_s < switch.check_s:
        return None
    return OrderKind.VERIFY if switch.way.proof is Proof.READ else ON[switch.always]


def fits(switch: Switch, order: Order) -> bool:
    """Whether the order is still what is wanted."""
    if order.means != switch.means:
        return False
    if not changes(order):
        return bool(switch.wanted) and switch.maybe == frozenset({switch.wanted})
    return effect(order) == switch.wanted
