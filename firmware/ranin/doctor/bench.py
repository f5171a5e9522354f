"""What is examined, and where it is: the phone's own parts, or simulated ones in their place."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ranin.config.store import ConfigStore
from ranin.core.outage import Link
from ranin.core.settings import Settings
from ranin.doctor.finding import Finding
from ranin.hardware.board import Board
from ranin.hardware.oled import open_device
from ranin.hardware.pinfactory import chosen


@dataclass(slots=True)
class Bench:
    """Everything that a check needs."""

    board: Board
    config: Path
    state: Path
    hands: bool = False
    """Somebody is there to lift the handset and press keys."""
    patience_s: float = 15.0
    """How long a hand is waited for."""
    say: Callable[[str], None] = lambda text: None
    """Told what a hand shall do, and what is seen meanwhile."""
    pins: Callable[[], Any] = chosen
    """Opens the pins. Raises gpiozero's BadPinFactory, or OSError."""
    display: Callable[[], Any] | None = None
    """Opens the display; None: the board's."""
    modem: str = ""
    """The AT port; empty: the first known modem."""
    devices: Mapping[Link, str] | None = None
    """Names of the network interfaces; None: they are found."""
    sys: Path = Path("/sys")
    dev: Path = Path("/dev")
    running: bool = False
    """The daemon runs beside us."""
    settings: Settings = field(default_factory=Settings)
    mistakes: tuple[str, ...] = ()
    """What is wrong with the configuration."""

    def load(self) -> None:
        """Read the configuration as the daemon does."""
        store = ConfigStore(self.config, self.state / "local.toml")
        self.settings = store.load()
        self.mistakes = tuple(str(error) for error in store.mistakes)

    def open_display(self) -> Any:
        """The luma device. Raises what luma raises when it is not there."""
        return self.display() if self.display is not None else open_device(self.board.oled)


Check = tuple[str, Callable[[Bench], Any]]
"""(name, coroutine function: Bench → list of findings)"""
Findings = list[Finding]
