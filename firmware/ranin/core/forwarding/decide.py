"""When to arm, disarm, retry and verify: every function takes the state and the moment and gives the next state.

What shall stand is worked out from the settings (`plan`), what is to be done from the difference to what
may stand (`work.need`). So no happening can leave an order out, and repeating one changes nothing.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace

from ranin.core.forwarding.backend import SIM, SIM_LINE, Proof, account_of
from ranin.core.forwarding.backends import BACKENDS
from ranin.core.forwarding.known import Belief, KnownForward
from ranin.core.forwarding.plan import Wish, plan
from ranin.core.forwarding.state import Forward, Switch, changes, effect
from ranin.core.forwarding.work import FIRST_S, Work, fits, need
from ranin.core.moment import NEVER_S, Moment
from ranin.core.outage import DropOrder, Order, OrderKind, OrderTried, OutageCommand, Outcome
from ranin.core.settings import Settings

ANSWER_S = 60.0
"""A try without an answer for so long failed; longer than any adapter's own limit."""
START_CHECK_S = 60.0
"""How long after a start what was known is verified."""

Result = tuple[Forward, tuple[OutageCommand, ...]]


def started(settings: Settings, known: Iterable[KnownForward], orders: Iterable[Order], now: Moment) -> Result:
    """The state after a start, from what was on disk; `orders` oldest first."""
    orders = sorted(orders, key=lambda order: order.number)
    work = Work(Forward(next_order=max((order.number for order in orders), default=0) + 1), now)
    for row in known:
        if row.backend in BACKENDS:
            work.put(_revived(row, now))
    for order in orders:
        _adopt(work, order)
    return _follow(work, settings)


def settings_changed(forward: Forward, settings: Settings, now: Moment) -> Result:
    """Follow new settings; what was refused is tried once more."""
    work = Work(forward, now)
    _retry_refused(work, frozenset())
    return _follow(work, settings)


def gasped(forward: Forward, settings: Settings, gasping: bool, now: Moment) -> Result:
    """The phone is about to go (every call shall be forwarded), or it has returned."""
    return _follow(Work(replace(forward, gasping=gasping), now), settings)


def paths_changed(forward: Forward, paths: frozenset[str], now: Moment) -> Result:
    """These paths work now; what waited for a new one is tried soon, also what was refused."""
    gained = paths - forward.paths
    work = Work(replace(forward, paths=paths), now)
    if gained:
        _retry_refused(work, gained)
        _hasten(work, gained)
    return _settle(work)


def kept(forward: Forward, number: int, now: Moment, trouble: str = "") -> Result:
    """The order may be tried; `trouble` says why it is not on disk."""
    work = Work(forward, now)
    for switch in forward.switches:
        if switch.order is not None and switch.order.number == number:
            work.put(switch, kept=True, trouble=trouble or switch.trouble)
    return _settle(work)


def tried(forward: Forward, event: OrderTried, now: Moment) -> Result:
    """What came of an order. Answers to orders that were withdrawn or numbered anew only end their flight.

    A person who has set or taken off a forward by hand is heard as DONE, for any back end and without a try.
    """
    work = Work(forward, now)
    for switch in forward.switches:
        flew = switch.flying == event.order
        landed = work.put(switch, flying=0) if flew else switch
        ours = landed.order is not None and landed.order.number == event.order
        if ours and (flew or event.outcome is Outcome.DONE):
            _ANSWER[event.outcome](work, landed, event)
    return _settle(work)


def passed(forward: Forward, now: Moment) -> Result:
    """Time has gone by: try what is due, verify what is old."""
    return _settle(Work(forward, now))


def due_s(forward: Forward) -> float:
    """The steady time at which `passed` has something to do next; infinity: never."""
    return min((_due_s(forward, switch) for switch in forward.switches), default=NEVER_S)


def _due_s(forward: Forward, switch: Switch) -> float:
    if switch.flying:
        return switch.tried_s + ANSWER_S
    if switch.order is None:
        return switch.check_s if switch.wanted else NEVER_S
    return NEVER_S if _way_out(forward, switch) is None else switch.due_s


def _revived(row: KnownForward, now: Moment) -> Switch:
    proof = BACKENDS[row.backend].proof
    return Switch(
        row.place,
        row.always,
        row.backend,
        SIM_LINE,
        row.account,
        row.means,
        leaving=True,
        maybe=frozenset(row.maybe),
        believed=row.believed,
        since=row.since,
        check_s=NEVER_S if proof is Proof.NONE else now.mono_s + START_CHECK_S,
    )


