"""The whole simulated phone in a test: hands, eyes and ears on its real edges, each with a deadline."""

import asyncio
import contextlib
import os
import signal
import struct
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from ranin.core.events import Event, KeyPressed, KeyReleased
from ranin.core.keys import Key
from ranin.core.outage import Link
from ranin.core.settings import Account, Secret, Settings
from ranin.core.state import LineState, Phone
from ranin.core.tones import Signal, tone
from ranin.sim.battery import SimBattery
from ranin.sim.farend.farend import CODECS, DOMAIN, FarEnd
from ranin.sim.modem import SimModem
from ranin.sim.panelport import on_display
from ranin.sim.simulation import Simulation
from ranin.sip.music import MUSIC
from tests.phone.wiretap import RATE, Wiretap
from tests.tones import Samples, rms, samples, share, sine

DEADLINE_S = 8.0
PASSWORD = "canary-5309-secret"
ALONE, BESIDE = 0.7, 0.25
"""Least share of a frequency in the sound: of one alone, and of one of several."""
WINDOW = 9600
"""200 ms: what is looked at for a frequency."""


class Whole:
    """Hands, eyes and ears; every wait ends by an event or by its deadline."""

    def __init__(
        self,
        sim: Simulation,
        far: FarEnd,
        modem: SimModem | None = None,
        battery: SimBattery | None = None,
        wire: Wiretap | None = None,
    ) -> None:
        self.sim = sim
        self.far = far
        self._modem, self._battery = modem, battery
        self._changed = asyncio.Event()
        sim.engine.watch(lambda phone, event: self._changed.set())
        self._speaking: asyncio.Task[None] | None = None
        self._wire = wire

    async def until(self, holds: Callable[[Phone], bool], what: str, deadline_s: float = DEADLINE_S) -> None:
        """Wait for a state of the phone."""
        try:
            async with asyncio.timeout(deadline_s):
                while not holds(self.sim.engine.phone):
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            words = on_display(self.sim.engine.phone)
            raise AssertionError(f"not within {deadline_s:.0f} s: {what}; the display says: {words}") from None

    async def registered(self) -> None:
        await self.until(lambda phone: any(line.state is LineState.REGISTERED for line in phone.lines), "registered")

    async def lift(self) -> None:
        self.sim.wires.lift()
        await self.until(lambda phone: phone.hook.value == "up", "handset up")

    async def replace(self) -> None:
        self.sim.wires.replace()
        await self.until(lambda phone: phone.hook.value == "down", "handset down")

    async def press(self, key: str) -> None:
        """Push and let go, as fast as the keypad follows."""
        seen: list[Event] = []
        unwatch = self.sim.engine.watch(lambda phone, event: seen.append(event))
        self.sim.wires.press(Key(key))
        await self.until(lambda phone: KeyPressed(Key(key)) in seen, f"key {key} down")
        self.sim.wires.release(Key(key))
        await self.until(lambda phone: KeyReleased(Key(key)) in seen, f"key {key} up")
        unwatch()

    async def dials(self, keys: str) -> None:
        """Lift and press one key after the other."""
        await self.lift()
        for key in keys:
            await self.press(key)

    async def wait(self, seconds: float) -> None:
        raise ValueError("a story of the whole phone waits for what happens, never for a time")

    async def shows(self, text: str) -> None:
        await self.until(lambda phone: text in on_display(phone), f"the display says {text!r}")

    async def listen(self, holds: Callable[[Samples], bool], what: str) -> None:
        """Hear the earpiece until 200 ms of it are as wanted."""
        ring = self.sim.card["handset"].playback
        ring.skip()
        heard = b""
        try:
            async with asyncio.timeout(DEADLINE_S):
                while True:
                    heard = (heard + ring.read()[0])[-2 * WINDOW :]
                    if len(heard) == 2 * WINDOW and holds(samples(heard)):
                        return
                    await asyncio.sleep(0.02)
        except TimeoutError:
            raise AssertionError(f"not heard: {what}") from None

    async def hears(self, name: str) -> None:
        if name == "nothing":
            await self._hears_nothing()
            return
        signal_name = {"dial tone": "dial"}.get(name, name)
        sounding = next(step for step in tone(Signal(signal_name), "FR").steps if step.frequencies_hz)
        await self._hears_all(sounding.frequencies_hz[:1], 0.8 / len(sounding.frequencies_hz))

    async def _hears_nothing(self) -> None:
        """Silence, or a card that stands still because nothing is to be heard."""
        ring = self.sim.card["handset"].playback
        async with asyncio.timeout(DEADLINE_S):
            while ring.head.running:
                ring.skip()
                await asyncio.sleep(0.05)
                if rms(samples(ring.read()[0])) < 0.001:
                    return

    async def hears_hertz(self, *hertz: float) -> None:
        await self._hears_all(hertz, ALONE if len(hertz) == 1 else BESIDE)

    async def _hears_all(self, hertz: tuple[float, ...], least: float) -> None:
        await self.listen(
            lambda sound: rms(sound) > 0.01 and all(share(sound, each) > least for each in hertz),
            " and ".join(f"{each:.0f} Hz" for each in hertz),
        )

    async def says_hertz(self, hertz: float) -> None:
        """Sound into the microphone for as long as the test runs."""
        if self._speaking is not None:
            self._speaking.cancel()
        self._speaking = asyncio.create_task(self._speak(sine(hertz, 0.2)))

    async def _speak(self, piece: bytes) -> None:
        ring = self.sim.card["handset"].capture
        while True:
            if ring.pending() < WINDOW:
                ring.write(piece)
            await asyncio.sleep(0.05)

    async def heard_by(self, number: str, *hertz: float) -> None:
        """200 ms of what baresip recorded of its newest call, or of what was sent to it in G.711."""
        least = ALONE if len(hertz) == 1 else BESIDE
        await self._recorded(
            number, lambda sound, rate: all(share(sound, each, rate) > least for each in hertz), f"{hertz} Hz"
        )

    async def hears_music(self, number: str) -> None:
        """A note of the music on hold, alone."""
        notes = [step.frequencies_hz[0] for step in MUSIC.steps if step.frequencies_hz]
        await self._recorded(
            number, lambda sound, rate: any(share(sound, note, rate) > BESIDE for note in notes), "music"
        )

    async def _recorded(self, number: str, holds: Callable[[Samples, int], bool], what: str) -> None:
        try:
            async with asyncio.timeout(DEADLINE_S):
                while not self._holds_last(number, holds):
                    await asyncio.sleep(0.05)
        except TimeoutError:
            raise AssertionError(f"{number} has not heard {what}") from None

    def _holds_last(self, number: str, holds: Callable[[Samples, int], bool]) -> bool:
        heard = [] if self._wire is None else [(self._wire.last(number, 0.2), RATE)]
        with contextlib.suppress(FileNotFoundError):
            heard.append(read_wave(self.far.recording(number)))
        pieces = [(sound[-rate // 5 :], rate) for sound, rate in heard]
        return any(len(last) == rate // 5 and rms(last) > 0.005 and holds(last, rate) for last, rate in pieces)

    async def rings(self, wanted: bool) -> None:
        ring = self.sim.card["ringer"].playback
        async with asyncio.timeout(DEADLINE_S):
            while True:
                ring.skip()
                await asyncio.sleep(0.05)
                if (rms(samples(ring.read()[0])) > 0.01) == wanted:
                    return

    async def lamp(self, lamp: str, lit: bool) -> None:
        async with asyncio.timeout(DEADLINE_S):
            while {led.value: on for led, on in self.sim.wires.lamps().items()}[lamp] != lit:
                await asyncio.sleep(0.01)

    @property
    def codec(self) -> str:
        """Of the call that has the handset."""
        active = self.sim.engine.phone.active
        return active.codec if active is not None else ""

    async def calls_me(self, number: str) -> None:
        self.far.call(number, "201")

    async def hangs_up(self, number: str) -> None:
        self.far.hang_up(number)

    async def engine_dies(self) -> None:
        os.kill(self.sim.sip.pid, signal.SIGSEGV)

    async def card_pulled(self, part: str) -> None:
        self.sim.card[part].vanish()

    async def card_back(self, part: str) -> None:
        self.sim.card[part].restore()

    @property
    def modem(self) -> SimModem:
        """The modem of a phone with everything."""
        assert self._modem is not None
        return self._modem

    @property
    def battery(self) -> SimBattery:
        """The battery of a phone with everything."""
        assert self._battery is not None
        return self._battery

    async def shows_within(self, seconds: float, text: str) -> None:
        await self.until(lambda phone: text in on_display(phone), f"the display says {text!r}", seconds)

    async def link(self, link: str, deed: str) -> None:
        network = self.far.networks[Link(link)]
        if deed == "falls silent":
            network.silence()
        elif deed == "is pulled out":
            network.pull()
        else:
            network.speak()
            network.plug()

    async def over(self) -> None:
        await self.until(lambda phone: not phone.calls, "no call is left")

    async def mains(self, there: bool) -> None:
        if there:
            self.battery.charge = 0.9
            self.battery.plug()
        else:
            self.battery.pull()

    async def battery_nearly_empty(self) -> None:
        self.battery.charge = 0.01

    async def mobile_network(self, there: bool) -> None:
        self.modem.mobile.register(1 if there else 2)

    async def calls_the_sim(self, number: str) -> None:
        self.modem.mobile.ring(number)

    async def heard_over_the_sim(self, hertz: float) -> None:
        async with asyncio.timeout(DEADLINE_S):
            while True:
                piece = samples(bytes(self.modem.heard[-3200:]))
                if len(piece) == 1600 and rms(piece) > 0.01 and share(piece, hertz, 8000) > 0.6:
                    return
                await asyncio.sleep(0.05)

    def close(self) -> None:
        """Stop speaking."""
        if self._speaking is not None:
            self._speaking.cancel()


HEADER = struct.Struct("<4sI4s4sIHHIIHH4sI")


def read_wave(path: Path) -> tuple[Samples, int]:
    """(sound, rate) of a recording, also of one still being written, whose lengths are not filled in yet."""
    data = path.read_bytes()
    if len(data) < HEADER.size:
        return samples(b""), 8000
    channels, rate = HEADER.unpack_from(data)[6:8]
    return samples(data[HEADER.size :][: (len(data) - HEADER.size) // 4 * 4])[::channels], rate


def settings(far: FarEnd, password: str = PASSWORD, **fields: object) -> Settings:
    """The phone's line at the far end."""
    account = Account(label="Shop", user="201", password=Secret(password), domain=DOMAIN, server=far.server)
    return Settings(accounts=(account,), **fields)  # type: ignore[arg-type]


LINKS = (Link.ETHERNET, Link.LTE)


@asynccontextmanager
async def phone_with_everything(folder: Path, **fields: object) -> AsyncIterator[Whole]:
    """A phone on two networks with a modem and a battery; on its way when it has chosen a link and registered there."""
    async with AsyncExitStack() as stack:
        battery = await stack.enter_async_context(SimBattery(folder / "power"))
        far = await stack.enter_async_context(FarEnd({"201": PASSWORD, "202": PASSWORD}, links=LINKS))
        modem = await stack.enter_async_context(SimModem(folder))
        parts = {"devices": far.networks.devices, "modem": modem, "battery": battery}
        sim = await stack.enter_async_context(Simulation(folder / "state", **parts))
        whole = Whole(sim, far, modem, battery)
        modem.tone_hz, modem.mobile.answer_after_s = 620.0, 0.5
        sim.apply(settings(far, **fields))
        await whole.until(lambda phone: phone.paths.link is Link.ETHERNET, "a link is chosen", 15)
        await whole.until(lambda phone: phone.cell_voice, "the modem is in its network", 15)
        await whole.registered()
        try:
            yield whole
        finally:
            whole.close()


@asynccontextmanager
async def whole_phone(
    algorithm: str = "MD5", codecs: tuple[str, ...] = CODECS, password: str = PASSWORD, state: Path | None = None
) -> AsyncIterator[Whole]:
    """A phone with a far end; it begins to register at once."""
    async with AsyncExitStack() as stack:
        far = await stack.enter_async_context(FarEnd({"201": PASSWORD, "202": PASSWORD}, algorithm, codecs))
        wire = stack.enter_context(contextlib.closing(Wiretap(far.server.partition(":")[0])))
        sim = await stack.enter_async_context(Simulation(state))
        whole = Whole(sim, far, wire=wire)
        sim.apply(settings(far, password))
        try:
            yield whole
        finally:
            whole.close()


@asynccontextmanager
async def phones(users: Mapping[str, dict[str, Any]]) -> AsyncIterator[list[Whole]]:
    """Phones of these numbers at one far end, registered; what is different in each one's account."""
    async with AsyncExitStack() as stack:
        far = await stack.enter_async_context(FarEnd(dict.fromkeys(users, PASSWORD)))
        wholes = []
        for user, fields in users.items():
            whole = Whole(await stack.enter_async_context(Simulation()), far)
            stack.callback(whole.close)
            whole.sim.apply(Settings(accounts=(replace(settings(far).accounts[0], user=user, label="Desk", **fields),)))
            wholes.append(whole)
        for whole in wholes:
            await whole.registered()
        yield wholes
