"""Forwarding within a turn of the phone: events in, commands and one timer out."""

from ranin.core.events import Started, Timer
from ranin.core.forwarding import decide
from ranin.core.forwarding.backend import account_of
from ranin.core.forwarding.state import line_path
from ranin.core.moment import NEVER_S
from ranin.core.outage import OrderKept, OrderNotKept, OrderTried
from ranin.core.settings import Settings
from ranin.core.state import LineState
from ranin.core.turn import Turn

_NOT_KEPT = "The card does not keep it"


def started(turn: Turn, event: Started) -> None:
    """Take up what was on disk; after the settings are in the state."""
    _take(turn, decide.started(event.settings, event.forwards, event.orders, turn.now))


def settings_changed(turn: Turn, old: Settings) -> None:
    """Follow the settings, if any that matter here differ from `old`; after they are in the state."""
    new = turn.phone.settings
    if (new.forward, new.accounts, new.country) != (old.forward, old.accounts, old.country):
        _take(turn, decide.settings_changed(turn.phone.forward, new, turn.now))


def follow_paths(turn: Turn, others: frozenset[str]) -> None:
    """Take note of what works: the registered lines, and `others` (`cell` while the modem has a network, links)."""
    accounts = zip(turn.phone.settings.accounts, turn.phone.lines, strict=False)
    lines = {line_path(account_of(account)) for account, line in accounts if line.state is LineState.REGISTERED}
    paths = others | lines
    if paths != turn.phone.forward.paths:
        _take(turn, decide.paths_changed(turn.phone.forward, paths, turn.now))


def gasped(turn: Turn, gasping: bool) -> None:
    """The phone is about to go, or it has returned."""
    if gasping != turn.phone.forward.gasping:
        _take(turn, decide.gasped(turn.phone.forward, turn.phone.settings, gasping, turn.now))


def order_kept(turn: Turn, event: OrderKept) -> None:
    """It may be tried."""
    _take(turn, decide.kept(turn.phone.forward, event.order, turn.now))


def order_not_kept(turn: Turn, event: OrderNotKept) -> None:
    """It is tried all the same, and said."""
    _take(turn, decide.kept(turn.phone.forward, event.order, turn.now, f"{_NOT_KEPT}: {event.reason}"))


def order_tried(turn: Turn, event: OrderTried) -> None:
    """What came of it."""
    _take(turn, decide.tried(turn.phone.forward, event, turn.now))


def timer(turn: Turn) -> None:
    """`Timer.FORWARD` ran out."""
    _take(turn, decide.passed(turn.phone.forward, turn.now))


def _take(turn: Turn, result: decide.Result) -> None:
    forward, commands = result
    turn.change(forward=forward)
    turn.do(*commands)
    due_s = decide.due_s(forward)
    if due_s == NEVER_S:
        turn.stop(Timer.FORWARD)
    else:
        turn.start(Timer.FORWARD, max(0.0, due_s - turn.now.mono_s))
