"""The outage panel in headless Chromium: switches thrown on the page, the display and the time line that follow."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp
import pytest
from playwright.async_api import Page, TimeoutError

from ranin.core.mobile import ModemChanged, ModemStage
from ranin.sim.__main__ import USER, first_settings, outage
from ranin.sim.farend.people import ABOUT, MOBILE
from ranin.sim.panelport import SimPanel
from ranin.sim.simulation import Simulation
from ranin.sim.switches import CALLER_OF_SIM, Switches
from ranin.web.panel import PanelServer
from tests.phone.whole import PASSWORD, Whole
from tests.web.test_panel import page_of

pytestmark = pytest.mark.browser

NOTICED_MS = 15_000
"""Three probes that are not answered, a reading of the battery, and a margin for a loaded machine."""
BACK_MS = 60_000
"""A better way must have been steady for 30 s."""


@dataclass(slots=True)
class Scene:
    """The phone with all that can be broken, and what serves its page."""

    whole: Whole
    server: PanelServer


@asynccontextmanager
async def scene() -> AsyncIterator[Scene]:
    """As `make run` has it, registered."""
    async with (
        outage(PASSWORD) as (far, modem, battery),
        Simulation(devices=far.networks.devices, modem=modem, battery=battery) as sim,
    ):
        whole = Whole(sim, far)
        server = PanelServer(SimPanel(sim, ABOUT, Switches(far, modem, battery, USER)), 0)
        await server.start()
        try:
            sim.apply(first_settings(far.server, PASSWORD))
            await whole.registered()
            yield Scene(whole, server)
        finally:
            await server.stop()
            whole.close()


async def throw(page: Page, *keys: str) -> None:
    """Click switches one after the other; each shows that it was thrown."""
    for key in keys:
        button = page.locator(f'[data-switch="{key}"]')
        before = await button.get_attribute("aria-pressed")
        await button.click()
        if before is not None:
            wanted = "false" if before == "true" else "true"
            await page.wait_for_selector(f'[data-switch="{key}"][aria-pressed="{wanted}"]')


async def lane(page: Page, key: str, words: str, within_ms: float = NOTICED_MS) -> None:
    """Wait until the lane says so now."""
    try:
        await page.wait_for_selector(f"[data-lane='{key}'] dd:has-text('{words}')", timeout=within_ms)
    except TimeoutError:
        seen = await page.inner_text("#outage")
        raise AssertionError(f"not within {within_ms} ms: {key} says {words!r}; the page says: {seen}") from None


async def display(page: Page, words: str, within_ms: float = NOTICED_MS) -> None:
    """Wait until the display says so, in the words for whoever cannot see it."""
    await page.wait_for_selector(f"#said:has-text('{words}')", state="attached", timeout=within_ms)


async def all_is_well(page: Page) -> None:
    """The way is chosen, the modem is in its network, the forward stands."""
    await lane(page, "ethernet", "In use")
    await lane(page, "wifi", "Ready")
    await lane(page, "lte", "Ready")
    await lane(page, "mobile", "LTE")
    await lane(page, "forward", f"Armed: {MOBILE.number}")


async def drawn(page: Page) -> list[str]:
    """States of the bars of the way in use, from the left."""
    row = await page.evaluate(
        "[...document.querySelectorAll('#lanes div')].findIndex(row => row.dataset.lane === 'way')"
    )
    script = """row => [...document.querySelectorAll("#timeline .track")][row].getAttribute("y")"""
    y = await page.evaluate(script, row)
    return await page.eval_on_selector_all(f"#timeline .bar[y='{y}']", "bars => bars.map(bar => bar.classList[1])")


async def test_networks_are_pulled_one_by_one_the_sim_rings_and_ethernet_returns() -> None:
    async with scene() as at, page_of(at.server) as page:
        await all_is_well(page)
        await throw(page, "ethernet", "wifi")
        await display(page, "LTE")
        await lane(page, "way", "DEGRADED")
        await lane(page, "ethernet", "No cable")
        await throw(page, "lte")
        await display(page, "Mobile network only")
        await lane(page, "way", "CELL_ONLY")
        await throw(page, "sim-rings")
        await display(page, CALLER_OF_SIM)
        await lane(page, "calls", f"{CALLER_OF_SIM} rings by mobile")
        await at.whole.rings(True)
        await throw(page, "sim-rings")
        await at.whole.rings(False)
        await throw(page, "ethernet")
        await lane(page, "way", "NORMAL", BACK_MS)
        await display(page, "Ready")
        await page.reload()
        await lane(page, "way", "NORMAL")
        assert await drawn(page) == ["ok", "warn", "worse", "ok"]
        assert "Mobile network only" in await page.inner_text("#notes")


async def test_the_last_network_gone_the_mobile_rings_in_the_phone_s_place() -> None:
    async with scene() as at, page_of(at.server) as page:
        await all_is_well(page)
        await throw(page, "ethernet", "wifi", "lte", "mobile")
        await display(page, "Calls are forwarded")
        await lane(page, "way", "FORWARD_ONLY")
        await throw(page, "desk-rings")
        await lane(page, "target", "Rings")
        await throw(page, "desk-rings")
        await page.wait_for_selector("[data-lane='target'][data-state='off']")


async def test_mains_is_pulled_and_the_battery_swapped() -> None:
    async with scene() as at, page_of(at.server) as page:
        await lane(page, "power", "Mains")
        await throw(page, "mains")
        await lane(page, "power", "Battery, 2")
        await display(page, " h ")
        await throw(page, "battery-half")
        await lane(page, "power", "Battery, 1")
        await display(page, "2 h ")
        await throw(page, "mains")
        await lane(page, "power", "Mains")


async def test_a_silent_ethernet_is_left_for_wi_fi() -> None:
    async with scene() as at, page_of(at.server) as page:
        await all_is_well(page)
        await throw(page, "ethernet-silent")
        await lane(page, "wifi", "In use")
        await page.wait_for_selector("[data-lane='ethernet'][data-state='bad']")


async def test_the_keyboard_throws_a_switch_and_leaves_the_handset_alone() -> None:
    async with scene() as at, page_of(at.server) as page:
        await page.wait_for_selector('[data-switch="wifi"][aria-pressed="true"]')
        await page.focus('[data-switch="wifi"]')
        await page.keyboard.press(" ")
        await page.wait_for_selector('[data-switch="wifi"][aria-pressed="false"]')
        await page.keyboard.press("Enter")
        await page.wait_for_selector('[data-switch="wifi"][aria-pressed="true"]')
        assert not at.whole.sim.wires.lifted and at.whole.sim.engine.phone.digits == ""
        await page.keyboard.press("7", delay=60)
        await at.whole.shows("7")


async def test_what_a_network_says_is_text() -> None:
    async with scene() as at, page_of(at.server) as page:
        at.whole.sim.engine.post(ModemChanged(ModemStage.DENIED, "<i>Net</i>"))
        await page.wait_for_selector("#notes span:has-text('Modem denied: <i>Net</i>')")
        assert await page.locator("#outage i").count() == 0


async def test_switches_that_are_none_are_said_and_harm_nothing() -> None:
    async with scene() as at, aiohttp.ClientSession() as session:
        origin = {"Origin": at.server.address.rstrip("/")}
        async with session.ws_connect(at.server.address + "live", headers=origin) as socket:
            for words in ({"key": "x", "on": True}, {"key": [], "on": 1}, {"key": "mains"}, "mains", None):
                await socket.send_json({"turn": words})
            errors = [message.data for message in [await _error(socket) for _ in range(5)]]
            assert "no switch 'x'" in errors[0] and all("not understood" in error for error in errors)
            await socket.send_json({"turn": {"key": "mains", "on": False}})
            await at.whole.until(lambda phone: phone.power.stage.name == "BATTERY", "on battery", 15)


async def _error(socket: aiohttp.ClientWebSocketResponse) -> aiohttp.WSMessage:
    """The next complaint."""
    while True:
        message = await socket.receive(timeout=10)
        if message.type is aiohttp.WSMsgType.TEXT and '"error"' in message.data:
            return message
