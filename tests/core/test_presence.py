"""Watching, as the core decides it: who is subscribed to and when, what is shown, picked up and rung back."""

from dataclasses import replace

import pytest

from ranin.core.commands import Blink, Led, PlaceCall, Ring, SetTimer
from ranin.core.events import (
    CallArrived,
    CallEnded,
    EngineLost,
    EngineReady,
    HookLifted,
    HookReplaced,
    KeyPressed,
    LineRegistered,
    LineRejected,
    MessagesCounted,
    SettingsChanged,
    Timer,
)
from ranin.core.keys import Key
from ranin.core.outage import Link, LinkProbed
from ranin.core.presence import AT_ONCE, OFFERS_S, PAUSE_S, SOON_S, WAITS_FOR_FREE_S, team
from ranin.core.screens.screen import Dialing, Icon, Idle, Listing, Notice
from ranin.core.settings import DialRule, Settings, Watch
from ranin.core.team import (
    PartiesChanged,
    Party,
    Presence,
    Purpose,
    Unwatch,
    WatchEnded,
    WatchMailbox,
    WatchParty,
)
from tests.core.desk_model import SETTINGS, Bench, keys

OFFICE = replace(
    SETTINGS,
    accounts=(replace(SETTINGS.accounts[0], pickup_code="**"),),
    watch=(Watch("203", "Nora"), Watch("sip:204@example.net"), Watch("9", "nobody's line", line=5)),
)


def office(settings: Settings = OFFICE) -> Bench:
    """A registered phone that watches."""
    return Bench(settings).ready()


def watch_of(bench: Bench, target: str) -> int:
    return next(one.watch for one in bench.phone.watched if one.target == target)


def says(bench: Bench, target: str, presence: Presence) -> None:
    """The server tells of a watched party."""
    bench.send(PartiesChanged(watch_of(bench, target), (Party(target, "", presence),)))


def presences(bench: Bench) -> list[Presence]:
    return [one.presence for one in team(bench.phone)]


def test_a_registered_line_watches_whoever_is_set_and_its_mailbox() -> None:
    bench = office()
    assert bench.commands_of(WatchParty) == [WatchParty(1, 0, "203"), WatchParty(2, 0, "sip:204@example.net")]
    assert bench.commands_of(WatchMailbox) == [WatchMailbox(3, 0)]
    assert presences(bench) == [Presence.UNKNOWN, Presence.UNKNOWN]
    bench.send(LineRegistered(0, 300))
    assert len(bench.commands_of(WatchParty)) == 2, "a refreshed registration changes nothing"


def test_many_are_subscribed_to_a_few_at_a_time() -> None:
    bench = office(replace(OFFICE, watch=tuple(Watch(str(number)) for number in range(300, 320))))
    assert len(bench.commands_of(WatchParty)) == AT_ONCE
    bench.wait(PAUSE_S)
    assert len(bench.commands_of(WatchParty)) == 2 * AT_ONCE
    bench.wait(PAUSE_S)
    assert len(bench.commands_of(WatchParty)) == 20


def test_nothing_is_watched_before_the_line_is_there() -> None:
    bench = Bench(OFFICE)
    bench.send(EngineReady())
    assert bench.commands_of(WatchParty) == []


@pytest.mark.parametrize("why", [EngineLost("killed"), LineRejected(0, 408, "no")], ids=["engine", "line"])
def test_nobody_s_state_is_known_while_the_line_is_away_and_all_are_watched_again(why: object) -> None:
    bench = office()
    says(bench, "203", Presence.BUSY)
    bench.send(why)  # type: ignore[arg-type]
    assert presences(bench)[0] is Presence.UNKNOWN
    bench.commands.clear()
    bench.ready()
    assert presences(bench)[0] is Presence.UNKNOWN, "until the server has told"
    assert len(bench.commands_of(WatchParty)) == 2 and len(bench.commands_of(WatchMailbox)) == 1


