"""Mains and battery in the core: debounce, stages, warnings, the monthly test; and random walks over all of it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from ranin.core import energy, outage
from ranin.core.energy import (
    BatteryJudged,
    Effect,
    Flickered,
    Limits,
    Power,
    Stage,
    StageChanged,
    WakePower,
    WarnedOfPower,
)
from ranin.core.moment import Moment
from ranin.core.outage import PowerLost, PowerRead, SavePower

BEGIN = Moment(1000.0, datetime(2026, 3, 1, 12, 0, tzinfo=UTC))


def reading(mains: bool = False, minutes: int = 300, charge: float = 0.9, millivolts: int = 3900) -> PowerRead:
    """A reading of a battery that lasts `minutes` of talk."""
    return PowerRead(mains, charge, round(minutes * 1.25), minutes, millivolts)


class Story:
    """A phone's power over time: events go in, effects gather."""

    def __init__(self, power: Power | None = None) -> None:
        self.power = power or Power()
        self.now = BEGIN
        self.seen: list[Effect] = []

    def _take(self, result: energy.Result) -> tuple[Effect, ...]:
        self.power, effects = result
        self.seen += effects
        return effects

    def read(self, event: PowerRead, after_s: float = 10.0) -> tuple[Effect, ...]:
        self.now = self.now.later(after_s)
        return self._take(energy.power_read(self.power, event, self.now))

    def timer(self, after_s: float) -> tuple[Effect, ...]:
        self.now = self.now.later(after_s)
        return self._take(energy.power_timer(self.power, self.now))

    def lost(self, after_s: float = 10.0) -> tuple[Effect, ...]:
        self.now = self.now.later(after_s)
        return self._take(energy.power_lost(self.power, PowerLost("no battery"), self.now))

    def consider(self, idle: bool = True, after_s: float = 1.0) -> tuple[Effect, ...]:
        self.now = self.now.later(after_s)
        return self._take(energy.consider_test(self.power, idle, self.now))


def on_battery(minutes: int = 300) -> Story:
    """A story whose mains has been away for some time."""
    story = Story()
    story.read(reading(mains=True))
    story.read(reading(minutes=minutes))
    story.timer(2.0)
    assert story.power.stage is Stage.BATTERY
    return story


def test_mains_lost_counts_after_two_seconds() -> None:
    story = Story()
    story.read(reading(mains=True))
    assert story.read(reading()) == (WakePower(2.0),)
    assert story.timer(1.5) == (WakePower(0.5),)
    effects = story.timer(0.5)
    assert effects[:2] == (StageChanged(Stage.MAINS, Stage.BATTERY), SavePower(1))


def test_a_timer_a_rounding_error_early_is_set_again_by_what_moves_the_clock() -> None:
    story = Story(Power(limits=Limits(debounce_s=0.3)))
    story.now = Moment(0.1 + 0.7, BEGIN.wall)
    story.read(reading(), 0.0)
    assert story.timer(0.3) == (WakePower(energy.SOONEST_S),), "so small a rest would move no clock"
    assert StageChanged(Stage.MAINS, Stage.BATTERY) in story.timer(energy.SOONEST_S)


def test_a_flicker_is_a_line_for_the_log_and_nothing_else() -> None:
    story = Story()
    story.read(reading(mains=True))
    story.read(reading(), after_s=1.0)
    assert story.read(reading(mains=True), after_s=1.9) == (Flickered(story.now.mono_s - BEGIN.mono_s - 11.0),)
    assert story.timer(0.1) == ()
    assert story.power.stage is Stage.MAINS


def test_mains_away_at_start_is_noticed() -> None:
    story = Story()
    story.read(reading())
    assert StageChanged(Stage.MAINS, Stage.BATTERY) in story.timer(2.0)


def test_stages_come_in_order_with_saving() -> None:
    story = on_battery()
    for minutes in (200, 31, 29, 28, 10, 6, 5):
        story.read(reading(minutes=minutes, charge=0.5, millivolts=3500))
    stages = [effect.after for effect in story.seen if isinstance(effect, StageChanged)]
    steps = [effect.step for effect in story.seen if isinstance(effect, SavePower)]
    assert stages == [Stage.BATTERY, Stage.LOW, Stage.LAST_GASP]
    assert steps == [1, 2, 3]


