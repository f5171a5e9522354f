"""The estimate against measured discharges of cells whose shapes it was not given, and against gauges that lie."""

import json
import math
from collections.abc import Callable
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from ranin.power import sysfs
from ranin.power.cells import SHAPES
from ranin.power.estimate import FULL_S, NO_VOLTAGE, STUCK, Estimate, Estimator, Reading
from ranin.sim.battery import SimBattery
from ranin.sim.discharges import DISCHARGES, LIR_MEDIUM, LIR_SLOW, Discharge
from tests.power.drive import GASP_MIN, Said, battery, estimator, latest_min, left_min, longest, outage, run_down, worst
from tests.power.heldout import HELD_OUT

SETTLED = 0.05
"""The part of a discharge after which the estimate must be right; its load is averaged over 10 minutes."""
LAST_FIFTH = 0.8
SEEDS = (1, 2, 3)
NOT_FULL = "quixin"
"""Its charge ended at 4.0 V, so a stranger to it takes it for emptier than it is."""


@cache
def taught(curve: Discharge, seed: int = 1) -> Estimator:
    """An estimate that has seen this battery run down once."""
    with TemporaryDirectory() as place:
        what = battery(Path(place), curve, seed=100 + seed)
        who = estimator(what)
        run_down(who, what, Path(place))
        return who


@cache
def again(
    curve: Discharge, seed: int = 1, load: float = 1.0, health: float = 1.0, gauge: float | None = None
) -> list[Said]:
    """The next discharge of a battery that was learnt."""
    with TemporaryDirectory() as place:
        what = battery(Path(place), curve, load, seed=seed)
        what.age(health)
        return run_down(estimator(what, taught(curve, seed)), what, Path(place), gauge)


def held_out(test: Callable[..., None]) -> Callable[..., None]:
    """For each battery of `heldout`."""
    return pytest.mark.parametrize("curve", HELD_OUT.values(), ids=HELD_OUT)(test)


