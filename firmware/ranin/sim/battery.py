"""A battery and mains to pull: measured discharges behind the same files that the kernel's power_supply class has."""

import asyncio
import random
from pathlib import Path
from typing import Self

from ranin.sim.discharges import LIR_MEDIUM, Discharge

TICK_S = 1.0
STEP_S = 10.0
"""The most battery time in one step."""
CHARGE_C, FULL_V, MOST_V = 0.4, 4.18, 4.2
"""Charging fills so much of the capacity in an hour."""
SWAP_S = 3600.0
"""Battery time that passes while another battery is put in."""
BEHAVIOURS = ("auto", "force-discharge")


class SimBattery:
    """`folder` looks like /sys/class/power_supply; time passes by `advance`, or by itself in an `async with`."""

    def __init__(
        self,
        folder: Path,
        curve: Discharge = LIR_MEDIUM,
        cells: int = 2,
        speed: float = 1.0,
        has_current: bool = True,
        noise_v: float = 0.0,
        seed: int = 1,
    ) -> None:
        """`cells` of this curve are in parallel; `speed` battery seconds pass in one second; `seed` is of the noise."""
        self.speed, self.load_w, self.talk_w = speed, 3.0, 0.6
        self.charge = 1.0
        """0 to 1 of what it holds; may be set."""
        self.talking = self.gauge_dead = self.nan = self.stuck = False
        self.design_mah = curve.nominal_mah * cells
        self.folder, self._curve, self._cells = folder, curve, cells
        self._health, self._mains, self._has_current = 1.0, True, has_current
        self._noise_v, self._chance = noise_v, random.Random(seed)  # noqa: S311 - noise, no secret
        self._passed_s = 0.0
        self._written: dict[Path, str] = {}
        self._task: asyncio.Task[None] | None = None
        self._show()

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._run())
        return self

    async def __aexit__(self, *gone: object) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def pull(self) -> None:
        """Mains goes."""
        self._mains = False
        self._show()

    def plug(self) -> None:
        """Mains comes back."""
        self._mains = True
        self._show()

    @property
    def mains(self) -> bool:
        """Mains is there."""
        return self._mains

    def age(self, health: float) -> None:
        """Leave so much of what the curve's cell gave; its resistance rises alike."""
        self._health = health

    def swap(self, charge: float) -> None:
        """Put in another one, charged so far; it takes so long that nobody goes by what was before."""
        self.charge = charge
        self._passed_s += SWAP_S
        self._show()

    def advance(self, seconds: float) -> None:
        """Let battery time pass."""
        self._passed_s += seconds
        while seconds > 0:
            step = min(STEP_S, seconds)
            self._flow(step)
            seconds -= step
        self._show()

    def clock(self) -> float:
        """Battery seconds so far."""
        return self._passed_s

    @property
    def empty(self) -> bool:
        """It has nothing left: the phone would be off."""
        return self.charge <= 0

    @property
    def volts(self) -> float:
        """What stands at its terminals now, without the gauge's noise."""
        return self._terminal()[0]

    @property
    def mah(self) -> float:
        """What all cells together hold."""
        return self._curve.mah * self._cells * self._health

    @property
    def watts(self) -> float:
        """What the phone takes now."""
        return self.load_w + (self.talk_w if self.talking else 0.0)

    async def _run(self) -> None:
        while True:
            tick_s = min(TICK_S, max(0.02, STEP_S / self.speed))
            await asyncio.sleep(tick_s)
            self.advance(tick_s * self.speed)

    @property
    def _feeding(self) -> bool:
        return not self._mains or self._behaviour == "force-discharge"

    def _flow(self, seconds: float) -> None:
        if self._feeding:
            _, amps = self._terminal()
            self.charge = max(0.0, self.charge - amps * seconds / 3.6 / self.mah)
        else:
            self.charge = min(1.0, self.charge + CHARGE_C * seconds / 3600)

    def _terminal(self) -> tuple[float, float]:
        """Voltage and current under the load: the curve, and the resistance for a current unlike the curve's."""
        measured_v, ohm = self._curve.volts(1 - self.charge), self._curve.ohm / self._cells / self._health
        amps = self.watts / measured_v
        volts = min(MOST_V, measured_v + ohm * (self._curve.amps * self._cells - amps))
        return volts, self.watts / volts

    def _show(self) -> None:
        """Write what has changed."""
        self._write("AC/type", "Mains")
        self._write("AC/online", str(int(self._mains)))
        self._write("BAT0/type", "Battery")
        self._write("BAT0/status", self._status)
        self._write("BAT0/charge_behaviour", " ".join(f"[{b}]" if b == self._behaviour else b for b in BEHAVIOURS))
        if not self.stuck:
            self._show_gauge()

    def _show_gauge(self) -> None:
        volts, amps = self._terminal()
        if not self._feeding:
            volts, amps = (FULL_V, 0.0) if self.charge >= 1 else (min(FULL_V, volts + 0.1), -CHARGE_C * self.mah / 1000)
        volts += self._chance.gauss(0, self._noise_v)
        self._tell("voltage_now", str(round(volts * 1e6)))
        self._tell("capacity", str(round(100 * self.charge)))
        if self._has_current:
            self._tell("current_now", str(round(amps * 1e6)))

    def _tell(self, name: str, text: str) -> None:
        """One of the gauge's numbers, or what is left of it."""
        if self.gauge_dead:
            self._remove(f"BAT0/{name}")
        else:
            self._write(f"BAT0/{name}", "nan" if self.nan else text)

    @property
    def _status(self) -> str:
        if self._feeding:
            return "Discharging"
        return "Full" if self.charge >= 1 else "Charging"

    @property
    def _behaviour(self) -> str:
        """As somebody has written it; the kernel puts the chosen one in brackets."""
        place = self.folder / "BAT0" / "charge_behaviour"
        said = place.read_text() if place.exists() else BEHAVIOURS[0]
        if "[" not in said:
            self._written.pop(place, None)
        return next((b for b in BEHAVIOURS if f"[{b}]" in said or said.strip() == b), BEHAVIOURS[0])

    def _write(self, name: str, text: str) -> None:
        """Like the kernel: a reader sees the old or the new, never half."""
        place = self.folder / name
        if self._written.get(place) == text:
            return
        place.parent.mkdir(parents=True, exist_ok=True)
        new = self.folder / ".new"
        new.write_text(text + "\n")
        new.replace(place)
        self._written[place] = text

    def _remove(self, name: str) -> None:
        place = self.folder / name
        place.unlink(missing_ok=True)
        self._written.pop(place, None)
