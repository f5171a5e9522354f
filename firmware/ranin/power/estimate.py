"""How long the battery lasts, by a model that weighs voltage, current and time; never the gauge's word alone. Pure.

Everything is reckoned for one cell of those in series, as the gauge's millivolts are divided by their number. Minutes
end where `core.energy` has the phone switched off (`Limits.gasp_mv` under load).
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from ranin.core.energy import Limits
from ranin.power.bank import Bank, Learnt
from ranin.power.learning import EMPTY_V, NEARLY_EMPTY_V, Record, from_words, to_words

EMPTY_MV = Limits().gasp_mv
CELL_MOST_MV, CELL_LEAST_MV = 4400, 2000
"""Outside of these a reading is no voltage of Li-ion cells."""
LOAD_S, LEAST_W = 600.0, 0.05
"""The time over which the load is averaged; less than that is no phone."""
ODD_READINGS = 3
"""So many readings in a row of another number of cells in series, and it is believed."""
STUCK_READINGS = 90
"""So many equal voltages in a row while the battery feeds the phone, and the gauge is stuck."""
FULL_MV, FULL_S = 4130, 1200.0
"""On mains for so long at this voltage: full, even if no driver says so."""
GAP_S = 300.0
"""Longer between two readings, and nobody knows what has happened meanwhile."""
CAUTION, CAUTION_EMPTY, CAUTION_STRANGE = 0.1, 1.0, 0.6
"""Standard deviations taken off: usually, when it is nearly empty, and while the battery is a stranger."""
NEARLY_EMPTY = 0.25
NO_VOLTAGE, STUCK = "The gauge gives no voltage", "The gauge is stuck"


@dataclass(frozen=True, slots=True)
class Reading:
    """What is known of the battery at one time; None where the driver has nothing sensible to say."""

    at_s: float
    millivolts: float | None
    feeding: bool
    """The phone lives on the battery."""
    milliamps: float | None = None
    """Out of the battery; negative into it."""
    gauge: float | None = None
    """The gauge's own word, 0 to 1."""
    talking: bool = False
    full: bool = False
    """The charger says that it is full."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """How much is left."""

    charge: float
    """0 to 1 of what this battery holds now at this load."""
    standby_min: float
    talk_min: float
    error: float
    """One standard deviation of the minutes, relative to them."""
    known: bool
    """This battery's own shape has been learnt, and it still behaves like it."""
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class Loads:
    """Watts out of the battery, all cells together."""

    standby_w: float = 3.1
    talk_w: float = 3.7
    """A Pi 4 of 2.7 W behind a converter of 88 %; a call adds 0.5 W (reference/hardware, section 5)."""

    heard_s: float = 0.0
    """How long it was listened to, up to `LOAD_S`."""

    def heard(self, watts: float, talking: bool, seconds: float) -> "Loads":
        """After a reading; the load of standby takes that of talk along in proportion."""
        if watts < LEAST_W:
            return self
        seconds = max(1.0, seconds)
        heard_s = min(LOAD_S, self.heard_s + seconds)
        now = self.talk_w if talking else self.standby_w
        part = 1 + (watts / now - 1) * min(1.0, seconds / heard_s)
        standby_w = self.standby_w if talking else self.standby_w * part
        return Loads(standby_w, max(standby_w, self.talk_w * part), heard_s)


