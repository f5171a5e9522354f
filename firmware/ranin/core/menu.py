"""The menu: its pages, walking through them, and typing a text by multi-tap."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from ranin.core import ahead, multitap, presence
from ranin.core.commands import MarkSeen
from ranin.core.events import Direction, LoggedCall, Timer
from ranin.core.keeping import account_of, keep
from ranin.core.keys import Key, is_digit
from ranin.core.notices import say
from ranin.core.outgoing import Choice, choose
from ranin.core.parking import TAKEN
from ranin.core.settings import Account, Secret
from ranin.core.state import LineState, Menu, Page, Phone, Typing
from ranin.core.team import Presence
from ranin.core.text import LANGUAGES, fill, verbatim
from ranin.core.tones import countries
from ranin.core.turn import Turn
from ranin.core.verstat import Verstat
from ranin.core.words import WITHHELD, number_said

MELODIES = ("classic", "soft", "urgent")
"""Ring melodies; each is a pattern in the ringer's own table."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a page: what it says, and what OK does on it."""

    label: str
    page: Page | None = None
    """Opens this page."""
    choose: tuple[str, str] | None = None
    """Sets this setting to this value."""
    edit: str = ""
    """Types a text into this field of the account."""
    number: str = ""
    """Lifting dials it."""
    by: Choice | None = None
    """How that leaves, where it is not as for every number."""
    toggle: str = ""
    """Turns this setting on or off."""
    deed: Callable[[Turn], None] | None = None
    """Does this."""
    hint: str = "Lift to call"
    """What lifting does then."""


TITLES = {
    Page.MAIN: "Menu",
    Page.MISSED: "Missed calls",
    Page.CALLS: "Calls",
    Page.CONTACTS: "Contacts",
    Page.SOUND: "Sound",
    Page.MELODY: "Melody",
    Page.COUNTRY: "Tones of",
    Page.LANGUAGE: "Language",
    Page.LINE: "Line",
    Page.ABOUT: "About",
    Page.TEAM: "Team",
    Page.NEXT: "Next call",
    Page.PAGING: "Paging",
}

EMPTY = {Page.MISSED: "No missed calls", Page.CALLS: "No calls yet", Page.TEAM: "Nobody is watched"}

FIELDS = {
    "user": "User",
    "password": "Password",
    "domain": "Server",
    "display_name": "Your name",
    "voicemail": "Mailbox number",
}


def rows(phone: Phone, page: Page) -> tuple[Row, ...]:
    """The rows of a page as they stand now."""
    return _PAGES[page](phone)


def _main(phone: Phone) -> tuple[Row, ...]:
    team = (Page.TEAM,) if phone.settings.watch else ()
    contacts = (Page.CONTACTS,) if phone.settings.contacts else ()
    targets = (Page.PAGING,) if phone.settings.paging.send else ()
    title = TITLES[Page.MISSED]
    missed = fill("Missed calls ({count})", count=phone.missed) if phone.missed else title
    quiet = fill("on") if phone.settings.do_not_disturb else fill("off")
    return (
        Row(missed, page=Page.MISSED),
        *(Row(TITLES[page], page=page) for page in (Page.CALLS, *contacts, *team, *targets)),
        Row(fill("Do not disturb: {state}", state=quiet), toggle="do_not_disturb"),
        *(Row(TITLES[page], page=page) for page in (Page.SOUND, Page.LANGUAGE, Page.LINE, Page.ABOUT, Page.NEXT)),
    )


def _next(phone: Phone) -> tuple[Row, ...]:
    once = fill("next call") if phone.ahead.hidden else fill("no")
    state = fill("always") if phone.settings.hide_number else once
    at = choose(phone.settings, "", phone.ahead).line
    account = phone.settings.account(at)
    line = Row(fill("Line: {name}", name=account.label or account.user), deed=ahead.next_line)
    return (Row(fill("Hide number: {state}", state=state), deed=_hide), *((line,) if ahead.chooses_line(phone) else ()))


def _hide(turn: Turn) -> None:
    """No → next call → always → no."""
    always, once = turn.phone.settings.hide_number, turn.phone.ahead.hidden
    turn.change(ahead=replace(turn.phone.ahead, hidden=not always and not once))
    keep(turn, hide_number=once and not always)


def _contacts(phone: Phone) -> tuple[Row, ...]:
    known = sorted(phone.settings.contacts, key=lambda who: who.name.casefold())
    return tuple(Row(verbatim(who.name or who.number), number=who.number) for who in known)


def _missed(phone: Phone) -> tuple[Row, ...]:
    return tuple(_logged(call) for call in phone.log if call.direction is Direction.MISSED)


def _calls(phone: Phone) -> tuple[Row, ...]:
    return tuple(_logged(call) for call in phone.log)


_ARROWS = {Direction.OUT: fill("→"), Direction.IN: fill("←"), Direction.MISSED: "✗"}
"""An arrow is a message too: it points the other way where one reads from right to left."""


