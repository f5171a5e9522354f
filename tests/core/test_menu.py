"""The menu: walking, choosing, typing, and that a password is never shown."""

from dataclasses import replace

from ranin.core.commands import KeepSettings, PlaceCall, RegisterLine, ShowScreen
from ranin.core.events import (
    Direction,
    EngineReady,
    HookLifted,
    KeyHeld,
    KeyPressed,
    LineRegistered,
    LoggedCall,
    SettingsChanged,
    Started,
)
from ranin.core.keys import Key
from ranin.core.menu import rows
from ranin.core.screens.screen import Entry, Idle, Listing
from ranin.core.settings import Settings
from ranin.core.state import Desk, Page
from ranin.core.words import WITHHELD
from tests.core.desk_model import SETTINGS, Bench


def open_row(bench: Bench, *labels: str) -> None:
    """Walk down to each label in turn and press OK."""
    for label in labels:
        menu = bench.phone.menu
        assert menu is not None
        wanted = next(i for i, row in enumerate(rows(bench.phone, menu.page)) if row.label.startswith(label))
        while bench.phone.menu is not None and bench.phone.menu.row != wanted:
            bench.send(KeyPressed(Key.DOWN))
        bench.send(KeyPressed(Key.OK))


def in_menu(*labels: str, settings: Settings | None = None) -> Bench:
    bench = (Bench(settings) if settings is not None else Bench()).ready()
    bench.send(KeyPressed(Key.MENU))
    open_row(bench, *labels)
    return bench


def test_every_page_opens_and_cancel_leads_back_out() -> None:
    bench = Bench().ready()
    for page in Page:
        assert isinstance(rows(bench.phone, page), tuple)
    bench.send(KeyPressed(Key.MENU), KeyPressed(Key.OK))
    assert isinstance(bench.screen, Listing) and bench.screen.empty == "No missed calls"
    bench.send(KeyPressed(Key.CANCEL), KeyPressed(Key.CANCEL))
    assert isinstance(bench.screen, Idle)


def test_who_has_withheld_his_number_is_in_the_list_and_cannot_be_called() -> None:
    bench = Bench()
    log = tuple(LoggedCall(Direction.MISSED, "", number, "2026-11-24T10:00:00") for number in (WITHHELD, "605"))
    bench.send(Started(SETTINGS, log=log), EngineReady(), LineRegistered(0, 300), KeyPressed(Key.MENU))
    open_row(bench, "Missed calls")
    assert isinstance(bench.screen, Listing)
    assert (bench.screen.rows, bench.screen.hint) == (("✗ Withheld", "✗ 605"), "")
    bench.send(KeyPressed(Key.OK), HookLifted())
    assert not bench.commands_of(PlaceCall) and bench.phone.desk is Desk.DIAL_TONE


def test_choosing_a_country_keeps_it() -> None:
    bench = in_menu("Sound", "Tones of", "Spain")
    kept = bench.last(KeepSettings)
    assert isinstance(kept, KeepSettings) and kept.settings.country == "ES"


def test_choosing_a_language_keeps_it_and_shows_the_same_screen_in_it_at_once() -> None:
    bench = in_menu("Language", "Deutsch")
    kept, shown = bench.last(KeepSettings), bench.last(ShowScreen)
    assert isinstance(kept, KeepSettings) and kept.settings.language == "de"
    assert isinstance(shown, ShowScreen) and shown.language == "de"
    bench.wait(5)
    bench.commands.clear()
    bench.send(SettingsChanged(replace(bench.phone.settings, language="ar")))
    assert bench.commands_of(ShowScreen) == [ShowScreen(bench.screen, "ar")]


def test_a_first_account_is_typed_and_registers() -> None:
    bench = in_menu("Line", "User", settings=Settings())
    bench.send(*(KeyPressed(Key(digit)) for digit in "201"), KeyPressed(Key.OK))
    open_row(bench, "Server")
    bench.send(KeyPressed(Key.D7), KeyPressed(Key.D2), KeyPressed(Key.D2))
    bench.send(KeyPressed(Key.OK))
    registered = bench.last(RegisterLine)
    assert isinstance(registered, RegisterLine)
    assert (registered.account.user, registered.account.domain) == ("201", "pb")


def test_the_same_key_cycles_and_a_pause_settles() -> None:
    bench = in_menu("Line", "Your name")
    bench.send(KeyPressed(Key.D2), KeyPressed(Key.D2), KeyPressed(Key.D2))
    assert isinstance(bench.screen, Entry) and bench.screen.text == "c"
    bench.wait(1.1)
    bench.send(KeyPressed(Key.D2), KeyHeld(Key.D2))
    assert bench.screen.text == "c2"
    bench.send(KeyPressed(Key.UP), KeyPressed(Key.D3), KeyPressed(Key.CANCEL))
    assert bench.screen.text == "c2" and bench.screen.mode == "ABC"


def test_a_password_is_typed_blind_but_for_the_letter_being_chosen() -> None:
    bench = in_menu("Line", "Password")
    bench.send(KeyPressed(Key.D2), KeyPressed(Key.D3))
    assert isinstance(bench.screen, Entry) and bench.screen.text == "•d"
    assert bench.phone.private
    bench.send(KeyPressed(Key.OK))
    assert isinstance(bench.screen, Listing) and "Password: set" in bench.screen.rows
