"""The I²C bus: who answers, and what that is."""

import contextlib
import errno
from collections.abc import Callable, Iterable

from ranin.doctor.bench import Bench, Findings
from ranin.doctor.finding import Finding, State
from ranin.hardware.board import Board

FIRST, LAST = 0x08, 0x77
"""The others are reserved (I²C specification UM10204 §3.1.12)."""
NAMES = {
    0x14: "PiJuice",
    0x1A: "WM8960 codec",
    **dict.fromkeys(range(0x20, 0x28), "MCP23017 or PCA9555 port expander"),
    0x34: "TCA8418 keypad",
    0x36: "MAX17040/43/48 gauge (X120x, X728)",
    0x3C: "OLED",
    0x3D: "OLED",
    **dict.fromkeys(range(0x40, 0x44), "INA219 or INA226 gauge (Waveshare UPS)"),
    0x57: "PiSugar 3",
    0x68: "clock (DS3231, PiJuice)",
}
"""7-bit address → what usually has it."""
Probe = Callable[[int], bool]
"""Whether somebody answers at an address. Raises OSError for a bus that does not work."""


async def check_i2c(bench: Bench) -> Findings:
    """Scan the bus of the display."""
    port = bench.board.oled.port if bench.board.oled.bus == "i2c" else 1
    try:
        from smbus2 import SMBus

        bus = SMBus(str(bench.dev / f"i2c-{port}"))
    except OSError as error:
        return [no_bus(port, error)]
    with contextlib.closing(bus):
        return scan(bench.board, lambda address: _answers(bus, address))


def _answers(bus: object, address: int) -> bool:
    """Read one byte: a chip that is spoken to acknowledges; one that a kernel driver has is there, too."""
    try:
        bus.read_byte(address)  # type: ignore[attr-defined]
    except OSError as error:
        if error.errno in (errno.ENXIO, errno.EREMOTEIO, errno.EIO):
            return False
        if error.errno == errno.EBUSY:
            return True
        raise
    return True


def no_bus(port: int, error: OSError) -> Finding:
    """The bus cannot be opened."""
    if error.errno == errno.ENOENT:
        todo = "`modprobe i2c-dev`, and name the overlay of the kit in config.txt"
        return Finding("i2c", State.ABSENT, f"there is no /dev/i2c-{port}", todo)
    return Finding("i2c", State.SKIPPED, f"/dev/i2c-{port}: {error.strerror}", "run the doctor as root")


def scan(board: Board, probe: Probe) -> Findings:
    """Ask every address."""
    try:
        found = [address for address in range(FIRST, LAST + 1) if probe(address)]
    except OSError as error:
        todo = "SDA or SCL is held low: unplug one part after the other until the bus is free"
        return [Finding("i2c", State.WRONG, f"the bus does not work: {error.strerror}", todo)]
    return judge_bus(board, found)


def judge_bus(board: Board, found: Iterable[int]) -> Findings:
    """`found`: addresses that answer."""
    found = list(found)
    if len(found) > LAST - FIRST:
        todo = "SDA hangs on ground: check for a short"
        return [Finding("i2c", State.WRONG, "every address answers", todo)]
    findings = [Finding("i2c", State.WELL, f"0x{address:02X}: {NAMES.get(address, 'unknown')}") for address in found]
    if board.oled.bus == "i2c" and board.oled.address not in found:
        other = next((address for address in (0x3C, 0x3D) if address in found), None)
        todo = (
            f"set `oled.address = 0x{other:02X}`"
            if other is not None
            else "check its four wires: SDA pin 3, SCL pin 5, 3.3 V, ground"
        )
        text = f"no display at 0x{board.oled.address:02X}"
        findings.append(Finding("i2c", State.WRONG, text, todo))
    return findings or [Finding("i2c", State.ABSENT, "nobody answers")]
