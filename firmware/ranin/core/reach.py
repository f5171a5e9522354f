"""The ways to the number within a turn: probes in; lines moved, and what has changed said."""

from dataclasses import replace

from ranin.core import afterwards, gateway, lan, legs, lines, paths
from ranin.core.emergency import is_emergency
from ranin.core.emergency import numbers as emergency_numbers
from ranin.core.events import Timer
from ranin.core.forwarding.known import Belief
from ranin.core.mobile import ASKING, CellSoundLost, CellSoundReady, ConfigureModem, ModemChanged, ModemStage
from ranin.core.moment import NEVER_S
from ranin.core.notices import announce
from ranin.core.outage import LinkProbed, ProbeLinks
from ranin.core.outgoing import Choice, choose
from ranin.core.pages import PAGE
from ranin.core.paths import Needs, Path
from ranin.core.settings import Account, CellSettings, Settings
from ranin.core.state import CELL, LAN, UNANSWERED, Call, CallState, LineState, Phone
from ranin.core.text import fill
from ranin.core.turn import Turn
from ranin.core.words import LENT, NO_NETWORK, NOT_SET_UP, RESTARTING, Cause

SOONEST_S = 0.01


def started(turn: Turn) -> None:
    """Have the links asked, and the modem used as it is set."""
    turn.do(ConfigureModem(_modem_settings(turn.phone.settings)))
    account = lines.first(turn.phone.settings)
    if account is not None:
        turn.do(ProbeLinks(account))


def settings_changed(turn: Turn, old: Settings) -> None:
    """Ask the server that is the first now, and use the modem as it is set."""
    modem = _modem_settings(turn.phone.settings)
    if modem != _modem_settings(old):
        turn.do(ConfigureModem(modem))
    account = lines.first(turn.phone.settings)
    if _server(account) != _server(lines.first(old)):
        turn.change(paths=paths.unjudged(turn.phone.paths), cut=False)
        turn.do(ProbeLinks(account))


def link_probed(turn: Turn, event: LinkProbed) -> None:
    """One probe's result."""
    known = turn.phone.paths
    over_it = known.link in (None, event.link) and turn.phone.registered
    turn.change(paths=paths.probed(known, event, over_it, turn.now.mono_s))
    if event.alive and event.at and over_it:
        lines.best_is_silent(turn)


def line_answered(turn: Turn, line: int, answered: bool) -> None:
    """A REGISTER's result; while one line is registered at the first server, another one's trouble is its own."""
    known = turn.phone
    here = [index for index in range(len(known.lines)) if lines.asked(known.settings, index)]
    if line in here and (answered or all(known.lines[index].state is not LineState.REGISTERED for index in here)):
        turn.change(paths=paths.registration(known.paths, answered, turn.now.mono_s))


def modem_changed(turn: Turn, event: ModemChanged) -> None:
    """The modem as it is now."""
    before = turn.phone.modem.stage
    turn.change(modem=event)
    if event.stage is not before:
        turn.note(_modem_words(event))


def cell_sound_ready(turn: Turn, event: CellSoundReady) -> None:
    """The modem's voice flows: keep where, and join it."""
    if turn.phone.call(event.call) is not None:
        turn.change(sound=event)
        afterwards.join_cell(turn)


def cell_sound_lost(turn: Turn, event: CellSoundLost) -> None:
    """A mobile call without its sound is ended: nobody could be heard in it."""
    call = turn.phone.call(event.call)
    if call is None:
        return
    turn.note(event.reason)
    if not is_emergency(call.peer, turn.phone.settings.country):  # help that hears nothing still sees who calls
        turn.do(legs.hang_up(call))


