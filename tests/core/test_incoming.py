"""Who rings, how, and what becomes of a call that does not; hands free; numbers that are called by themselves."""

from dataclasses import replace

import pytest

from ranin.core.commands import AlertCaller, AnswerCall, HangUpCall, PlaceCall, RefuseOffer, Ring
from ranin.core.events import CallAnswered, CallArrived, HookLifted, HookReplaced, KeyHeld, KeyPressed
from ranin.core.keys import Key
from ranin.core.screens.screen import Dialing, Icon, Idle, InCall, Notice, Ringing
from ranin.core.settings import Account, Contact, Settings
from tests.core.desk_model import SETTINGS, Bench, keys

NORA = Contact("Nora", "+33 6 12 34 56 78", melody="urgent", speed="2", always=True, intercom=True)


def bench(account: Account | None = None, **fields: object) -> Bench:
    """A phone that knows Nora."""
    settings = replace(SETTINGS, contacts=(NORA,), **fields)  # type: ignore[arg-type]
    if account is not None:
        settings = replace(settings, accounts=(account,))
    return Bench(settings).ready()


def line(**fields: object) -> Account:
    return replace(SETTINGS.accounts[0], **fields)  # type: ignore[arg-type]


def arrives(phone: Bench, number: str, **fields: object) -> list[object]:
    return phone.send(CallArrived("o", 0, "", number, **fields))  # type: ignore[arg-type]


def test_a_contact_is_named_and_rings_as_it_is_set_however_the_number_is_written() -> None:
    phone = bench()
    arrives(phone, "0612345678")
    assert isinstance(phone.screen, Ringing) and phone.screen.name == "Nora"
    assert phone.last(Ring) == Ring("urgent", 6)


def test_do_not_disturb_lets_through_who_always_may() -> None:
    phone = bench(do_not_disturb=True)
    assert RefuseOffer("o", 486) in arrives(phone, "0699999999")
    assert phone.phone.missed == 1 and isinstance(phone.screen, Idle)
    assert phone.screen.state == "Do not disturb" and Icon.DO_NOT_DISTURB in phone.screen.icons
    assert AlertCaller(1, "o") in arrives(phone, "0612345678")


def test_do_not_disturb_is_turned_on_in_the_menu_and_kept() -> None:
    phone = bench()
    phone.send(KeyPressed(Key.MENU), *[KeyPressed(Key.DOWN)] * 3, KeyPressed(Key.OK))
    assert phone.phone.settings.do_not_disturb
    phone.send(KeyPressed(Key.OK))
    assert not phone.phone.settings.do_not_disturb


@pytest.mark.parametrize("number", ["", "anonymous", "Anonymous"])
def test_callers_without_a_number_are_refused_where_that_is_set(number: str) -> None:
    assert RefuseOffer("o", 433) in arrives(bench(reject_anonymous=True), number)
    assert AlertCaller(1, "o") in arrives(bench(), number)


def test_every_call_is_sent_on_by_a_302_of_our_own() -> None:
    phone = bench(line(forward_always="205"))
    assert RefuseOffer("o", 302, "205") in arrives(phone, "0612345678")
    assert phone.phone.log[0].code == 302


def test_a_busy_phone_sends_calls_on() -> None:
    phone = bench(line(forward_busy="206"), call_waiting=False)
    assert AlertCaller(1, "o") in arrives(phone, "0699999999")
    assert RefuseOffer("o", 302, "206") in arrives(phone, "0699999998")


def test_what_nobody_answers_is_sent_on_after_the_set_time() -> None:
    phone = bench(line(forward_no_answer="207", no_answer_s=15))
    arrives(phone, "0699999999")
    assert not any(isinstance(command, HangUpCall) for command in phone.wait(14.9))
    assert HangUpCall(1, 302, "207") in phone.wait(0.2)


def test_a_held_digit_calls_whom_it_is_for() -> None:
    phone = bench()
    phone.send(KeyPressed(Key.D2), KeyHeld(Key.D2))
    assert isinstance(phone.screen, Dialing) and phone.screen.digits == NORA.number
    phone = bench()
    phone.send(HookLifted(), KeyPressed(Key.D2))
    assert PlaceCall(1, 0, NORA.number) in phone.send(KeyHeld(Key.D2))
    phone = bench()
    phone.send(HookLifted(), KeyPressed(Key.D3))
    assert not any(isinstance(command, PlaceCall) for command in phone.send(KeyHeld(Key.D3)))


