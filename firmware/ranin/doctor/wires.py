"""Hook, keypad and lamps: what the pins say while a hand moves."""

import asyncio
from collections.abc import Iterable

from ranin.core.commands import Blink, SetLed
from ranin.core.events import Event, HookLifted, HookReplaced, KeyPressed, KeyReleased
from ranin.core.keys import Key
from ranin.doctor.bench import Bench, Findings
from ranin.doctor.finding import Finding, State, held
from ranin.doctor.picture import keypad
from ranin.hardware.board import Board
from ranin.hardware.hook import Hook
from ranin.hardware.keypad import Keypad
from ranin.hardware.leds import Leds

CHASE_S = 0.4
"""How long each lamp is lit."""
SETTLE_S = 0.1
"""Longer than the keypad needs for two equal scans."""


async def check_hook(bench: Bench) -> Findings:
    """Where the hook switch stands, and whether it moves with the handset."""
    if bench.running:
        return [held("hook")]
    hook, events = Hook(bench.board, bench.pins()), asyncio.Queue[Event]()
    resting = not hook.lifted
    await hook.start(events.put_nowait)
    try:
        moved = await _moves(bench, events) if bench.hands and resting else None
    finally:
        await hook.stop()
    return [judge_hook(bench.board, resting, moved)]


async def _moves(bench: Bench, events: "asyncio.Queue[Event]") -> bool:
    for words, wanted in (("Lift the handset…", HookLifted), ("Put the handset back…", HookReplaced)):
        bench.say(words)
        try:
            async with asyncio.timeout(bench.patience_s):
                while not isinstance(await events.get(), wanted):
                    pass
        except TimeoutError:
            return False
    return True


def judge_hook(board: Board, resting: bool, moved: bool | None) -> Finding:
    """`resting`: how it reads with the handset on its rest; `moved`: whether it followed a hand, None: nobody tried."""
    if not resting:
        other = "low" if board.lifted_high else "high"
        return Finding(
            "hook",
            State.WRONG,
            "reads lifted while on the rest",
            f'put the handset on its rest; if it lies there: swap its two wires or set `hook.lifted = "{other}"`',
        )
    if moved is False:
        todo = f"check the switch, its wire to pin {board.hook} (BCM) and the one to ground"
        return Finding("hook", State.WRONG, "does not follow the handset", todo)
    return Finding("hook", State.WELL, "follows the handset" if moved else "reads replaced")


async def check_keypad(bench: Bench) -> Findings:
    """Which keys are down by themselves, and which a hand has reached."""
    if bench.running:
        return [held("keypad")]
    pad, events = Keypad(bench.board, bench.pins()), asyncio.Queue[Event]()
    await pad.start(events.put_nowait)
    try:
        await asyncio.sleep(SETTLE_S)
        down = frozenset(event.key for event in _waiting(events) if isinstance(event, KeyPressed))
        pressed = await _walk(bench, events) if bench.hands else None
    finally:
        await pad.stop()
    return judge_keypad(bench.board, down, pressed)


def _waiting(events: "asyncio.Queue[Event]") -> list[Event]:
    return [events.get_nowait() for _ in range(events.qsize())]


async def _walk(bench: Bench, events: "asyncio.Queue[Event]") -> frozenset[Key]:
    """Every key that is pressed, until all were or none for a while."""
    every = frozenset(key for row in bench.board.keys for key in row if key)
    pressed: frozenset[Key] = frozenset()
    bench.say(f"Press every key once:\n{keypad(bench.board, pressed)}")
    while pressed != every:
        try:
            event = await asyncio.wait_for(events.get(), bench.patience_s)
        except TimeoutError:
            break
        if isinstance(event, KeyPressed | KeyReleased) and event.key not in pressed:
            pressed |= {event.key}
            bench.say(keypad(bench.board, pressed))
    return pressed


def judge_keypad(board: Board, down: frozenset[Key], pressed: frozenset[Key] | None) -> Findings:
    """`down`: without a hand; `pressed`: what a hand has reached, None: nobody tried."""
    found = [_stuck(board, down)] if down else []
    every = {key for row in board.keys for key in row if key}
    missing = every - (pressed if pressed is not None else every)
    if missing == every:
        return [
            *found,
            Finding("keypad", State.WRONG, "no key is seen", "plug in its ribbon; is it the right way round?"),
        ]
    found += [*_silent(board, missing, "row"), *_silent(board, missing, "column")]
    lines = {key for keys in _wires(board, "row") + _wires(board, "column") if keys <= missing for key in keys}
    found += [_alone(board, key) for key in _order(missing - lines)]
    if not found:
        told = f"all {len(every)} keys are seen" if pressed is not None else "no key is stuck"
        found = [Finding("keypad", State.WELL, told)]
    return found


def _stuck(board: Board, down: frozenset[Key]) -> Finding:
    names = ", ".join(key.value for key in _order(down))
    row, column = board.place(_order(down)[0])
    todo = f"free the key; else look for a short between pins {board.rows[row]} and {board.columns[column]} (BCM)"
    return Finding("keypad", State.WRONG, f"reads as pressed without a hand: {names}", todo)


def _silent(board: Board, missing: set[Key], kind: str) -> Findings:
    """Whole rows or columns of which no key is seen: a wire, not a key."""
    pins = board.rows if kind == "row" else board.columns
    return [
        Finding("keypad", State.WRONG, f"{kind} {index + 1} is silent", f"check its wire to pin {pins[index]} (BCM)")
        for index, keys in enumerate(_wires(board, kind))
        if keys and keys <= missing
    ]


def _alone(board: Board, key: Key) -> Finding:
    row, column = board.place(key)
    text = f"the key {key.value} is not seen (row {row + 1}, column {column + 1})"
    return Finding("keypad", State.WRONG, text, "its neighbours are: the key itself is broken, or was not pressed")


def _wires(board: Board, kind: str) -> list[set[Key]]:
    """The keys of each row, or of each column."""
    lines = board.keys if kind == "row" else tuple(zip(*board.keys, strict=True))
    return [{key for key in keys if key} for keys in lines]


def _order(keys: Iterable[Key]) -> list[Key]:
    return sorted(keys, key=lambda key: key.value)


async def check_lamps(bench: Bench) -> Findings:
    """Light one lamp after the other, for eyes to see."""
    if bench.running:
        return [held("lamps")]
    if not bench.board.leds:
        return [Finding("lamps", State.ABSENT, "the board has none")]
    lamps = Leds(bench.board, bench.pins())
    try:
        for led in bench.board.leds:
            bench.say(f"The lamp `{led.value}` is lit")
            lamps.execute(SetLed(led, Blink.ON))
            await asyncio.sleep(CHASE_S)
            lamps.execute(SetLed(led, Blink.OFF))
    finally:
        await lamps.stop()
    places = ", ".join(f"{led.value} (pin {pin})" for led, pin in bench.board.leds.items())
    todo = "one that stayed dark: turn it round, check its resistor and its wire"
    return [Finding("lamps", State.WELL, f"were lit one after the other: {places}", todo)]
