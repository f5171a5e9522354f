"""Mains and battery within a turn: readings in; saving, warnings and the last gasp out."""

from dataclasses import replace
from datetime import datetime

from ranin.core import energy, farewell
from ranin.core.energy import (
    BatteryJudged,
    Effect,
    Flickered,
    Power,
    Result,
    Stage,
    StageChanged,
    WakePower,
    WarnedOfPower,
)
from ranin.core.events import Timer
from ranin.core.notices import announce, say
from ranin.core.outage import BatteryTestRefused, KeepBatteryTest, PowerLost, PowerRead
from ranin.core.text import fill, plural
from ranin.core.turn import Turn


def started(turn: Turn, tested: str) -> None:
    """The month until the battery's next test goes on from the last one; before the first it begins now."""
    if tested:
        turn.change(power=replace(turn.phone.power, tested=datetime.fromisoformat(tested), recalled=True))
    else:
        _begin_month(turn)


def clock_confirmed(turn: Turn) -> None:
    """A month that began by an unsure clock begins anew: no test just because the clock has leapt."""
    if not turn.phone.power.recalled:
        _begin_month(turn)


def _begin_month(turn: Turn) -> None:
    _change(turn, replace(turn.phone.power, tested=turn.now.wall))


def power_read(turn: Turn, event: PowerRead) -> None:
    """A reading; between readings there may be time for the monthly test."""
    _take(turn, energy.power_read(turn.phone.power, event, turn.now))
    idle = not turn.phone.lifted and not turn.phone.calls
    _take(turn, energy.consider_test(turn.phone.power, idle, turn.now))


def power_lost(turn: Turn, event: PowerLost) -> None:
    """Battery or gauge do not answer."""
    if event.reason != turn.phone.power.trouble:
        turn.note(event.reason)
    _take(turn, energy.power_lost(turn.phone.power, event, turn.now))


def test_refused(turn: Turn, event: BatteryTestRefused) -> None:
    """Nobody knows what the battery is worth: that is said where it can be looked up."""
    turn.note(f"Battery not tested: {event.reason}")
    _change(turn, energy.test_refused(turn.phone.power, turn.now))


def timer(turn: Turn) -> None:
    """`Timer.POWER` ran out."""
    _take(turn, energy.power_timer(turn.phone.power, turn.now))


def _take(turn: Turn, result: Result) -> None:
    power, effects = result
    _change(turn, power)
    for effect in effects:
        _carry_out(turn, effect)
    if power.stage is Stage.MAINS and power.lost_s is None:
        turn.stop(Timer.POWER)


def _change(turn: Turn, power: Power) -> None:
    """What is known now; the time of a test is kept over a restart."""
    if power.tested is not None and power.tested != turn.phone.power.tested:
        turn.do(KeepBatteryTest(power.tested.isoformat()))
    turn.change(power=power)


def _carry_out(turn: Turn, effect: Effect) -> None:
    if isinstance(effect, WakePower):
        turn.start(Timer.POWER, effect.after_s)
    elif isinstance(effect, Flickered):
        turn.note(f"Mains was away for {effect.away_s:.1f} s")
    elif isinstance(effect, StageChanged):
        _stage_changed(turn, effect)
    elif isinstance(effect, WarnedOfPower):
        _warn(turn, effect.minutes)
    elif isinstance(effect, BatteryJudged):
        _judged(turn, effect)
    else:
        turn.do(effect)


def _stage_changed(turn: Turn, change: StageChanged) -> None:
    read = turn.phone.power.read
    left = f", {read.talk_min} min of talk left" if read is not None else ""
    words = {
        Stage.MAINS: "Mains is back",
        Stage.BATTERY: f"Mains lost{left}",
        Stage.LOW: f"Battery low{left}",
        Stage.LAST_GASP: "Battery empty: the phone is about to switch off",
    }
    turn.note(words[change.after])
    if change.after is Stage.LAST_GASP:
        farewell.begin(turn)
    elif change.before is Stage.LAST_GASP:
        farewell.undo(turn)


def _warn(turn: Turn, minutes: float) -> None:
    turn.note(f"Less than {minutes:.0f} minutes of talk left")
    left = plural("{count} minute of talk left.", "{count} minutes of talk left.", round(minutes))
    announce(turn, "Battery low", left)


def _judged(turn: Turn, verdict: BatteryJudged) -> None:
    turn.note(f"Battery test: gives {verdict.health:.0%} of what it promised")
    if not verdict.good:
        say(turn, "Replace the battery", fill("It gives {share} of what it should.", share=f"{verdict.health:.0%}"))
