"""In the guest: what is done to the real edges. The functions give facts; the tests outside judge them."""

import asyncio
import os
import random
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from gpiozero import DigitalInputDevice, DigitalOutputDevice

from ranin.core.commands import Blink, Led, SetLed
from ranin.core.events import Event, HookLifted, HookReplaced, KeyPressed, KeyReleased
from ranin.core.keys import Key
from ranin.hardware.board import load_board
from ranin.hardware.hook import Hook
from ranin.hardware.keypad import REPEAT_S, Keypad
from ranin.hardware.leds import Leds
from ranin.hardware.pinfactory import PinFactory
from tests.hil.chip import Chip, Desk

BOARD = load_board("standard")
LINE = 20
BOUNCES = 6
"""Contacts open and close so often before they rest."""


def gpiozeros_own_tests() -> dict[str, Any]:
    """Its real-pin tests against our factory and one wire: return code and what pytest said."""
    words = ["python3", "-m", "pytest", "-v", "-rs", "-p", "no:cacheprovider", "-o", "faulthandler_timeout=30"]
    words = ["busybox", "timeout", "100", *words, "-x", "/opt/gpiozero/tests/test_real_pins.py"]
    done = subprocess.run(words, capture_output=True, text=True, cwd="/tmp", check=False)
    return {"code": done.returncode, "said": done.stdout + done.stderr}


def pulls() -> dict[str, Any]:
    """What the kernel has at a line after each pull was asked for; what is read while it is pulled from outside."""
    chip, factory = Chip(), PinFactory()
    asked = {}
    for pull in ("up", "down", "up"):
        with DigitalInputDevice(LINE, pull_up=pull == "up", pin_factory=factory) as device:
            asked[pull] = [chip.pulled_up(LINE), device.pin.state, device.pin.pull]
    with DigitalInputDevice(LINE, pull_up=True, pin_factory=factory) as device:
        outside = []
        for high in (False, True, False):
            chip.pull(LINE, high)
            outside.append(device.pin.state)
    factory.close()
    return {"asked": asked, "outside": outside}


def outputs() -> dict[str, Any]:
    """Levels at the line itself after an output was made, and set; who the kernel says has it."""
    chip, factory = Chip(), PinFactory()
    device = DigitalOutputDevice(LINE, initial_value=True, pin_factory=factory)
    levels = [chip.level(LINE)]
    for on in (False, True):
        device.value = on
        levels.append(chip.level(LINE))
    with_user = factory.line_info(LINE).consumer
    device.close()
    freed = not factory.line_info(LINE).used
    factory.close()
    return {"levels": levels, "consumer": with_user, "freed": freed}