def test_the_hotline_is_called_unless_somebody_dials() -> None:
    phone = bench(hotline="600", hotline_after_s=3.0)
    phone.send(HookLifted())
    assert PlaceCall(1, 0, "600") in phone.wait(3.1)
    phone = bench(hotline="600", hotline_after_s=3.0)
    phone.send(HookLifted(), *[KeyPressed(key) for key in keys("60")])
    assert PlaceCall(1, 0, "600") not in phone.wait(3.1)


def test_the_speaker_key_begins_and_ends_a_call_without_the_handset() -> None:
    phone = bench(hands_free="speaker")
    phone.send(KeyPressed(Key.SPEAKER))
    assert phone.tone == "dial" and phone.phone.shown.ear.route == "speaker"
    phone.send(*[KeyPressed(key) for key in keys("604#")], CallAnswered(1))
    assert phone.phone.shown.ear.calls == (1,) and isinstance(phone.screen, InCall)
    assert Icon.SPEAKER in phone.screen.icons
    assert HangUpCall(1) in phone.send(KeyPressed(Key.SPEAKER))


def test_a_call_goes_from_the_handset_to_the_loudspeaker_and_back() -> None:
    phone = bench(hands_free="speaker")
    arrives(phone, "0699999999")
    phone.send(HookLifted(), CallAnswered(1), KeyPressed(Key.SPEAKER))
    assert phone.phone.shown.ear.route == "speaker"
    phone.send(HookReplaced())
    assert phone.phone.shown.ear.calls == (1,), "the call goes on"
    phone.send(HookLifted())
    assert phone.phone.shown.ear.route == "handset" and phone.phone.shown.ear.calls == (1,)
    assert HangUpCall(1) in phone.send(HookReplaced())


def test_a_caller_is_answered_hands_free_by_the_soft_key() -> None:
    phone = bench(hands_free="headset")
    arrives(phone, "0699999999")
    assert isinstance(phone.screen, Ringing) and phone.screen.keys[0] == "Answer"
    assert AnswerCall(1) in phone.send(KeyPressed(Key.SOFT1))
    assert phone.phone.shown.ear.route == "headset"


def test_without_a_loudspeaker_the_key_says_so() -> None:
    phone = bench()
    phone.send(KeyPressed(Key.SPEAKER))
    assert isinstance(phone.screen, Notice) and phone.screen.title == "No loudspeaker" and not phone.phone.lifted


def test_an_intercom_call_is_answered_only_for_who_may_and_with_a_warning() -> None:
    phone = bench(hands_free="speaker")
    assert AnswerCall(1) in arrives(phone, "0612345678", intercom=True)
    assert phone.phone.shown.ear.tone is not None and phone.phone.shown.ear.tone.name == "notice"
    for settings in ({"hands_free": "speaker"}, {"hands_free": "off"}):
        stranger = bench(**settings)
        assert not any(isinstance(c, AnswerCall) for c in arrives(stranger, "0699999999", intercom=True))
    assert not any(isinstance(c, AnswerCall) for c in arrives(bench(), "0612345678", intercom=True))


def test_an_intercom_call_rings_while_the_phone_is_in_use() -> None:
    phone = bench(hands_free="speaker")
    phone.send(HookLifted())
    assert not any(isinstance(c, AnswerCall) for c in arrives(phone, "0612345678", intercom=True))


def test_contacts_are_a_page_of_the_menu_in_the_order_of_their_names() -> None:
    others = (Contact("zoe", "3"), Contact("Ada", "1"))
    phone = Bench(Settings(accounts=SETTINGS.accounts, contacts=others)).ready()
    phone.send(KeyPressed(Key.MENU), *[KeyPressed(Key.DOWN)] * 2, KeyPressed(Key.OK))
    assert phone.screen.rows == ("Ada", "zoe")  # type: ignore[attr-defined]
    assert PlaceCall(1, 0, "1") in phone.send(HookLifted())
