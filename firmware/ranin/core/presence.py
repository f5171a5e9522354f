"""Watching: colleagues' states, lines' mailboxes, and whoever was busy; each subscription tried again when it ends."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from ranin.core import afterwards, lines, parking
from ranin.core.events import Direction, Timer, TimerFired
from ranin.core.notices import say
from ranin.core.outgoing import Choice
from ranin.core.settings import Settings
from ranin.core.state import Desk, LineState, Phone
from ranin.core.team import (
    PartiesChanged,
    Party,
    Presence,
    Purpose,
    Unwatch,
    Watched,
    WatchEnded,
    WatchMailbox,
    WatchParty,
)
from ranin.core.turn import Turn
from ranin.core.words import CALLS_BACK, NO_CALL_BACK

SOON_S = 2.0
"""Wait for a subscription that was well until its server ended it (RFC 6665 §4.1.3: at once; a little is kinder)."""
AT_ONCE, PAUSE_S = 8, 0.5
"""So many are subscribed to at once, the next after the pause: a server may take a burst for an attack."""
WAITS_FOR_FREE_S = 2700.0
"""How long the phone waits for somebody busy (ITU-T Q.733.3, CCBS-T3: 15 to 45 minutes)."""
_OFFER = 1
"""The second CALL_BACK timer."""
OFFERS_S = 30.0
"""How long it rings for somebody who is free now."""

_NOT_TOLD = frozenset({400, 403, 405, 420, 489, 501})
"""Refusals that say nothing of the party: it may well be reachable."""
_LASTING = _NOT_TOLD | {404, 410, 416, 484, 603, 604}
_LASTING_REASONS = frozenset({"rejected", "noresource", "invariant"})


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody who is watched, as the display shows him."""

    name: str
    presence: Presence
    dials: str
    """What lifting dials: where it rings, with the code that picks the call up."""
    pick_up: bool
    by: Choice
    """How that leaves: by the line that watches him, where its codes and numbers mean something."""
    place: bool = False
    """Not somebody, but a place where calls are parked."""


def started(turn: Turn) -> None:
    """Watch what is set."""
    _reconcile(turn)


def settings_changed(turn: Turn) -> None:
    """Watch what is new, leave alone what stayed, forget what went."""
    _reconcile(turn)


_Key = tuple[Purpose, int, str]
"""(purpose, line, target): what makes two subscriptions the same."""


def _wanted(settings: Settings) -> dict[_Key, str]:
    """Every subscription that the settings ask for, and its name, in order."""
    wanted: dict[_Key, str] = {}
    usable = {index: account for index, account in enumerate(settings.accounts) if lines.usable(account)}
    for row in settings.watch:
        if row.number and row.line - 1 in usable:
            wanted.setdefault((Purpose.TEAM, row.line - 1, row.number), row.name)
    for index, account in usable.items():
        if account.voicemail:
            wanted[Purpose.MAILBOX, index, ""] = ""
    return wanted


def _reconcile(turn: Turn) -> None:
    wanted = _wanted(turn.phone.settings)
    before = {_key(one): one for one in turn.phone.watched}
    for key, one in before.items():
        if key not in wanted and (one.purpose is not Purpose.CALL_BACK or one.line >= len(turn.phone.lines)):
            _end(turn, one)
    kept = tuple(replace(one, name=wanted.get(_key(one), one.name)) for one in turn.phone.watched)
    turn.change(watched=kept)
    new = [_add(turn, *key, name) for key, name in wanted.items() if key not in before]
    place = {key: index for index, key in enumerate(wanted)}
    turn.change(watched=tuple(sorted(turn.phone.watched, key=lambda one: place.get(_key(one), len(place)))))
    _begin(turn, new)


def _key(one: Watched) -> _Key:
    return one.purpose, one.line, one.target


def _add(turn: Turn, purpose: Purpose, line: int, target: str, name: str) -> Watched:
    parties = (Party(target, "", Presence.UNKNOWN),) if target else ()
    one = Watched(turn.phone.next_watch, purpose, line, target, name, parties)
    turn.change(watched=(*turn.phone.watched, one), next_watch=one.watch + 1)
    return one


