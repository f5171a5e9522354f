"""State → Screen: what the display shows now."""

from dataclasses import replace
from datetime import datetime

from ranin.core import gateway, menu, presence, reach, several, softkeys
from ranin.core.energy import Stage, minutes_left
from ranin.core.moment import Moment
from ranin.core.outgoing import choose
from ranin.core.paths import Path
from ranin.core.screens.screen import (
    CallList,
    CallRow,
    Dialing,
    Entry,
    Gauge,
    Icon,
    Idle,
    InCall,
    Listing,
    Notice,
    Ringing,
    Screen,
)
from ranin.core.settings import Account
from ranin.core.state import ASIDE, CELL, LAN, Call, CallState, Desk, Leaving, LineState, Phone, Typing
from ranin.core.text import Text, fill, plural
from ranin.core.words import HANG_UP, RESTARTING, Cause, codec_name, number_said

LOUDEST = 10
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def screen(phone: Phone, now: Moment) -> Screen:
    """The one screen that fits the state, with what its three keys do."""
    plain = _plain(phone, now)
    return plain if isinstance(plain, Gauge | Idle) else replace(plain, keys=softkeys.labels(phone))


def _plain(phone: Phone, now: Moment) -> Screen:
    if phone.gauge:
        return _gauge(phone)
    if phone.leaving is Leaving.GONE:
        return Notice("Switched off", "It starts again when mains is back.", Icon.BATTERY_LOW, _icons(phone))
    if phone.lifted and phone.desk in _ABOUT_HANDSET and phone.alerting is None:
        return _lifted(phone)
    call = several.focus(phone)
    if call is not None:
        return _with_calls(phone, call, now)
    return _lifted(phone) if phone.lifted else _resting(phone, now)


_ABOUT_HANDSET = (Desk.DIAL_TONE, Desk.COLLECTING, Desk.AFTER_CALL)
"""The display is about a number to dial, or about a call that is over, though others wait."""


def _with_calls(phone: Phone, call: Call, now: Moment) -> Screen:
    if len(phone.alive) > 1:
        return _call_list(phone, call, now)
    return _ringing(phone, call) if call.state is CallState.ALERTING else _in_call(phone, call, now)


def _call_list(phone: Phone, chosen: Call, now: Moment) -> CallList:
    rows = tuple(CallRow(_who(call), _row_status(call, now), _ROW_ICONS[call.state]) for call in phone.alive)
    title = "Conference" if phone.conference else plural("{count} call", "{count} calls", len(rows))
    return CallList(title, rows, phone.alive.index(chosen), _list_icons(phone))


def _who(call: Call) -> str:
    return call.name or number_said(call.peer)


def _row_status(call: Call, now: Moment) -> str:
    if call.state is CallState.TALKING and not call.moving:
        return "Holds you" if call.peer_holds else _timer(call, now)
    return call.remark or ("Reconnecting…" if call.moving else _STATUS[call.state])


def _list_icons(phone: Phone) -> tuple[Icon, ...]:
    return (_line_icon(phone), *_power_icons(phone), *((Icon.MUTED,) if phone.muted else ()))


_ROW_ICONS = {
    CallState.DIALED: Icon.OUTGOING,
    CallState.RINGBACK: Icon.OUTGOING,
    CallState.EARLY: Icon.OUTGOING,
    CallState.ALERTING: Icon.INCOMING,
    CallState.ANSWERING: Icon.TALKING,
    CallState.TALKING: Icon.TALKING,
    CallState.HELD: Icon.HELD,
    CallState.TRANSFERRING: Icon.HELD,
}


def _lifted(phone: Phone) -> Screen:
    if not phone.engine_up:
        return _notice(phone, RESTARTING, Icon.WARNING)
    if "handset" in phone.lost:
        return Notice("No sound card", "The handset cannot be heard. Check its plug.", Icon.WARNING, _icons(phone))
    if phone.desk is Desk.AFTER_CALL and phone.cause is not None:
        return _notice(phone, phone.cause, Icon.INFO)
    if phone.desk in (Desk.HOWLING, Desk.HUSHED):
        return _notice(phone, HANG_UP, Icon.HANDSET)
    return Dialing(phone.digits, _label(phone, _out(phone)), _dial_hint(phone), _icons(phone))