class Estimator:
    """Takes readings in order, says how long it lasts; `memory` is what to keep for the next start."""

    def __init__(self, design_mah: float = 6000.0, memory: Mapping[str, Any] | None = None, empty_mv: float = EMPTY_MV):
        """`design_mah` is the label's capacity of the cells in parallel. Raises as `from_words` for a wrong memory."""
        self.design_mah, self.empty_v = design_mah, empty_mv / 1000
        self.learnt: Learnt | None = from_words(memory["learnt"]) if memory and memory.get("learnt") else None
        self.loads = Loads(*_watts(memory), LOAD_S) if memory else Loads()
        self.bank = Bank(design_mah, self.learnt)
        self.record: Record | None = None
        self.last: Reading | None = None
        self.series, self.odd, self.equal, self.full_for_s = 1, ODD_READINGS, 0, 0.0
        self.placed = self.topped = False

    @property
    def memory(self) -> dict[str, Any]:
        """What `__init__` takes."""
        loads = {"standby_w": round(self.loads.standby_w, 2), "talk_w": round(self.loads.talk_w, 2)}
        return loads | ({"learnt": to_words(self.learnt)} if self.learnt else {})

    def read(self, reading: Reading) -> Estimate:
        """Take a reading."""
        reading = self._sane(reading)
        seconds = reading.at_s - self.last.at_s if self.last else 0.0
        if not 0 <= seconds <= GAP_S:
            seconds, self.placed, self.topped, self.record = 0.0, False, False, None
        if reading.feeding:
            self._discharge(reading, seconds)
        else:
            self._rest(reading, seconds)
        self.last = reading
        return self._tell(reading)

    def _sane(self, reading: Reading) -> Reading:
        """Without what cannot be; millivolts of one cell."""
        gauge = reading.gauge if _within(reading.gauge, 0.0, 1.0) else None
        milliamps = reading.milliamps if _within(reading.milliamps, -2e4, 2e4) else None
        millivolts = reading.millivolts if _within(reading.millivolts, CELL_LEAST_MV, 60_000) else None
        per_cell = None if millivolts is None else self._per_cell(millivolts)
        return replace(reading, gauge=gauge, milliamps=milliamps, millivolts=per_cell)

    def _per_cell(self, millivolts: float) -> float | None:
        """By the number of cells in series, which the first reading tells, or a few that say otherwise."""
        cells = math.ceil(millivolts / CELL_MOST_MV)
        self.odd = 0 if cells == self.series else self.odd + 1
        if self.odd >= ODD_READINGS:
            self.series, self.odd = cells, 0
        return millivolts / cells if cells == self.series else None

    def _discharge(self, now: Reading, seconds: float) -> None:
        same = self.last is not None and self.last.millivolts == now.millivolts
        self.equal = self.equal + 1 if same else 0
        volts = None if now.millivolts is None or self._stuck else now.millivolts / 1000
        amps = self._amps(now)
        if not self.placed:
            self._place(now, volts, amps)
        if self.topped:
            self.record, self.topped = Record(self.design_mah, self.empty_v + self._near), False
        self.full_for_s = 0.0
        self.bank.take(volts, amps, seconds)
        if volts is not None and now.milliamps is not None:
            self.loads = self.loads.heard(amps * volts * self.series, now.talking, seconds)
        self._learn(volts, amps, seconds)

    def _rest(self, now: Reading, seconds: float) -> None:
        """On mains: count what is charged, and notice when it is full."""
        self.record, self.equal = None, 0
        high = now.full or (now.millivolts is not None and now.millivolts >= FULL_MV)
        self.full_for_s = FULL_S if now.full else self.full_for_s + seconds if high else 0.0
        if self.full_for_s >= FULL_S and not self.topped:
            self.bank = Bank(self.design_mah, self.learnt)
            self.bank.full()
            self.placed = self.topped = True
        if self.topped:
            return
        if now.milliamps is None or not self.placed:
            self._place(now, None if now.millivolts is None else now.millivolts / 1000, 0.0)
        self.bank.take(None, min(0.0, (now.milliamps or 0.0) / 1000), seconds)

    def _place(self, now: Reading, volts: float | None, amps: float) -> None:
        """Begin where the voltage says, or else the gauge."""
        if volts is not None:
            self.bank.begin(volts, amps)
        elif now.gauge is not None:
            self.bank.place(now.gauge)
        self.placed = True

    def _amps(self, now: Reading) -> float:
        """Out of the battery: measured, or what the usual load takes."""
        if now.milliamps is not None:
            return abs(now.milliamps) / 1000
        watts = self.loads.talk_w if now.talking else self.loads.standby_w
        return watts / self.series / ((now.millivolts or 3700) / 1000)

    def _learn(self, volts: float | None, amps: float, seconds: float) -> None:
        if volts is None:
            self.record = None
        elif self.record is not None and self.record.add(volts, amps, seconds):
            self.learnt = self.record.learn(self.bank.ohm()) or self.learnt

    @property
    def _near(self) -> float:
        """How near to the end a discharge teaches: one that ended early must not replace one that did not."""
        return NEARLY_EMPTY_V if self.learnt is None else EMPTY_V

    @property
    def _stuck(self) -> bool:
        return self.equal >= STUCK_READINGS

    def _tell(self, now: Reading) -> Estimate:
        strange = self.bank.strange()
        standby, spread = self._minutes(self.loads.standby_w)
        talk, _ = self._minutes(self.loads.talk_w)
        error = min(1.0, spread / max(standby, 1.0))
        charge = self._charge()
        nearly = max(0.0, 1 - charge / NEARLY_EMPTY)
        caution = max(CAUTION + (CAUTION_EMPTY - CAUTION) * nearly, CAUTION_STRANGE * strange)
        left = max(0.0, 1 - caution * error)
        trouble = STUCK if self._stuck else "" if now.millivolts is not None else NO_VOLTAGE
        return Estimate(charge, left * standby, left * talk, error, strange < 0.5, trouble)

    def _minutes(self, watts: float) -> tuple[float, float]:
        """Mean and standard deviation over all hypotheses."""
        per_cell = watts / self.series
        found = [(one.weight, one.minutes(per_cell, self.empty_v, one.charge), one) for one in self.bank.likely()]
        total = sum(weight for weight, _, _ in found)
        mean = sum(weight * minutes for weight, minutes, _ in found) / total
        whole = 3.7 * 0.06 / per_cell
        variance = sum(
            weight * ((minutes - mean) ** 2 + one.var_charge * (whole * one.mah) ** 2) for weight, minutes, one in found
        )
        return mean, math.sqrt(max(0.0, variance / total))

    def _charge(self) -> float:
        """Minutes left over minutes if it were full, of the likeliest."""
        best, per_cell = self.bank.best(), self.loads.standby_w / self.series
        full = best.minutes(per_cell, self.empty_v, 1.0)
        return best.minutes(per_cell, self.empty_v, best.charge) / full if full > 0 else 0.0


def _within(value: float | None, least: float, most: float) -> bool:
    return value is not None and math.isfinite(value) and least <= value <= most


def _watts(memory: Mapping[str, Any]) -> tuple[float, float]:
    found = float(memory["standby_w"]), float(memory["talk_w"])
    if not all(0.1 < watts < 100 for watts in found):
        raise ValueError("not the load of a phone")
    return found
