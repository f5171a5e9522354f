"""State → Screen: what the display shows now."""

from dataclasses import replace
from datetime import datetime

from ranin.core import ahead, gateway, lock, menu, paging, presence, reach, several, softkeys, texting
from ranin.core.energy import Stage, minutes_left
from ranin.core.moment import Moment
from ranin.core.outgoing import choose
from ranin.core.pages import PAGE
from ranin.core.realtext import Conversation
from ranin.core.screens import icons
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
    Texting,
)
from ranin.core.settings import Account
from ranin.core.state import (
    ASIDE,
    CELL,
    LAN,
    UNANSWERED,
    Call,
    CallState,
    Desk,
    Leaving,
    LineState,
    Phone,
    Typing,
)
from ranin.core.text import Text, fill, plural
from ranin.core.verstat import Verstat
from ranin.core.words import HANG_UP, RESTARTING, UNHEARD, Cause, codec_name, number_said

LOUDEST = 10
TEXT_SHOWN = 200
"""Characters of what was written that any display has room for."""
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
        return Notice("Switched off", "It starts again when mains is back.", Icon.BATTERY_LOW, icons.standing(phone))
    page = paging.words(phone)
    if page is not None:
        return _notice(phone, page, Icon.SPEAKER)
    if phone.lifted and phone.desk in _ABOUT_HANDSET and phone.alerting is None:
        return _lifted(phone)
    call = several.focus(phone)
    if call is not None:
        return _with_calls(phone, call, now)
    return _lifted(phone) if phone.lifted else _resting(phone, now)


_ABOUT_HANDSET = (Desk.DIAL_TONE, Desk.COLLECTING, Desk.AFTER_CALL)
"""The display is about a number to dial, or about a call that is over, though others wait."""


def _with_calls(phone: Phone, call: Call, now: Moment) -> Screen:
    here = texting.front(phone)
    if here is not None and not call.moving and (here[1].typing or (here[1].theirs and len(phone.alive) == 1)):
        return _texting(phone, *here)
    if len(phone.alive) > 1:
        return _call_list(phone, call, now)
    return _ringing(phone, call) if call.state is CallState.ALERTING else _in_call(phone, call, now)


def _call_list(phone: Phone, chosen: Call, now: Moment) -> CallList:
    rows = tuple(CallRow(_who(call), _row_status(call, now), _row_icon(call)) for call in phone.alive)
    title = "Conference" if phone.conference else plural("{count} call", "{count} calls", len(rows))
    return CallList(title, rows, phone.alive.index(chosen), icons.beside_calls(phone))


def _who(call: Call) -> str:
    return _named(call) or number_said(call.peer)


def _named(call: Call) -> str:
    return fill("Page: {group}", group=call.name) if call.line == PAGE else call.name


def _row_icon(call: Call) -> Icon:
    mark = _MARKS.get(call.verstat) if call.state is CallState.ALERTING else None
    return mark or _ROW_ICONS[call.state]


def _row_status(call: Call, now: Moment) -> str:
    if call.state is CallState.TALKING and not call.moving:
        return "Holds you" if call.peer_holds else _timer(call, now)
    return call.remark or ("Reconnecting…" if call.moving else _STATUS[call.state])


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
        return _notice(phone, UNHEARD, Icon.WARNING)
    if phone.desk is Desk.AFTER_CALL and phone.cause is not None:
        return _notice(phone, phone.cause, Icon.INFO)
    if phone.desk in (Desk.HOWLING, Desk.HUSHED):
        return _notice(phone, HANG_UP, Icon.HANDSET)
    if phone.lock.locked:
        return Dialing(lock.shown(phone), _out_label(phone), "Emergency numbers only", icons.standing(phone))
    return Dialing(phone.digits, _out_label(phone), _dial_hint(phone), icons.standing(phone))


