"""Telling an outage with the core alone: the model of the world, and virtual time."""

from dataclasses import replace

from ranin.core.mobile import ModemStage
from ranin.core.outage import Link
from ranin.core.settings import ForwardSettings
from ranin.sim.panelport import on_display
from tests.core.outage_world import OUTAGE_SETTINGS, OutageWorld

STEP_S = 0.05


class OutageTeller:
    """A person in front of the modelled phone."""

    def __init__(self) -> None:
        self._world = OutageWorld(replace(OUTAGE_SETTINGS, forward=ForwardSettings()))
        self._world.settle()

    async def registered(self) -> None:
        assert self._world.registered

    async def lift(self) -> None:
        self._world.person("lift")

    async def replace(self) -> None:
        self._world.person("replace")

    async def press(self, key: str) -> None:
        self._world.person(key)

    async def shows(self, text: str) -> None:
        await self.shows_within(8.0, text)

    async def shows_within(self, seconds: float, text: str) -> None:
        for _ in range(round(seconds / STEP_S)):
            if text in on_display(self._world.phone):
                return
            self._world.wait(STEP_S)
        raise AssertionError(f"it says: {on_display(self._world.phone)}")

    async def hears_hertz(self, hertz: float) -> None:
        for _ in range(round(8.0 / STEP_S)):
            if self._world.phone.shown.ear.calls:
                return
            self._world.wait(STEP_S)
        raise AssertionError("no call is in the ear")

    async def says_hertz(self, hertz: float) -> None:
        """What is said is not modelled."""

    async def heard_over_the_sim(self, hertz: float) -> None:
        sound = self._world.phone.sound
        assert sound is not None and sound.call in self._world.phone.shown.ear.calls

    async def rings(self, wanted: bool) -> None:
        assert bool(self._world.phone.shown.ring.melody) == wanted

    async def link(self, link: str, deed: str) -> None:
        if deed == "is back":
            self._world.restore(Link(link))
        else:
            self._world.cut(Link(link))

    async def over(self) -> None:
        self._world.wait(1.0)
        assert not self._world.phone.calls

    async def mains(self, there: bool) -> None:
        self._world.power(there)

    async def battery_nearly_empty(self) -> None:
        self._world.drain(1.0)

    async def mobile_network(self, there: bool) -> None:
        self._world.stage(ModemStage.HOME if there else ModemStage.SEARCHING)

    async def calls_the_sim(self, number: str) -> None:
        self._world.called(over_cell=True)