def _end(turn: Turn, one: Watched) -> None:
    turn.stop(Timer.WATCH, one.watch)
    if one.purpose is Purpose.CALL_BACK:
        turn.stop(Timer.CALL_BACK)
        turn.stop(Timer.CALL_BACK, _OFFER)
    turn.change(watched=tuple(other for other in turn.phone.watched if other.watch != one.watch))
    if turn.phone.engine_up:
        turn.do(Unwatch(one.watch))


def _subscribe(turn: Turn, one: Watched) -> None:
    """Where the line is not registered, its next registration does it."""
    turn.stop(Timer.WATCH, one.watch)
    if not can_watch(turn.phone, one.line):
        return
    if one.purpose is Purpose.MAILBOX:
        turn.do(WatchMailbox(one.watch, one.line))
    else:
        turn.do(WatchParty(one.watch, one.line, one.target, one.purpose is Purpose.CALL_BACK))


def can_watch(phone: Phone, line: int) -> bool:
    """Whether the line is there to subscribe on."""
    return phone.engine_up and line < len(phone.lines) and phone.lines[line].state is LineState.REGISTERED


def _begin(turn: Turn, watches: Iterable[Watched]) -> None:
    """Subscribe to these, a few at a time."""
    for place, one in enumerate(watches):
        if place < AT_ONCE:
            _subscribe(turn, one)
        else:
            turn.start(Timer.WATCH, place // AT_ONCE * PAUSE_S, of=one.watch)


def line_registered(turn: Turn, line: int) -> None:
    """The line is there (again), maybe over another way: all is subscribed to anew, and unknown until it is told."""
    mine = [one for one in turn.phone.watched if one.line == line]
    for one in mine:
        _change(turn, one, failures=0, parties=_all(one, Presence.UNKNOWN))
    _begin(turn, mine)


def timer(turn: Turn, event: TimerFired) -> None:
    """The wait after an end is over."""
    one = _find(turn.phone, event.of)
    if one is not None:
        _subscribe(turn, one)


def changed(turn: Turn, event: PartiesChanged) -> None:
    """A server has told."""
    one = _find(turn.phone, event.watch)
    if one is not None:
        _change(turn, one, parties=event.parties, failures=0)


def mailbox_told(turn: Turn, line: int) -> None:
    """The server has told how many messages wait."""
    for one in turn.phone.watched:
        if one.purpose is Purpose.MAILBOX and one.line == line:
            _change(turn, one, failures=0)


def ended(turn: Turn, event: WatchEnded) -> None:
    """Say what is known now, and try again: soon after the first end, later and later after the others."""
    one = _find(turn.phone, event.watch)
    if one is None:
        return
    known = _after(one, event)
    _change(turn, one, failures=one.failures + 1, parties=known)
    lasts = event.code in _LASTING or event.reason in _LASTING_REASONS
    if one.purpose is Purpose.CALL_BACK and lasts:
        forget(turn)
        say(turn, NO_CALL_BACK.title, NO_CALL_BACK.text)
    elif can_watch(turn.phone, one.line):
        turn.start(Timer.WATCH, _wait_s(one, event, lasts), lines.JITTER, one.watch)


def _after(one: Watched, event: WatchEnded) -> tuple[Party, ...]:
    """A single end may be a restart, and leaves what is known; a list that is gone leaves its members."""
    if event.code in _NOT_TOLD:
        return _all(one, Presence.UNKNOWN)
    if event.reason != "invariant" and (one.failures or event.code in _LASTING or event.reason in _LASTING_REASONS):
        return _all(one, Presence.UNREACHABLE)
    return one.parties


def _all(one: Watched, presence: Presence) -> tuple[Party, ...]:
    return tuple(replace(party, presence=presence) for party in one.parties)


def _wait_s(one: Watched, event: WatchEnded, lasts: bool) -> float:
    if lasts:
        return max(lines.LONGEST_S, lines.back_off_s(one.failures, 0, event.retry_after_s))
    if not one.failures and not event.retry_after_s:
        return SOON_S
    return lines.back_off_s(one.failures, 0, event.retry_after_s)


def _find(phone: Phone, watch: int) -> Watched | None:
    return next((one for one in phone.watched if one.watch == watch), None)


def _change(turn: Turn, one: Watched, **fields: object) -> None:
    new = replace(one, **fields)  # type: ignore[arg-type]
    turn.change(watched=tuple(new if other.watch == one.watch else other for other in turn.phone.watched))


def team(phone: Phone) -> tuple[Colleague, ...]:
    """Everybody who is watched."""
    return tuple(_colleague(phone, one, party) for one, party in _members(phone))


def ringing(phone: Phone) -> Colleague | None:
    """The first colleague whose telephone rings."""
    rings = (_colleague(phone, *row) for row in _members(phone) if row[1].presence is Presence.RINGING)
    return next((one for one in rings if one.presence is Presence.RINGING and not one.place), None)


def parked(phone: Phone) -> Colleague | None:
    """The first place where a call waits to be taken back."""
    return next((one for one in team(phone) if one.place and one.presence in parking.TAKEN), None)


def _members(phone: Phone) -> Iterator[tuple[Watched, Party]]:
    return ((one, party) for one in phone.watched if one.purpose is Purpose.TEAM for party in one.parties)


def _colleague(phone: Phone, one: Watched, party: Party) -> Colleague:
    """Nobody's state is known while the line that watches is away."""
    own = one.name if party.number == one.target else ""
    name = own or party.name or phone.name_of(party.number) or party.number
    presence = party.presence if can_watch(phone, one.line) else Presence.UNKNOWN
    if parking.is_orbit(phone, one.line, party.number):
        orbit = parking.orbit_of(party.number)
        return Colleague(name, presence, orbit, False, Choice(orbit, one.line, True), True)
    code = phone.settings.accounts[one.line].pickup_code if presence is Presence.RINGING else ""
    dials = _with_code(code, party.number)
    return Colleague(name, presence, dials, bool(code), Choice(dials, one.line, bool(code)))


def _with_code(code: str, number: str) -> str:
    scheme = next((scheme for scheme in ("sip:", "sips:") if number.lower().startswith(scheme)), "")
    return scheme + code + number[len(scheme) :]


def ring_back(turn: Turn) -> None:
    """The number that was just dialled, whoever's it is, is watched at the server by the line that found it busy."""
    dialed = next((call.number for call in turn.phone.log if call.direction is Direction.OUT), "")
    by = turn.phone.engaged
    if by is None or not can_watch(turn.phone, by.line):
        afterwards.tell_cause(turn, NO_CALL_BACK)
        return
    wait_for(turn, dialed, by)
    afterwards.tell_cause(turn, CALLS_BACK)


def wait_for(turn: Turn, dialed: str, by: Choice) -> None:
    """Watch somebody who was busy until he is free; whoever was waited for before is forgotten."""
    forget(turn)
    one = _add(turn, Purpose.CALL_BACK, by.line, by.number, turn.phone.name_of(by.number) or by.number)
    _change(turn, one, dials=dialed, by=by)
    _subscribe(turn, one)
    turn.start(Timer.CALL_BACK, WAITS_FOR_FREE_S)


def forget(turn: Turn) -> None:
    """Wait for nobody any more."""
    one = awaited(turn.phone)
    if one is not None:
        _end(turn, one)


def follow(turn: Turn) -> None:
    """After every event: ring no longer than that for whoever is free, and only while he is."""
    rings = any(row[:2] == (Timer.CALL_BACK, _OFFER) for row in turn.phone.timers)
    if free(turn.phone) is None:
        turn.stop(Timer.CALL_BACK, _OFFER)
    elif not rings:
        turn.start(Timer.CALL_BACK, OFFERS_S, of=_OFFER)


def awaited(phone: Phone) -> Watched | None:
    """Whoever was busy and is waited for."""
    return next((one for one in phone.watched if one.purpose is Purpose.CALL_BACK), None)


def free(phone: Phone) -> Watched | None:
    """Whoever was waited for and is free now, while the phone rests: lifting calls."""
    one = awaited(phone)
    rests = not phone.lifted and phone.desk is Desk.RESTING and not phone.calls and phone.menu is None
    if one is None or not rests or phone.lock.locked or not can_watch(phone, one.line):
        return None
    return one if any(party.presence is Presence.IDLE for party in one.parties) else None
