"""The Pi's 40-pin header: what is where, what the Pi itself does with it, and whether a board may use it so."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum

HEADER: tuple[int | str, ...] = (
    "3V3", "5V", 2, "5V", 3, "GND", 4, 14, "GND", 15, 17, 18, 27, "GND", 22, 23, "3V3", 24, 10, "GND",
    9, 25, 11, 8, "GND", 7, "ID_SD", "ID_SC", 5, "GND", 6, 12, 13, "GND", 19, 16, 26, 20, "GND", 21,
)  # fmt: skip
"""`HEADER[n - 1]` is the header's pin n: a BCM number, or the supply's name."""
PINS = range(2, 28)
"""BCM numbers of the header; 0 and 1 are the identity of a HAT."""
I2C, SPI, I2S = (2, 3), (9, 10, 11), (18, 19, 20, 21)
"""SDA SCL; MISO MOSI SCLK; BCLK LRCLK DIN DOUT."""
CHIP_SELECT = (8, 7)
CONSOLE = (14, 15)
"""The serial console: the firmware and the kernel write on it at boot."""
PULLED_UP = range(9)
"""High by a pull of some 50 kOhm from reset on; the others are pulled low (Broadcom's ARM Peripherals, 6.2)."""


class Use(Enum):
    """What a pin is for the Pi."""

    INPUT = "input"
    OUTPUT_LOW = "output, low at rest"
    COLUMN = "output of a matrix"
    BUS = "bus"


@dataclass(frozen=True, slots=True)
class Claim:
    """One pin, who wants it, and how."""

    pin: int
    who: str
    use: Use
    pull: str | None = None
    """Of an input: "up" or "down"."""


def place(pin: int) -> int:
    """The header's pin, 1 to 40, of a BCM number."""
    return HEADER.index(pin) + 1


def faults(claims: Iterable[Claim]) -> Iterator[str]:
    """What is wrong with these uses of the header, in words."""
    claims = tuple(claims)
    for pin, count in Counter(claim.pin for claim in claims).items():
        if count > 1:
            users = " and ".join(claim.who for claim in claims if claim.pin == pin)
            yield f"pin {pin} is used twice: by {users}"
    for claim in claims:
        fault = _fault(claim)
        if fault:
            yield f"{claim.who}: {fault}"


def _fault(claim: Claim) -> str | None:
    pin = claim.pin
    if pin not in PINS:
        return f"pin {pin} is not on the header: a header pin is a BCM number from 2 to 27"
    if claim.use is Use.BUS:
        return None
    if pin in I2C:
        return f"pin {pin} is the I2C bus, with resistors to 3.3 V on the Pi"
    if pin in CONSOLE:
        return f"pin {pin} is the serial console, which the Pi drives at boot"
    if claim.use is Use.OUTPUT_LOW and pin in PULLED_UP:
        return f"pin {pin} is pulled high at boot, which would switch it on; take one from 9 to 27"
    if claim.use is Use.INPUT and claim.pull not in ("up", "down"):
        return 'an input needs pull = "up" or pull = "down"'
    return None
