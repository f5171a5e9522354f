"""The lamps on gpiozero; blinking is done by the loop, not by a thread for each lamp."""

import asyncio
from typing import Any

from gpiozero import LED

from ranin.core.commands import Blink, Command, Led, SetLed
from ranin.hardware.board import Board
from ranin.runtime.adapter import Post


class Leds:
    """Carries out SetLed; a lamp that the board does not have is left out."""

    handles = (SetLed,)

    def __init__(self, board: Board, pin_factory: Any) -> None:
        self._leds = {led: LED(pin, pin_factory=pin_factory) for led, pin in board.leds.items()}
        self._blinks: dict[Led, asyncio.TimerHandle] = {}

    async def start(self, post: Post) -> None:
        """Nothing to open: the constructor did."""

    async def stop(self) -> None:
        """All lamps off; what is said to them from now on is not heard."""
        for handle in self._blinks.values():
            handle.cancel()
        for led in self._leds.values():
            led.close()
        self._leds.clear()

    def execute(self, command: Command) -> None:
        """Light one lamp as told."""
        assert isinstance(command, SetLed)
        if command.led in self._leds:
            running = self._blinks.pop(command.led, None)
            if running is not None:
                running.cancel()
            self._light(command.led, command.blink, on=command.blink is not Blink.OFF)

    def _light(self, led: Led, blink: Blink, on: bool) -> None:
        self._leds[led].value = on
        length_ms = blink.value[0 if on else 1]
        if all(blink.value):
            loop = asyncio.get_running_loop()
            self._blinks[led] = loop.call_later(length_ms / 1000, self._light, led, blink, not on)
