"""Mains goes and the battery empties: what is said, saved, tested and armed, and that mains undoes it."""

from datetime import timedelta

import pytest

from ranin.core.commands import PlaceCall, RefuseOffer, RegisterLine
from ranin.core.energy import TEST_S, Stage
from ranin.core.events import (
    CallAnswered,
    CallArrived,
    CallProgressed,
    Progress,
)
from ranin.core.mobile import ModemStage, PlaceCellCall
from ranin.core.moment import Moment
from ranin.core.outage import BatteryTestRefused, ClockJudged, ClockSource, SavePower, ShutDown
from ranin.core.outage import TestBattery as BatteryTest
from ranin.core.paths import Path
from ranin.core.screens.screen import Idle
from ranin.core.state import Leaving
from tests.core.outage_world import MOBILE, OutageWorld, world


def days_pass(it: OutageWorld, days: float) -> None:
    it.now = Moment(it.now.mono_s, it.now.wall + timedelta(days=days))


def test_the_last_gasp_arms_unregisters_and_switches_off_and_mains_undoes_it() -> None:
    it = world()
    it.power(False)
    it.wait(3)
    assert SavePower(1) in it.commands and it.phone.shown.screen.power == "10 h 00"
    it.drain(4)
    it.wait(5)
    assert it.off and it.side["always"] == MOBILE and it.last(ShutDown) == ShutDown()
    it.power(True)
    it.wait(30)
    assert it.side == {"unreachable": MOBILE, "always": ""} and it.registered


def test_mains_that_returns_in_the_last_gasp_stops_it() -> None:
    it = world()
    it.power(False)
    it.wait(3)
    it.drain(4)
    it.wait(0.3)
    it.power(True)
    it.wait(60)
    assert not it.off and it.side == {"unreachable": MOBILE, "always": ""}
    it.settle()
    it.assert_all_is_well()


def test_a_call_in_progress_is_let_finish_while_the_battery_bears_it() -> None:
    it = world()
    it.talk()
    it.power(False)
    it.wait(3)
    it.drain(4)
    it.wait(5)
    assert not it.off and it.side["always"] == MOBILE and it.phone.active is not None
    it.person("replace")
    it.wait(4)
    assert it.off


def test_a_flicker_is_a_line_in_the_log_and_nothing_else() -> None:
    it = world()
    it.power(False)
    it.wait(1)
    it.power(True)
    assert [note.text for note in it.phone.notes[:1]] == ["Mains was away for 1.0 s"]
    assert it.commands_of(SavePower) == [] and isinstance(it.screen, Idle)


def test_a_battery_that_cannot_be_tested_is_not_called_good() -> None:
    it = world()
    days_pass(it, 31)
    it.power(True)
    assert it.last(BatteryTest) == BatteryTest(True)
    it.send(BatteryTestRefused("this board cannot"))
    it.commands.clear()
    it.pass_time(3600)
    assert it.phone.power.health is None and it.last(BatteryTest) is None
    assert it.phone.notes[0].text == "Battery not tested: this board cannot"


def test_a_phone_rebooted_every_week_is_tested_every_month() -> None:
    it = world()
    tested_on = []
    for day in range(0, 105, 7):
        it.boot()
        it.send(ClockJudged(True, ClockSource.NTP))
        it.power(True)
        if it.phone.power.test is not None:
            tested_on.append(day)
            it.wait(TEST_S)
            it.power(True)
        days_pass(it, 7)
    assert tested_on == [35, 70]


def test_a_test_that_is_due_waits_for_mains_and_for_the_handset() -> None:
    it = world()
    days_pass(it, 31)
    it.power(False)
    it.pass_time(60)
    it.talk()
    it.power(True)
    assert it.last(BatteryTest) is None and it.phone.power.stage is Stage.MAINS
    it.person("replace")
    it.wait(1)
    it.power(True)
    assert it.last(BatteryTest) == BatteryTest(True)


@pytest.mark.parametrize(("tested_days_ago", "due"), [(29, False), (31, True), (-1, False), (-4000, True)])
def test_a_kept_test_counts_unless_a_wrong_clock_put_it_far_ahead(tested_days_ago: int, due: bool) -> None:
    it = world()
    it.tested = (it.now.wall - timedelta(days=tested_days_ago)).isoformat()
    it.boot()
    it.send(ClockJudged(True, ClockSource.NTP))
    it.power(True)
    assert (it.phone.power.test is not None) is due


def test_the_last_gasp_waits_for_a_call_for_help() -> None:
    it = world()
    it.person("lift")
    it.person("112#")
    it.forget(lambda event: isinstance(event, CallAnswered))
    it.send(CallProgressed(1, Progress.EARLY_MEDIA))
    it.power(False)
    it.wait(3)
    it.drain(1)
    it.wait(60)
    assert not it.off and it.phone.active is not None and it.side["always"] == MOBILE
    it.person("replace")
    it.wait(5)
    assert it.off


def test_help_goes_by_the_line_while_the_modem_has_no_network() -> None:
    it = world()
    it.stage(ModemStage.SEARCHING)
    it.power(False)
    it.wait(3)
    it.drain(4)
    it.person("lift")
    it.person("112#")
    assert it.last(PlaceCall) == PlaceCall(1, 0, "112") and it.last(PlaceCellCall) is None


def test_mains_that_returns_in_the_gasp_is_no_loss_of_the_network() -> None:
    it = world()
    it.talk()
    it.power(False)
    it.wait(3)
    it.drain(4)
    it.wait(1)
    it.commands.clear()
    it.power(True)
    it.wait(1)
    assert it.phone.paths.path is Path.NORMAL and it.last(RegisterLine) is None


def test_nobody_rings_a_phone_that_has_unregistered() -> None:
    it = world()
    it.power(False)
    it.wait(3)
    it.drain(4)
    it.wait(1.5)
    assert it.phone.leaving is Leaving.UNREGISTERING
    it.send(CallArrived("late", 0, "Nora", "603"))
    assert it.last(RefuseOffer) == RefuseOffer("late", 480)