def test_one_bad_reading_changes_nothing() -> None:
    story = on_battery()
    for minutes in (300, 0, 299, 3, 298):
        story.read(reading(minutes=minutes))
    assert story.power.stage is Stage.BATTERY
    assert not any(isinstance(effect, WarnedOfPower) for effect in story.seen)


def test_low_is_left_only_by_clearly_more() -> None:
    story = on_battery()
    for minutes in (29, 29, 31, 36, 31, 36):
        story.read(reading(minutes=minutes))
    assert story.power.stage is Stage.LOW
    for _ in range(2):
        story.read(reading(minutes=38))
    assert story.power.stage is Stage.BATTERY


def test_a_cell_at_its_end_is_believed_before_the_minutes() -> None:
    story = on_battery()
    for _ in range(2):
        story.read(reading(minutes=90, millivolts=3240))
    assert story.power.stage is Stage.LAST_GASP


def test_a_battery_that_is_not_known_is_ended_by_its_voltage_not_by_a_guess() -> None:
    story = on_battery()
    for millivolts in (3600, 3500, 3400, 3300):
        story.read(replace(reading(minutes=2, charge=0.02, millivolts=millivolts), known=False))
    assert story.power.stage is Stage.LOW
    for _ in range(2):
        story.read(replace(reading(minutes=2, charge=0.02, millivolts=3250), known=False))
    assert story.power.stage is Stage.LAST_GASP


def test_a_guess_is_better_than_a_voltage_that_cannot_be_trusted() -> None:
    for told in (
        replace(reading(minutes=2), trouble="stuck"),
        replace(reading(minutes=2, millivolts=0), trouble="none"),
    ):
        story = on_battery()
        for _ in range(2):
            story.read(replace(told, known=False))
        assert story.power.stage is Stage.LAST_GASP
    clock = on_battery(minutes=40)
    clock.read(replace(reading(minutes=40), known=False))
    for _ in range(75):
        clock.timer(30.0)
    assert clock.power.stage is Stage.LAST_GASP


def test_the_last_gasp_stays_until_mains_and_mains_undoes_all() -> None:
    story = on_battery(minutes=20)
    for minutes in (4, 4, 60, 60, 60):
        story.read(reading(minutes=minutes))
    assert story.power.stage is Stage.LAST_GASP
    effects = story.read(reading(mains=True, minutes=8))
    assert effects == (StageChanged(Stage.LAST_GASP, Stage.MAINS), SavePower(0))


def test_each_warning_once_and_the_lowest_when_several_pass() -> None:
    story = on_battery()
    for minutes in (31, 30, 30, 29, 12, 9, 9, 9, 4, 4):
        story.read(reading(minutes=minutes))
    assert [effect.minutes for effect in story.seen if isinstance(effect, WarnedOfPower)] == [30, 10, 5]
    jumped = on_battery()
    for _ in range(2):
        jumped.read(reading(minutes=8))
    assert [effect.minutes for effect in jumped.seen if isinstance(effect, WarnedOfPower)] == [10]


def test_a_warning_is_given_again_after_charging_only() -> None:
    story = on_battery()
    for minutes in (25, 25):
        story.read(reading(minutes=minutes))
    story.read(reading(mains=True, minutes=26))
    for _ in range(3):
        story.read(reading(minutes=26))
    assert len([effect for effect in story.seen if isinstance(effect, WarnedOfPower)]) == 1
    story.read(reading(mains=True, minutes=200))
    for _ in range(3):
        story.read(reading(minutes=29))
    assert len([effect for effect in story.seen if isinstance(effect, WarnedOfPower)]) == 2


def test_a_silent_gauge_is_replaced_by_the_clock() -> None:
    story = on_battery(minutes=40)
    story.lost()
    for _ in range(75):
        story.timer(30.0)
    assert story.power.stage is Stage.LAST_GASP
    assert story.power.trouble == "no battery"


def test_no_battery_on_mains_is_only_trouble() -> None:
    story = Story()
    story.read(reading(mains=True))
    assert story.lost() == ()
    assert story.power.trouble and story.power.stage is Stage.MAINS


def test_the_monthly_test_runs_only_when_it_is_harmless() -> None:
    for event, idle in (
        (reading(mains=True, charge=0.7), True),
        (reading(mains=False), True),
        (reading(mains=True), False),
        (replace(reading(mains=True), trouble="the gauge lies"), True),
    ):
        story = Story()
        story.read(event)
        assert story.consider(idle) == ()
    story.read(reading(mains=True))
    assert story.consider() == (outage.TestBattery(True),)


