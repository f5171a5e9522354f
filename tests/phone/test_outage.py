"""The whole phone while power and networks go: real links, a real server, the modem's voice, a battery."""

import asyncio
from pathlib import Path

from ranin.core.outage import Link
from ranin.core.paths import Path as Way
from ranin.core.settings import ForwardSettings
from ranin.core.state import CallState, LineState
from ranin.sim.modem import SimModem
from tests.phone.whole import Whole, phone_with_everything
from tests.tones import rms, samples, share

NOTICED_S = 9.0
"""Three probes that are not answered, and a margin for a loaded machine."""


async def talks(whole: Whole, number: str) -> None:
    await whole.dials(number)
    await whole.press("#")
    await whole.until(lambda phone: phone.active is not None and phone.active.state is CallState.TALKING, "talking")


def _on(whole: Whole, link: Link) -> bool:
    phone = whole.sim.engine.phone
    return phone.paths.link is link and phone.lines[0].state is LineState.REGISTERED


async def test_a_call_goes_on_over_lte_when_ethernet_falls_silent_and_stays_there(tmp_path: Path) -> None:
    async with phone_with_everything(tmp_path) as (whole, _, _):
        await talks(whole, "604")
        await whole.hears_hertz(1000)
        whole.far.networks[Link.ETHERNET].silence()
        await whole.until(lambda phone: bool(phone.calls) and phone.calls[0].moving, "reconnecting", NOTICED_S)
        await whole.shows("Reconnecting")
        await whole.until(lambda phone: _on(whole, Link.LTE), "registered over LTE", NOTICED_S)
        await whole.until(lambda phone: not phone.calls[0].moving, "the call has followed")
        await whole.hears_hertz(1000)
        assert whole.sim.engine.phone.paths.path is Way.DEGRADED
        await whole.replace()
        await whole.shows("Ready over LTE")


async def test_without_data_calls_go_and_come_over_the_modem_s_voice(tmp_path: Path) -> None:
    async with phone_with_everything(tmp_path) as (whole, modem, _):
        modem.tone_hz, modem.mobile.answer_after_s = 620.0, 0.5
        for link in (Link.ETHERNET, Link.LTE):
            whole.far.networks[link].pull()
        await whole.until(lambda phone: phone.paths.path is Way.CELL_ONLY, "the modem alone", NOTICED_S)
        await talks(whole, "0612345678")
        await whole.hears_hertz(620)
        await whole.says_hertz(450)
        await _heard_by(modem, 450)
        await whole.replace()
        await whole.until(lambda phone: not phone.calls, "it is over")
        modem.mobile.ring("+33699999999")
        await whole.shows("+33699999999")
        await whole.lift()
        await whole.until(lambda phone: phone.active is not None and phone.active.answered_s is not None, "answered")
        await whole.hears_hertz(620)


async def _heard_by(modem: SimModem, hertz: float) -> None:
    async with asyncio.timeout(8):
        while True:
            piece = samples(bytes(modem.heard[-3200:]))
            if len(piece) == 1600 and rms(piece) > 0.01 and share(piece, hertz, 8000) > 0.6:
                return
            await asyncio.sleep(0.05)


async def test_ethernet_that_returns_is_gone_back_to_between_calls(tmp_path: Path) -> None:
    async with phone_with_everything(tmp_path) as (whole, _, _):
        ethernet = whole.far.networks[Link.ETHERNET]
        ethernet.pull()
        await whole.until(lambda phone: _on(whole, Link.LTE), "registered over LTE", NOTICED_S)
        ethernet.plug()
        await whole.until(lambda phone: phone.paths.reach(Link.ETHERNET).alive is True, "Ethernet answers", 15)
        await whole.until(lambda phone: _on(whole, Link.ETHERNET), "back on Ethernet", 40)
        assert whole.sim.engine.phone.paths.path is Way.NORMAL


async def test_the_last_gasp_of_a_battery(tmp_path: Path) -> None:
    forward = ForwardSettings(target="+33611111111", sim_target="+33622222222", backend="manual")
    async with phone_with_everything(tmp_path, forward=forward) as (whole, _, battery):
        battery.pull()
        await whole.until(lambda phone: phone.power.stage.name == "BATTERY", "on battery")
        await whole.until(lambda phone: phone.shown.screen.power != "", "it says how long")
        battery.charge = 0.01
        await whole.until(lambda phone: phone.leaving is not None, "the last gasp", 60)
        await whole.until(lambda phone: phone.leaving is not None and phone.leaving.name == "GONE", "off")
        await whole.shows("Switched off")
        assert all(line.state is LineState.OFF for line in whole.sim.engine.phone.lines)
        battery.charge = 0.9
        battery.plug()
        await whole.until(lambda phone: phone.leaving is None, "undone", 30)
        await whole.registered()
