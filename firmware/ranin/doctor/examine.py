"""Every check in its order; the display says which one runs."""

import contextlib
from collections.abc import AsyncIterator, Callable, Iterable
from typing import Any

from gpiozero.exc import GPIOZeroError

from ranin.core.screens.screen import Screen
from ranin.doctor import report
from ranin.doctor.bench import Bench, Check
from ranin.doctor.finding import Finding, State, held
from ranin.doctor.i2c import check_i2c
from ranin.doctor.machine import check_battery, check_clock, check_config, check_disk
from ranin.doctor.modem import check_modem
from ranin.doctor.network import check_network
from ranin.doctor.registrar import check_lines
from ranin.doctor.sound import check_sound
from ranin.doctor.wires import check_hook, check_keypad, check_lamps
from ranin.hardware import panel
from ranin.hardware.board import Board

CHECKS: tuple[Check, ...] = (
    ("configuration", check_config),
    ("disk", check_disk),
    ("clock", check_clock),
    ("i2c", check_i2c),
    ("hook", check_hook),
    ("keypad", check_keypad),
    ("lamps", check_lamps),
    ("sound", check_sound),
    ("battery", check_battery),
    ("modem", check_modem),
    ("network", check_network),
    ("lines", check_lines),
)
"""Name as the command line takes it, and what is done; the display is tested by showing the others."""
DISPLAY = "display"
NAMES = (DISPLAY, *(name for name, _ in CHECKS))

Show = Callable[[Screen], None]


async def examine(bench: Bench, wanted: Iterable[str] = NAMES) -> AsyncIterator[Finding]:
    """Each finding as it is made; one check that fails does not keep the others."""
    wanted, found = set(wanted), list[Finding]()
    with _display(bench) as (show, first):
        for finding in [first] if DISPLAY in wanted else []:
            found.append(finding)
            yield finding
        for name, check in CHECKS:
            if name in wanted:
                show(report.progress(name))
                for finding in await _run(name, check, bench):
                    found.append(finding)
                    yield finding
        show(report.result(found))


async def _run(name: str, check: Callable[[Bench], Any], bench: Bench) -> list[Finding]:
    try:
        return list(await check(bench))
    except (GPIOZeroError, OSError) as error:
        return [unreachable(name, error)]


def unreachable(name: str, error: Exception) -> Finding:
    """A part that cannot be opened at all."""
    text = str(error) or type(error).__name__
    if "busy" in text.lower() or "in use" in text.lower():
        return held(name)
    if isinstance(error, PermissionError):
        return Finding(name, State.SKIPPED, f"it may not be opened: {text}", "run the doctor as root")
    return Finding(name, State.WRONG, f"it cannot be opened: {text}", "is this the board that `--board` names?")


@contextlib.contextmanager
def _display(bench: Bench) -> Any:
    """(how to show a screen, what there is to say of the display); a display that fails is shown nothing more."""
    if bench.running:
        yield (lambda screen: None), held(DISPLAY)
        return
    try:
        device = bench.open_display()
    except Exception as error:  # luma raises its own, and whatever its buses raise
        yield (lambda screen: None), judge_display(bench.board, str(error))
        return
    device.persist = True  # the result stays to be read
    yield (lambda screen: _draw(device, screen)), judge_display(bench.board)


def _draw(device: Any, screen: Screen) -> None:
    with contextlib.suppress(OSError):
        image, _ = panel.frame(screen, (device.width, device.height), 0.0)
        device.display(image.convert(device.mode))


def judge_display(board: Board, error: str = "") -> Finding:
    """`error`: why it could not be opened."""
    spec = board.oled
    place = f"{spec.driver} at 0x{spec.address:02X}" if spec.bus == "i2c" else f"{spec.driver} on SPI"
    if error:
        todo = "see what the I²C scan finds" if spec.bus == "i2c" else "check its wires; is the SPI overlay loaded?"
        return Finding(DISPLAY, State.WRONG, f"{place} does not answer: {error}", todo)
    todo = "a shifted or torn picture: `oled.driver` is another one (many 1.3 inch panels are sh1106)"
    return Finding(DISPLAY, State.WELL, f"{place} takes pictures: look at it", todo)