def _dial_hint(phone: Phone) -> str:
    if phone.transferee:
        return "Transfer to…"
    if phone.digits:
        return "OK calls at once"
    rings = presence.ringing(phone)
    return fill("OK picks up {name}", name=rings.name) if rings is not None and rings.pick_up else "Dial a number"


def _resting(phone: Phone, now: Moment) -> Screen:
    if phone.notice is not None:
        return _notice(phone, phone.notice, Icon.INFO)
    if (free := presence.free(phone)) is not None:
        return Notice(fill("{name} is free", name=free.name), "Lift to call.", Icon.HANDSET, _icons(phone))
    if phone.menu is not None:
        return _menu(phone, phone.menu.typing)
    if phone.desk is Desk.PREDIALING:
        return Dialing(phone.digits, _label(phone, _out(phone)), "Lift to call", _icons(phone))
    return _idle(phone, now)


def _notice(phone: Phone, cause: Cause, icon: Icon) -> Notice:
    return Notice(cause.title, cause.text, icon, _icons(phone))


def _idle(phone: Phone, now: Moment) -> Idle:
    wall = now.wall
    return Idle(
        time=f"{wall:%H:%M}",
        date=_date(wall),
        line=_label(phone, _out(phone)),
        state=_state(phone),
        icons=_icons(phone),
        missed=phone.missed,
        messages=sum(line.messages for line in phone.lines),
        power=_power(phone, now),
        sure=phone.clock_sure,
    )


def _date(day: datetime) -> Text:
    weekday, month = fill(_DAYS[day.weekday()]), fill(_MONTHS[day.month - 1])
    return fill("{weekday} {day} {month}", weekday=weekday, day=day.day, month=month)


_LOST = {
    "handset": "No sound card",
    "ringer": "No ringer",
    "headset": "No headset",
    "speaker": "No loudspeaker",
}
"""By the parts of SoundLost, the worst first."""


def _state(phone: Phone) -> str:
    """The one thing to know about the phone while it rests."""
    if not phone.engine_up:
        return "Starting…"
    if phone.lost:
        return next(words for part, words in _LOST.items() if part in phone.lost)
    if phone.stuck:
        return fill("Key {key} is stuck", key=min(phone.stuck))
    if all(line.state is LineState.OFF for line in phone.lines):
        return "Not set up: menu, Line"
    quiet = "Do not disturb" if phone.settings.do_not_disturb else ""
    return gateway.words(phone) or reach.words(phone) or _team_words(phone) or quiet or _line_state(phone)


def _team_words(phone: Phone) -> str:
    rings, awaited = presence.ringing(phone), presence.awaited(phone)
    if rings is not None:
        return fill("{name} rings", name=rings.name)
    return fill("Waiting for {name}", name=awaited.name) if awaited is not None else ""


def _power(phone: Phone, now: Moment) -> str:
    """Standby time left, to the ten minutes above an hour: more would be a promise."""
    power = phone.power
    if power.stage is Stage.MAINS or power.read is None:
        return ""
    minutes = round(power.read.standby_min - (power.read.talk_min - (minutes_left(power, now) or 0.0)))
    hours, rest = divmod(max(0, minutes), 60)
    tens = f"{rest // 10 * 10:02}"
    return fill("{hours} h {minutes}", hours=hours, minutes=tens) if hours else fill("{minutes} min", minutes=rest)


def _line_state(phone: Phone) -> str:
    if phone.registered:
        return "Ready"
    trouble = next((line.trouble for line in phone.lines if line.trouble), "")
    return trouble or "Connecting…"


def _in_call(phone: Phone, call: Call, now: Moment) -> InCall:
    return InCall(
        name=_name(call),
        number=number_said(call.peer),
        status=_status(call),
        timer="" if call.moving or call.state in ASIDE else _timer(call, now),
        codec=codec_name(call.codec),
        icons=_call_icons(phone, call),
        digits="" if call.moving else call.digits,
    )


def _status(call: Call) -> str:
    if call.moving:
        return "Reconnecting…"
    return "Holds you" if call.peer_holds and call.state is CallState.TALKING else _STATUS[call.state]


def _name(call: Call) -> str:
    """A call that another phone carries costs there, and shows its SIM's number: the person has to know."""
    if not call.carrier:
        return call.name
    return fill("{name} via {carrier}" if call.name else "via {carrier}", name=call.name, carrier=call.carrier)


