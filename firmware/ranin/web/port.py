"""What the front panel needs of the phone behind it; the simulator has one."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from ranin.web.timeline import LANES

Mistakes = list[tuple[str, str]]
"""(field, what is wrong with it)"""


class PanelPort(Protocol):
    """The outermost edge of a simulated phone: fingers, eyes, ears and mouth."""

    numbers: tuple[tuple[str, str], ...]
    """(number, what happens) of whom one can call."""

    machine_sound: bool
    """The sound is in the room: the page neither plays nor listens."""

    lanes: tuple[tuple[str, str], ...] = LANES
    """(key, name) of the time line's lanes, from the top down."""

    def press(self, key: str) -> None:
        """Push a key down. Raises ValueError for one that is not there."""

    def release(self, key: str) -> None:
        """Let a key up. Raises ValueError for one that is not there."""

    def hook(self, lifted: bool) -> None:
        """Lift or replace the handset."""

    def frame(self) -> tuple[int, int, bytes]:
        """(width, height, rows of 1-bit pixels, each row whole bytes) of the display."""

    def status(self) -> dict[str, Any]:
        """`lamps`, `lifted` and `text` (what the display says) as they are now."""

    def watch(self, changed: Callable[[], None]) -> Callable[[], None]:
        """Call `changed`, on the loop, when frame or status change; the returned function ends it."""

    def heard(self) -> tuple[bytes, bytes]:
        """(earpiece, ringer): what was played since the last call, 48 kHz S16_LE mono."""

    def speak(self, sound: bytes) -> None:
        """Feed the microphone, 48 kHz S16_LE mono."""

    def switches(self) -> list[dict[str, Any]]:
        """What can be broken and mended: `key`, `label`, `group`, and `on`, which is None for what is only pressed."""

    def turn(self, key: str, on: bool) -> None:
        """Turn a switch, or press it. Raises ValueError with what is wrong."""

    def samples(self, after: int) -> list[dict[str, Any]]:
        """The time line's samples (`n`, `t`, `lanes`, `notes`) after that number, oldest first; 0: all kept."""

    def settings(self) -> dict[str, Any]:
        """The fields of the settings form; secrets are left out."""

    def apply(self, fields: Mapping[str, Any]) -> Mistakes:
        """Change settings; nothing is changed when a mistake comes back."""
