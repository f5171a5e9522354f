"""Mains goes and the battery empties: what is said, saved, tested and armed, and that mains undoes it."""

from datetime import timedelta

from ranin.core.commands import PlaceCall, RefuseOffer, RegisterLine
from ranin.core.events import (
    CallAnswered,
    CallArrived,
    CallProgressed,
    Progress,
)
from ranin.core.mobile import ModemStage, PlaceCellCall
from ranin.core.moment import Moment
from ranin.core.outage import BatteryTestRefused, SavePower, ShutDown
from ranin.core.outage import TestBattery as BatteryTest
from ranin.core.paths import Path
from ranin.core.screens.screen import Idle
from ranin.core.state import Leaving
from tests.core.outage_world import MOBILE, world


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
    it.now = Moment(it.now.mono_s, it.now.wall + timedelta(days=31))
    it.power(True)
    assert it.last(BatteryTest) == BatteryTest(True)
    it.send(BatteryTestRefused("this board cannot"))
    it.commands.clear()
    it.pass_time(3600)
    assert it.phone.power.health is None and it.last(BatteryTest) is None
    assert it.phone.notes[0].text == "Battery not tested: this board cannot"


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