def follow(turn: Turn) -> None:
    """After every event: choose the way anew, and act on what is different."""
    if turn.phone.paths.cut and not turn.phone.cut:
        _cut(turn)
    _watch_lines(turn)
    old, needs = turn.phone.paths, _needs(turn.phone)
    new = paths.choose(old, needs, turn.now.mono_s)
    turn.change(paths=new)
    if new.via != turn.phone.via or (turn.phone.cut and not new.cut):
        _move(turn)
    turn.change(via=new.via, cut=new.cut)
    _tell_silence(turn, old, new)
    if new.path is not old.path:
        _say(turn, new, new.path < old.path)
    _wake(turn, paths.due_s(new, needs, turn.now.mono_s))


def way(phone: Phone, number: str, choice: Choice | None = None) -> int | Cause:
    """The line that carries a call to `number` now (CELL: the modem, LAN: nothing between), or why there is none.

    `choice` says which of the accounts is preferred, or the only one.
    """
    usable = _in_turn(phone, choice or choose(phone.settings, number))
    registered = [index for index in usable if phone.lines[index].state is LineState.REGISTERED]
    if phone.engine_up and lan.neighbour(phone, number) is not None:
        return LAN
    help_wanted = is_emergency(number, phone.settings.country)
    if help_wanted:
        sure = phone.paths.path <= Path.DEGRADED or not phone.cell_voice
        if phone.modem.stage in ASKING and not (phone.engine_up and registered and sure):
            return CELL
    elif phone.cell_voice and (phone.paths.path is Path.CELL_ONLY or not usable):
        return LENT if gateway.helps(phone) else CELL
    if phone.engine_up and lan.carrier(phone, number) is not None:
        return LAN
    if not phone.engine_up:
        return RESTARTING
    if not usable:
        return NOT_SET_UP
    return NO_NETWORK if phone.paths.cut and not registered and not help_wanted else (registered or usable)[0]


def _in_turn(phone: Phone, choice: Choice) -> list[int]:
    """The lines that may carry the call, the preferred one first."""
    usable = [index for index, account in enumerate(phone.settings.accounts) if lines.usable(account)]
    if choice.strict:
        return [index for index in usable if index == choice.line]
    return sorted(usable, key=lambda index: index != choice.line)


def ways_of_orders(phone: Phone) -> frozenset[str]:
    """What an order may go by besides the registered lines: `cell`, and the links that are alive."""
    links = {reach.link.value for reach in phone.paths.reaches if reach.alive}
    return frozenset(links | ({"cell"} if phone.modem.stage in (ModemStage.HOME, ModemStage.ROAMING) else set()))


def words(phone: Phone) -> str:
    """The way in words, for the display at rest; empty while all is well."""
    path = phone.paths.path
    if path is Path.NORMAL:
        return ""
    if path is Path.DEGRADED:
        return "Ready over LTE"
    if path is Path.CELL_ONLY:
        return "Mobile network only"
    return lan.words(phone) or ("Calls are forwarded" if forwarded(phone) else phone.paths.reason)


def _modem_settings(settings: Settings) -> CellSettings:
    """With the country's emergency numbers: a guard or a missing SIM does not hold these back."""
    return replace(settings.modem, emergency=tuple(sorted(emergency_numbers(settings.country))))


def _server(account: Account | None) -> tuple[object, ...]:
    """What of an account a probe depends on."""
    return (
        () if account is None else (account.servers, account.transport, account.authority, account.user, account.domain)
    )


def _watch_lines(turn: Turn) -> None:
    """Keep since when no line has been registered."""
    waits = any(line.state is not LineState.OFF for line in turn.phone.lines) and not turn.phone.registered
    if not waits:
        turn.change(lost_s=None)
    elif turn.phone.lost_s is None:
        turn.change(lost_s=turn.now.mono_s)


def _needs(phone: Phone) -> Needs:
    trouble = next((line.trouble for line in phone.lines if line.trouble), "")
    return Needs(phone.lost_s, trouble, phone.cell_voice, bool(phone.alive), phone.leaving is not None)


