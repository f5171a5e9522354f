"""How far the wall clock can be trusted, within a turn: who has confirmed it, and whose time is taken."""

from datetime import datetime, timedelta

from ranin.core import supply
from ranin.core.events import Timer
from ranin.core.mobile import NetworkTimeRead
from ranin.core.outage import ClockJudged, ClockSource, SetClock
from ranin.core.turn import Turn

FARTHEST_BACK = timedelta(days=1)
"""A mobile network that is farther behind than this is wrong, or wants expired certificates to be good again."""
_NOTES = {
    ClockSource.NTP: "Clock confirmed by the network",
    ClockSource.NITZ: "Clock set by the mobile network",
}


def judged(turn: Turn, event: ClockJudged) -> None:
    """The clock is confirmed, or was corrected: the next minute begins at another time now."""
    phone = turn.phone
    turn.change(clock_sure=event.sure, clock_source=event.source)
    turn.stop(Timer.CLOCK)
    if event.sure and not phone.clock_sure:
        supply.clock_confirmed(turn)
    if event.source is not phone.clock_source and event.source in _NOTES:
        turn.note(_NOTES[event.source])


def network_time_read(turn: Turn, event: NetworkTimeRead) -> None:
    """Set the clock by the mobile network's, unless something better has."""
    if turn.phone.clock_source in (ClockSource.NTP, ClockSource.HOST):
        return
    wall = datetime.fromisoformat(event.wall)
    now = turn.now.wall.replace(tzinfo=turn.now.wall.tzinfo or wall.tzinfo)
    if now - wall > FARTHEST_BACK:
        turn.note(f"The mobile network's clock is not taken: {event.wall} is long past")
    else:
        turn.do(SetClock(event.wall))
