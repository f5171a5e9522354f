"""The simulated display: a luma device that keeps its frame for whoever looks."""

from collections.abc import Callable
from typing import Any

from luma.core.device import device
from PIL import Image


class FrameDevice(device):  # type: ignore[misc]
    """Takes frames as a panel does; `frame` is the newest."""

    def __init__(self, width: int, height: int) -> None:
        super().__init__(serial_interface=_Nothing())
        self.capabilities(width, height, rotate=0, mode="1")
        self.frame = Image.new("1", (width, height))
        self.on_frame: Callable[[], None] = lambda: None
        """Called on the display's worker after each frame."""

    def display(self, image: Any) -> None:
        """Show a frame."""
        self.frame = image
        self.on_frame()


class _Nothing:
    """A bus with nothing on it."""

    def command(self, *words: int) -> None:
        """Nobody listens."""

    def data(self, values: Any) -> None:
        """Nobody listens."""

    def cleanup(self) -> None:
        """Nothing to clean."""
