"""The estimate against measured discharges of cells whose shapes it was not given, and against gauges that lie."""

import json
import math
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from ranin.power import sysfs
from ranin.power.cells import SHAPES
from ranin.power.estimate import FULL_S, NO_VOLTAGE, STUCK, Estimate, Estimator, Reading
from ranin.sim.battery import SimBattery
from ranin.sim.discharges import DISCHARGES, Discharge
from tests.power.drive import Said, battery, estimator, longest, run_down, worst

SETTLED = 0.05
"""The part of a discharge after which the estimate must be right; its load is averaged over 10 minutes."""
LAST_FIFTH, END = 0.8, 0.95
"""In the very last part a minute is a large error, and core.energy goes by the voltage."""
HELD_OUT = ["nasa_cold", "nasa_aged", "lir_slow"]


@cache
def taught(name: str) -> Estimator:
    """An estimate that has seen this battery run down once."""
    with TemporaryDirectory() as place:
        folder, curve = Path(place), DISCHARGES[name]
        what = battery(folder, curve)
        who = estimator(what)
        run_down(who, what, folder)
        return who


def again(folder: Path, name: str, load: float = 1.0, health: float = 1.0, **how: float) -> list[Said]:
    """The next discharge of a battery that was learnt."""
    what = battery(folder, DISCHARGES[name], load)
    what.age(health)
    return run_down(estimator(what, taught(name)), what, folder, **how)


@pytest.mark.parametrize("name", HELD_OUT)
def test_minutes_of_a_learnt_battery(tmp_path: Path, name: str) -> None:
    said = again(tmp_path, name)
    assert worst(said, SETTLED, LAST_FIFTH) <= 0.10
    assert longest(said, LAST_FIFTH, END) <= 0.05
    assert said[len(said) // 2].estimate.known


@pytest.mark.parametrize("name", HELD_OUT)
def test_it_says_itself_how_wrong_it_may_be(tmp_path: Path, name: str) -> None:
    said = again(tmp_path, name)
    inside = [abs(one.wrong) <= 2.5 * one.estimate.error + 0.02 for one in said if one.done < END]
    assert sum(inside) >= 0.9 * len(inside)


@pytest.mark.parametrize(("name", "middle", "end"), [("nasa_new", 0.15, 0.05), ("lir_medium", 0.10, 0.25)])
def test_a_heavy_load_and_a_sharp_knee_are_foretold_less_well(
    tmp_path: Path, name: str, middle: float, end: float
) -> None:
    said = again(tmp_path, name)
    assert worst(said, SETTLED, LAST_FIFTH) <= middle
    assert longest(said, LAST_FIFTH, END) <= end


def test_another_load_and_age_than_when_it_was_learnt(tmp_path: Path) -> None:
    for number, (load, health) in enumerate(((1.1, 1.0), (0.9, 1.0), (1.0, 0.95))):
        said = again(tmp_path / str(number), "lir_slow", load, health)
        assert worst(said, SETTLED, LAST_FIFTH) <= 0.15


@pytest.mark.parametrize("name", HELD_OUT)
def test_a_stranger_is_judged_roughly_and_says_so(tmp_path: Path, name: str) -> None:
    what = battery(tmp_path, DISCHARGES[name])
    said = run_down(estimator(what), what, tmp_path)
    assert worst(said, SETTLED, 0.6) <= 0.40
    assert not said[0].estimate.known and said[0].estimate.error > 0.10


def test_the_gauges_own_percentage_is_not_believed(tmp_path: Path) -> None:
    plain = again(tmp_path / "plain", "lir_slow")
    for number, lie in enumerate((0.5, math.nan)):
        lied = again(tmp_path / str(number), "lir_slow", gauge=lie)
        assert [one.estimate.standby_min for one in lied] == [one.estimate.standby_min for one in plain]


def test_talking_shortens_it_and_is_seen_in_the_minutes_of_talk(tmp_path: Path) -> None:
    what = battery(tmp_path, DISCHARGES["lir_slow"])
    who = estimator(what, taught("lir_slow"))
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
    kept = json.loads(json.dumps(taught("lir_slow").memory))
    assert Estimator(5200, kept).learnt.mah == pytest.approx(taught("lir_slow").learnt.mah, abs=0.1)
    for broken in ({"shape": [1.0] * 101}, {"mah": -1.0}, {"shape": ["x"] * 101}):
        with pytest.raises((ValueError, TypeError)):
            Estimator(5200, kept | {"learnt": kept["learnt"] | broken})


def test_shapes_rise_and_no_held_out_curve_is_among_them() -> None:
    for shape in SHAPES.values():
        assert len(shape) == 101 and list(shape) == sorted(shape)
    assert not set(SHAPES) & set(DISCHARGES)


def test_a_discharge_falls_from_full_to_empty() -> None:
    for curve in DISCHARGES.values():
        assert isinstance(curve, Discharge) and curve.volts(0.0) > 4.0 > curve.volts(0.5) > curve.volts(1.0)
