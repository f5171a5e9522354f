"""The switches of an outage: what a person at the page can break, mend and ring around the simulated phone."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ranin.core.outage import Link
from ranin.sim.battery import SimBattery
from ranin.sim.farend.farend import FarEnd
from ranin.sim.farend.namespace import FarEndError
from ranin.sim.farend.networks import Network
from ranin.sim.farend.people import MOBILE
from ranin.sim.modem import SimModem

CALLER = "603"
"""The person who calls the desk number."""
CALLER_OF_SIM = "+33622222222"
AGED = 0.6
HOME, SEARCHING = 1, 2
"""+CREG."""
FAST = 20.0
"""A reading of the battery comes every 10 s still: battery time must not seem to have been cut."""
NAMES = {Link.ETHERNET: "Ethernet", Link.WIFI: "Wi-Fi", Link.LTE: "LTE data"}
CHARGES = (("full", "Battery full", 1.0), ("half", "Half full", 0.5), ("low", "Nearly empty", 0.06))


@dataclass(frozen=True, slots=True)
class Switch:
    """One of them."""

    key: str
    label: str
    group: str
    turn: Callable[[bool], None]
    on: Callable[[], bool] | None = None
    """None: it is pressed, and has no state."""
    fault: bool = False
    """On is what is wrong."""

    def row(self) -> dict[str, Any]:
        """As the page gets it."""
        on = self.on() if self.on else None
        return {"key": self.key, "label": self.label, "group": self.group, "on": on, "fault": self.fault}


class Switches:
    """All switches, and the mobile that a forward rings."""

    def __init__(self, far: FarEnd, modem: SimModem, battery: SimBattery, user: str) -> None:
        """`user`: the desk number that is called."""
        self._far, self._modem, self._battery, self._user = far, modem, battery, user
        self._aged = False
        rows = (*self._power(), *self._networks(), *self._mobile(), *self._callers())
        self._switches = {switch.key: switch for switch in rows}

    def rows(self) -> list[dict[str, Any]]:
        """Every switch as it is now."""
        return [switch.row() for switch in self._switches.values()]

    def turn(self, key: str, on: bool) -> None:
        """Turn one. Raises ValueError."""
        switch = self._switches.get(key)
        if switch is None:
            raise ValueError(f"no switch {key!r}")
        try:
            switch.turn(on)
        except FarEndError as error:
            raise ValueError(f"{switch.label}: {error}") from error

    def watch(self, changed: Callable[[], None]) -> None:
        """Call `changed` when somebody at the far end calls, rings or hangs up."""
        self._far.on_event = changed

    def mobile_lane(self) -> tuple[str, str]:
        """What the forward's target does."""
        return ("rings", "Rings") if self._far.in_call(MOBILE.number) else ("off", "")

    def _power(self) -> tuple[Switch, ...]:
        charges = (
            Switch(f"battery-{key}", label, "Power", lambda on, charge=charge: self._charge(charge))
            for key, label, charge in CHARGES
        )
        return (
            Switch("mains", "Mains plug", "Power", self._plug_mains, lambda: self._battery.mains),
            *charges,
            Switch("battery-aged", "Battery aged to 60 %", "Power", self._age, lambda: self._aged, True),
            Switch("battery-fast", "20 × faster", "Power", self._hurry, lambda: self._battery.speed == FAST),
        )

    def _networks(self) -> tuple[Switch, ...]:
        cables = (
            Switch(link.value, NAMES[link], "Networks", _plugger(network), lambda network=network: network.plugged)
            for link, network in self._far.networks.items()
        )
        ethernet = self._far.networks[Link.ETHERNET]
        silent = Switch(
            "ethernet-silent", "Ethernet goes silent", "Networks", _silencer(ethernet), lambda: ethernet.silent, True
        )
        return (*cables, silent)

    def _mobile(self) -> tuple[Switch, ...]:
        mobile = self._modem.mobile
        return (Switch("mobile", "Mobile network", "Networks", self._register, lambda: mobile.state == HOME),)

    def _callers(self) -> tuple[Switch, ...]:
        return (
            Switch("desk-rings", "Call the desk number", "Callers", self._ring_desk, lambda: self._far.in_call(CALLER)),
            Switch("sim-rings", "Call the SIM's number", "Callers", self._ring_sim, self._sim_called),
        )

    def _plug_mains(self, on: bool) -> None:
        if on:
            self._battery.plug()
        else:
            self._battery.pull()

    def _charge(self, charge: float) -> None:
        self._battery.swap(charge)

    def _age(self, on: bool) -> None:
        self._aged = on
        self._battery.age(AGED if on else 1.0)

    def _hurry(self, on: bool) -> None:
        self._battery.speed = FAST if on else 1.0

    def _register(self, on: bool) -> None:
        self._modem.mobile.register(HOME if on else SEARCHING)

    def _ring_desk(self, on: bool) -> None:
        if not on:
            self._far.hang_up(CALLER)
        elif not self._far.in_call(CALLER):
            self._far.call(CALLER, self._user)

    def _ring_sim(self, on: bool) -> None:
        if not on:
            self._modem.mobile.hang_up(number=CALLER_OF_SIM)
        elif not self._sim_called():
            self._modem.mobile.ring(CALLER_OF_SIM)

    def _sim_called(self) -> bool:
        return any(call.number == CALLER_OF_SIM and not call.outgoing for call in self._modem.mobile.calls)


def _plugger(network: Network) -> Callable[[bool], None]:
    return lambda on: network.plug() if on else network.pull()


def _silencer(network: Network) -> Callable[[bool], None]:
    return lambda on: network.silence() if on else network.speak()
