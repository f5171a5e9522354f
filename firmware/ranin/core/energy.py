"""What failing mains and an emptying battery mean for the phone: stages, saving, warnings, the monthly test.

Every function takes what is known (`Power`), what happened and now, and gives what is known after it and the effects,
in order. An effect is a command of `core.outage` to be done as it is, or one of the small facts below.

Minutes here are minutes of talk: what the battery still gives if somebody talks the whole time, so a decision does not
change when a call begins. A reading that says nothing new does not stop the clock: minutes go on being counted down.

The minutes of a battery that is not known yet do not switch the phone off while its voltage can be trusted: they may
be far too short, and a battery becomes known only by a discharge that was seen to its end.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import IntEnum

from ranin.core.moment import Moment
from ranin.core.outage import PowerLost, PowerRead, SavePower, TestBattery


class Stage(IntEnum):
    """How serious it is; the value is also the step of saving."""

    MAINS = 0
    BATTERY = 1
    LOW = 2
    LAST_GASP = 3


SOONEST_S = 0.01
"""The least wait: clocks round, and a shorter one might end before its time."""


@dataclass(frozen=True, slots=True)
class Limits:
    """When a stage begins; a stage is left for a better one only by mains, or LOW by `better` more."""

    debounce_s: float = 2.0
    """Mains away for less is a flicker."""
    low_min: float = 30.0
    low_charge: float = 0.20
    gasp_min: float = 6.0
    """The last gasp takes up to 5 s; the rest is for a battery that is worse than thought."""
    gasp_charge: float = 0.03
    gasp_mv: int = 3250
    """One cell below this under load is at its end, whatever the minutes say."""
    better: float = 1.25
    warn_min: tuple[float, ...] = (30.0, 10.0, 5.0)
    """Minutes at which the person is told, each once."""
    readings: int = 2
    """LOW and LAST_GASP want this many readings in a row that say so."""
    silence_s: float = 30.0
    """Without a reading for so long on battery, the clock decides."""


@dataclass(frozen=True, slots=True)
class SelfTest:
    """A test that runs."""

    begun_s: float
    promised_min: float
    """Standby minutes when it began."""
    charge: float


@dataclass(frozen=True, slots=True)
class Power:
    """What is known of mains and battery."""

    limits: Limits = Limits()
    stage: Stage = Stage.MAINS
    read: PowerRead | None = None
    """The newest reading; None before the first."""
    read_s: float = 0.0
    lost_s: float | None = None
    """Since when mains has been away; None while it is there."""
    asks: tuple[Stage, ...] = ()
    """The stages that the newest readings ask for, `Limits.readings` of them."""
    earlier_min: float = 0.0
    """Minutes of talk by the reading before, in this outage."""
    warned_min: float | None = None
    """The last warning given in this outage."""
    trouble: str = ""
    """What is wrong with battery or gauge, in words."""
    test: SelfTest | None = None
    tested: datetime | None = None
    """When the battery was last tested, or its first month began; on disk whenever it changes."""
    recalled: bool = False
    """`tested` is of an earlier run of the phone."""
    health: float | None = None
    """Minutes given over minutes promised, of the last test."""


@dataclass(frozen=True, slots=True)
class Flickered:
    """Mains was away for less than the debounce; nothing was done. For the log."""

    away_s: float


@dataclass(frozen=True, slots=True)
class StageChanged:
    """The stage is another one; entering LAST_GASP begins the last gasp, and leaving it undoes it."""

    before: Stage
    after: Stage


@dataclass(frozen=True, slots=True)
class WarnedOfPower:
    """Tell the person: fewer than this many minutes of talk are left."""

    minutes: float


@dataclass(frozen=True, slots=True)
class WakePower:
    """Call `power_timer` after this time, instead of any time asked for before."""

    after_s: float


@dataclass(frozen=True, slots=True)
class BatteryJudged:
    """The monthly test is over: `health` is minutes given over minutes promised, 1 as good as promised."""

    health: float
    good: bool


Effect = SavePower | TestBattery | Flickered | StageChanged | WarnedOfPower | WakePower | BatteryJudged
Result = tuple[Power, tuple[Effect, ...]]

TEST_EVERY = timedelta(days=30)
TEST_AGAIN = timedelta(days=1)
"""After a test that was broken off."""
TEST_CHARGE = 0.8
"""No test with less."""
TEST_S = 1800.0
TEST_LEAVES = 0.5
"""The test ends when this charge is reached: an outage may come at once."""
HEALTHY = 0.8
"""IEEE 1188: a battery that gives less than 80 % of what it should is to be replaced."""


def power_read(power: Power, event: PowerRead, now: Moment) -> Result:
    """A reading of mains and battery."""
    lost_s = None if event.mains else now.mono_s if power.lost_s is None else power.lost_s
    earlier = power.read.talk_min if power.lost_s is not None and power.read else event.talk_min
    heard = replace(power, read=event, read_s=now.mono_s, lost_s=lost_s, trouble=event.trouble, earlier_min=earlier)
    if event.mains:
        return _on_mains(heard, power.lost_s, now)
    return _on_battery(_ask(heard, event.talk_min, event.known or bool(event.trouble)), now)


def power_lost(power: Power, event: PowerLost, now: Moment) -> Result:
    """No battery, or its gauge is silent: say so, and go by the clock if the battery feeds us."""
    power, effects = _end_test(replace(power, trouble=event.reason), now)
    if power.lost_s is None:
        return power, effects
    power, more = _on_battery(power, now)
    return power, effects + more


def power_timer(power: Power, now: Moment) -> Result:
    """The time asked for by WakePower has come; a stale one does no harm."""
    if power.lost_s is None:
        return power, ()
    if power.stage is not Stage.MAINS and now.mono_s - power.read_s >= power.limits.silence_s:
        power = _ask(power, minutes_left(power, now), True)
    return _on_battery(power, now)


def minutes_left(power: Power, now: Moment) -> float | None:
    """Minutes of talk left by the newest reading and the time since; None before the first reading."""
    if power.read is None:
        return None
    gone = 0.0 if power.lost_s is None else (now.mono_s - power.read_s) / 60
    return max(0.0, power.read.talk_min - gone)


def _on_mains(power: Power, lost_s: float | None, now: Moment) -> Result:
    """Mains is there: undo everything."""
    before, effects = power.stage, []
    if before is not Stage.MAINS:
        effects = [StageChanged(before, Stage.MAINS), SavePower(0)]
        power = replace(power, stage=Stage.MAINS)
    elif lost_s is not None:
        effects = [Flickered(now.mono_s - lost_s)]
    power = replace(_forget_warning(power), asks=())
    power, more = _watch_test(power, now)
    return power, (*effects, *more)


def _on_battery(power: Power, now: Moment) -> Result:
    """Mains is away: a flicker until the debounce has run, then the stage that charge and minutes ask for."""
    power, effects = _end_test(power, now)
    away_s = now.mono_s - power.lost_s if power.lost_s is not None else 0.0
    if away_s < power.limits.debounce_s:
        return power, (*effects, WakePower(max(SOONEST_S, power.limits.debounce_s - away_s)))
    stage = _stage(power)
    if stage is not power.stage:
        effects = (*effects, StageChanged(power.stage, stage), SavePower(int(stage)))
    power, warnings = _warn(replace(power, stage=stage), now)
    return power, (*effects, *warnings, WakePower(power.limits.silence_s))


def _stage(power: Power) -> Stage:
    """The mildest stage of the newest readings; LAST_GASP is left by mains only, LOW when all of them say so."""
    agreed = len(power.asks) >= power.limits.readings
    mildest, worst = (min(power.asks), max(power.asks)) if agreed else (Stage.BATTERY, Stage.LAST_GASP)
    if power.stage is Stage.LAST_GASP:
        return Stage.LAST_GASP
    if power.stage is Stage.LOW and worst is not Stage.BATTERY:
        return max(mildest, Stage.LOW)
    return mildest


def _ask(power: Power, left: float, sure: bool) -> Power:
    """Remember what `left` minutes and the newest reading ask for; if they are not `sure`, its voltage ends it."""
    asks = (*power.asks, _asked(power, power.read, left, sure))
    return replace(power, asks=asks[-power.limits.readings :])


def _asked(power: Power, read: PowerRead, left: float, sure: bool) -> Stage:
    limits = power.limits
    ease = limits.better if power.stage is Stage.LOW else 1.0
    spent = left <= limits.gasp_min or read.charge <= limits.gasp_charge
    if (spent and sure) or 0 < read.millivolts <= limits.gasp_mv:
        return Stage.LAST_GASP
    if left <= limits.low_min * ease or read.charge <= limits.low_charge * ease:
        return Stage.LOW
    return Stage.BATTERY


def _warn(power: Power, now: Moment) -> Result:
    """One warning for the lowest threshold that two readings have passed; each threshold once."""
    power = _forget_warning(power)
    left = max(minutes_left(power, now), power.earlier_min)
    passed = [minutes for minutes in power.limits.warn_min if left <= minutes]
    if not passed or (power.warned_min is not None and min(passed) >= power.warned_min):
        return power, ()
    return replace(power, warned_min=min(passed)), (WarnedOfPower(min(passed)),)


def _forget_warning(power: Power) -> Power:
    """A battery that has clearly more again will be warned of again."""
    if power.warned_min is None or power.read.talk_min <= power.warned_min * power.limits.better:
        return power
    return replace(power, warned_min=None)


def consider_test(power: Power, idle: bool, now: Moment) -> Result:
    """Begin the monthly test if it is due and harmless, break it off if the phone is wanted; call it now and then."""
    if power.test is not None:
        return (power, ()) if idle else _end_test(power, now)
    read = power.read
    due = power.tested is None or abs(now.wall - power.tested) >= TEST_EVERY  # a wrong clock may have said when
    quiet = idle and power.stage is Stage.MAINS and power.lost_s is None and not power.trouble
    if not (due and quiet) or read is None or read.charge <= TEST_CHARGE:
        return power, ()
    test = SelfTest(now.mono_s, read.standby_min, read.charge)
    return replace(power, test=test), (TestBattery(True),)


def test_refused(power: Power, now: Moment) -> Power:
    """The board cannot be tested: no verdict, and no other attempt for a month."""
    return replace(power, test=None, tested=now.wall)


def _watch_test(power: Power, now: Moment) -> Result:
    """Judge the test once it has run long enough, or the battery has given out."""
    test, read = power.test, power.read
    if test is None:
        return power, ()
    weak = 0 < read.millivolts <= power.limits.gasp_mv or read.charge <= TEST_LEAVES
    if not weak and now.mono_s - test.begun_s < TEST_S:
        return power, ()
    given = (now.mono_s - test.begun_s) / 60 + read.standby_min
    health = given / max(test.promised_min, 1.0)
    power = replace(power, test=None, tested=now.wall, health=health)
    return power, (TestBattery(False), BatteryJudged(health, health >= HEALTHY))


def _end_test(power: Power, now: Moment) -> Result:
    """Break a test off without a verdict; it is due again in a day."""
    if power.test is None:
        return power, ()
    return replace(power, test=None, tested=now.wall - TEST_EVERY + TEST_AGAIN), (TestBattery(False),)
