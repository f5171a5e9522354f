"""`make run`: the simulated phone with a far end to call, and its front panel as a page."""

import argparse
import asyncio
import contextlib
import logging
import secrets
import signal
import sys
from pathlib import Path

from ranin.core.settings import Account, Secret, Settings
from ranin.sim.card.card import CardError
from ranin.sim.farend.farend import DOMAIN, FarEnd
from ranin.sim.farend.namespace import FarEndError
from ranin.sim.farend.people import ABOUT
from ranin.sim.panelport import SimPanel
from ranin.sim.simulation import Simulation
from ranin.web.panel import PanelError, PanelServer

USER = "201"


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
    async with FarEnd({USER: password}) as far, Simulation(state, board, machine_sound=machine_sound) as sim:
        panel = PanelServer(SimPanel(sim, ABOUT), port)
        await panel.start()
        try:
            if not sim.engine.phone.settings.accounts:
                sim.apply(_settings(far.server, password))
            print(f"The phone is at {panel.address}  (Ctrl-C ends it)", flush=True)
            await _interrupted()
        finally:
            await panel.stop()


def _settings(server: str, password: str) -> Settings:
    account = Account(label="Shop", user=USER, password=Secret(password), domain=DOMAIN, server=server)
    return Settings(accounts=(account,))


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
