"""Calls parked at the server: sent to one of its places (orbits), and taken back from there by dialling it."""

from ranin.core import several
from ranin.core.notices import announce
from ranin.core.state import Call, Phone
from ranin.core.team import Presence
from ranin.core.turn import Turn
from ranin.core.words import NO_PLACE

TAKEN = frozenset({Presence.RINGING, Presence.BUSY})
"""What a server says of a place where a call waits."""
_PREFIX = "park+"
"""Before the place in what is watched (FreeSWITCH)."""


def orbit_of(number: str) -> str:
    """The place that a watched number stands for."""
    return number.removeprefix(_PREFIX)


def is_orbit(phone: Phone, line: int, number: str) -> bool:
    """Whether calls of that line are parked there."""
    return orbit_of(number) in phone.settings.account(line).park


def offered(phone: Phone, call: Call) -> bool:
    """Whether the server of this call has places."""
    return bool(phone.settings.account(call.line).park)


def park(turn: Turn) -> None:
    """Park who talks at the first place that is not known to be taken."""
    call = turn.phone.active
    if call is None:
        return
    orbit = _free(turn.phone, call.line)
    if not orbit:
        turn.change_call(call.number, remark=NO_PLACE.title)
        announce(turn, NO_PLACE.title, NO_PLACE.text)
        return
    several.hold(turn)
    several.park(turn, call.number, orbit)


def _free(phone: Phone, line: int) -> str:
    told = (party for one in phone.watched if one.line == line for party in one.parties)
    taken = {orbit_of(party.number) for party in told if party.presence in TAKEN}
    return next((orbit for orbit in phone.settings.account(line).park if orbit not in taken), "")
