"""The phone on its own hardware: configuration → adapters → engine; started forwards, stopped backwards."""

import argparse
import asyncio
import contextlib
import faulthandler
import logging
import signal
import sys
from pathlib import Path
from typing import Any

from gpiozero.exc import GPIOZeroError

from ranin.audio.mixer import Mixer
from ranin.audio.ringer import Ringer
from ranin.cellular.port import Modem
from ranin.config.store import ConfigStore
from ranin.core.events import Started
from ranin.core.neighbours import SeekNeighbours
from ranin.core.outage import CallHttp
from ranin.hardware.board import Board, BoardError, load_board
from ranin.hardware.hook import Hook
from ranin.hardware.keypad import Keypad
from ranin.hardware.leds import Leds
from ranin.hardware.oled import Oled, open_device
from ranin.hardware.pinfactory import chosen
from ranin.languages.catalogues import in_language
from ranin.network.locator import Locator
from ranin.network.prober import Prober
from ranin.power.saving import Saving, last_test
from ranin.power.supply import Supply
from ranin.runtime.alone import hold
from ranin.runtime.engine import Engine
from ranin.runtime.journal import Journal
from ranin.runtime.later import Later
from ranin.runtime.notes import Notes
from ranin.runtime.timers import Timers
from ranin.runtime.wallclock import WallClock
from ranin.runtime.watchdog import Watchdog
from ranin.sip.client import SipClient
from ranin.storage.calllog import CallLog
from ranin.storage.outbox import Outbox

SOUND = (
    *("--playback", "handset", "--capture", "handset"),
    *("--headset", "headset", "headset", "--speaker", "speaker", "speaker"),
)
"""ALSA PCMs of the routes, playback and capture; one that is not there is said when it is asked for."""


def build(
    board: Board, pin_factory: Any, provisioned: Path, state: Path, sip_socket: Path | None = None
) -> tuple[Engine, Started]:
    """The engine with its adapters in the order they start, and the core's first event."""
    store = ConfigStore(provisioned, state / "local.toml")
    calls, outbox = CallLog(state / "phone.sqlite"), Outbox(state / "phone.sqlite")
    journal = state / "journal.jsonl"
    clock = WallClock(state, written=(journal,))
    hook = Hook(board, pin_factory)
    servers = Locator(state / "servers.json")
    sip = SipClient(SOUND, services=servers.find, state=state, engine=sip_socket)
    oled, ringer = Oled(lambda: open_device(board.oled), in_language), Ringer("ringer")
    adapters = (
        Timers(),
        clock,
        Notes(),
        store,
        calls,
        outbox,
        Later((CallHttp,), "ranin.forwarding.http", "HttpForwarder"),
        Mixer("handset"),
        sip,
        Prober(state, services=servers.find),
        Later((SeekNeighbours,), "ranin.lan.neighbours", "Neighbours"),
        Modem(memory=state / "modem.json"),
        Supply(state=state, talking=lambda: engine.phone.active is not None),
        Saving(state),
        oled,
        Leds(board, pin_factory),
        ringer,
        hook,
        Keypad(board, pin_factory),
        Watchdog({"the display": oled.busy_s, "the ringer": ringer.busy_s, "the SIP engine": sip.silent_s}),
    )
    engine = Engine(adapters, clock, Journal(journal))
    kept = calls.recent(), outbox.pending(), outbox.known(), last_test(state)
    return engine, Started(store.load(), hook.lifted, *kept)


def main() -> int:
    """Run the phone until it is told to stop."""
    parser = argparse.ArgumentParser(prog="ranin phone", description=__doc__)
    parser.add_argument("--board", default="standard", help="board file or its name")
    parser.add_argument("--config", type=Path, default=Path("/etc/ranin/phone.toml"), help="provisioned configuration")
    parser.add_argument("--state", type=Path, default=Path("/var/lib/ranin"), help="folder for what must survive")
    parser.add_argument(
        "--engine", type=Path, help="socket of the SIP engine's service; none: the phone starts its own"
    )
    words = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s", stream=sys.stderr)
    try:
        lock = hold(words.state)
    except OSError as error:
        print(f"ranin: {words.state}: {error.strerror}", file=sys.stderr)
        return 1
    if lock is None:
        print(f"ranin: a phone runs already with {words.state}", file=sys.stderr)
        return 1
    faulthandler.enable()  # SIGABRT is how the service manager's watchdog ends us: say where every thread was
    try:
        asyncio.run(_run(load_board(words.board).on_pins(), words.config, words.state, words.engine))
    except (BoardError, GPIOZeroError) as error:
        print(f"ranin: {error}", file=sys.stderr)
        return 1
    return 0


async def _run(board: Board, provisioned: Path, state: Path, sip_socket: Path | None) -> None:
    engine, first = build(board, chosen(), provisioned, state, sip_socket)
    done = asyncio.Event()
    for kind in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(kind, done.set)
    async with contextlib.AsyncExitStack() as stack:
        stack.push_async_callback(engine.stop)
        await engine.start(first)
        await done.wait()
