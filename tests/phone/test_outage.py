"""The end of a battery, on the real paths: what the server and the machine are told, and that mains undoes it."""

from pathlib import Path

from ranin.core.settings import ForwardSettings
from ranin.core.state import LineState
from tests.phone.whole import phone_with_everything


async def test_the_last_gasp_of_a_battery(tmp_path: Path) -> None:
    forward = ForwardSettings(target="+33611111111", sim_target="+33622222222", backend="manual")
    async with phone_with_everything(tmp_path, forward=forward) as whole:
        whole.battery.pull()
        await whole.until(lambda phone: phone.power.stage.name == "BATTERY", "on battery")
        await whole.until(lambda phone: phone.shown.screen.power != "", "it says how long")
        whole.battery.charge = 0.01
        await whole.until(lambda phone: phone.leaving is not None, "the last gasp", 60)
        await whole.until(lambda phone: phone.leaving is not None and phone.leaving.name == "GONE", "off")
        await whole.shows("Switched off")
        assert all(line.state is LineState.OFF for line in whole.sim.engine.phone.lines)
        whole.battery.charge = 0.9
        whole.battery.plug()
        await whole.until(lambda phone: phone.leaving is None, "undone", 30)
        await whole.registered()
