"""Pages by multicast: whose is heard when, what ends one, and pages of our own."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ranin.core.commands import AnswerCall, ConnectEar, HangUpCall, HoldCall, PlaceCall, ResumeCall, SendDtmf
from ranin.core.events import (
    CallAnswered,
    CallArrived,
    CallEnded,
    EngineLost,
    EngineReady,
    Event,
    HookLifted,
    HookReplaced,
    KeyPressed,
    MediaStarted,
    SettingsChanged,
)
from ranin.core.keys import SOFT_KEYS, Key
from ranin.core.pages import (
    PAGE,
    ConfigurePaging,
    PageEnded,
    PageGroup,
    PageHeard,
    PageTarget,
    PagingSettings,
    PlayPage,
    SendPage,
    StopPage,
)
from ranin.core.screens.screen import Dialing, Idle, InCall, Listing, Notice, Ringing
from ranin.core.state import ASIDE, CallState, Desk
from tests.core.desk_model import SETTINGS, Bench, keys

SHOP, YARD, FIRE = "239.1.1.1:10000", "239.1.1.2:10000", "239.1.1.3:10000"
PAGING = PagingSettings(
    listen=(PageGroup(SHOP, "Shop", 5), PageGroup(YARD, priority=5), PageGroup(FIRE, "Fire", 1)),
    send=(PageTarget(SHOP, "Shop", "pcmu", "*81"), PageTarget(FIRE, "Fire")),
)


def bench(hands_free: str = "speaker", **fields: object) -> Bench:
    """A phone with a loudspeaker."""
    paging = replace(PAGING, **{name: fields.pop(name) for name in ("barge", "do_not_disturb") if name in fields})
    return Bench(replace(SETTINGS, paging=paging, hands_free=hands_free, **fields)).ready()  # type: ignore[arg-type]


def playing(phone: Bench) -> str:
    """The group in the ear, by what the engine was told."""
    number, group = phone.phone.paging.number, phone.phone.paging.group
    played = {command.call: command.group for command in phone.commands_of(PlayPage)}
    stopped = {command.call for command in phone.commands_of(StopPage)}
    assert number not in stopped and played.get(number, "") == group
    assert (number in phone.phone.shown.ear.calls) == bool(number)
    return group


def talking(phone: Bench, peer: str = "205") -> Bench:
    """In a conversation, which is call 1."""
    phone.send(HookLifted(), *map(KeyPressed, keys(peer)), KeyPressed(Key.OK))
    phone.send(CallAnswered(1), MediaStarted(1, "opus", False))
    return phone


def test_nothing_is_listened_to_unless_it_is_set() -> None:
    plain = Bench().ready()
    assert not plain.commands_of(ConfigurePaging)
    assert not plain.send(PageHeard(SHOP)) and isinstance(plain.screen, Idle)
    assert bench().commands_of(ConfigurePaging) == [ConfigurePaging(PAGING)]


def test_a_page_is_heard_in_the_loudspeaker_after_a_warning_tone_and_named() -> None:
    phone = bench()
    assert phone.send(PageHeard(SHOP))[:1] == [phone.phone.shown.ear]
    assert playing(phone) == SHOP
    ear = phone.phone.shown.ear
    assert (ear.route, ear.muted, phone.tone) == ("speaker", True, "notice")
    phone.wait(1)
    assert not phone.tone and playing(phone) == SHOP
    assert isinstance(phone.screen, Notice)
    assert (phone.screen.title, phone.screen.keys) == ("Page: Shop", ("", "", "End"))
    phone.send(PageEnded(SHOP))
    assert not playing(phone) and isinstance(phone.screen, Idle) and phone.phone.shown.ear == ConnectEar()


@pytest.mark.parametrize("key", [Key.CANCEL, Key.SOFT3])
def test_a_page_that_the_person_ends_is_not_heard_until_it_has_ended(key: Key) -> None:
    phone = bench()
    phone.send(PageHeard(SHOP), KeyPressed(key))
    assert not playing(phone) and isinstance(phone.screen, Idle)
    phone.send(PageHeard(YARD))
    assert playing(phone) == YARD
    phone.send(PageEnded(YARD), PageEnded(SHOP), PageHeard(SHOP))
    assert playing(phone) == SHOP


def test_a_better_priority_takes_over_an_equal_one_waits() -> None:
    phone = bench()
    phone.send(PageHeard(YARD), PageHeard(SHOP))
    assert playing(phone) == YARD
    phone.send(PageHeard(FIRE))
    assert playing(phone) == FIRE
    phone.send(PageEnded(FIRE))
    assert playing(phone) == YARD
    phone.send(PageEnded(YARD))
    assert playing(phone) == SHOP


@pytest.mark.parametrize(("barge", "heard"), [(0, ""), (1, FIRE), (4, FIRE), (5, FIRE)])
def test_pages_interrupt_a_call_by_their_priority(barge: int, heard: str) -> None:
    phone = talking(bench(barge=barge))
    phone.send(PageHeard(FIRE))
    assert playing(phone) == heard
    phone.send(PageHeard(SHOP), PageEnded(FIRE))
    assert playing(phone) == (SHOP if barge >= 5 else "")


def test_an_interrupted_call_waits_and_goes_on() -> None:
    phone = talking(bench(barge=3))
    caused = phone.send(PageHeard(FIRE))
    ear = phone.phone.shown.ear
    assert (ear.calls, ear.held, ear.muted, ear.route) == ((2,), (1,), True, "handset")
    assert not {HoldCall, HangUpCall} & {type(command) for command in caused}
    assert phone.phone.call(1).state is CallState.TALKING
    caused = phone.send(KeyPressed(Key.CANCEL))
    assert phone.phone.shown.ear.calls == (1,) and isinstance(phone.screen, InCall)
    assert not {ResumeCall, HangUpCall} & {type(command) for command in caused}


def test_no_page_interrupts_a_call_for_help_or_one_that_nobody_has_answered() -> None:
    phone = talking(bench(barge=10), "112")
    phone.send(PageHeard(FIRE))
    assert not playing(phone)
    phone = bench(barge=10)
    phone.send(HookLifted(), *map(KeyPressed, keys("205")), KeyPressed(Key.OK), PageHeard(FIRE))
    assert not playing(phone)
    phone.send(CallAnswered(1))
    assert playing(phone) == FIRE


def test_do_not_disturb_is_for_pages_too_unless_it_is_set_otherwise() -> None:
    phone = bench(do_not_disturb=True)  # of paging, which is how it is anyway
    phone.send(SettingsChanged(replace(phone.phone.settings, do_not_disturb=True)), PageHeard(FIRE))
    assert not playing(phone) and isinstance(phone.screen, Idle)
    loud = replace(phone.phone.settings, paging=replace(PAGING, do_not_disturb=False))
    phone.send(SettingsChanged(loud))
    assert playing(phone) == FIRE


def test_without_a_loudspeaker_lifting_listens_and_putting_back_ends_it() -> None:
    phone = bench(hands_free="off")
    phone.send(PageHeard(SHOP))
    assert not playing(phone) and phone.screen.text == "Lift to listen."
    phone.send(HookLifted())
    assert playing(phone) == SHOP and phone.phone.shown.ear.route == "handset"
    phone.send(HookReplaced())
    assert not playing(phone) and isinstance(phone.screen, Idle)


def test_a_page_takes_the_place_of_dial_tone_and_makes_way_for_a_number() -> None:
    phone = bench()
    phone.send(HookLifted(), PageHeard(SHOP))
    assert playing(phone) == SHOP and phone.phone.shown.ear.route == "handset"
    phone.send(KeyPressed(Key.D2))
    assert not playing(phone) and isinstance(phone.screen, Dialing)


def test_the_menu_and_a_caller_have_the_display_before_a_page() -> None:
    phone = bench()
    phone.send(KeyPressed(Key.MENU), PageHeard(SHOP))
    assert isinstance(phone.screen, Listing) and playing(phone) == SHOP
    phone.send(KeyPressed(Key.CANCEL))
    assert isinstance(phone.screen, Notice) and playing(phone) == SHOP
    phone.send(CallArrived("o", 0, "", "0612345678"))
    assert isinstance(phone.screen, Ringing)
    phone.send(HookLifted())
    assert not playing(phone) and AnswerCall in {type(command) for command in phone.commands}


def test_the_volume_keys_are_for_the_page() -> None:
    phone = bench()
    phone.send(PageHeard(SHOP), KeyPressed(Key.UP))
    assert phone.phone.settings.handset_volume == 7 and phone.phone.settings.ringer_volume == 6


def test_a_group_that_is_set_no_more_and_an_engine_that_dies_end_a_page() -> None:
    phone = bench()
    phone.send(PageHeard(SHOP))
    phone.send(SettingsChanged(replace(phone.phone.settings, paging=PagingSettings())))
    assert not playing(phone) and phone.last(ConfigurePaging) == ConfigurePaging(PagingSettings())
    phone = bench()
    phone.send(PageHeard(SHOP), EngineLost("died"))
    assert not phone.phone.paging.number and phone.phone.shown.ear == ConnectEar()
    assert ConfigurePaging(PAGING) in phone.send(EngineReady())
    phone.send(PageHeard(SHOP))
    assert playing(phone) == SHOP


def paged(phone: Bench, code: str = "*81") -> Bench:
    """Speaking to the shop, as call 1."""
    phone.send(HookLifted(), *map(KeyPressed, keys(code)))
    assert phone.last(SendPage) == SendPage(1, SHOP)
    phone.send(MediaStarted(1, "PCMU", False), CallAnswered(1))
    return phone


def test_a_code_pages_at_once_and_putting_back_ends_it() -> None:
    phone = paged(bench())
    assert phone.phone.shown.ear.calls == (1,) and not phone.phone.shown.ear.muted
    assert isinstance(phone.screen, InCall)
    assert (phone.screen.name, phone.screen.codec, phone.screen.keys) == ("Page: Shop", "G.711", ("", "", "End"))
    assert StopPage(1) in phone.send(HookReplaced())
    phone.send(CallEnded(1, 200, ""))
    assert not phone.phone.calls and phone.phone.log[0].name == "Shop" and phone.phone.desk is Desk.RESTING


def test_a_code_that_the_dial_plan_does_not_know_pages_all_the_same() -> None:
    paged(bench(digit_map="[2-6]xx"))


def test_a_code_never_stands_in_the_way_of_a_call_for_help() -> None:
    codes = (PageTarget(SHOP, code="1"), PageTarget(YARD, code="112"))
    phone = Bench(replace(SETTINGS, paging=PagingSettings(send=codes))).ready()
    phone.send(HookLifted(), *map(KeyPressed, keys("112")))
    phone.wait(5)
    assert phone.last(PlaceCall) == PlaceCall(1, 0, "112") and phone.last(SendPage) is None


def test_who_calls_beside_a_page_in_the_handset_is_heard_to_call() -> None:
    phone = bench()
    phone.send(HookLifted(), PageHeard(SHOP))
    phone.wait(1)
    phone.send(CallArrived("o", 0, "", "0612345678"))
    assert (playing(phone), phone.tone) == (SHOP, "waiting")
    phone.send(HookReplaced(), PageEnded(SHOP), PageHeard(SHOP))
    phone.wait(1)
    assert (playing(phone), phone.tone) == (SHOP, "")


def test_a_page_is_begun_from_the_menu() -> None:
    phone = bench()
    phone.send(KeyPressed(Key.MENU))
    while phone.screen.rows[phone.screen.selected] != "Paging":
        phone.send(KeyPressed(Key.DOWN))
    phone.send(KeyPressed(Key.OK), KeyPressed(Key.DOWN))
    assert (phone.screen.rows, phone.screen.hint) == (("Shop", "Fire"), "Lift to page")
    phone.send(HookLifted())
    assert phone.last(SendPage) == SendPage(1, FIRE)


def test_while_we_page_nobody_else_s_page_is_heard_and_keys_send_nothing() -> None:
    phone = paged(bench(barge=10))
    phone.send(PageHeard(FIRE), KeyPressed(Key.D5))
    assert not playing(phone) and not phone.commands_of(SendDtmf)
    phone.send(KeyPressed(Key.MUTE))
    assert phone.phone.shown.ear.muted
    phone.send(KeyPressed(Key.CANCEL), CallEnded(1, 200, ""))
    assert playing(phone) == FIRE


def test_a_page_is_ended_not_held_and_never_joined_with_a_call() -> None:
    phone = talking(bench())
    phone.send(KeyPressed(Key.SOFT1), *map(KeyPressed, keys("*81")))
    assert phone.last(SendPage) == SendPage(2, SHOP)
    phone.send(CallAnswered(2))
    assert phone.phone.shown.ear.held == (1,) and phone.screen.keys == ("", "", "End")
    phone.send(KeyPressed(Key.DOWN))
    assert phone.screen.keys == ("Resume", "", "End")
    caused = phone.send(KeyPressed(Key.SOFT1))
    assert StopPage(2) in caused and ResumeCall(1) in caused and HoldCall(2) not in caused
    assert phone.phone.shown.ear.calls == (1,)


def test_a_page_needs_no_line_but_an_engine() -> None:
    phone = Bench(replace(SETTINGS, accounts=(), paging=PAGING))
    phone.send(HookLifted(), *map(KeyPressed, keys("*81")))
    assert phone.last(SendPage) is None and phone.phone.cause.title
    phone.send(HookReplaced(), EngineReady(), HookLifted(), *map(KeyPressed, keys("*81")))
    assert phone.last(SendPage) == SendPage(1, SHOP) and phone.last(PlaceCall) is None


def test_a_page_that_cannot_go_out_says_so_and_an_engine_s_death_ends_one() -> None:
    phone = bench()
    phone.send(HookLifted(), *map(KeyPressed, keys("*81")), CallEnded(1, 500, "no page goes out"))
    assert not phone.phone.calls and isinstance(phone.screen, Notice)
    phone = paged(bench())
    phone.send(EngineLost("died"))
    assert not phone.phone.calls and phone.phone.desk is Desk.AFTER_CALL


HAPPENINGS = (
    HookLifted(), HookReplaced(),
    *map(KeyPressed, (*keys("2*81"), Key.CANCEL, Key.OK, Key.MENU, Key.SPEAKER, *SOFT_KEYS)),
    *(kind(group) for kind in (PageHeard, PageEnded) for group in (SHOP, YARD, FIRE)),
    *(kind(call) for kind in (CallAnswered, lambda call: CallEnded(call, 200, "")) for call in range(1, 4)),
    CallArrived("o", 0, "", "205"), EngineLost("died"), EngineReady(),
)  # fmt: skip


@given(
    st.lists(st.sampled_from(HAPPENINGS), max_size=40), st.sampled_from([0, 5, 10]), st.sampled_from(["off", "speaker"])
)
@settings(max_examples=150, deadline=None)
def test_whatever_happens_the_ear_has_the_page_or_the_call_and_the_engine_knows_it(
    happenings: list[Event], barge: int, hands_free: str
) -> None:
    phone = bench(hands_free, barge=barge)
    for event in happenings:
        phone.send(event)
        group, ear = playing(phone), phone.phone.shown.ear
        if group:
            assert ear.calls == (phone.phone.paging.number,) and ear.muted
            assert not any(call.line == PAGE for call in phone.phone.alive)
            assert phone.phone.lifted or hands_free != "off"
        assert not any(call.line == PAGE and call.state in ASIDE for call in phone.phone.calls)
        assert not (phone.phone.conference and any(call.line == PAGE for call in phone.phone.conference))
