"""`make run`: the simulated phone with a far end to call, and its front panel as a page."""

import argparse
import asyncio
import contextlib
import logging
import secrets
import signal
import sys
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

from ranin.core.outage import Link
from ranin.core.settings import Account, ForwardSettings, Secret, Settings
from ranin.sim.battery import SimBattery
from ranin.sim.card.card import CardError
from ranin.sim.farend.farend import DOMAIN, FarEnd
from ranin.sim.farend.namespace import FarEndError
from ranin.sim.farend.people import ABOUT, MOBILE, PEOPLE
from ranin.sim.modem import SimModem
from ranin.sim.panelport import SimPanel
from ranin.sim.simulation import Simulation
from ranin.sim.switches import Switches
from ranin.web.panel import PanelError, PanelServer

USER = "201"
NUMBER = "+33123456789"
"""What the line is called by from outside."""
ANSWERED_AFTER_S = 3.0
"""How soon people answer calls over the mobile network."""


def main() -> int:
    """Run until Ctrl-C."""
    parser = argparse.ArgumentParser(prog="ranin sim", description=__doc__)
    parser.add_argument("--port", type=int, default=8080, help="TCP port of the page, on loopback")
    parser.add_argument("--state", type=Path, help="folder that keeps settings and call log; none: nothing is kept")
    parser.add_argument("--board", default="standard", help="board file or its name")
    parser.add_argument(
        "--sound", choices=("browser", "machine"), default="browser", help="machine: its default ALSA device"
    )
    words = parser.parse_args()
    logging.basicConfig(level=logging.WARNING, format="ranin: %(message)s", stream=sys.stderr)
    try:
        asyncio.run(_run(words.port, words.state, words.board, words.sound == "machine"))
    except (FarEndError, CardError, PanelError) as error:
        print(f"ranin: {error}", file=sys.stderr)
        return 1
    return 0


async def _run(port: int, state: Path | None, board: str, machine_sound: bool) -> None:
    password = secrets.token_urlsafe(18)
    async with (
        outage(password) as (far, modem, battery),
        Simulation(
            state, board, machine_sound=machine_sound, devices=far.networks.devices, modem=modem, battery=battery
        ) as sim,
    ):
        panel = PanelServer(SimPanel(sim, ABOUT, Switches(far, modem, battery, USER)), port)
        await panel.start()
        try:
            if not sim.engine.phone.settings.accounts:
                sim.apply(first_settings(far.server, password))
            print(f"The phone is at {panel.address}  (Ctrl-C ends it)", flush=True)
            await _interrupted()
        finally:
            await panel.stop()


@contextlib.asynccontextmanager
async def outage(password: str) -> AsyncIterator[tuple[FarEnd, SimModem, SimBattery]]:
    """A far end, networks to it, a modem and a battery: all that can be broken around a phone."""
    with tempfile.TemporaryDirectory(prefix="ranin-") as name:
        folder = Path(name)
        async with (
            FarEnd({USER: password}, people=(*PEOPLE, MOBILE), links=tuple(Link)) as far,
            SimModem(folder) as modem,
            SimBattery(folder / "power_supply") as battery,
        ):
            modem.mobile.answer_after_s = ANSWERED_AFTER_S
            yield far, modem, battery


def first_settings(server: str, password: str) -> Settings:
    """A line at the far end, forwarded to the mobile while the phone is not reachable."""
    account = Account(label="Shop", user=USER, password=Secret(password), domain=DOMAIN, server=server)
    forward = ForwardSettings(target=MOBILE.number, backend="codes", numbers=(NUMBER,))
    return Settings(accounts=(account,), forward=forward)


async def _interrupted() -> None:
    """Wait for Ctrl-C or for the end of our session."""
    done = asyncio.Event()
    for kind in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(kind, done.set)
    await done.wait()
    with contextlib.suppress(BrokenPipeError):
        print("\nPutting everything away…", flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
