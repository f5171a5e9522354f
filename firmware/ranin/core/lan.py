"""Phones without their server: who else is on the LAN, and when a call goes to them, or out over their modem."""

import re
from dataclasses import replace

from ranin.core import legs, lines
from ranin.core.emergency import is_emergency
from ranin.core.neighbours import ConfigureLan, Neighbour, NeighbourGone, NeighbourSeen, SeekNeighbours
from ranin.core.outage import Link
from ranin.core.paths import Path
from ranin.core.settings import Settings
from ranin.core.state import Call, CallState, Phone
from ranin.core.text import plural
from ranin.core.turn import Turn

MOST = 200
"""Neighbours kept; what comes after is not heard of."""
_WHOLE = re.compile(r"\+?[0-9]{6,17}")
"""A number that costs what calls cost: shorter ones are extensions, or services with prices of their own (E.164)."""
_NOT_TAKEN = (408, 503)
"""A gateway whose modem is in use, or that is not reached: an announcement proves nothing."""


def seen(turn: Turn, event: NeighbourSeen) -> None:
    """Keep where that number is now."""
    others = tuple(known for known in turn.phone.neighbours if known.number != event.number)
    if event.number != own_number(turn.phone.settings) and len(others) < MOST:
        known = Neighbour(event.number, event.name, event.address, event.port, event.gateway)
        turn.change(neighbours=(*others, known))


def gone(turn: Turn, event: NeighbourGone) -> None:
    """Forget that number."""
    turn.change(neighbours=tuple(known for known in turn.phone.neighbours if known.number != event.number))


def engine_ready(turn: Turn) -> None:
    """A new engine does not listen yet."""
    if turn.phone.lan.address:
        turn.do(turn.phone.lan)


def follow(turn: Turn) -> None:
    """After every event: be on the LAN as it is set, at the address there is."""
    wanted, old = _presence(turn.phone), turn.phone.lan
    if wanted != old:
        turn.change(lan=wanted, neighbours=() if wanted.lan != old.lan else turn.phone.neighbours)
        if turn.phone.engine_up:
            turn.do(wanted)
    lends = bool(wanted.address) and lends_modem(turn.phone)
    at = wanted.address, wanted.number, wanted.name
    sought = SeekNeighbours(*at, wanted.lan.port, wanted.lan.certificate, lends)
    if sought != turn.phone.sought:
        turn.change(sought=sought)
        turn.do(sought)


def own_number(settings: Settings) -> str:
    """What the others dial to reach this phone."""
    account = lines.first(settings)
    return settings.lan.number or (account.user if account is not None else "")


def lends_modem(phone: Phone) -> bool:
    """Whether the others may call over our modem now; analogue sound never enters the bridge."""
    return phone.settings.lan.gateway and phone.cell_voice and not phone.settings.modem.analogue_sound


def is_whole(number: str) -> bool:
    """Whether it is a telephone number that a gateway carries, apart from emergencies."""
    return bool(_WHOLE.fullmatch(number))


def neighbour(phone: Phone, number: str) -> Neighbour | None:
    """Who is called directly when `number` is dialled now; None: it goes the usual way."""
    by_server = phone.paths.path <= Path.DEGRADED and phone.registered
    if by_server or not phone.lan.address or is_emergency(number, phone.settings.country):
        return None
    return next((known for known in phone.neighbours if known.number == number), None)


def carrier(phone: Phone, number: str, tried: tuple[str, ...] = ()) -> Neighbour | None:
    """Whose modem carries a call to `number` while the server is away, apart from `tried` places; None: nobody's."""
    help_wanted = is_emergency(number, phone.settings.country)
    away = phone.paths.path > Path.DEGRADED or (help_wanted and not phone.registered)
    if not away or not phone.lan.address or not (help_wanted or is_whole(number)):
        return None
    return next((known for known in phone.neighbours if known.gateway and _place(number, known) not in tried), None)


def route(phone: Phone, number: str, tried: tuple[str, ...] = ()) -> tuple[str, str]:
    """(SIP address that is called, carrier) of a call over the LAN; ("", ""): it does not go there."""
    known, over = neighbour(phone, number), carrier(phone, number, tried)
    at = known or over
    if at is None:
        return "", ""
    return _place(number, at), "" if known else at.name or at.number


def _place(number: str, at: Neighbour) -> str:
    """The SIP address of `number` there (RFC 3261 §19.1)."""
    return f"sip:{number}@{at.address}:{at.port};transport=tls"


def carried_on(turn: Turn, call: Call, code: int) -> bool:
    """Whether another gateway is tried with a call that has just ended: its carrier was in use, or none at all."""
    tried = (*call.tried, call.place)
    place, over = route(turn.phone, call.peer, tried)
    if not call.carrier or not over or code not in _NOT_TAKEN or call.answered_s is not None:
        return False
    again = replace(call, number=turn.phone.next_call, state=CallState.DIALED, place=place, carrier=over, tried=tried)
    turn.change(calls=(*turn.phone.calls, again), next_call=again.number + 1)
    turn.do(legs.place(again))
    return True


def words(phone: Phone) -> str:
    """Who can still be called, when nothing else can; empty: nobody."""
    if phone.lan.address and any(known.gateway for known in phone.neighbours):
        return "Calls via another phone"
    count = len(phone.neighbours) if phone.lan.address else 0
    return plural("LAN only: {count} phone", "LAN only: {count} phones", count) if count else ""


def _presence(phone: Phone) -> ConfigureLan:
    """How the phone is to be on the LAN now."""
    settings, address, number = phone.settings, _address(phone), own_number(phone.settings)
    if not (settings.lan.usable and address and number):
        return ConfigureLan()
    name = next((account.display_name for account in settings.accounts if account.display_name), "")
    engine_s = replace(settings.lan, gateway=False)  # nothing to the engine, which would end its calls for it
    return ConfigureLan(address, number, name, engine_s)


def _address(phone: Phone) -> str:
    """Our own IPv4 address on the cable, or on Wi-Fi."""
    local = (phone.paths.reach(link) for link in (Link.ETHERNET, Link.WIFI))
    return next((reach.address for reach in local if reach is not None and "." in reach.address), "")
