"""A bank of batteries that ours may be: each shape with each capacity, a Kalman filter in each, weighed by Bayes. Pure.

A hypothesis knows its open-circuit shape and its capacity and estimates charge and resistance. The current moves the
charge, the voltage corrects it, and how well it foretold the voltage is its weight. Errors of a shape do not average
out while the charge stands still, so the weight of a reading is the charge that has flowed since the last one.
"""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ranin.power.cells import SHAPES, Shape

SCALES = tuple(0.4 * 1.06**step for step in range(19))
"""Capacities as multiples of what the label says: 0.40 to 1.14."""
OWN_SCALES = tuple(0.70 + 0.015 * step for step in range(25))
"""The same as multiples of what the battery gave when its own shape was learnt: 0.70 to 1.06."""
OWN_PRIOR = 0.98
"""How sure we are that it still is the battery whose shape was learnt."""
OHM_AH, OHM_AH_SD = 0.25, 0.10
"""Resistance times capacity: two cells in parallel have half the resistance of one."""
OWN_OHM_SD = 0.05
"""The share by which it may differ from one discharge to the next: temperature, age."""
SETTLES = 0.03
"""The share of the capacity within which the voltage still falls because the current has just begun."""
OUTLIER = 3.0
"""Standard deviations beyond which a voltage is no further off: a gauge may say anything."""
CHARGE_WALK = 0.05
"""How far wrong what is charged is counted: a board may measure only what it gives, and a cell does not keep it all."""
LOOK, LOOK_S = 0.01, 1800.0
"""The share of the capacity, or the time at rest, after which a reading counts as a new look."""


@dataclass(frozen=True, slots=True)
class Trust:
    """How far a shape may be wrong."""

    volts: float
    """Up and down."""
    charge: float
    """Sideways."""
    walk: float
    """Sideways, more and more until the whole capacity has flowed out."""
    ohm_walk: float
    """The share by which temperature and charge change its resistance in an hour."""
    full: float
    """How much may be missing when the charger says that it is full; what was learnt began there too."""


STRANGER = Trust(0.018, 0.012, 0.05, 0.05, 0.015)
OWN = Trust(0.015, 0.002, 0.003, 0.01, 0.003)


@dataclass(frozen=True, slots=True)
class Learnt:
    """The shape that the battery showed in a discharge from full to nearly empty, and what it gave."""

    shape: Shape
    mah: float
    ohm: float


class Hypothesis:
    """A battery of this shape and capacity."""

    __slots__ = (
        "charge", "log_weight", "mah", "ohm", "shape", "trust", "var_charge", "var_cross", "var_ohm", "weight",
    )  # fmt: skip

    def __init__(self, shape: Shape, mah: float, trust: Trust, weight: float) -> None:
        self.shape, self.mah, self.trust = shape, mah, trust
        self.weight, self.log_weight = weight, math.log(weight)
        self.charge, self.var_charge = 1.0, 0.0
        self.ohm, self.var_ohm, self.var_cross = OHM_AH * 1000 / mah, (OHM_AH_SD * 1000 / mah) ** 2, 0.0

    def volts(self, charge: float) -> tuple[float, float]:
        """Open-circuit voltage and its slope by charge."""
        at = min(99, max(0, int(charge * 100)))
        low, high = self.shape[at], self.shape[at + 1]
        return (low + (high - low) * (charge * 100 - at)) / 1000, (high - low) / 10

    def place(self, charge: float, sd: float) -> None:
        """Begin with this charge."""
        self.charge, self.var_charge, self.var_cross = charge, sd**2, 0.0

    def find(self, volts: float, amps: float) -> None:
        """Begin with the charge that explains this voltage."""
        wanted = 1000 * (volts + amps * self.ohm)
        percent = next((at for at, mv in enumerate(self.shape) if mv >= wanted), 100)
        self.place(percent / 100, 0.08)

    def flow(self, amps: float, seconds: float) -> None:
        """Let a current flow out, or in if it is negative."""
        share = amps * seconds / 3.6 / self.mah
        self.charge = min(1.02, max(-0.02, self.charge - share))
        self.var_charge += (self.trust.walk if amps > 0 else CHARGE_WALK) ** 2 * abs(share)
        self.var_ohm += (self.trust.ohm_walk * self.ohm) ** 2 * seconds / 3600

    def see(self, volts: float, amps: float, looks: float) -> None:
        """Correct charge and resistance by a voltage; `looks` below 1 makes it count for less."""
        foretold, slope = self.volts(self.charge)
        to_charge = slope * self.var_charge - amps * self.var_cross
        to_ohm = slope * self.var_cross - amps * self.var_ohm
        doubt = self.trust.volts**2 + (self.trust.charge * slope) ** 2
        noise = doubt / looks
        spread = slope * to_charge - amps * to_ohm + noise
        most = OUTLIER * math.sqrt(spread)
        wrong = min(most, max(-most, volts - (foretold - amps * self.ohm)))
        self._weigh(wrong, spread, noise, looks * math.log(doubt))
        self.charge = min(1.02, max(-0.02, self.charge + to_charge / spread * wrong))
        self.ohm = max(0.005, self.ohm + to_ohm / spread * wrong)
        self.var_charge -= to_charge**2 / spread
        self.var_cross -= to_charge * to_ohm / spread
        self.var_ohm -= to_ohm**2 / spread

    def _weigh(self, wrong: float, spread: float, noise: float, doubt: float) -> None:
        """By the logarithm of the chance of being so wrong, for a part of a look."""
        self.log_weight -= 0.5 * (wrong**2 / spread + math.log(spread / noise) + doubt)

    def minutes(self, watts: float, empty_v: float, charge: float) -> float:
        """How long it feeds this load, beginning with `charge`, until its voltage under load is `empty_v`."""
        per_share, joules, charge = self.mah * 3.6, 0.0, min(1.0, charge)
        above = self.loaded(charge, watts, empty_v)
        while charge > 0 and above > empty_v:
            step = min(0.02 if charge > 0.25 else 0.01, charge)
            under = self.loaded(charge - step, watts, empty_v)
            part = min(1.0, (above - empty_v) / max(1e-6, above - under)) if under < empty_v else 1.0
            joules += per_share * step * part * (above + max(under, empty_v)) / 2
            charge, above = charge - step, under
        return joules / watts / 60

    def loaded(self, charge: float, watts: float, empty_v: float) -> float:
        """Voltage under this load."""
        volts, _ = self.volts(charge)
        return volts - self.ohm * watts / max(volts - self.ohm * watts / volts, empty_v)