def _dial_hint(phone: Phone) -> str:
    if phone.transferee:
        return "Transfer to…"
    if phone.digits:
        return "OK calls at once"
    rings = presence.ringing(phone)
    if rings is not None and rings.pick_up:
        return fill("OK picks up {name}", name=rings.name)
    parked = presence.parked(phone)
    return fill("OK takes the call at {name}", name=parked.name) if parked is not None else "Dial a number"


def _resting(phone: Phone, now: Moment) -> Screen:
    if phone.notice is not None:
        return _notice(phone, phone.notice, Icon.INFO)
    if phone.lock.typed:
        return Entry("Locked", lock.shown(phone), lock.hint(phone), "123")
    if (free := presence.free(phone)) is not None:
        return Notice(fill("{name} is free", name=free.name), "Lift to call.", Icon.HANDSET, icons.standing(phone))
    if phone.menu is not None:
        return _menu(phone, phone.menu.typing)
    if phone.desk is Desk.PREDIALING:
        return Dialing(phone.digits, _out_label(phone), "Lift to call", icons.standing(phone))
    return _idle(phone, now)


def _notice(phone: Phone, cause: Cause, icon: Icon) -> Notice:
    return Notice(cause.title, cause.text, icon, icons.standing(phone))


def _idle(phone: Phone, now: Moment) -> Idle:
    wall = now.wall
    return Idle(
        time=f"{wall:%H:%M}",
        date=_date(wall),
        line=_out_label(phone),
        state=_state(phone),
        icons=icons.standing(phone),
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
    locked = "Locked" if phone.lock.locked else ""
    return gateway.words(phone) or reach.words(phone) or locked or _team_words(phone) or quiet or _line_state(phone)


def _team_words(phone: Phone) -> str:
    rings, awaited, parked = presence.ringing(phone), presence.awaited(phone), presence.parked(phone)
    if rings is not None:
        return fill("{name} rings", name=rings.name)
    if awaited is not None:
        return fill("Waiting for {name}", name=awaited.name)
    return fill("Call at {name}", name=parked.name) if parked is not None else ""


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
        icons=icons.of_call(phone, call),
        digits="" if call.moving else call.digits,
    )


def _texting(phone: Phone, call: Call, talk: Conversation) -> Texting:
    theirs, ours = (text.replace("\r", "\n")[-TEXT_SHOWN:] for text in (talk.theirs, talk.ours))
    return Texting(_who(call), theirs, ours, talk.typing, icons.of_call(phone, call))


def _status(call: Call) -> str:
    if call.moving:
        return "Reconnecting…"
    if call.hidden and call.state in UNANSWERED:
        return fill("{status} hidden", status=fill(_STATUS[call.state]))
    if call.state is CallState.TALKING:
        return call.remark or ("Holds you" if call.peer_holds else _STATUS[call.state])
    return _STATUS[call.state]


def _name(call: Call) -> str:
    """A call that another phone carries costs there, and shows its SIM's number: the person has to know."""
    if not call.carrier:
        return _named(call)
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
    number = number_said(call.peer)
    if call.verstat is Verstat.FAILED:
        number = fill("Suspected {number}", number=number)
    mark = _MARKS.get(call.verstat)
    return Ringing(call.name, number, _label(phone, call.line), "Lift to answer", icons.standing(phone), mark=mark)


_MARKS = {Verstat.PASSED: Icon.VERIFIED, Verstat.FAILED: Icon.WARNING}


def _gauge(phone: Phone) -> Gauge:
    title = "Handset volume" if phone.gauge == "handset" else "Ringer volume"
    return Gauge(title, getattr(phone.settings, f"{phone.gauge}_volume"), LOUDEST, icons.standing(phone))


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
    return choose(phone.settings, phone.digits, phone.ahead).line


def _out_label(phone: Phone) -> str:
    label = _label(phone, _out(phone))
    return fill("{line}, hidden", line=label) if ahead.hidden(phone) else label


def _label(phone: Phone, line: int) -> str:
    if line in (CELL, LAN):
        return fill("Mobile") if line == CELL else "LAN"
    accounts = phone.settings.accounts
    account = accounts[line] if line < len(accounts) else Account()
    return account.label or account.user or "Ranin"