def test_another_way_to_the_server_has_all_watched_by_it() -> None:
    bench = office()
    bench.commands.clear()
    bench.send(LinkProbed(Link.LTE, True, address="10.9.9.9"))
    assert bench.commands_of(WatchParty) == []
    bench.send(LineRegistered(0, 300))
    assert len(bench.commands_of(WatchParty)) == 2


def test_changed_settings_watch_the_new_forget_the_old_and_leave_the_rest() -> None:
    bench = office()
    says(bench, "203", Presence.BUSY)
    bench.commands.clear()
    bench.send(SettingsChanged(replace(OFFICE, watch=(Watch("205"), Watch("203", "N."), Watch("203", "twice")))))
    assert bench.commands_of(WatchParty) == [WatchParty(4, 0, "205")]
    assert bench.commands_of(Unwatch) == [Unwatch(2)]
    assert [(one.name, one.presence) for one in team(bench.phone)] == [
        ("205", Presence.UNKNOWN),
        ("N.", Presence.BUSY),
    ]
    bench.send(PartiesChanged(2, (Party("204", "", Presence.BUSY),)), WatchEnded(2, 481, ""))
    assert len(team(bench.phone)) == 2


def test_the_first_end_is_mended_soon_and_what_is_known_stays() -> None:
    bench = office()
    says(bench, "203", Presence.BUSY)
    bench.commands.clear()
    bench.send(WatchEnded(1, 481, ""))
    assert presences(bench)[0] is Presence.BUSY
    bench.wait(SOON_S)
    assert bench.commands_of(WatchParty) == [WatchParty(1, 0, "203")]


def test_ends_in_a_row_are_tried_later_and_later_and_are_not_reachable() -> None:
    bench = office()
    waits = []
    for _ in range(9):
        bench.send(WatchEnded(1, 408, ""))
        timer = bench.last(SetTimer)
        assert isinstance(timer, SetTimer) and timer.timer is Timer.WATCH and timer.of == 1
        waits.append(timer.after_s)
    assert waits == [SOON_S, 60, 120, 240, 480, 960, 1800, 1800, 1800] and waits == sorted(waits)
    assert presences(bench)[0] is Presence.UNREACHABLE
    says(bench, "203", Presence.IDLE)
    bench.send(WatchEnded(1, 200, "deactivated"))
    timer = bench.last(SetTimer)
    assert isinstance(timer, SetTimer) and timer.after_s == SOON_S


@pytest.mark.parametrize(
    ("ended", "presence"),
    [
        (WatchEnded(1, 404, ""), Presence.UNREACHABLE),
        (WatchEnded(1, 200, "noresource"), Presence.UNREACHABLE),
        (WatchEnded(1, 200, "rejected"), Presence.UNREACHABLE),
        (WatchEnded(1, 200, "invariant"), Presence.IDLE),
        (WatchEnded(1, 489, ""), Presence.UNKNOWN),
        (WatchEnded(1, 403, ""), Presence.UNKNOWN),
    ],
)
def test_what_lasts_is_tried_again_after_half_an_hour(ended: WatchEnded, presence: Presence) -> None:
    bench = office()
    says(bench, "203", Presence.IDLE)
    bench.send(ended)
    timer = bench.last(SetTimer)
    assert isinstance(timer, SetTimer) and timer.after_s == 1800
    assert presences(bench)[0] is presence


def test_the_server_s_wish_to_wait_is_not_undercut() -> None:
    bench = office()
    bench.send(WatchEnded(1, 200, "probation", 900))
    timer = bench.last(SetTimer)
    assert isinstance(timer, SetTimer) and timer.after_s * (1 - timer.jitter) >= 900


def test_the_mailbox_is_told_of_and_tried_again() -> None:
    bench = office()
    bench.send(WatchEnded(3, 408, ""), WatchEnded(3, 408, ""), MessagesCounted(0, 2))
    assert (Led.MESSAGE, Blink.SLOW) in bench.phone.shown.leds
    assert bench.phone.watched[2].failures == 0
    bench.wait(60)
    assert bench.commands_of(WatchMailbox)[-1] == WatchMailbox(3, 0)