_STATUS = {
    CallState.ALERTING: "Calls you",
    CallState.HELD: "On hold",
    CallState.TRANSFERRING: "Transferring…",
    CallState.DIALED: "Calling…",
    CallState.RINGBACK: "Ringing…",
    CallState.EARLY: "Calling…",
    CallState.ANSWERING: "Connecting…",
    CallState.TALKING: "Connected",
}


def _timer(call: Call, now: Moment) -> str:
    if call.answered_s is None:
        return ""
    minutes, seconds = divmod(int(now.mono_s - call.answered_s), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def _ringing(phone: Phone, call: Call) -> Ringing:
    return Ringing(call.name, number_said(call.peer), _label(phone, call.line), "Lift to answer", _icons(phone))


def _gauge(phone: Phone) -> Gauge:
    title = "Handset volume" if phone.gauge == "handset" else "Ringer volume"
    return Gauge(title, getattr(phone.settings, f"{phone.gauge}_volume"), LOUDEST, _icons(phone))


def _menu(phone: Phone, typing: Typing | None) -> Screen:
    if typing is not None:
        return _entry(typing)
    assert phone.menu is not None
    page = phone.menu.page
    labels = tuple(row.label for row in menu.rows(phone, page))
    row = menu.selected(phone)
    hint = row.hint if row is not None and row.number else ""
    return Listing(menu.TITLES[page], labels, phone.menu.row, menu.EMPTY.get(page, ""), hint)


def _entry(typing: Typing) -> Entry:
    text = _masked(typing) if typing.field == "password" else typing.text
    return Entry(menu.FIELDS[typing.field], text, "OK keeps it", typing.mode)


def _masked(typing: Typing) -> str:
    """Stars, but for the letter still being chosen: one cannot type blind."""
    hidden = typing.text[:-1] if typing.last else typing.text
    return "•" * len(hidden) + typing.text[len(hidden) :]


def _out(phone: Phone) -> int:
    """The line by which what is dialled so far would go out."""
    return choose(phone.settings, phone.digits).line


def _label(phone: Phone, line: int) -> str:
    if line in (CELL, LAN):
        return fill("Mobile") if line == CELL else "LAN"
    accounts = phone.settings.accounts
    account = accounts[line] if line < len(accounts) else Account()
    return account.label or account.user or "Ranin"


def _icons(phone: Phone) -> tuple[Icon, ...]:
    return (
        _line_icon(phone),
        *_power_icons(phone),
        *((Icon.DO_NOT_DISTURB,) if phone.settings.do_not_disturb else ()),
        *((Icon.RINGER_OFF,) if not phone.settings.ringer_volume else ()),
        *((Icon.MISSED,) if phone.missed else ()),
        *((Icon.MESSAGE,) if any(line.messages for line in phone.lines) else ()),
        *((Icon.TEAM_RINGS,) if presence.ringing(phone) is not None else ()),
        *((Icon.WARNING,) if phone.lost or phone.stuck else ()),
    )


def _power_icons(phone: Phone) -> tuple[Icon, ...]:
    if phone.power.stage is Stage.MAINS:
        return ()
    return (Icon.BATTERY if phone.power.stage is Stage.BATTERY else Icon.BATTERY_LOW,)


_PATH_ICONS = {Path.DEGRADED: Icon.LTE, Path.CELL_ONLY: Icon.CELL}


def _line_icon(phone: Phone) -> Icon:
    if phone.paths.path is Path.FORWARD_ONLY:
        return Icon.FORWARD if reach.forwarded(phone) else Icon.LINE_DOWN
    if phone.paths.path in _PATH_ICONS:
        return _PATH_ICONS[phone.paths.path]
    states = {line.state for line in phone.lines}
    if LineState.REGISTERED in states:
        return Icon.LINE_UP
    return Icon.LINE_TRYING if LineState.TRYING in states else Icon.LINE_DOWN


def _call_icons(phone: Phone, call: Call) -> tuple[Icon, ...]:
    hands = (Icon.SPEAKER,) if phone.handsfree else ()
    return (*hands, *((Icon.MUTED,) if phone.muted else ()), *((Icon.LOCK,) if call.secure else ()))