def test_the_test_judges_by_the_discharge_seen() -> None:
    for left, good in ((270 * 4 // 5, True), (150, False)):
        story = Story()
        story.read(reading(mains=True, minutes=300))
        story.consider()
        story.now = story.now.later(energy.TEST_S)
        off, judged = story.read(reading(mains=True, minutes=left))
        assert off == outage.TestBattery(False)
        assert isinstance(judged, BatteryJudged) and judged.good is good
        assert story.consider() == ()
        story.now = Moment(story.now.mono_s, story.now.wall + timedelta(days=31))
        assert story.consider() == (outage.TestBattery(True),)


def test_the_test_gives_way() -> None:
    for event in (reading(), None):
        story = Story()
        story.read(reading(mains=True))
        story.consider()
        effects = story.consider(idle=False) if event is None else story.read(event)
        assert effects[0] == outage.TestBattery(False)
        assert not any(isinstance(effect, BatteryJudged) for effect in story.seen)
        assert story.power.test is None
    story = Story()
    story.read(reading(mains=True))
    story.consider()
    effects = story.read(reading(mains=True, minutes=100, millivolts=3200))
    assert isinstance(effects[1], BatteryJudged) and not effects[1].good


READINGS = st.builds(
    reading,
    mains=st.booleans(),
    minutes=st.one_of(st.integers(0, 12), st.integers(0, 600)),
    charge=st.floats(0, 1),
    millivolts=st.sampled_from([0, 3200, 3300, 3600, 4100]),
)
STEPS = st.one_of(READINGS, READINGS, st.sampled_from(["timer", "lost", "idle", "call"]))


@settings(max_examples=400, deadline=None)
@given(st.lists(st.tuples(STEPS, st.floats(0, 15)), max_size=60))
def test_random_mains_and_readings(walk: list[tuple[PowerRead | str, float]]) -> None:
    story = Story()
    away_since: float | None = None
    saving = 0
    for step, pause_s in walk:
        before = story.power
        if isinstance(step, PowerRead):
            effects = story.read(step, pause_s)
            away_since = None if step.mains else story.now.mono_s if away_since is None else away_since
        elif step == "timer":
            effects = story.timer(pause_s)
        elif step == "lost":
            effects = story.lost(pause_s)
        else:
            effects = story.consider(step == "idle", pause_s)
        _check(story, before, effects, away_since)
        saving = next((effect.step for effect in effects if isinstance(effect, SavePower)), saving)
        assert saving == int(story.power.stage)


def _check(story: Story, before: Power, effects: tuple[Effect, ...], away_since: float | None) -> None:
    power, limits = story.power, Limits()
    if away_since is None:
        assert power.stage is Stage.MAINS
    if power.stage is not Stage.MAINS:
        assert away_since is not None and story.now.mono_s - away_since >= limits.debounce_s - 1e-6
    if before.stage is Stage.LAST_GASP:
        assert power.stage in (Stage.LAST_GASP, Stage.MAINS)
    if power.stage is Stage.LAST_GASP and before.stage is not Stage.LAST_GASP:
        assert len(power.asks) == limits.readings and set(power.asks) == {Stage.LAST_GASP}
    changes = [effect for effect in effects if isinstance(effect, StageChanged)]
    assert changes == ([StageChanged(before.stage, power.stage)] if before.stage is not power.stage else [])
    wakes = [effect for effect in effects if isinstance(effect, WakePower)]
    assert len(wakes) <= (away_since is not None)
    if power.test is not None:
        assert power.stage is Stage.MAINS and power.lost_s is None
    told = [effect for effect in effects if isinstance(effect, outage.TestBattery)]
    assert bool(told) == ((power.test is None) != (before.test is None))


@settings(max_examples=200, deadline=None)
@given(st.lists(st.floats(-4, 4), min_size=30, max_size=60))
def test_noise_around_a_threshold_does_not_flap(noise: list[float]) -> None:
    story = on_battery()
    for index, wrong in enumerate(noise):
        story.read(reading(minutes=max(0, round(34 - index * 0.2 + wrong)), charge=0.6))
    changes = [effect for effect in story.seen if isinstance(effect, StageChanged)]
    assert len(changes) <= 2