def _adopt(work: Work, order: Order) -> None:
    """Take up an order from disk: nobody knows whether it was tried, so it may be in effect."""
    if order.backend not in BACKENDS:
        work.do(DropOrder(order.number))
        return
    always = order.kind in (OrderKind.ARM_ALWAYS, OrderKind.DISARM_ALWAYS)
    switch = work.forward.switch((order.place, always)) or Switch(
        order.place, always, order.backend, order.line, order.account, order.means, leaving=True
    )
    if switch.order is not None:
        work.do(DropOrder(switch.order.number))
    maybe = switch.maybe | {effect(order)}
    believed = switch.believed if len(maybe) == 1 else Belief.UNKNOWN
    trouble = switch.way.says(order)
    work.put(switch, order=order, kept=True, maybe=maybe, believed=believed, trouble=trouble)


def _follow(work: Work, settings: Settings) -> Result:
    """Make the switches what the plan asks for, then settle."""
    wanted = plan(settings, work.forward.gasping)
    work.forward = replace(work.forward, book=wanted.book, refusal=wanted.refusal)
    wishes = {(wish.place, wish.always): wish for wish in wanted.wishes}
    lines = {account_of(account): line for line, account in reversed(list(enumerate(settings.accounts)))}
    for switch in work.forward.switches:
        if switch.key not in wishes:
            work.put(switch, wanted="", leaving=True, line=lines.get(switch.account, switch.line))
    for wish in wanted.wishes:
        _wish(work, wish)
    return _settle(work)


def _wish(work: Work, wish: Wish) -> None:
    switch = work.forward.switch((wish.place, wish.always))
    if switch is None:
        switch = Switch(wish.place, wish.always, wish.backend, wish.line, wish.account, wish.means)
    changed = switch.means != wish.means and switch.way.proof is not Proof.NONE
    check_s = work.now.mono_s if changed else switch.check_s
    work.put(switch, wanted=wish.target, leaving=False, line=wish.line, means=wish.means, check_s=check_s)


def _retry_refused(work: Work, gained: frozenset[str]) -> None:
    """Try once more what was refused; after a change of paths only what a new one may help."""
    for switch in work.forward.switches:
        if switch.refused and _helped(switch, gained):
            work.afresh(switch, due_s=max(work.now.mono_s, switch.tried_s + FIRST_S))


def _hasten(work: Work, gained: frozenset[str]) -> None:
    for switch in work.forward.switches:
        if switch.order is not None and _helped(switch, gained):
            soon_s = max(work.now.mono_s, switch.tried_s + FIRST_S)
            work.put(switch, due_s=min(switch.due_s, soon_s))


def _helped(switch: Switch, gained: frozenset[str]) -> bool:
    return not gained or not switch.path or switch.path in gained


_ANSWER: dict[Outcome, Callable[[Work, Switch, OrderTried], None]] = {
    Outcome.DONE: Work.done,
    Outcome.FAILED: lambda work, switch, event: work.failed(switch, event.detail),
    Outcome.REFUSED: Work.refused,
}


def _settle(work: Work) -> Result:
    """Bring orders into line with what is wanted, and try what can be tried."""
    for switch in work.forward.switches:
        _land(work, switch)
    for switch in work.forward.switches:
        _bring_into_line(work, switch)
    for switch in work.forward.switches:
        _try(work, switch)
    return work.forward, tuple(work.commands)


def _land(work: Work, switch: Switch) -> None:
    """Whoever carries out an order and never answers has failed."""
    if not switch.flying or work.now.mono_s < switch.tried_s + ANSWER_S:
        return
    lost = switch.order is not None and switch.order.number == switch.flying
    landed = work.put(switch, flying=0)
    if lost:
        work.failed(landed, "No answer came.")


def _bring_into_line(work: Work, switch: Switch) -> None:
    if switch.order is not None and fits(switch, switch.order):
        return
    kind = need(switch, work.now.mono_s)
    if kind is not None:
        work.make(switch, kind)
        return
    if switch.order is not None:
        switch = work.withdraw(switch)
    if switch.leaving:
        work.forget(switch)


def _try(work: Work, switch: Switch) -> None:
    if switch.flying or switch.due_s > work.now.mono_s:
        return
    order, command = switch.order, _way_out(work.forward, switch)
    if order is None or command is None:
        return
    maybe = switch.maybe | {effect(order)} if changes(order) else switch.maybe
    work.put(switch, flying=order.number, tried_s=work.now.mono_s, before=switch.maybe, maybe=maybe)
    work.do(command)


def _way_out(forward: Forward, switch: Switch) -> OutageCommand | None:
    """The command that carries the order out, unless something other than time is in its way."""
    if switch.order is None or not switch.kept or switch.refused or _circles(forward, switch):
        return None
    if switch.path and switch.path not in forward.paths:
        return None
    return switch.way.command(switch.order, switch.line)


def _circles(forward: Forward, switch: Switch) -> bool:
    """Whether carrying the order out might close a circle until another one is done."""
    cellular = switch.account == SIM
    others = (other for other in forward.switches if (other.account == SIM) != cellular)
    numbers = frozenset(number for other in others for number in other.maybe)
    return switch.order is not None and forward.book.loops(cellular, effect(switch.order), numbers)
