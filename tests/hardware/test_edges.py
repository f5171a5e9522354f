"""Keypad, hook, lamps and display over gpiozero's mock pins and a luma device."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable

import pytest
from PIL import Image

from ranin.core.commands import Blink, Led, SetLed, ShowScreen
from ranin.core.events import Event, HookLifted, HookReplaced, KeyPressed, KeyReleased
from ranin.core.keys import Key
from ranin.core.screens.screen import Screen
from ranin.core.text import RIGHT_TO_LEFT
from ranin.hardware.board import load_board
from ranin.hardware.hook import Hook
from ranin.hardware.keypad import Keypad
from ranin.hardware.leds import Leds
from ranin.hardware.oled import Oled
from ranin.hardware.panel import render
from ranin.languages.catalogues import in_language
from ranin.sim.display import FrameDevice
from ranin.sim.wires import Wires
from tests.hardware.gallery import SCREENS

BOARD = load_board("standard")


class Heard:
    """Events as they come, waited for with a deadline."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self._more = asyncio.Event()

    def post(self, event: Event) -> None:
        self.events.append(event)
        self._more.set()

    async def until(self, holds: Callable[[list[Event]], bool]) -> None:
        async with asyncio.timeout(5):
            while not holds(self.events):
                self._more.clear()
                await self._more.wait()


@pytest.fixture
async def keypad() -> AsyncIterator[tuple[Wires, Heard]]:
    wires, heard = Wires(BOARD), Heard()
    adapter = Keypad(BOARD, wires.factory)
    await adapter.start(heard.post)
    yield wires, heard
    await adapter.stop()


@pytest.mark.parametrize("key", Key, ids=lambda key: key.value)
async def test_every_key_is_told_down_and_up(keypad: tuple[Wires, Heard], key: Key) -> None:
    wires, heard = keypad
    wires.press(key)
    await heard.until(lambda events: KeyPressed(key) in events)
    wires.release(key)
    await heard.until(lambda events: KeyReleased(key) in events)
    assert heard.events == [KeyPressed(key), KeyReleased(key)]


async def test_two_keys_at_once_and_a_ghost_is_not_told(keypad: tuple[Wires, Heard]) -> None:
    wires, heard = keypad
    wires.press(Key.D1)
    wires.press(Key.D2)
    await heard.until(lambda events: len(events) == 2)
    wires.press(Key.D4)  # 1, 2 and 4 make 5 look pressed, too
    wires.release(Key.D4)
    wires.release(Key.D1)
    wires.release(Key.D2)
    await heard.until(lambda events: len(events) == 4)
    assert {event.key for event in heard.events} == {Key.D1, Key.D2}


async def test_the_hook_bounces_and_is_told_once() -> None:
    wires, heard = Wires(BOARD), Heard()
    hook = Hook(BOARD, wires.factory)
    assert not hook.lifted
    await hook.start(heard.post)
    for _ in range(5):
        wires.lift()
        wires.replace()
    wires.lift()
    await heard.until(lambda events: events == [HookLifted()])
    wires.replace()
    await heard.until(lambda events: events == [HookLifted(), HookReplaced()])
    await hook.stop()


async def test_a_handset_lifted_before_the_start_is_seen() -> None:
    wires = Wires(BOARD)
    wires.lift()
    hook = Hook(BOARD, wires.factory)
    assert hook.lifted
    await hook.stop()


async def test_lamps_shine_and_blink() -> None:
    wires = Wires(BOARD)
    changes: list[bool] = []
    leds = Leds(BOARD, wires.factory)
    await leds.start(lambda event: None)
    leds.execute(SetLed(Led.LINE, Blink.ON))
    assert wires.lamps()[Led.LINE]
    blinked = asyncio.Event()

    def look() -> None:
        changes.append(wires.lamps()[Led.RING])
        if len(changes) >= 4:
            blinked.set()

    wires.on_lamps = look
    leds.execute(SetLed(Led.RING, Blink.FAST))
    await asyncio.wait_for(blinked.wait(), 5)
    leds.execute(SetLed(Led.RING, Blink.OFF))
    assert changes[:4] == [True, False, True, False] and not wires.lamps()[Led.RING]
    await leds.stop()
    leds.execute(SetLed(Led.RING, Blink.ON))
    assert not wires.lamps()[Led.RING], "what is said after the end is passed over"


async def shown(oled: Oled, device: FrameDevice, screen: Screen, language: str = "en") -> None:
    """Show a screen and wait until the device has its picture."""
    picture = render(in_language(screen, language), (128, 64), rtl=language in RIGHT_TO_LEFT)
    wanted, arrived, loop = picture.tobytes(), asyncio.Event(), asyncio.get_running_loop()

    def look() -> None:
        if device.frame.tobytes() == wanted:
            loop.call_soon_threadsafe(arrived.set)

    device.on_frame = look
    oled.execute(ShowScreen(screen, language))
    await asyncio.wait_for(arrived.wait(), 5)


async def test_the_newest_screen_reaches_the_display() -> None:
    device = FrameDevice(128, 64)
    oled = Oled(lambda: device)
    await oled.start(lambda event: None)
    for name in ("idle", "notice", "menu"):
        await shown(oled, device, SCREENS[name])
    await oled.stop()


async def test_the_display_speaks_the_language_of_the_phone() -> None:
    device = FrameDevice(128, 64)
    oled = Oled(lambda: device, in_language)
    await oled.start(lambda event: None)
    for language in ("ar", "en", "de"):
        await shown(oled, device, SCREENS["menu"], language)
    await oled.stop()


async def test_a_display_that_fails_is_opened_again() -> None:
    class Failing(FrameDevice):
        def display(self, image: Image.Image) -> None:
            raise OSError(121, "Remote I/O error")

    good, opened, tried = FrameDevice(128, 64), [], threading.Event()

    def open_display() -> FrameDevice:
        opened.append(True)
        tried.set()
        return Failing(128, 64) if len(opened) == 1 else good

    oled = Oled(open_display)
    await oled.start(lambda event: None)
    await shown(oled, good, SCREENS["idle"])
    assert len(opened) == 2
    await oled.stop()
