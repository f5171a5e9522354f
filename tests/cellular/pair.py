"""A conversation and a simulated modem in memory, in virtual time."""

from collections.abc import Callable
from typing import TypeVar

from ranin.cellular.modem import Conversation
from ranin.cellular.settings import CellSettings
from ranin.cellular.talk import Output
from ranin.core.commands import Command
from ranin.core.events import Event
from ranin.core.mobile import ModemChanged, ModemStage
from ranin.sim.cell.baseband import Baseband

E = TypeVar("E")


class Pair:
    """Both ends of a port; bytes cross at once, cut where `cut` says."""

    def __init__(
        self,
        family: str = "SIM7600",
        settings: CellSettings = CellSettings(),
        locked_by: str = "",
        card: bool = True,
        tried: tuple[str, ...] = (),
    ) -> None:
        """`locked_by` is the SIM's PIN; `tried` what an earlier run of the phone has kept."""
        self.now_s = 1000.0
        self.modem = Baseband(family, lambda: self.now_s, locked_by, card)
        self.talk = Conversation(settings, tried, "salt", "/dev/voice")
        self.events: list[Event] = []
        self.kept: list[tuple[str, ...]] = []
        self.reopened = 0
        self.cut = 7
        self._deadline_s: float | None = None

    def open(self) -> "Pair":
        """Plug it in."""
        self.modem.boot()
        self.apply(self.talk.opened(self.now_s))
        self._settle()
        return self

    def up(self) -> "Pair":
        """Plug it in and wait until it is in a network."""
        self.open().until(lambda: self.stage in (ModemStage.HOME, ModemStage.ROAMING))
        return self.run(3.0)

    @property
    def state(self) -> ModemChanged:
        """What the core knows of the modem."""
        return self.all(ModemChanged)[-1]

    @property
    def stage(self) -> ModemStage:
        return self.state.stage

    def all(self, kind: type[E]) -> list[E]:
        """The events of a kind."""
        return [event for event in self.events if isinstance(event, kind)]

    def of(self, call: int) -> list[Event]:
        """The events of a call."""
        return [event for event in self.events if getattr(event, "call", None) == call]

    def do(self, command: Command) -> "Pair":
        """The core orders."""
        self.apply(self.talk.execute(command, self.now_s))
        return self.run(1.0)

    def run(self, for_s: float) -> "Pair":
        """Let time pass."""
        end_s = self.now_s + for_s
        while True:
            self._settle()
            times = [at_s for at_s in (self._deadline_s, self.modem.deadline_s) if at_s is not None]
            next_s = min(times, default=end_s)
            if next_s > end_s:
                break
            self.now_s = max(self.now_s, next_s)
            self._tick()
            if not times:
                break
        self.now_s = end_s
        return self

    def until(self, holds: Callable[[], bool], within_s: float = 120.0) -> "Pair":
        """Let time pass until something holds."""
        end_s = self.now_s + within_s
        while not holds():
            assert self.now_s < end_s, f"it did not happen; last: {self.events[-5:]}"
            self.run(0.1)
        return self

    def _tick(self) -> None:
        if self.modem.deadline_s is not None and self.modem.deadline_s <= self.now_s:
            self.modem.tick()
        if self._deadline_s is not None and self._deadline_s <= self.now_s:
            self.apply(self.talk.tick(self.now_s))

    def apply(self, output: Output) -> None:
        if output.keep is not None:
            self.kept.append(output.keep)
        self.events += output.events
        self._deadline_s = output.deadline_s
        assert b"AT+CPIN=" not in output.data or self.kept, "a PIN is kept before it is tried"
        if output.data:
            self.modem.feed(output.data)
        if output.reopen:
            self.reopened += 1
            self.modem.line.take()
            self.apply(self.talk.opened(self.now_s))

    def _settle(self) -> None:
        while data := self.modem.line.take():
            for at in range(0, len(data), self.cut):
                self.apply(self.talk.feed(data[at : at + self.cut], self.now_s))