class Bank:
    """All hypotheses together."""

    def __init__(self, design_mah: float, learnt: Learnt | None = None) -> None:
        known = _own(learnt) if learnt else ()
        strangers = [
            Hypothesis(shape, design_mah * scale, STRANGER, _prior(scale, 0.96, 0.06, 0.30))
            for shape in SHAPES.values()
            for scale in SCALES
        ]
        self.all = [*strangers, *known]
        self.design_mah = design_mah
        self.flowed = SETTLES
        _share(strangers, 1 - OWN_PRIOR if known else 1.0)
        self._weigh()

    def begin(self, volts: float, amps: float) -> None:
        """The first voltage of a battery of which nothing is known."""
        for one in self.all:
            one.find(volts, amps)

    def full(self) -> None:
        """The charger says that it is full."""
        for one in self.all:
            one.place(1.0, one.trust.full)
        self.flowed = 0.0

    def place(self, charge: float) -> None:
        """Somebody says that there is so much in it."""
        for one in self.all:
            one.place(charge, 0.15)

    def take(self, volts: float | None, amps: float, seconds: float) -> None:
        """A current has flowed for some seconds and the voltage is this."""
        share = abs(amps) * seconds / 3.6 / self.design_mah
        self.flowed += share
        looks = min(1.0, 0.1 + self.flowed / SETTLES) * min(1.0, share / LOOK + seconds / LOOK_S)
        for one in self.all:
            one.flow(amps, seconds)
            if volts is not None and looks > 0:
                one.see(volts, amps, looks)
        self._weigh()

    def likely(self) -> Iterator[Hypothesis]:
        """Those that count."""
        return (one for one in self.all if one.weight > 0.005)

    def ohm(self) -> float:
        """Their resistance."""
        return sum(one.weight * one.ohm for one in self.all)

    def best(self) -> Hypothesis:
        """The likeliest."""
        return max(self.all, key=lambda one: one.weight)

    def strange(self) -> float:
        """How likely it is that the battery's own shape is not known."""
        return sum(one.weight for one in self.all if one.trust is STRANGER)

    def _weigh(self) -> None:
        best = max(one.log_weight for one in self.all)
        total = sum(math.exp(one.log_weight - best) for one in self.all)
        for one in self.all:
            one.log_weight = max(one.log_weight - best, -60.0)
            one.weight = math.exp(one.log_weight) / total


def _own(learnt: Learnt) -> list[Hypothesis]:
    """The battery that was learnt, with less and less left of it."""
    found = []
    for scale in OWN_SCALES:
        one = Hypothesis(learnt.shape, learnt.mah * scale, OWN, _prior(scale, 1.0, 0.02, 0.06))
        one.ohm, one.var_ohm = learnt.ohm, (OWN_OHM_SD * learnt.ohm) ** 2
        found.append(one)
    _share(found, OWN_PRIOR)
    return found


def _share(some: Iterable[Hypothesis], whole: float) -> None:
    """Let them weigh `whole` together."""
    some = tuple(some)
    total = sum(one.weight for one in some)
    for one in some:
        one.log_weight += math.log(whole / total)


def _prior(scale: float, middle: float, above: float, below: float) -> float:
    """How likely a capacity is: never much more than `middle`, but perhaps much less."""
    off = math.log(scale / middle)
    return max(1e-6, math.exp(-0.5 * (off / (above if off > 0 else below)) ** 2))
