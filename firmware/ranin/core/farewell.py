"""The last gasp: arm the forward for every call, unregister, switch off, in that order; undone if mains returns."""

from ranin.core import lines
from ranin.core.calls import happen
from ranin.core.emergency import is_emergency
from ranin.core.energy import minutes_left
from ranin.core.events import Timer
from ranin.core.forwarding import turns as forwarding
from ranin.core.happenings import Detail, What
from ranin.core.outage import OrderKind, ShutDown
from ranin.core.state import CallState, Leaving, LineState
from ranin.core.turn import Turn

ARM_WITHIN_S = 3.0
"""How long the forward may take; what is not in effect then stays in the outbox."""
UNREGISTER_WITHIN_S = 1.0
STILL_HERE_S = 20.0
"""A machine that was told to switch off and is there after so long with mains back, does not."""
LAST_WORDS_MIN = 2.0
"""Minutes of talk that a call in progress may use up before it is ended."""


def begin(turn: Turn) -> None:
    """The battery is at its end."""
    turn.change(leaving=Leaving.ARMING)
    forwarding.gasped(turn, True)
    turn.start(Timer.FAREWELL, ARM_WITHIN_S)


def follow(turn: Turn) -> None:
    """After every event: go on as soon as the forward is in effect and nobody talks."""
    armed = not any(order.kind is OrderKind.ARM_ALWAYS for order in turn.phone.forward.pending)
    if turn.phone.leaving is Leaving.ARMING and armed and not _talking(turn):
        _unregister(turn)


def timer(turn: Turn) -> None:
    """`Timer.FAREWELL` ran out: the forward took too long, or the server to unregister us."""
    if turn.phone.leaving is Leaving.GONE:
        _return(turn)
    elif _talking(turn):
        turn.start(Timer.FAREWELL, ARM_WITHIN_S)
    elif turn.phone.leaving is Leaving.UNREGISTERING:
        turn.change(leaving=Leaving.GONE)
        turn.do(ShutDown())
    elif turn.phone.leaving is Leaving.ARMING:
        _unregister(turn)


def undo(turn: Turn) -> None:
    """Mains is back: everything as it was; a machine that is switching off already does that at its next start."""
    if turn.phone.leaving is Leaving.GONE:
        turn.start(Timer.FAREWELL, STILL_HERE_S)
    else:
        _return(turn)


def _return(turn: Turn) -> None:
    turn.change(leaving=None)
    turn.stop(Timer.FAREWELL)
    forwarding.gasped(turn, False)
    for index, line in enumerate(turn.phone.lines):
        if line.state is LineState.OFF:
            lines.register(turn, index)


def _talking(turn: Turn) -> bool:
    """Somebody calls for help, or is in a call and the battery still bears it."""
    power, served = turn.phone.power, turn.phone.served
    active = turn.phone.active or (served.callee if served is not None else None)
    if active is None or power.read is None:
        return False
    if is_emergency(active.peer, turn.phone.settings.country):
        return True
    spent = 0 < power.read.millivolts <= power.limits.gasp_mv
    return not spent and (minutes_left(power, turn.now) or 0.0) > LAST_WORDS_MIN


def _unregister(turn: Turn) -> None:
    """End what is left and tell the server that we are gone, so that it forwards at once (RFC 3261 §10.2.2)."""
    turn.note("Unregistered; switching off")
    for call in turn.phone.calls:
        happen(turn, call.number, What.CANCELLED if call.state is not CallState.ALERTING else What.TIMED_OUT, Detail())
    for index in range(len(turn.phone.lines)):
        lines.leave(turn, index)
    turn.change(leaving=Leaving.UNREGISTERING)
    turn.start(Timer.FAREWELL, UNREGISTER_WITHIN_S)