def test_the_team_s_page_says_all_in_words_and_signs() -> None:
    bench = office()
    bench.send(PartiesChanged(2, (Party("204", "Omar", Presence.BUSY), Party("206", "", Presence.UNREACHABLE))))
    says(bench, "203", Presence.IDLE)
    bench.send(KeyPressed(Key.MENU), KeyPressed(Key.DOWN), KeyPressed(Key.DOWN), KeyPressed(Key.OK))
    assert isinstance(bench.screen, Listing) and bench.screen.title == "Team"
    assert bench.screen.rows == ("○ Nora: free", "● Omar: busy", "✗ 206: not reachable")
    assert bench.screen.hint == "Lift to call"
    bench.send(HookLifted())
    placed = bench.last(PlaceCall)
    assert isinstance(placed, PlaceCall) and placed.target == "203"


def test_a_phone_that_watches_nobody_has_no_team_in_its_menu() -> None:
    bench = office(replace(OFFICE, watch=()))
    bench.send(KeyPressed(Key.MENU))
    assert isinstance(bench.screen, Listing) and "Team" not in bench.screen.rows


def test_a_ringing_colleague_is_shown_at_rest_and_picked_up_by_lifting() -> None:
    bench = office()
    says(bench, "203", Presence.RINGING)
    assert isinstance(bench.screen, Idle) and bench.screen.state == "Nora rings"
    assert Icon.TEAM_RINGS in bench.screen.icons
    bench.send(KeyPressed(Key.OK))
    assert isinstance(bench.screen, Listing) and bench.screen.hint == "Lift to pick up"
    assert bench.screen.rows[bench.screen.selected] == "♪ Nora: rings"
    bench.send(HookLifted())
    placed = bench.last(PlaceCall)
    assert isinstance(placed, PlaceCall) and placed.target == "**203"


def test_with_the_handset_up_ok_picks_up_at_once() -> None:
    bench = office()
    says(bench, "sip:204@example.net", Presence.RINGING)
    bench.send(HookLifted())
    assert isinstance(bench.screen, Dialing) and bench.screen.hint == "OK picks up sip:204@example.net"
    bench.send(KeyPressed(Key.OK))
    placed = bench.last(PlaceCall)
    assert isinstance(placed, PlaceCall) and placed.target == "sip:**204@example.net"


def test_without_a_code_nothing_is_picked_up() -> None:
    bench = office(replace(OFFICE, accounts=SETTINGS.accounts))
    says(bench, "203", Presence.RINGING)
    bench.send(HookLifted())
    assert isinstance(bench.screen, Dialing) and bench.screen.hint == "Dial a number"
    bench.send(KeyPressed(Key.OK))
    assert bench.commands_of(PlaceCall) == []


def busy_call(bench: Bench) -> None:
    """Call somebody who is busy, and press OK at the busy tone."""
    bench.send(HookLifted(), *(KeyPressed(key) for key in keys("605#")))
    bench.send(CallEnded(bench.phone.calls[0].number, 486, "Busy Here"))
    assert isinstance(bench.screen, Notice) and bench.screen.text == "OK rings back when free."
    assert bench.screen.keys == ("Callback", "", "")
    bench.send(KeyPressed(Key.SOFT1))


