"""The wires of a board, from the header to the parts: what every picture and table is drawn from."""

from collections.abc import Iterator
from dataclasses import dataclass

from ranin.hardware.board import Board
from ranin.hardware.header import CHIP_SELECT, HEADER, I2C, I2S, SPI, place


@dataclass(frozen=True, slots=True)
class Wire:
    """One wire."""

    header: int
    """The header's pin, 1 to 40."""
    step: str
    """What it belongs to, a key of COLOURS and of the guide's steps."""
    part: str
    pin: str
    """The part's pin."""
    through: str = ""
    """A resistor in the wire."""


COLOURS = {
    "display": ("#2f6fd0", "BU"),
    "keypad": ("#2a9d4a", "GN"),
    "hook": ("#8e44ad", "VT"),
    "lamps": ("#d9480f", "OG"),
    "sound": ("#c2185b", "PK"),
    "ups": ("#00838f", "TQ"),
}
"""Of each step's wires: as drawn by us, and in WireViz' letters."""
SUPPLY = {"3V3": ("#d00000", "RD"), "5V": ("#d00000", "RD"), "GND": ("#333333", "BK")}
LAMP_RESISTOR, COLUMN_RESISTOR = "330 Ω", "1 kΩ"


def wires(board: Board) -> tuple[Wire, ...]:
    """Every wire that is soldered or plugged, step by step. Supply pins are handed out in the header's order."""
    drawn = _Drawing()
    drawn.display(board)
    if board.rows:
        drawn.keypad(board)
    if board.hook is not None:
        drawn.part("hook", "hook switch", {"NO": board.hook, "COM": "GND"})
    for led, pin in board.leds.items():
        drawn.part("lamps", f"lamp {led.value}", {"anode": pin, "cathode": "GND"}, {"anode": LAMP_RESISTOR})
    if board.amplifier is not None:
        clock, frame, _, data = I2S
        sound = {"VIN": "5V", "GND": "GND", "BCLK": clock, "LRC": frame, "DIN": data, "SD": board.amplifier.enable}
        drawn.part("sound", board.amplifier.driver.upper(), sound)
    if board.ups is not None:
        drawn.ups(board)
    return tuple(drawn.wires)


class _Drawing:
    def __init__(self) -> None:
        self.wires: list[Wire] = []
        self._free = {name: _places(name) for name in SUPPLY}

    def part(self, step: str, part: str, pins: dict[str, int | str], through: dict[str, str] | None = None) -> None:
        """Wire a part: its pins, each to a BCM number or a supply."""
        for pin, net in pins.items():
            header = self._supply(net) if isinstance(net, str) else place(net)
            self.wires.append(Wire(header, step, part, pin, (through or {}).get(pin, "")))

    def _supply(self, name: str) -> int:
        """The next pin of a supply; the last one is shared when there are no more."""
        free = self._free[name]
        return free.pop(0) if len(free) > 1 else free[0]

    def display(self, board: Board) -> None:
        oled = board.oled
        lines: dict[str, int | str] = {"VCC": "3V3", "GND": "GND"}
        if oled.bus == "i2c":
            lines |= {"SDA": I2C[0], "SCL": I2C[1]}
        else:
            lines |= {"DIN": SPI[1], "CLK": SPI[2], "CS": CHIP_SELECT[oled.address]}
            lines |= {name: pin for name, pin in (("DC", oled.dc), ("RST", oled.rst)) if pin is not None}
        self.part("display", f"OLED {oled.driver.upper()}", lines)

    def keypad(self, board: Board) -> None:
        rows: dict[str, int | str] = {f"R{number}": pin for number, pin in enumerate(board.rows, 1)}
        columns: dict[str, int | str] = {f"C{number}": pin for number, pin in enumerate(board.columns, 1)}
        self.part("keypad", "key matrix", rows | columns, dict.fromkeys(columns, COLUMN_RESISTOR))

    def ups(self, board: Board) -> None:
        ups = board.ups
        assert ups is not None
        lines: dict[str, int | str] = {"5V": "5V", "GND": "GND", "SDA": I2C[0], "SCL": I2C[1]}
        own = {"mains": ups.power_loss, "charge stop": ups.charge_stop}
        lines |= {name: pin for name, pin in own.items() if pin is not None}
        self.part("ups", f"UPS {ups.driver.upper()}", lines)


def _places(supply: str) -> list[int]:
    return [number for number, net in enumerate(HEADER, 1) if net == supply]


def colour(wire: Wire) -> tuple[str, str]:
    """A wire's colour: ours and WireViz'. Supplies keep theirs."""
    net = HEADER[wire.header - 1]
    return SUPPLY[net] if isinstance(net, str) else COLOURS[wire.step]


def steps_of(board: Board) -> Iterator[str]:
    """The steps in which a board has wires, in the order they are made."""
    made = {wire.step for wire in wires(board)}
    return (step for step in COLOURS if step in made)