def _cut(turn: Turn) -> None:
    """No link leads to the first line's server: its lines say so and try now and then; others are tried at once."""
    reason = next((reach.reason for reach in turn.phone.paths.reaches if reach.reason), "No network")
    for index, line in enumerate(turn.phone.lines):
        if line.state is LineState.OFF:
            continue
        if lines.asked(turn.phone.settings, index):
            turn.start(Timer.REGISTER, lines.BASE_S, lines.JITTER, index)
            turn.change_line(index, state=LineState.WAITING, trouble=reason)
        elif line.state is not LineState.REGISTERED:
            lines.register(turn, index)
    _unsettle(turn)


def _move(turn: Turn) -> None:
    """Register every line by the way there is now, at once; its calls follow it."""
    for index in range(len(turn.phone.lines)):
        turn.change_line(index, failures=0)
        lines.register(turn, index)
    if turn.phone.via not in ("", turn.phone.paths.via):
        _unsettle(turn)


def _unsettle(turn: Turn) -> None:
    for call in turn.phone.calls:
        if call.line not in (CELL, LAN, PAGE):
            turn.change_call(call.number, moving=True)


def settle(turn: Turn, line: int) -> None:
    """The line is registered again: its calls are where they were, follow it by themselves, or are made anew."""
    for call in turn.phone.calls:
        if not call.moving or call.line != line:
            continue
        if call.outgoing and call.state in UNANSWERED:
            _dial_anew(turn, call)
        elif call.via == turn.phone.paths.via:
            turn.change_call(call.number, moving=False)


def _dial_anew(turn: Turn, call: Call) -> None:
    """A call still ringing there is made again: its answer would go the old way."""
    number = turn.phone.next_call
    again = replace(call, number=number, state=CallState.DIALED, moving=False)
    others = tuple(other for other in turn.phone.calls if other is not call)
    turn.change(calls=(*others, again), next_call=number + 1)
    turn.do(legs.hang_up(call), legs.place(again))


def _say(turn: Turn, new: paths.Paths, better: bool) -> None:
    """A line in the log, a notice on the display, a tone in the ear."""
    title, text = _announcement(turn.phone, better)
    turn.note(f"{title}: {text}" + (f" ({new.reason})" if new.reason and not better else ""))
    announce(turn, title, text)


def _tell_silence(turn: Turn, old: paths.Paths, new: paths.Paths) -> None:
    """Why a link that lives was left."""
    left = new.reach(old.link)
    if new.link is not old.link and left is not None and left.alive and left.shunned(turn.now.mono_s):
        turn.note(f"{paths.SILENT} over {left.link.value}: {new.link.value} is used")


def _announcement(phone: Phone, better: bool) -> tuple[str, str]:
    path = phone.paths.path
    if path is Path.NORMAL:
        return "Network is back", "Calls go as usual."
    if path is Path.DEGRADED:
        return "Data is back" if better else "Network lost", "Calls go over LTE."
    if path is Path.CELL_ONLY:
        return "Mobile network only", "Callers see the SIM's number."
    if forwarded(phone):
        return "Calls are forwarded", fill("They ring {number}.", number=phone.settings.forward.target)
    return "Not reachable", fill("{reason}. Nobody can call.", reason=fill(phone.paths.reason))


def forwarded(phone: Phone) -> bool:
    """Whether the mobile is known to ring instead."""
    return phone.forward.wanted and phone.forward.believed is Belief.ARMED


def _modem_words(modem: ModemChanged) -> str:
    reason = modem.reason or " ".join(filter(None, (modem.operator, modem.technology)))
    return f"Modem {modem.stage.value}" + (f": {reason}" if reason else "")


def _wake(turn: Turn, due_s: float) -> None:
    """Look again at that time; a moment later at the least, for clocks round."""
    runs = any(row[0] is Timer.PATHS for row in turn.phone.timers)
    if due_s == NEVER_S:
        turn.stop(Timer.PATHS)
    elif due_s != turn.phone.wake_s or not runs:
        turn.start(Timer.PATHS, max(SOONEST_S, due_s - turn.now.mono_s))
    turn.change(wake_s=due_s)
