"""Which line a call goes out by: rules, mailboxes, the line that is set, and what is left when it is away."""

from dataclasses import replace

import pytest

from ranin.core.commands import PlaceCall, Ring
from ranin.core.events import CallArrived, EngineReady, HookLifted, KeyPressed, LineRegistered, LineRejected
from ranin.core.outgoing import Choice, choose
from ranin.core.screens.screen import Dialing, Idle, Notice, Ringing
from ranin.core.settings import Account, DialRule, Settings
from tests.core.desk_model import Bench, keys

LINES = tuple(
    Account(label=label, user=str(200 + index), domain=f"{label.lower()}.test", voicemail=voicemail)
    for index, (label, voicemail) in enumerate((("Shop", "*97"), ("Office", "*98"), ("Home", "*97")))
)
RULES = (DialRule("9", 2, strip=True), DialRule("91", 3), DialRule("", 2))
SETTINGS = Settings(accounts=LINES, rules=RULES, default_line=1)


@pytest.mark.parametrize(
    ("dialed", "choice"),
    [
        ("0123", Choice("0123", 0)),
        ("9201", Choice("201", 1, True)),
        ("9123", Choice("9123", 2, True)),  # the longest prefix
        ("9", Choice("9", 0)),  # nothing would be left
        ("9112", Choice("9112", 2, True)),
        ("915", Choice("915", 2, True)),
        ("9015", Choice("015", 1, True)),
        ("*98", Choice("*98", 1, True)),
        ("*97", Choice("*97", 0)),
        ("112", Choice("112", 0)),
        ("", Choice("", 0)),
    ],
)
def test_a_number_leaves_by_the_longest_rule_its_mailbox_or_the_line_that_is_set(dialed: str, choice: Choice) -> None:
    assert choose(SETTINGS, dialed) == choice


def test_a_rule_takes_no_call_for_help_and_help_behind_a_prefix_goes_by_any_line() -> None:
    grabbing = replace(SETTINGS, rules=(DialRule("1", 2), DialRule("8", 2, strip=True)))
    assert choose(grabbing, "112") == Choice("112", 0)
    assert choose(grabbing, "8112") == Choice("112", 1, False)


def test_a_line_that_is_set_but_not_there_is_the_last() -> None:
    assert choose(replace(SETTINGS, default_line=9), "0123") == Choice("0123", 2)
    assert choose(Settings(), "0123") == Choice("0123", 0)


def bench(settings: Settings = SETTINGS, up: tuple[int, ...] = (0, 1, 2)) -> Bench:
    made = Bench(settings)
    made.send(EngineReady(), *(LineRegistered(line, 300) for line in up))
    return made


def dial(made: Bench, text: str) -> PlaceCall | None:
    made.send(HookLifted(), *(KeyPressed(key) for key in keys(f"{text}#")))
    order = made.last(PlaceCall)
    assert order is None or isinstance(order, PlaceCall)
    return order


def test_the_prefix_is_for_the_phone_and_the_log_keeps_it_for_redialling() -> None:
    made = bench()
    assert dial(made, "9201") == PlaceCall(1, 1, "201")
    assert made.phone.calls[0].peer == "9201"


def test_the_display_names_the_line_that_the_digits_lead_to() -> None:
    made = bench()
    assert isinstance(made.screen, Idle) and made.screen.line == "Shop"
    made.send(HookLifted(), *(KeyPressed(key) for key in keys("92")))
    assert isinstance(made.screen, Dialing) and made.screen.line == "Office"


def test_another_line_takes_the_call_when_the_one_that_is_set_is_not_registered() -> None:
    made = bench(replace(SETTINGS, default_line=2), up=(0, 2))
    assert dial(made, "0123") == PlaceCall(1, 0, "0123")
    made = bench(replace(SETTINGS, default_line=3))
    assert dial(made, "0123") == PlaceCall(1, 2, "0123")


def test_no_other_line_takes_what_a_rule_gives_to_one() -> None:
    made = bench(up=(0, 2))
    made.send(LineRejected(1, 408, ""))
    assert dial(made, "9201") == PlaceCall(1, 1, "201")
    made = bench(replace(SETTINGS, rules=(DialRule("9", 7),)))
    assert dial(made, "9201") is None
    assert isinstance(made.screen, Notice) and made.screen.title == "Not set up"


def test_each_line_rings_with_its_own_melody_and_says_its_name() -> None:
    own = (LINES[0], replace(LINES[1], ring_melody="urgent"))
    made = bench(replace(SETTINGS, accounts=own), up=(0, 1))
    made.send(CallArrived("a", 1, "Nora", "603"))
    assert isinstance(made.screen, Ringing) and made.screen.line == "Office"
    assert made.phone.shown.ring == Ring("urgent", SETTINGS.ringer_volume)
    made = bench(replace(SETTINGS, accounts=own), up=(0, 1))
    made.send(CallArrived("a", 0, "Nora", "603"))
    assert made.phone.shown.ring == Ring("classic", SETTINGS.ringer_volume)
