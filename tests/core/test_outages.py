"""Power and network go and come back: single outages step by step, and random walks through hours of them."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import settings as limits

from ranin.core.commands import HangUpCall, PlaceCall, RegisterLine
from ranin.core.events import (
    CallAnswered,
    CallEnded,
    CallProgressed,
    KeyPressed,
    LineRejected,
    MediaStarted,
    Progress,
)
from ranin.core.keys import Key
from ranin.core.mobile import AlertCellCaller, CellSoundLost, JoinCellSound, LeaveCellSound, ModemStage, PlaceCellCall
from ranin.core.outage import Link, LinkProbed
from ranin.core.paths import Path
from ranin.core.screens.screen import Dialing, Icon, Idle, InCall, Notice
from ranin.core.state import LineState
from tests.core.outage_walks import WALKS, Walk, take
from tests.core.outage_world import LINKS, OUTAGE_SETTINGS, SERVER, OutageWorld, world


def titles(made: OutageWorld) -> list[str]:
    return [note.text.partition(":")[0] for note in reversed(made.phone.notes)]


def test_silence_moves_the_lines_to_lte_and_back_after_thirty_steady_seconds() -> None:
    it = world()
    it.cut(Link.ETHERNET)
    it.wait(4.2)
    assert it.phone.paths.path is Path.DEGRADED and it.phone.paths.link is Link.LTE
    assert it.last(RegisterLine).via == it.address[Link.LTE]
    assert isinstance(it.screen, Notice) and it.screen.title == "Network lost"
    it.wait(5)
    assert isinstance(it.screen, Idle) and it.screen.state == "Ready over LTE" and it.screen.icons[0] is Icon.LTE
    it.restore(Link.ETHERNET)
    it.wait(29)
    assert it.phone.paths.link is Link.LTE
    it.wait(2)
    assert it.phone.paths.path is Path.NORMAL and it.last(RegisterLine).via == it.address[Link.ETHERNET]
    assert it.phone.lines[0].state is LineState.REGISTERED
    assert titles(it)[-2:] == ["Network lost", "Network is back"]


def test_a_link_that_flaps_is_not_gone_back_to() -> None:
    it = world()
    it.cut(Link.ETHERNET)
    it.wait(10)
    it.commands.clear()
    for _ in range(5):
        it.restore(Link.ETHERNET)
        it.wait(20)
        it.cut(Link.ETHERNET)
        it.wait(10)
    assert it.phone.paths.link is Link.LTE and it.last(RegisterLine) is None


def test_two_lost_probes_are_nothing() -> None:
    it = world()
    it.cut(Link.ETHERNET)
    it.wait(3)
    it.restore(Link.ETHERNET)
    it.wait(60)
    assert it.commands_of(RegisterLine) == [] and it.phone.paths.path is Path.NORMAL


def test_without_any_data_the_next_call_goes_over_the_modem_without_an_extra_key() -> None:
    it = world()
    for link in LINKS:
        it.cut(link)
    it.wait(10)
    assert it.phone.paths.path is Path.CELL_ONLY and it.phone.lines[0].state is LineState.WAITING
    assert isinstance(it.screen, Idle) and it.screen.state == "Mobile network only"
    it.person("lift")
    it.person("0612#")
    assert it.last(PlaceCellCall) == PlaceCellCall(1, "0612") and it.last(PlaceCall) is None
    it.wait(3)
    assert it.last(JoinCellSound) == JoinCellSound(1, "", "pty", 8000)
    assert it.phone.shown.ear.calls == (1,)
    it.person("replace")
    assert it.last(LeaveCellSound) is None
    it.wait(1)
    assert it.last(LeaveCellSound) == LeaveCellSound(1)


def test_the_sim_s_number_rings_like_any_other() -> None:
    it = world()
    it.called(over_cell=True)
    assert isinstance(it.last(AlertCellCaller), AlertCellCaller) and it.phone.alerting.peer == "+33699999999"
    it.person("lift")
    it.wait(1)
    assert it.phone.active.answered_s is not None


def test_with_nothing_left_it_says_who_rings_instead() -> None:
    it = world()
    it.stage(ModemStage.SEARCHING)
    for link in LINKS:
        it.cut(link)
    it.wait(10)
    assert it.phone.paths.path is Path.FORWARD_ONLY
    assert isinstance(it.screen, Idle) and it.screen.state == "Calls are forwarded"
    it.person("lift")
    it.person("0612#")
    assert isinstance(it.screen, Notice) and it.screen.title == "No network"
    it.person("replace")
    it.person("lift")
    it.person("112#")
    assert it.last(PlaceCellCall).number == "112"


def test_a_call_is_kept_over_a_change_of_link() -> None:
    it = world()
    it.talk()
    it.cut(Link.ETHERNET)
    it.wait(4.05)
    assert isinstance(it.screen, InCall) and it.screen.status == "Reconnecting…"
    it.wait(2)
    assert it.screen.status == "Connected" and it.tone == "" and it.phone.paths.link is Link.LTE
    it.restore(Link.ETHERNET)
    it.wait(300)
    assert it.phone.paths.link is Link.LTE, "nothing is changed under a call that works"
    it.person("replace")
    it.wait(1)
    assert it.phone.paths.link is Link.ETHERNET


def test_a_call_that_still_rings_there_is_made_again_by_the_new_way() -> None:
    it = world()
    it.person("lift")
    it.person("603#")
    it.forget(lambda event: isinstance(event, CallAnswered))
    it.send(CallProgressed(1, Progress.RINGING))
    it.renumber(Link.ETHERNET)
    it.wait(0.6)
    assert HangUpCall(1) in it.commands and it.last(PlaceCall) == PlaceCall(2, 0, "603")
    it.wait(2)
    assert isinstance(it.screen, InCall) and it.screen.status == "Connected"


def test_the_comfort_tone_sounds_while_it_reconnects() -> None:
    it = world()
    it.talk()
    for link in LINKS:
        it.cut(link)
    it.wait(6)
    assert it.phone.calls[0].moving and it.tone == "comfort"


def test_a_lost_call_is_offered_again_by_one_key() -> None:
    it = world()
    it.talk()
    for link in LINKS:
        it.cut(link)
    it.wait(6)
    it.send(CallEnded(1, 408, "Request Timeout"))
    assert isinstance(it.screen, Notice) and it.screen.title == "Connection lost" and "OK" in it.screen.text
    it.send(KeyPressed(Key.OK))
    assert it.last(PlaceCellCall) == PlaceCellCall(2, "603")


def test_an_address_that_changes_moves_lines_and_calls() -> None:
    it = world()
    it.talk()
    it.renumber(Link.ETHERNET)
    it.wait(0.35)
    assert it.phone.calls[0].moving and it.last(RegisterLine).via == it.address[Link.ETHERNET]
    it.wait(1)
    assert not it.phone.calls[0].moving and it.phone.paths.path is Path.NORMAL


def test_the_handset_is_told_of_a_change_by_a_tone() -> None:
    it = world()
    it.person("lift")
    assert isinstance(it.screen, Dialing) and it.tone == "dial"
    it.cut(Link.ETHERNET)
    it.wait(4.05)
    assert it.tone == "notice"
    it.wait(1)
    assert it.tone == "dial"


OTHER = replace(OUTAGE_SETTINGS.accounts[0], user="301", domain="other.example")
TWO_SERVERS = replace(OUTAGE_SETTINGS, accounts=(*OUTAGE_SETTINGS.accounts, OTHER))


def test_one_provider_s_failure_leaves_the_line_at_another_alone() -> None:
    it = OutageWorld(TWO_SERVERS)
    it.dead.add("example.net")
    for link in LINKS:
        for _ in range(3):
            it.send(LinkProbed(link, False, "Server does not answer", it.address[link]))
    it.wait(40)
    assert it.phone.lines[0].state is not LineState.REGISTERED and it.phone.lines[1].state is LineState.REGISTERED
    assert it.phone.paths.path <= Path.DEGRADED
    it.person("lift")
    it.person("0612#")
    assert it.last(PlaceCall) == PlaceCall(1, 1, "0612")


def test_a_line_goes_to_the_very_address_that_answered_over_its_link() -> None:
    it = OutageWorld(TWO_SERVERS)
    it.cut(Link.ETHERNET)
    it.commands.clear()
    it.wait(10)
    sent = it.commands_of(RegisterLine)
    assert [(order.line, order.via, order.server) for order in sent] == [
        (0, it.address[Link.LTE], SERVER),
        (1, it.address[Link.LTE], ""),
    ]


def test_a_line_at_a_server_that_ignores_probes_registers_again_by_itself() -> None:
    it = world()
    for link in LINKS:
        it.cut(link)
    it.wait(10)
    it.commands.clear()
    it.wait(90)
    assert it.last(RegisterLine) is not None


def test_a_call_on_a_link_that_returns_with_its_address_is_where_it_was() -> None:
    it = world()
    it.person("lift")
    it.person("603#")
    it.send(MediaStarted(1, "opus", False))
    it.wait(5)
    for link in LINKS:
        it.cut(link)
    it.wait(6)
    assert it.phone.calls[0].moving
    it.restore(Link.ETHERNET)
    it.wait(3)
    assert not it.phone.calls[0].moving and it.tone == ""


def test_another_label_leaves_the_way_alone() -> None:
    it = world()
    it.cut(Link.ETHERNET)
    it.wait(10)
    it.relabel("Desk")
    assert it.phone.paths.link is Link.LTE and it.last(RegisterLine).via == it.address[Link.LTE]
    it.wait(5)
    assert it.phone.paths.path is Path.DEGRADED


def test_a_mobile_call_that_fails_says_so() -> None:
    it = world()
    for link in LINKS:
        it.cut(link)
    it.wait(10)
    it.person("lift")
    it.person("0612#")
    it.send(CellSoundLost(1, "unplugged"), CallEnded(1, 503, ""))
    assert it.screen.title == "Call failed" and "mobile" in it.screen.text


def test_a_living_link_whose_registrar_is_silent_is_left_for_another() -> None:
    it = world()
    it.silence(Link.ETHERNET, True)
    it.wait(59)  # its own time to be tried again
    assert it.phone.paths.link is Link.ETHERNET
    it.wait(1 + 32 + 1)
    assert it.phone.paths.link is Link.LTE and it.phone.paths.reach(Link.ETHERNET).alive
    assert it.last(RegisterLine).via == it.address[Link.LTE] and it.phone.lines[0].state is LineState.REGISTERED
    assert "Registration is not answered over ethernet: lte is used" in [note.text for note in it.phone.notes]
    it.wait(60)
    assert it.phone.paths.path is Path.DEGRADED and it.phone.paths.reason == "Registration is not answered"


def test_a_silent_link_is_tried_again_by_one_register_every_half_hour_until_it_is_answered() -> None:
    it = world()
    it.silence(Link.ETHERNET, True)
    it.wait(200)
    assert it.phone.paths.link is Link.LTE
    it.commands.clear()
    for _ in range(3):
        it.wait(1810)
    tries = [order for order in it.commands_of(RegisterLine) if order.via == it.address[Link.ETHERNET]]
    assert it.phone.paths.link is Link.LTE and len(tries) == 3
    it.silence(Link.ETHERNET, False)
    it.wait(1900)
    assert it.phone.paths.path is Path.NORMAL and it.phone.lines[0].state is LineState.REGISTERED


def test_another_address_on_a_silent_link_is_another_network() -> None:
    it = world()
    it.silence(Link.ETHERNET, True)
    it.wait(200)
    it.silence(Link.ETHERNET, False)
    it.renumber(Link.ETHERNET)
    it.wait(31)
    assert it.phone.paths.link is Link.ETHERNET and it.phone.lines[0].state is LineState.REGISTERED


def test_a_server_that_is_silent_over_every_link_leaves_the_lines_on_the_best() -> None:
    it = world()
    for link in LINKS:
        it.silence(link, True)
    it.commands.clear()
    it.wait(4 * 3600)
    moves = [order.via for order in it.commands_of(RegisterLine)]
    over_lte = moves.count(it.address[Link.LTE])
    assert it.phone.paths.link is Link.ETHERNET and over_lte <= 2 + 8
    it.silence(Link.LTE, False)
    it.wait(1900)
    assert it.phone.paths.link is Link.LTE and it.phone.lines[0].state is LineState.REGISTERED


@pytest.mark.parametrize("code", [401, 403, 404])
def test_a_registrar_that_refuses_has_answered(code: int) -> None:
    it = world()
    for _ in range(5):
        it.send(LineRejected(0, code, "Forbidden"))
        it.wait(120)
    assert it.phone.paths.link is Link.ETHERNET and it.last(RegisterLine) is None


def test_a_call_that_works_is_not_moved_because_the_registrar_is_silent() -> None:
    it = world()
    it.talk()
    it.silence(Link.ETHERNET, True)
    it.wait(600)
    assert it.phone.paths.link is Link.ETHERNET and it.phone.active is not None and not it.phone.active.moving
    it.person("replace")
    it.wait(1)
    assert it.phone.paths.link is Link.LTE


def test_a_second_line_that_is_not_answered_is_no_silence_of_the_registrar() -> None:
    first = OUTAGE_SETTINGS.accounts[0]
    it = OutageWorld(replace(OUTAGE_SETTINGS, accounts=(first, replace(first, user="202"))))
    it.wait(60)
    for _ in range(4):
        it.send(LineRejected(1, 408, ""))
    it.wait(1)
    assert it.phone.paths.link is Link.ETHERNET


@limits(max_examples=2000, deadline=None)
@given(WALKS)
def test_whatever_fails_and_returns_in_whatever_order_all_is_well_in_the_end(walk: Walk) -> None:
    take(walk)
