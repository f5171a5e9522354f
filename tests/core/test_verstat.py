"""A caller whose number the server has checked, as the display and the list of calls tell it."""

from dataclasses import replace

import pytest

from ranin.core.commands import AlertCaller, AnswerCall, RefuseOffer
from ranin.core.events import CallArrived, CallEnded, KeyPressed
from ranin.core.keys import Key
from ranin.core.screens.screen import CallList, Icon, Listing, Ringing
from ranin.core.settings import Contact
from ranin.core.verstat import Verstat
from tests.core.desk_model import SETTINGS, Bench
from tests.core.test_several import talking

NORA = Contact("Nora", "603", always=True, intercom=True)


def bench(**fields: object) -> Bench:
    return Bench(replace(SETTINGS, contacts=(NORA,), **fields)).ready()  # type: ignore[arg-type]


def arrives(phone: Bench, verstat: Verstat, **fields: object) -> list[object]:
    return phone.send(CallArrived("o", 0, "", "603", verstat=verstat, **fields))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("verstat", "mark", "number", "row"),
    [
        (Verstat.PASSED, Icon.VERIFIED, "603", "✗✓ Nora"),
        (Verstat.FAILED, Icon.WARNING, "Suspected 603", "✗⚠ Nora"),
        (Verstat.NONE, None, "603", "✗ Nora"),
    ],
)
def test_the_mark_is_beside_the_caller_while_it_rings_and_in_the_list(
    verstat: Verstat, mark: Icon | None, number: str, row: str
) -> None:
    phone = bench()
    assert AlertCaller(1, "o") in arrives(phone, verstat)
    assert isinstance(phone.screen, Ringing) and (phone.screen.mark, phone.screen.number) == (mark, number)
    phone.send(CallEnded(1, 487, ""), KeyPressed(Key.MENU), KeyPressed(Key.OK))
    assert isinstance(phone.screen, Listing) and phone.screen.rows == (row,)


def test_the_mark_is_seen_beside_another_call() -> None:
    phone = talking()
    arrives(phone, Verstat.FAILED)
    assert isinstance(phone.screen, CallList) and phone.screen.rows[1].icon is Icon.WARNING


def test_who_is_suspected_rings_unless_they_are_refused() -> None:
    assert RefuseOffer("o", 603) in arrives(bench(reject_suspected=True), Verstat.FAILED)
    for verstat in (Verstat.PASSED, Verstat.NONE):
        assert AlertCaller(1, "o") in arrives(bench(reject_suspected=True), verstat)


def test_nobody_who_is_suspected_is_answered_by_the_phone_itself() -> None:
    phone = bench(hands_free="speaker")
    told = arrives(phone, Verstat.FAILED, intercom=True)
    assert AlertCaller(1, "o") in told and not any(isinstance(command, AnswerCall) for command in told)
