"""Phones without their server: who else is on the LAN, and when a call goes to them directly."""

from ranin.core import lines
from ranin.core.emergency import is_emergency
from ranin.core.neighbours import ConfigureLan, Neighbour, NeighbourGone, NeighbourSeen, SeekNeighbours
from ranin.core.outage import Link
from ranin.core.paths import Path
from ranin.core.settings import Settings
from ranin.core.state import Phone
from ranin.core.turn import Turn

MOST = 200
"""Neighbours kept; what comes after is not heard of."""


def seen(turn: Turn, event: NeighbourSeen) -> None:
    """Keep where that number is now."""
    others = tuple(known for known in turn.phone.neighbours if known.number != event.number)
    if event.number != own_number(turn.phone.settings) and len(others) < MOST:
        turn.change(neighbours=(*others, Neighbour(event.number, event.name, event.address, event.port)))


def gone(turn: Turn, event: NeighbourGone) -> None:
    """Forget that number."""
    turn.change(neighbours=tuple(known for known in turn.phone.neighbours if known.number != event.number))


def engine_ready(turn: Turn) -> None:
    """A new engine does not listen yet."""
    if turn.phone.lan.address:
        turn.do(turn.phone.lan)


def follow(turn: Turn) -> None:
    """After every event: be on the LAN as it is set, at the address there is."""
    wanted, old = _place(turn.phone), turn.phone.lan
    if wanted == old:
        return
    turn.change(lan=wanted, neighbours=() if wanted.lan != old.lan else turn.phone.neighbours)
    if turn.phone.engine_up:
        turn.do(wanted)
    turn.do(SeekNeighbours(wanted.address, wanted.number, wanted.name, wanted.lan.port, wanted.lan.certificate))


def own_number(settings: Settings) -> str:
    """What the others dial to reach this phone."""
    account = lines.first(settings)
    return settings.lan.number or (account.user if account is not None else "")


def neighbour(phone: Phone, number: str) -> Neighbour | None:
    """Who is called directly when `number` is dialled now; None: it goes the usual way."""
    by_server = phone.paths.path <= Path.DEGRADED and phone.registered
    if by_server or not phone.lan.address or is_emergency(number, phone.settings.country):
        return None
    return next((known for known in phone.neighbours if known.number == number), None)


def place(phone: Phone, number: str) -> str:
    """The SIP address at which the neighbour of that number is called (RFC 3261 §19.1)."""
    known = neighbour(phone, number)
    return "" if known is None else f"sip:{number}@{known.address}:{known.port};transport=tls"


def words(phone: Phone) -> str:
    """How many phones can still be called, when nothing else can; empty: none."""
    count = len(phone.neighbours) if phone.lan.address else 0
    return f"LAN only: {count} phone{'s' if count > 1 else ''}" if count else ""


def _place(phone: Phone) -> ConfigureLan:
    """How the phone is to be on the LAN now."""
    settings, address, number = phone.settings, _address(phone), own_number(phone.settings)
    if not (settings.lan.usable and address and number):
        return ConfigureLan()
    name = next((account.display_name for account in settings.accounts if account.display_name), "")
    return ConfigureLan(address, number, name, settings.lan)


def _address(phone: Phone) -> str:
    """Our own IPv4 address on the cable, or on Wi-Fi."""
    local = (phone.paths.reach(link) for link in (Link.ETHERNET, Link.WIFI))
    return next((reach.address for reach in local if reach is not None and "." in reach.address), "")
