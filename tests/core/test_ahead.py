"""What is chosen for the next call: its line, and that it does not say who calls."""

from dataclasses import replace

import pytest

from ranin.core.commands import PlaceCall
from ranin.core.events import (
    CallProgressed,
    EngineReady,
    HookLifted,
    HookReplaced,
    KeyPressed,
    LineRegistered,
    Progress,
)
from ranin.core.keys import Key
from ranin.core.mobile import ModemChanged, ModemStage, PlaceCellCall
from ranin.core.outgoing import Ahead, Choice, choose
from ranin.core.screens.screen import Dialing, Idle, InCall, Listing
from ranin.core.settings import Account, Contact, DialRule, Secret, Settings
from tests.core.desk_model import SETTINGS, Bench, keys
from tests.core.test_several import press, soft

OFFICE = Account("Office", "301", password=Secret("p"), domain="example.org")
TWO = replace(
    SETTINGS,
    accounts=(*SETTINGS.accounts, OFFICE),
    contacts=(Contact("Nora", "0612345678", line=2),),
    rules=(DialRule("9", 2, strip=True),),
)


def bench(settings: Settings = TWO) -> Bench:
    made = Bench(settings)
    made.send(EngineReady(), *(LineRegistered(line, 300) for line in range(len(settings.accounts))))
    return made


def dial(made: Bench, text: str) -> PlaceCall | None:
    """Lift, dial, send."""
    made.send(HookLifted())
    press(made, text + "#")
    order = made.last(PlaceCall)
    assert order is None or isinstance(order, PlaceCall)
    return order


def test_the_key_chooses_the_line_of_the_next_call_alone_and_the_display_says_it() -> None:
    made = bench()
    made.send(HookLifted())
    soft(made, "Line")
    assert isinstance(made.screen, Dialing) and made.screen.line == "Office"
    press(made, "0123")
    assert isinstance(made.screen, Dialing) and made.screen.line == "Office"
    assert PlaceCall(1, 1, "0123") in press(made, "#")
    made.send(HookReplaced())
    assert dial(made, "0124") == PlaceCall(2, 0, "0124")


def test_the_line_is_chosen_before_lifting_too_and_a_second_press_goes_on() -> None:
    made = bench()
    press(made, "0123")
    soft(made, "Line")
    assert isinstance(made.screen, Dialing) and made.screen.line == "Office"
    soft(made, "Line")
    assert isinstance(made.screen, Dialing) and made.screen.line == "Shop"
    soft(made, "Line")
    assert PlaceCall(1, 1, "0123") in made.send(HookLifted())


def test_one_line_leaves_nothing_to_choose() -> None:
    made = bench(SETTINGS)
    made.send(HookLifted())
    assert isinstance(made.screen, Dialing) and "Line" not in made.screen.keys


@pytest.mark.parametrize(
    ("dialed", "ahead", "choice"),
    [
        ("0612345678", Ahead(), Choice("0612345678", 1)),
        ("+33612345678", Ahead(), Choice("+33612345678", 1)),
        ("0612345678", Ahead(0), Choice("0612345678", 0, True)),
        ("9201", Ahead(0), Choice("9201", 0, True)),
        ("9201", Ahead(7), Choice("201", 1, True)),
        ("112", Ahead(1), Choice("112", 0)),
        ("112", Ahead(hidden=True), Choice("112", 0)),
        ("0123", Ahead(hidden=True), Choice("0123", 0, hidden=True)),
    ],
)
def test_the_next_call_s_choice_goes_before_the_contact_s_and_the_rules(
    dialed: str, ahead: Ahead, choice: Choice
) -> None:
    assert choose(TWO, dialed, ahead) == choice


def test_a_contact_s_line_that_is_away_leaves_the_call_to_another() -> None:
    made = Bench(TWO).ready()
    assert dial(made, "0612345678") == PlaceCall(1, 0, "0612345678")


def test_the_code_hides_our_number_for_one_call() -> None:
    made = bench(replace(SETTINGS, hide_code="*67", contacts=TWO.contacts, digit_map="112|[2-6]xx|0x.T"))
    assert dial(made, "*670612345678") == PlaceCall(1, 0, "0612345678", hidden=True)
    assert made.phone.calls[0].name == "Nora" and made.phone.calls[0].peer == "*670612345678"
    made.send(CallProgressed(1, Progress.RINGING))
    assert isinstance(made.screen, InCall) and made.screen.status == "Ringing… hidden"
    made.send(HookReplaced())
    made.send(HookLifted(), KeyPressed(Key.REDIAL))
    assert made.last(PlaceCall) == PlaceCall(2, 0, "0612345678", hidden=True)
    made.send(HookReplaced())
    assert dial(made, "0612345678") == PlaceCall(3, 0, "0612345678")


@pytest.mark.parametrize("dialed", ["112", "*67112", "17", "*6717"])
def test_a_call_for_help_is_never_hidden(dialed: str) -> None:
    account = replace(SETTINGS.accounts[0], hide_number=True)
    made = bench(replace(SETTINGS, accounts=(account,), hide_code="*67", hide_number=True))
    made.send(HookLifted(), *(KeyPressed(key) for key in keys(dialed)), KeyPressed(Key.OK))
    assert made.last(PlaceCall) == PlaceCall(1, 0, dialed.removeprefix("*67"))


def test_a_line_hides_its_number_and_another_does_not() -> None:
    made = bench(replace(TWO, accounts=(replace(TWO.accounts[0], hide_number=True), OFFICE)))
    assert isinstance(made.screen, Idle) and made.screen.line == "Shop, hidden"
    assert dial(made, "0123") == PlaceCall(1, 0, "0123", hidden=True)
    made.send(HookReplaced())
    assert dial(made, "9201") == PlaceCall(2, 1, "201")


def test_the_menu_hides_the_next_call_or_all() -> None:
    made = bench()
    press(made, Key.MENU, Key.UP, Key.OK)
    assert isinstance(made.screen, Listing) and made.screen.rows == ("Hide number: no", "Line: Shop")
    press(made, Key.OK)
    assert isinstance(made.screen, Listing) and made.screen.rows[0] == "Hide number: next call"
    press(made, Key.DOWN, Key.OK)
    assert isinstance(made.screen, Listing) and made.screen.rows[1] == "Line: Office"
    press(made, Key.MENU)
    assert isinstance(made.screen, Idle) and made.screen.line == "Office, hidden"
    assert dial(made, "0123") == PlaceCall(1, 1, "0123", hidden=True)
    made.send(HookReplaced())
    assert dial(made, "0123") == PlaceCall(2, 0, "0123")
    made.send(HookReplaced())
    press(made, Key.MENU, Key.UP, Key.OK, Key.OK, Key.OK)
    assert isinstance(made.screen, Listing) and made.screen.rows[0] == "Hide number: always"
    assert made.phone.settings.hide_number
    press(made, Key.OK)
    assert isinstance(made.screen, Listing) and made.screen.rows[0] == "Hide number: no"


def test_a_call_over_the_modem_is_hidden_too() -> None:
    made = Bench(replace(SETTINGS, accounts=(), hide_number=True))
    made.send(EngineReady(), ModemChanged(ModemStage.HOME, voice=True))
    dial(made, "0123")
    assert made.last(PlaceCellCall) == PlaceCellCall(1, "0123", hidden=True)