def edges(count: int) -> dict[str, Any]:
    """Edges heard of a line pulled up and down, their directions, and how long after the pull, in ms."""
    chip, factory = Chip(), PinFactory()
    pin = factory.pin(LINE)
    pin.input_with_pull("down")
    heard: list[tuple[int, float]] = []
    came = threading.Event()

    def tell(ticks: float, state: int) -> None:
        heard.append((state, time.monotonic() - pulled_s))
        came.set()

    pin.when_changed = tell
    for index in range(count):
        came.clear()
        pulled_s = time.monotonic()
        chip.pull(LINE, index % 2 == 0)
        came.wait(2)
    late_ms = sorted(late_s * 1000 for _, late_s in heard)
    factory.close()
    alive = [thread.name for thread in threading.enumerate() if thread.name == "edges"]
    return {"states": [state for state, _ in heard], "median_ms": late_ms[len(late_ms) // 2], "threads_left": alive}


def taken_line() -> str:
    """What is said of a line that somebody else has."""
    first, second = PinFactory(), PinFactory()
    with DigitalOutputDevice(LINE, pin_factory=first):
        second.pins = {}
        second._reservations = {}
        try:
            second.pin(LINE).state = True
        except Exception as error:
            return f"{type(error).__name__}: {error}"
        finally:
            first.close()
    return "nothing"


async def _with_keypad(doing: Callable[[Desk, list[tuple[Event, float]]], Awaitable[Any]]) -> Any:
    desk, heard = Desk(BOARD, Chip()), []
    keypad = Keypad(BOARD, desk.factory)
    await keypad.start(lambda event: heard.append((event, time.monotonic())))
    await asyncio.sleep(4 * REPEAT_S)
    try:
        return await doing(desk, heard)
    finally:
        await keypad.stop()
        desk.factory.close()


def _contact(desk: Desk, key: Key, down: bool, bounce_s: float, chance: random.Random) -> None:
    """Close or open a contact that bounces for a while."""
    for _ in range(BOUNCES):
        desk.key(key, down)
        time.sleep(chance.uniform(0, bounce_s / BOUNCES))
        desk.key(key, not down)
        time.sleep(chance.uniform(0, bounce_s / BOUNCES))
    desk.key(key, down)


def _type(desk: Desk, keys: list[Key], per_s: float, bounce_s: float) -> list[float]:
    """A finger that holds and pauses in full, however late it is; when each contact began to close."""
    chance, began = random.Random(5), []
    for key in keys:
        began.append(time.monotonic())
        for down in (True, False):
            rests_at_s = time.monotonic() + 0.5 / per_s
            _contact(desk, key, down, bounce_s, chance)
            time.sleep(max(0.0, rests_at_s - time.monotonic()))
    return began


def digits(presses: int, per_s: float, bounce_s: float) -> dict[str, Any]:
    """Type digits; those told down and up, in order, and from contact to event in ms."""
    chance = random.Random(7)
    keys = [chance.choice([key for key in Key if key.value.isdigit()]) for _ in range(presses)]

    async def doing(desk: Desk, heard: list[tuple[Event, float]]) -> dict[str, Any]:
        began_at = time.monotonic()
        began = await asyncio.to_thread(_type, desk, keys, per_s, bounce_s)
        took_s = time.monotonic() - began_at
        await asyncio.sleep(0.2)
        down = [(event.key.value, at_s) for event, at_s in heard if isinstance(event, KeyPressed)]
        late_ms = sorted((at_s - began_s) * 1000 for (_, at_s), began_s in zip(down, began, strict=False))
        return {
            "typed": [key.value for key in keys],
            "down": [key for key, _ in down],
            "up": [event.key.value for event, _ in heard if isinstance(event, KeyReleased)],
            "other": Counter(type(event).__name__ for event, _ in heard),
            "rate_per_s": presses / took_s,
            "late_ms": {"median": late_ms[len(late_ms) // 2], "worst": late_ms[-1]},
        }

    return asyncio.run(_with_keypad(doing))


def _wake_ups() -> dict[str, int]:
    """Voluntary context switches of each thread but the one that asks, by name."""
    found: dict[str, int] = {}
    for task in Path("/proc/self/task").iterdir():
        status = dict(line.split(":\t", 1) for line in (task / "status").read_text().splitlines() if ":\t" in line)
        if int(task.name) != threading.get_native_id():
            found[task.name] = int(status["voluntary_ctxt_switches"])
    return found


def idle(seconds: float) -> dict[str, Any]:
    """A keypad that nobody touches: CPU share, and how often its threads woke (the asking one left out)."""

    async def resting(desk: Desk, heard: list[tuple[Event, float]]) -> dict[str, Any]:
        before, cpu_s = _wake_ups(), time.process_time()
        await asyncio.sleep(seconds)
        share, after = (time.process_time() - cpu_s) / seconds, _wake_ups()
        return {
            "cpu": share,
            "woke": sum(after[task] - count for task, count in before.items()),
            "watched": len(before),
        }

    return asyncio.run(_with_keypad(resting))


def polled(seconds: float, per_s: float) -> float:
    """CPU share of the same scan, done by the clock: what an idle keypad would cost without edges."""
    factory = PinFactory()
    keypad = Keypad(BOARD, factory)
    rounds, cpu_s, next_s = int(seconds * per_s), time.process_time(), time.monotonic()
    for _ in range(rounds):
        keypad._closed()
        next_s += 1 / per_s
        time.sleep(max(0.0, next_s - time.monotonic()))
    share = (time.process_time() - cpu_s) / seconds
    asyncio.run(keypad.stop())
    factory.close()
    return share


def hook(bounce_s: float) -> dict[str, Any]:
    """Lift and replace with bounce, three times."""
    return asyncio.run(_hook(bounce_s))


async def _hook(bounce_s: float) -> dict[str, Any]:
    desk, heard = Desk(BOARD, Chip()), []
    adapter = Hook(BOARD, desk.factory)
    rested = adapter.lifted
    await adapter.start(lambda event: heard.append(event))
    chance = random.Random(3)
    for turn in range(6):
        lifted = turn % 2 == 0
        for _ in range(BOUNCES):
            for position in (lifted, not lifted):
                desk.hook(position)
                await asyncio.sleep(chance.uniform(0, bounce_s / BOUNCES))
        desk.hook(lifted)
        await asyncio.sleep(0.3)
    await adapter.stop()
    desk.factory.close()
    names = {HookLifted: "lifted", HookReplaced: "replaced"}
    return {"at_start": rested, "heard": [names[type(event)] for event in heard]}


def lamps() -> dict[str, Any]:
    """Every lamp lit alone, read from its line; one that blinks, sampled."""
    return asyncio.run(_lamps())


async def _lamps() -> dict[str, Any]:
    desk = Desk(BOARD, Chip())
    leds = Leds(BOARD, desk.factory)
    alone = {}
    for led in BOARD.leds:
        leds.execute(SetLed(led, Blink.ON))
        alone[led.value] = [name for name, shines in desk.lamps().items() if shines]
        leds.execute(SetLed(led, Blink.OFF))
    leds.execute(SetLed(Led.RING, Blink.FAST))
    seen = []
    for _ in range(100):
        seen.append(desk.lamps()[Led.RING.value])
        await asyncio.sleep(0.01)
    await leds.stop()
    desk.factory.close()
    changes = sum(one != other for one, other in zip(seen, seen[1:], strict=False))
    return {"alone": alone, "changes": changes, "dark_after": not any(desk.lamps().values())}


def kernel() -> str:
    """Which kernel runs."""
    return os.uname().release