_MARKS = {Verstat.NONE: "", Verstat.PASSED: "✓", Verstat.FAILED: "⚠"}


def _logged(call: LoggedCall) -> Row:
    if call.direction is Direction.SERVED:
        return Row(fill("for {name}: {number}", name=call.name, number=call.number), number=call.number)
    sign, mark, name = _ARROWS[call.direction], _MARKS[call.verstat], call.name or number_said(call.number)
    label = fill("{sign}{mark} {name}", sign=sign, mark=mark, name=name)
    return Row(label, number="" if call.number == WITHHELD else call.number)


_SIGNS = {
    Presence.UNKNOWN: ("?", fill("unknown")),
    Presence.IDLE: ("○", fill("free")),
    Presence.RINGING: ("♪", fill("rings")),
    Presence.BUSY: ("●", fill("busy")),
    Presence.UNREACHABLE: ("✗", fill("not reachable")),
}


def _team(phone: Phone) -> tuple[Row, ...]:
    return tuple(_colleague(one) for one in presence.team(phone))


def _colleague(one: presence.Colleague) -> Row:
    parked = one.place and one.presence in TAKEN
    sign, word = ("●", fill("call parked")) if parked else _SIGNS[one.presence]
    label = fill("{sign} {name}: {state}", sign=sign, name=one.name, state=word)
    hint = "Lift to pick up" if one.pick_up else "Lift to take it" if parked else "Lift to call"
    return Row(label, number=one.dials, by=one.by, hint=hint)


def _paging(phone: Phone) -> tuple[Row, ...]:
    targets = phone.settings.paging.send
    return tuple(Row(verbatim(one.label or one.address), number=one.number, hint="Lift to page") for one in targets)


def _sound(phone: Phone) -> tuple[Row, ...]:
    settings = phone.settings
    country = countries().get(settings.country, settings.country)
    return (
        Row(fill("Melody: {name}", name=fill(settings.ring_melody)), page=Page.MELODY),
        Row(fill("Tones of: {country}", country=fill(country)), page=Page.COUNTRY),
    )


def _melody(_phone: Phone) -> tuple[Row, ...]:
    return tuple(Row(name, choose=("ring_melody", name)) for name in MELODIES)


def _country(_phone: Phone) -> tuple[Row, ...]:
    return tuple(Row(name, choose=("country", code)) for code, name in countries().items())


def _language(_phone: Phone) -> tuple[Row, ...]:
    return tuple(Row(verbatim(name), choose=("language", code)) for code, name in LANGUAGES.items())


def _line(phone: Phone) -> tuple[Row, ...]:
    account = account_of(phone.settings)
    return tuple(
        Row(fill("{label}: {state}", label=fill(label), state=_value(account, field)), edit=field)
        for field, label in FIELDS.items()
    )


def _value(account: Account, field: str) -> str:
    value = getattr(account, field)
    return (fill("set") if value else fill("not set")) if isinstance(value, Secret) else value or "-"


def _about(phone: Phone) -> tuple[Row, ...]:
    engine = fill("runs") if phone.engine_up else fill("restarts")
    line_rows = tuple(
        Row(fill("Line {number}: {state}", number=index + 1, state=_line_state(line.state, line.trouble)))
        for index, line in enumerate(phone.lines)
    )
    return (Row("Ranin desk phone"), Row(fill("Call part: {state}", state=engine)), *line_rows)


def _line_state(state: LineState, trouble: str) -> str:
    words = {LineState.REGISTERED: fill("ready"), LineState.OFF: fill("not set up")}
    return fill(trouble) if trouble else words.get(state, fill("connecting"))


_PAGES: dict[Page, Callable[[Phone], tuple[Row, ...]]] = {
    Page.MAIN: _main,
    Page.MISSED: _missed,
    Page.CALLS: _calls,
    Page.CONTACTS: _contacts,
    Page.SOUND: _sound,
    Page.MELODY: _melody,
    Page.COUNTRY: _country,
    Page.LANGUAGE: _language,
    Page.LINE: _line,
    Page.ABOUT: _about,
    Page.TEAM: _team,
    Page.NEXT: _next,
    Page.PAGING: _paging,
}


def number_selected(phone: Phone) -> tuple[str, Choice | None]:
    """The number that lifting would dial from the open list, and how it leaves; empty if none."""
    row = selected(phone)
    return (row.number, row.by) if row else ("", None)


def selected(phone: Phone) -> Row | None:
    """The selected row of the open page."""
    if phone.menu is None or phone.menu.typing is not None:
        return None
    page = rows(phone, phone.menu.page)
    return page[phone.menu.row] if phone.menu.row < len(page) else None


def open_page(turn: Turn, page: Page) -> None:
    """Open a page on top of what is open."""
    path = turn.phone.menu.path if turn.phone.menu else ()
    turn.change(menu=Menu((*path, (page, 0))), notice=None)
    if page is Page.MISSED and turn.phone.missed:
        turn.change(log=tuple(replace(call, seen=True) for call in turn.phone.log))
        turn.do(MarkSeen())