def test_a_number_behind_a_rule_is_waited_for_as_its_server_knows_it_and_called_as_it_was() -> None:
    other = replace(SETTINGS.accounts[0], user="301", label="Office")
    settings = replace(
        OFFICE, accounts=(*OFFICE.accounts, other), rules=(DialRule("9", 2, strip=True),), hide_code="*67"
    )
    bench = office(settings)
    bench.send(LineRegistered(1, 300), HookLifted(), *(KeyPressed(key) for key in keys("*679605#")))
    bench.send(CallEnded(bench.phone.calls[0].number, 486, "Busy Here"), KeyPressed(Key.SOFT1), HookReplaced())
    assert bench.last(WatchParty) == WatchParty(watch_of(bench, "605"), 1, "605", telephone=True)
    says(bench, "605", Presence.IDLE)
    bench.send(HookLifted())
    assert bench.last(PlaceCall) == PlaceCall(2, 1, "605", hidden=True)
    assert bench.phone.calls[0].peer == "*679605" and bench.last(Unwatch) is not None


def test_ok_at_the_busy_tone_rings_when_the_other_side_is_free() -> None:
    bench = office()
    busy_call(bench)
    assert isinstance(bench.screen, Notice) and bench.screen.title == "Rings back"
    says(bench, "605", Presence.BUSY)
    bench.send(HookReplaced())
    assert isinstance(bench.screen, Idle) and bench.screen.state == "Waiting for 605"
    assert bench.last(Ring) is None
    says(bench, "605", Presence.IDLE)
    assert isinstance(bench.screen, Notice) and bench.screen.title == "605 is free"
    assert bench.last(Ring) == Ring("soft", 6) and (Led.RING, Blink.FAST) in bench.phone.shown.leds
    bench.send(HookLifted())
    assert bench.last(Ring) == Ring("")
    assert [command.target for command in bench.commands_of(PlaceCall)] == ["605", "605"]
    assert bench.last(Unwatch) == Unwatch(4)
    assert [one.purpose for one in bench.phone.watched] == [Purpose.TEAM, Purpose.TEAM, Purpose.MAILBOX]


def test_it_rings_back_only_at_rest_and_not_once_the_other_side_talks_again() -> None:
    bench = office()
    busy_call(bench)
    says(bench, "605", Presence.IDLE)
    assert bench.last(Ring) is None, "the handset is still up"
    bench.send(HookReplaced())
    assert bench.last(Ring) == Ring("soft", 6)
    says(bench, "605", Presence.BUSY)
    assert bench.last(Ring) == Ring("")
    bench.wait(OFFERS_S)
    assert isinstance(bench.screen, Idle) and bench.screen.state == "Waiting for 605"
    says(bench, "605", Presence.IDLE)
    bench.send(CallArrived("offer", 0, "Nora", "203"))
    assert bench.last(Ring) == Ring("classic", 6), "somebody calls meanwhile"


@pytest.mark.parametrize("how", ["unheeded", "cancelled", "in vain", "unknown to the server", "line gone"])
def test_a_ring_back_comes_to_an_end(how: str) -> None:
    bench = office()
    busy_call(bench)
    bench.send(HookReplaced())
    if how == "unheeded":
        says(bench, "605", Presence.IDLE)
        bench.wait(OFFERS_S)
    elif how == "cancelled":
        bench.send(KeyPressed(Key.CANCEL))
    elif how == "in vain":
        says(bench, "605", Presence.BUSY)
        bench.wait(WAITS_FOR_FREE_S)
    elif how == "line gone":
        bench.send(SettingsChanged(replace(OFFICE, accounts=())))
    else:
        bench.send(WatchEnded(watch_of(bench, "605"), 489, ""))
        assert isinstance(bench.screen, Notice) and bench.screen.title == "No ring back"
    assert all(one.purpose is not Purpose.CALL_BACK for one in bench.phone.watched)
    assert bench.phone.shown.ring == Ring("")
    assert not any(row[0] is Timer.CALL_BACK for row in bench.phone.timers)


def test_another_busy_number_takes_the_place_of_the_first() -> None:
    bench = office()
    busy_call(bench)
    bench.send(HookReplaced())
    busy_call(bench)
    assert [one.watch for one in bench.phone.watched if one.purpose is Purpose.CALL_BACK] == [5]
    assert Unwatch(4) in bench.commands_of(Unwatch)