@pytest.mark.parametrize("seed", SEEDS)
@held_out
def test_minutes_of_a_learnt_battery(curve: Discharge, seed: int) -> None:
    said = again(curve, seed)
    assert worst(said, SETTLED, LAST_FIFTH) <= 0.10
    assert longest(said, LAST_FIFTH) <= 0.05
    assert latest_min(said) <= 1.0
    assert said[len(said) // 2].estimate.known


@held_out
def test_a_battery_that_lost_capacity_since_it_was_learnt(curve: Discharge) -> None:
    for health, most in ((0.95, 0.10), (0.90, 0.12)):
        said = again(curve, health=health)
        assert worst(said, SETTLED, LAST_FIFTH) <= most
        assert longest(said, LAST_FIFTH) <= 0.10
        assert latest_min(said) <= 1.0


@held_out
def test_it_says_itself_how_wrong_it_may_be(curve: Discharge) -> None:
    said = again(curve)
    inside = [abs(one.wrong) <= 2.5 * one.estimate.error + 0.02 for one in said if one.left_min >= GASP_MIN]
    assert sum(inside) >= 0.9 * len(inside)


def test_another_load_than_when_it_was_learnt() -> None:
    for load in (1.1, 0.9):
        assert worst(again(LIR_SLOW, load=load), SETTLED, LAST_FIFTH) <= 0.15


@held_out
def test_a_stranger_is_judged_roughly_and_says_so(tmp_path: Path, curve: Discharge) -> None:
    what = battery(tmp_path, curve)
    said = run_down(estimator(what), what, tmp_path)
    assert worst(said, SETTLED, 0.6) <= (0.80 if curve.name == NOT_FULL else 0.40)
    assert not any(one.estimate.known for one in said) and said[0].estimate.error > 0.10


@held_out
def test_the_first_outage_of_a_new_battery_teaches_and_the_next_ends_in_time(tmp_path: Path, curve: Discharge) -> None:
    new = estimator(battery(tmp_path, curve))
    assert outage(new, battery(tmp_path, curve, seed=2), tmp_path) < 2.0 and new.learnt is not None
    known = estimator(battery(tmp_path, curve), new)
    learnt = known.learnt
    assert GASP_MIN <= outage(known, battery(tmp_path, curve, seed=3), tmp_path) < 3 * GASP_MIN
    assert known.learnt is learnt


def test_a_discharge_that_ended_early_teaches_only_what_nothing_better_has_taught(tmp_path: Path) -> None:
    who = estimator(battery(tmp_path, LIR_MEDIUM))
    for end_mv, learns in ((3500, False), (3350, True), (3350, False), (3250, True)):
        before = who.learnt
        run_down(who, battery(tmp_path, LIR_MEDIUM), tmp_path, end_mv=end_mv)
        assert (who.learnt is not before) == learns


def test_what_was_charged_is_not_counted_on(tmp_path: Path) -> None:
    what = battery(tmp_path, LIR_MEDIUM)
    who = estimator(what, taught(LIR_MEDIUM))
    run_down(who, what, tmp_path, end_mv=3600)
    what.plug()
    for step in range(60):
        what.advance(60.0)
        said = sysfs.read(tmp_path / "BAT0")
        who.read(Reading(1e6 + 60.0 * step, said.millivolts, False, -1.2 * abs(said.milliamps)))
    told = run_part(who, what, tmp_path, 1e6 + 3600.0, 150)[-1]
    assert told.standby_min == pytest.approx(left_min(what), rel=0.15)


def test_the_gauges_own_percentage_is_not_believed() -> None:
    plain = again(LIR_SLOW)
    for lie in (0.5, math.nan):
        lied = again(LIR_SLOW, gauge=lie)
        assert [one.estimate.standby_min for one in lied] == [one.estimate.standby_min for one in plain]


def test_talking_shortens_it_and_is_seen_in_the_minutes_of_talk(tmp_path: Path) -> None:
    what = battery(tmp_path, LIR_SLOW)
    who = estimator(what, taught(LIR_SLOW))
    before = run_part(who, what, tmp_path, 0.0, 120)[-1]
    assert 0.75 < before.talk_min / before.standby_min < 0.90
    what.talking = True
    during = run_part(who, what, tmp_path, 2000.0, 120)[-1]
    assert 0.75 < during.talk_min / during.standby_min < 0.90
    assert during.standby_min < before.standby_min


def run_part(who: Estimator, what: SimBattery, folder: Path, begin_s: float, count: int) -> list[Estimate]:
    """So many readings, 15 s apart, on the battery."""
    what.pull()
    said = []
    for step in range(count):
        heard = sysfs.read(folder / "BAT0")
        at_s = begin_s + 15.0 * step
        said.append(who.read(Reading(at_s, heard.millivolts, True, heard.milliamps, None, what.talking)))
        what.advance(15.0)
    return said


def steady(who: Estimator, count: int, millivolts: float | None, gauge: float | None = None) -> Estimate:
    """The same reading again and again."""
    for step in range(count):
        told = who.read(Reading(10.0 * step, millivolts, True, None, gauge))
    return told


def test_a_dead_or_stuck_gauge_is_told_and_time_goes_on() -> None:
    who = Estimator()
    assert steady(who, 3, None, 0.6).trouble == NO_VOLTAGE
    assert 0.3 < steady(Estimator(), 2, None, 0.6).charge < 0.8
    stuck = Estimator()
    early = steady(stuck, 5, 3800.0)
    late = steady(Estimator(), 400, 3800.0)
    assert early.trouble == "" and late.trouble == STUCK
    assert late.standby_min < early.standby_min - 20


@pytest.mark.parametrize("nonsense", [math.nan, math.inf, -5.0, 0.0, 1e9])
def test_nonsense_is_no_reading(nonsense: float) -> None:
    told = Estimator().read(Reading(0.0, nonsense, True, nonsense, nonsense))
    assert told.trouble == NO_VOLTAGE and math.isfinite(told.standby_min) and told.talk_min <= told.standby_min


@pytest.mark.parametrize("wild", [2900.0, 4400.0, 5100.0, 12000.0])
def test_single_wild_voltages_do_little(wild: float) -> None:
    who = Estimator()
    calm = [who.read(Reading(10.0 * step, 3800.0 + step % 3, True, 900.0)).standby_min for step in range(60)]
    who.read(Reading(600.0, wild, True, 900.0))
    after = who.read(Reading(610.0, 3800.0, True, 900.0)).standby_min
    assert abs(after / calm[-1] - 1) < 0.15


def test_two_cells_in_series_last_twice_as_long() -> None:
    one, two = Estimator(), Estimator()
    for step in range(3):
        single = one.read(Reading(10.0 * step, 3800.0, True, 900.0))
        double = two.read(Reading(10.0 * step, 7600.0, True, 450.0))
    assert double.standby_min == pytest.approx(2 * single.standby_min, rel=0.25)


def test_full_on_mains_by_the_charger_or_by_patience() -> None:
    told = Estimator()
    assert told.read(Reading(0.0, 4150.0, False, 0.0, full=True)).charge > 0.95
    patient = Estimator()
    for step in range(int(FULL_S / 60) + 2):
        charge = patient.read(Reading(60.0 * step, 4150.0, False)).charge
    assert charge > 0.95


def test_charging_is_counted() -> None:
    who = Estimator()
    low = steady(who, 3, 3500.0).charge
    for step in range(180):
        high = who.read(Reading(100.0 + 20.0 * step, 3900.0, False, -3000.0)).charge
    assert high > low + 0.3


def test_what_was_learnt_outlives_a_start_and_nonsense_is_refused() -> None:
    kept = json.loads(json.dumps(taught(LIR_SLOW).memory))
    assert Estimator(5200, kept).learnt.mah == pytest.approx(taught(LIR_SLOW).learnt.mah, abs=0.1)
    for broken in ({"shape": [1.0] * 101}, {"mah": -1.0}, {"shape": ["x"] * 101}):
        with pytest.raises((ValueError, TypeError)):
            Estimator(5200, kept | {"learnt": kept["learnt"] | broken})


def test_shapes_rise_and_no_measured_curve_is_among_them() -> None:
    for shape in SHAPES.values():
        assert len(shape) == 101 and list(shape) == sorted(shape)
    assert not set(SHAPES) & set(DISCHARGES | HELD_OUT)


def test_a_discharge_falls_from_full_to_empty() -> None:
    for curve in (DISCHARGES | HELD_OUT).values():
        assert curve.volts(0.0) > 3.9 > curve.volts(0.5) > curve.volts(1.0)
