"""The display through luma: one worker draws, the newest screen wins, a fault is retried."""

import logging
import threading
import time
from collections.abc import Callable
from typing import Any

from ranin.core.commands import Command, ShowScreen
from ranin.core.screens.screen import Screen
from ranin.core.text import RIGHT_TO_LEFT
from ranin.hardware import panel
from ranin.hardware.board import OledSpec
from ranin.runtime.adapter import Busy, Post

log = logging.getLogger(__name__)

FIRST_RETRY_S = 1.0
LONGEST_RETRY_S = 60.0


def open_device(spec: OledSpec) -> Any:
    """The luma device of a board's display. Raises OSError, or luma's own errors, when it is not there."""
    from luma.core.interface.serial import i2c, spi
    from luma.oled import device

    if spec.bus == "i2c":
        serial = i2c(port=spec.port, address=spec.address)
    else:
        serial = spi(port=spec.port, device=spec.address, gpio_DC=spec.dc, gpio_RST=spec.rst)
    kind: Any = getattr(device, spec.driver)
    return kind(serial, width=spec.width, height=spec.height)


Say = Callable[[Screen, str], Screen]
"""(screen, language) → the screen as it is said in that language."""


class Oled:
    """Carries out ShowScreen on a worker of its own, so that a slow bus delays nobody."""

    handles = (ShowScreen,)

    def __init__(self, open_display: Callable[[], Any], say: Say = lambda screen, _language: screen) -> None:
        """`open_display` makes a luma device; it is called again after a fault. `say`: without it all is English."""
        self._open = open_display
        self._say = say
        self.busy_s = Busy()
        self._wanted: Screen | None = None
        self._rtl = False
        """Whether it is to be laid out from right to left."""
        self._change = threading.Condition()
        self._leaving = False
        self._worker = threading.Thread(target=self._work, name="oled", daemon=True)

    async def start(self, post: Post) -> None:
        """Start the worker."""
        self._worker.start()

    async def stop(self) -> None:
        """Let the worker finish its frame."""
        with self._change:
            self._leaving = True
            self._change.notify()
        self._worker.join(2.0)

    def execute(self, command: Command) -> None:
        """Show this screen next; one not drawn yet is forgotten."""
        assert isinstance(command, ShowScreen)
        screen = self._say(command.screen, command.language)
        with self._change:
            self._wanted, self._rtl = screen, command.language in RIGHT_TO_LEFT
            self._change.notify()

    def _work(self) -> None:
        retry_s = FIRST_RETRY_S
        while not self._leaving:
            try:
                self.busy_s.begin()
                self._draw_on(self._open())
                retry_s = FIRST_RETRY_S
            except Exception as error:
                log.error("the display failed (%s); trying again in %.0f s", error, retry_s)
                self.busy_s.rest()
                with self._change:
                    self._change.wait_for(lambda: self._leaving, retry_s)
                retry_s = min(LONGEST_RETRY_S, 2 * retry_s)

    def _draw_on(self, device: Any) -> None:
        """Draw what is wanted until told to leave; sleeps while nothing moves."""
        size, shown, since_s, pause_s = (device.width, device.height), None, 0.0, None
        last = b""
        while True:
            wanted, rtl = self._next(shown, pause_s)
            if wanted is None:
                return
            if wanted is not shown and not panel.continues(shown, wanted):
                since_s = time.monotonic()
            shown = wanted
            image, pause_s = panel.frame(shown, size, time.monotonic() - since_s, rtl)
            if image.tobytes() != last:
                device.display(image.convert(device.mode))
                last = image.tobytes()

    def _next(self, shown: Screen | None, pause_s: float | None) -> tuple[Screen | None, bool]:
        """Wait for another screen than `shown`, or `pause_s`; the screen (None: leave) and whether it is mirrored."""
        self.busy_s.rest()
        with self._change:
            self._change.wait_for(lambda: self._leaving or self._wanted is not shown, pause_s)
            self.busy_s.begin()
            return (None if self._leaving else self._wanted), self._rtl
