"""Letting a simulated battery run down under an estimate, and how wrong that was."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from ranin.core.energy import Limits, Power, Stage, power_read
from ranin.core.moment import Moment
from ranin.core.outage import PowerRead
from ranin.power import sysfs
from ranin.power.estimate import EMPTY_MV, Estimate, Estimator, Reading
from ranin.sim.battery import SimBattery
from ranin.sim.discharges import Discharge

READINGS = 600
"""About so many in a whole discharge; the estimate weighs charge, so more would change little."""
NOISE_V = 0.012
GASP_MIN = Limits().gasp_min
BEGIN = datetime(2026, 3, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Said:
    """One estimate and what was true."""

    done: float
    """0 to 1 of the discharge."""
    left_min: float
    estimate: Estimate

    @property
    def wrong(self) -> float:
        """Standby minutes, relative: positive is too long."""
        return self.estimate.standby_min / self.left_min - 1

    @property
    def late_min(self) -> float:
        """By how many minutes too long it is as shown, in whole minutes, never rounded up."""
        return int(self.estimate.standby_min) - self.left_min


def battery(folder: Path, curve: Discharge, load: float = 1.0, cells: int = 2, seed: int = 1) -> SimBattery:
    """Two such cells under `load` times the load with which the curve was measured."""
    made = SimBattery(folder, curve, cells, noise_v=NOISE_V, seed=seed)
    made.load_w = curve.amps * 3.65 * cells * load
    made.talk_w = 0.2 * made.load_w
    return made


def estimator(of: SimBattery, taught: Estimator | None = None) -> Estimator:
    """One that knows the label and the usual load, and what `taught` has learnt."""
    usual = {"standby_w": round(of.load_w, 2), "talk_w": round(of.load_w + of.talk_w, 2)}
    memory = taught.memory if taught is not None else {}
    return Estimator(of.design_mah, memory | usual)


def run_down(
    who: Estimator, what: SimBattery, folder: Path, gauge: float | None = None, end_mv: int = EMPTY_MV
) -> list[Said]:
    """From full until the phone would be switched off, or the board does; `gauge` is said in the gauge's place."""
    every_s = what.mah * 3.6 * 3.65 / what.load_w / READINGS
    now_s, said = 0.0, []
    _read(who, folder, now_s, what, gauge)
    what.pull()
    while what.volts * 1000 > end_mv:
        said.append((now_s, _read(who, folder, now_s, what, gauge)))
        what.advance(every_s)
        now_s += every_s
    return [Said(at_s / now_s, (now_s - at_s) / 60, estimate) for at_s, estimate in said]


def outage(who: Estimator, what: SimBattery, folder: Path) -> float:
    """From full until the core begins the last gasp; the minutes that were left then."""
    now_s, power = 0.0, Power()
    _read(who, folder, now_s, what, None)
    what.pull()
    while power.stage is not Stage.LAST_GASP:
        estimate = _read(who, folder, now_s, what, None)
        minutes, talk = int(estimate.standby_min), int(estimate.talk_min)
        millivolts = round(sysfs.read(folder / "BAT0").millivolts or 0)
        told = PowerRead(False, estimate.charge, minutes, talk, millivolts, estimate.trouble, estimate.known)
        power, _ = power_read(power, told, Moment(now_s, BEGIN))
        what.advance(10.0)
        now_s += 10.0
    return left_min(what)


def left_min(what: SimBattery) -> float:
    """How long it still lasts; it is empty afterwards."""
    seconds = 0.0
    while what.volts * 1000 > EMPTY_MV:
        what.advance(5.0)
        seconds += 5.0
    return seconds / 60


def _read(who: Estimator, folder: Path, at_s: float, what: SimBattery, gauge: float | None) -> Estimate:
    said = sysfs.read(folder / "BAT0")
    feeding, full = said.status == "Discharging", said.status == "Full"
    heard = said.gauge if gauge is None else gauge
    return who.read(Reading(at_s, said.millivolts, feeding, said.milliamps, heard, what.talking, full))


def worst(said: list[Said], begin: float, end: float) -> float:
    """The largest error between these parts of the discharge."""
    return max(abs(one.wrong) for one in said if begin <= one.done <= end)


def longest(said: list[Said], begin: float) -> float:
    """How much too long it was at most from there on, as shown, while the phone lives (`Limits.gasp_min`)."""
    return max(one.late_min / one.left_min for one in said if one.done >= begin and one.left_min >= GASP_MIN)


def latest_min(said: list[Said]) -> float:
    """How many minutes too long it was at most after that, when 5 % would be seconds."""
    return max(one.late_min for one in said if one.left_min < GASP_MIN)
