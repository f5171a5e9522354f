"""The core on its bench with several calls, beside what is expected of it: what holds after whatever is done."""

from hypothesis.stateful import RuleBasedStateMachine, invariant

from ranin.core.commands import AnswerCall, Blink, Command, ConnectEar, HangUpCall, Led, LogCall
from ranin.core.events import CallEnded, Event, HookReplaced, KeyPressed, KeyReleased, LineRegistered, Timer
from ranin.core.keys import Key
from ranin.core.screens.screen import Dialing
from tests.core.calls_model import ASIDE, IN_EAR, LEAVING, MOST, RECALL_S, RINGS, SENT_ON, TALKS, Expected
from tests.core.desk_model import Bench


class Watched(RuleBasedStateMachine):
    """Keeps bench and model together; whoever adds rules begins with `bench`, `model` and the tables below."""

    bench: Bench
    model: Expected
    registered: bool
    names: dict[int, str]
    """Call → its number, which nobody else has."""
    finals: dict[int, int]
    """Call that came in → how many final answers it has had."""

    def send(self, *events: Event) -> list[Command]:
        """Events, a moment after the last ones."""
        self.bench.now = self.bench.now.later(0.01)
        self.model.now_s = self.bench.now.mono_s
        return self.noted(self.bench.send(*events))

    def noted(self, told: list[Command]) -> list[Command]:
        """Count final answers: who called hears one of them."""
        for command in told:
            refused = isinstance(command, HangUpCall) and self.finals.get(command.call) == 0
            if isinstance(command, AnswerCall) or refused:
                self.finals[command.call] += 1
        return told

    def press(self, key: Key) -> list[Command]:
        return self.send(KeyPressed(key), KeyReleased(key))

    def one(self, pick: int, *whats: str) -> int:
        """One of the calls that do that."""
        those = self.model.those(*whats)
        return those[pick % len(those)]

    @property
    def dial_tone(self) -> bool:
        """Whether a number can be dialled."""
        screen = self.bench.screen
        free = isinstance(screen, Dialing) and not screen.digits and len(self.model.calls) < MOST
        return free and self.model.lifted

    @property
    def labels(self) -> tuple[str, ...]:
        """What the three keys say."""
        return getattr(self.bench.screen, "keys", ())

    @invariant()
    def everybody_hears_whom_they_should(self) -> None:
        ear = self.bench.phone.shown.ear
        assert set(ear.calls) == (self.model.heard if self.model.lifted else set())
        assert set(ear.held) == set(self.model.those(ASIDE, SENT_ON))
        last = self.bench.last(ConnectEar)
        assert last == ear or (last is None and ear == ConnectEar())
        assert len(self.model.those(*IN_EAR)) <= 1 or len(self.model.those(TALKS)) == len(self.model.those(*IN_EAR))

    @invariant()
    def every_call_is_known_and_none_is_kept(self) -> None:
        assert {call.number for call in self.bench.phone.calls} == set(self.model.calls)
        assert self.bench.phone.transferee == self.model.transferee

    @invariant()
    def who_calls_hears_one_final_answer(self) -> None:
        for call, finals in self.finals.items():
            assert finals == (self.model.calls.get(call) != RINGS), self.names[call]

    @invariant()
    def every_call_is_logged_once(self) -> None:
        logged = [command.call.number for command in self.bench.commands if isinstance(command, LogCall)]
        for call, who in self.names.items():
            assert logged.count(who) == (self.model.calls.get(call, LEAVING) == LEAVING), who

    @invariant()
    def the_lamps_tell_the_truth(self) -> None:
        lamps = dict(self.bench.phone.shown.leds)
        missed = any(not call.seen for call in self.bench.phone.log)
        busy = Blink.FAST if self.model.those(RINGS) or self.rings_back() else Blink.OFF
        busy = Blink.SLOW if busy is Blink.OFF and self.model.those(ASIDE) else busy
        assert lamps[Led.RING] is (Blink.FLASH if busy is Blink.OFF and missed else busy)
        assert (lamps[Led.LINE] is Blink.ON) == self.registered

    def rings_back(self) -> bool:
        """Whether somebody has waited so long beside a handset that rests that the phone rings."""
        rests = not self.model.lifted and bool(self.model.those(ASIDE))
        self.model.rests_since_s = self.model.rests_since_s if rests else self.model.now_s
        return rests and self.model.timed_s - self.model.rests_since_s >= RECALL_S

    def teardown(self) -> None:
        """Everything ends, and who waits to be rung back gives up: no timer runs but the display's clock."""
        if not hasattr(self, "bench"):
            return
        self.send(HookReplaced())
        for call in list(self.bench.phone.calls):
            self.send(CallEnded(call.number, 200, ""))
        self.send(LineRegistered(0, 300))
        self.bench.wait(200)
        self.press(Key.CANCEL)
        assert {row[0] for row in self.bench.phone.timers} == {Timer.CLOCK}, self.bench.phone.timers
        assert not self.bench.phone.calls and self.bench.phone.shown.ear == ConnectEar()