def open_ringing(turn: Turn) -> None:
    """Open the team's page on the first colleague whose telephone rings."""
    rings = (index for index, one in enumerate(presence.team(turn.phone)) if one.presence is Presence.RINGING)
    turn.change(menu=Menu(((Page.TEAM, next(rings, 0)),)), notice=None)


def close(turn: Turn) -> None:
    """Leave the menu."""
    turn.stop(Timer.MULTITAP)
    turn.change(menu=None)


def pressed(turn: Turn, key: Key) -> None:
    """A key while the menu is open."""
    menu = turn.phone.menu
    if menu is None:
        return
    if menu.typing is not None:
        _type(turn, menu, menu.typing, key)
    elif key is Key.MENU:
        close(turn)
    elif key is Key.CANCEL:
        _back(turn, menu)
    elif key in (Key.UP, Key.DOWN):
        _walk(turn, menu, -1 if key is Key.UP else 1)
    elif key is Key.OK:
        _choose(turn)


def held(turn: Turn, key: Key) -> None:
    """A digit key held while typing types the digit itself."""
    menu = turn.phone.menu
    if menu and menu.typing and is_digit(key):
        typing = menu.typing
        text = (typing.text[:-1] if typing.last else typing.text) + key.value
        _put(turn, menu, replace(typing, text=text, last=""))


def _back(turn: Turn, menu: Menu) -> None:
    if len(menu.path) == 1:
        close(turn)
    else:
        turn.change(menu=replace(menu, path=menu.path[:-1]))


def _walk(turn: Turn, menu: Menu, step: int) -> None:
    count = max(1, len(rows(turn.phone, menu.page)))
    turn.change(menu=replace(menu, path=(*menu.path[:-1], (menu.page, (menu.row + step) % count))))


def _choose(turn: Turn) -> None:
    row = selected(turn.phone)
    if row is None:
        return
    if row.page is not None:
        open_page(turn, row.page)
    elif row.edit:
        _start_typing(turn, row.edit)
    elif row.deed is not None:
        row.deed(turn)
    elif row.toggle:
        keep(turn, **{row.toggle: not getattr(turn.phone.settings, row.toggle)})
    elif row.choose is not None:
        name, value = row.choose
        keep(turn, **{name: value})
        say(turn, "Set", row.label)
        _leave_page(turn)
    elif row.number:
        say(turn, row.hint, verbatim(number_said(row.number)))


def _leave_page(turn: Turn) -> None:
    if turn.phone.menu is not None:
        _back(turn, turn.phone.menu)


def _start_typing(turn: Turn, field: str) -> None:
    value = getattr(account_of(turn.phone.settings), field)
    text = "" if isinstance(value, Secret) else value
    mode = "123" if field in ("user", "voicemail") else "abc"
    if turn.phone.menu is not None:
        turn.change(menu=replace(turn.phone.menu, typing=Typing(field, text, mode)))


def _type(turn: Turn, menu: Menu, typing: Typing, key: Key) -> None:
    if key is Key.OK:
        _accept(turn, menu, typing)
    elif key is Key.MENU or (key is Key.CANCEL and not typing.text):
        _stop_typing(turn, menu)
    elif key is Key.CANCEL:
        _put(turn, menu, replace(typing, text=typing.text[:-1], last=""))
    elif key in (Key.UP, Key.DOWN):
        _put(turn, menu, replace(typing, mode=multitap.next_mode(typing.mode), last=""))
    elif is_digit(key):
        text, last = multitap.press(typing.text, typing.mode, typing.last, key.value)
        _put(turn, menu, replace(typing, text=text, last=last))


def _put(turn: Turn, menu: Menu, typing: Typing) -> None:
    turn.change(menu=replace(menu, typing=typing))
    if typing.last:
        turn.start(Timer.MULTITAP, multitap.SETTLE_S)
    else:
        turn.stop(Timer.MULTITAP)


def letter_settled(turn: Turn) -> None:
    """The pause after a letter: the next press begins a new one."""
    menu = turn.phone.menu
    if menu and menu.typing:
        turn.change(menu=replace(menu, typing=replace(menu.typing, last="")))


def _stop_typing(turn: Turn, menu: Menu) -> None:
    turn.stop(Timer.MULTITAP)
    turn.change(menu=replace(menu, typing=None))


def _accept(turn: Turn, menu: Menu, typing: Typing) -> None:
    _stop_typing(turn, menu)
    old = account_of(turn.phone.settings)
    value = Secret(typing.text) if isinstance(getattr(old, typing.field), Secret) else typing.text.strip()
    if value != getattr(old, typing.field):
        account = replace(old, **{typing.field: value})
        keep(turn, accounts=(account, *turn.phone.settings.accounts[1:]))
