"""The simulated phone: every room as on a Pi, with pins, display and sound card replaced."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from ranin.audio.ringer import Ringer
from ranin.cellular.port import Modem
from ranin.config.store import ConfigStore
from ranin.core.commands import KeepSettings
from ranin.core.events import SettingsChanged, Started
from ranin.core.neighbours import SeekNeighbours
from ranin.core.outage import CallHttp, Link
from ranin.core.settings import Settings
from ranin.hardware.board import Board, load_board
from ranin.hardware.hook import Hook
from ranin.hardware.keypad import Keypad
from ranin.hardware.leds import Leds
from ranin.hardware.oled import Oled
from ranin.languages.catalogues import in_language
from ranin.network.locator import Locator
from ranin.network.names import resolv_conf
from ranin.network.prober import Prober
from ranin.power.saving import Saving, last_test
from ranin.power.supply import Supply
from ranin.runtime.adapter import Adapter
from ranin.runtime.engine import Engine
from ranin.runtime.journal import Journal
from ranin.runtime.later import Later
from ranin.runtime.notes import Notes
from ranin.runtime.timers import Timers
from ranin.runtime.wallclock import WallClock
from ranin.sim.battery import SimBattery
from ranin.sim.card.card import SimCard
from ranin.sim.card.machine import MachineCard
from ranin.sim.display import FrameDevice
from ranin.sim.modem import SimModem
from ranin.sim.wires import Wires
from ranin.sip.client import SipClient
from ranin.storage.calllog import CallLog
from ranin.storage.outbox import Outbox


class Simulation:
    """A whole phone in one `async with`; its far ends are `wires`, `display` and `card`."""

    def __init__(
        self,
        state: Path | None = None,
        board: str = "standard",
        card: SimCard | None = None,
        machine_sound: bool = False,
        devices: Mapping[Link, str] | None = None,
        modem: SimModem | None = None,
        battery: SimBattery | None = None,
        resolvers: Callable[[], tuple[str, ...]] = resolv_conf,
        engine: Path | None = None,
    ) -> None:
        """`state` keeps settings and call log; without it they live in `folder` and go with it.

        With `machine_sound` the sound is this machine's default ALSA device, and `card` has no rings.
        `devices` are the network interfaces that are asked; none: none is. `modem` and `battery` are
        started and ended by whoever made them. `resolvers` are asked for the servers of a domain. `engine` is the
        socket of a SIP engine's service.
        """
        self.folder = Path(tempfile.mkdtemp(prefix="ranin-"))
        self.state = state or self.folder
        self.board: Board = load_board(board).on_pins()
        self.wires = Wires(self.board)
        self.display = FrameDevice(self.board.oled.width, self.board.oled.height)
        self.card = card or (MachineCard if machine_sound else SimCard)(self.folder)
        os.environ.update(self.card.environment)  # for the ringer: PortAudio lives in this process
        self.store = ConfigStore(self.state / "phone.toml", self.state / "local.toml")
        self._servers = Locator(self.state / "servers.json", resolvers)
        words = ("--playback", "handset", "--capture", "handset")
        self.sip = SipClient(words, self.card.environment, self._servers.find, self.state, engine)
        self.hook = Hook(self.board, self.wires.factory)
        self.log = CallLog(self.state / "phone.sqlite")
        self.outbox = Outbox(self.state / "phone.sqlite")
        clock = WallClock(self.state, host_is_sure=True)
        self.engine = Engine(
            (
                Timers(),
                clock,
                Notes(),
                self.store,
                self.log,
                self.outbox,
                Later((CallHttp,), "ranin.forwarding.http", "HttpForwarder"),
                self.sip,
                *self._outer_edge(devices, modem, battery),
                Oled(lambda: self.display, in_language),
                Leds(self.board, self.wires.factory),
                Ringer("ringer"),
                self.hook,
                Keypad(self.board, self.wires.factory),
            ),
            clock,
            Journal(self.folder / "journal.jsonl"),
        )

    def _outer_edge(
        self, devices: Mapping[Link, str] | None, modem: SimModem | None, battery: SimBattery | None
    ) -> Iterator[Adapter]:
        """What a phone with these parts has besides."""
        if devices is not None:
            yield Prober(self.state, devices, services=self._servers.find)
            yield Later((SeekNeighbours,), "ranin.lan.neighbours", "Neighbours")
        if modem is not None:
            yield Modem(str(modem.device), memory=self.state / "modem.json", sound_device=str(modem.sound_device))
        if battery is not None:
            yield Supply(battery.folder, self.state, battery.design_mah, self._talking, clock=battery.clock)
            yield Saving(self.state, self.folder / "sys", ("true",))

    def _talking(self) -> bool:
        return self.engine.phone.active is not None

    async def __aenter__(self) -> Self:
        first = Started(
            self.store.load(),
            self.hook.lifted,
            self.log.recent(),
            self.outbox.pending(),
            self.outbox.known(),
            last_test(self.state),
        )
        await self.engine.start(first)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.engine.stop()
        self.card.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def apply(self, settings: Settings) -> None:
        """Use these settings from now on, as if provisioned."""
        self.engine.post(SettingsChanged(settings))

    def change(self, settings: Settings) -> None:
        """Use these settings and keep them, as if changed on the phone."""
        self.store.execute(KeepSettings(settings))
        self.apply(settings)
