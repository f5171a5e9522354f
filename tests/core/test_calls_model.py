"""Calls by the handful, whatever people and the network do: the phone does what `calls_model` expects of it."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from ranin.core.commands import (
    AlertCaller,
    Command,
    HangUpCall,
    PlaceCall,
    RefuseOffer,
    TransferCall,
)
from ranin.core.events import (
    CallAnswered,
    CallArrived,
    CallEnded,
    CallProgressed,
    CallTransferred,
    EngineLost,
    EngineReady,
    HookLifted,
    HookReplaced,
    LineRegistered,
    LineRejected,
    PeerHeld,
    Progress,
    SettingsChanged,
)
from ranin.core.keys import SOFT_KEYS, Key
from ranin.core.screens.screen import Dialing
from tests.core.calls_model import (
    ANSWERING,
    ASIDE,
    CALLING,
    LEAVING,
    MOST,
    RINGS,
    SENT_ON,
    TALKS,
    Expected,
)
from tests.core.calls_watch import Watched
from tests.core.desk_model import Bench, keys

CODES = st.sampled_from([404, 408, 480, 486, 487, 503, 603])
PICK = st.integers(0, 9)


def some(*whats: str) -> Callable[[Any], bool]:
    """Whether there is a call that does one of these."""
    return lambda machine: bool(machine.model.those(*whats))


class Calls(Watched):
    """What people and the network do."""

    @initialize(conversations=st.integers(0, 4))
    def begin(self, conversations: int) -> None:
        """So many callers have been answered, one after the other: all but the last wait."""
        self.bench = Bench().ready()
        self.model = Expected(now_s=self.bench.now.mono_s)
        self.registered, self.quiet, self.offers = True, False, 0
        self.names, self.finals = {}, {}
        for _ in range(conversations):
            self.somebody_calls()
            if self.model.lifted:
                self.understand("Answer", self.press(Key.SOFT1))
            else:
                self.the_handset_is_lifted()
            self.our_answer_is_acknowledged(0)

    # What the network does.

    @rule()
    def somebody_calls(self) -> None:
        self.offers += 1
        offer, who = f"offer-{self.offers}", f"7{self.offers:03}"
        room = len(self.bench.phone.calls) < MOST and not self.quiet
        told = self.send(CallArrived(offer, 0, "", who))
        if room:
            (alert,) = [command for command in told if isinstance(command, AlertCaller)]
            self.names[alert.call], self.finals[alert.call] = who, 0
            self.model.become(alert.call, RINGS)
        else:
            assert [command.code for command in told if isinstance(command, RefuseOffer)] == [486]
            assert self.bench.phone.log[0].number == who and not self.bench.phone.log[0].seen

    @precondition(some(RINGS))
    @rule(pick=PICK)
    def the_caller_gives_up(self, pick: int) -> None:
        call = self.one(pick, RINGS)
        self.finals[call] += 1
        self.send(CallEnded(call, 487, ""))
        self.model.gone(call)

    @precondition(some(ANSWERING))
    @rule(pick=PICK)
    def our_answer_is_acknowledged(self, pick: int) -> None:
        call = self.one(pick, ANSWERING)
        self.send(CallAnswered(call))
        self.model.become(call, TALKS)

    @precondition(some(CALLING))
    @rule(pick=PICK, progress=st.sampled_from([Progress.TRYING, Progress.RINGING]))
    def it_rings_there(self, pick: int, progress: Progress) -> None:
        call = self.one(pick, CALLING)
        self.send(CallProgressed(call, progress))

    @precondition(some(CALLING, LEAVING))
    @rule(pick=PICK)
    def they_answer(self, pick: int) -> None:
        """At the last moment it may cross our giving up: then it is ended, and never heard."""
        outgoing = [call for call in self.model.those(CALLING, LEAVING) if call not in self.finals]
        if outgoing:
            call = outgoing[pick % len(outgoing)]
            told = self.send(CallAnswered(call))
            if self.model.calls[call] == CALLING:
                self.model.become(call, TALKS)
            else:
                assert HangUpCall(call) in told

    @precondition(some(CALLING))
    @rule(pick=PICK, code=CODES)
    def they_refuse(self, pick: int, code: int) -> None:
        call = self.one(pick, CALLING)
        self.send(CallEnded(call, code, ""))
        self.model.gone(call)

    @precondition(some(TALKS, ASIDE, SENT_ON, ANSWERING))
    @rule(pick=PICK)
    def the_other_side_hangs_up(self, pick: int) -> None:
        call = self.one(pick, TALKS, ASIDE, SENT_ON, ANSWERING)
        self.send(CallEnded(call, 200, ""))
        self.model.gone(call)

    @precondition(some(LEAVING))
    @rule(pick=PICK)
    def an_end_comes_through(self, pick: int) -> None:
        call = self.one(pick, LEAVING)
        self.send(CallEnded(call, 200, ""))
        self.model.gone(call)

    @precondition(some(TALKS, ASIDE))
    @rule(pick=PICK, holds=st.booleans())
    def the_other_side_holds(self, pick: int, holds: bool) -> None:
        call = self.one(pick, TALKS, ASIDE)
        self.send(PeerHeld(call, holds))

    @precondition(some(SENT_ON))
    @rule(pick=PICK, code=st.sampled_from([200, 200, 486, 503]))
    def a_transfer_is_told_of(self, pick: int, code: int) -> None:
        call = self.one(pick, SENT_ON)
        self.send(CallTransferred(call, code))
        goal = self.model.goal.pop(call)
        if code == 200:
            self.model.become(call, LEAVING)
            if self.model.calls.get(goal) not in (None, LEAVING):
                self.model.become(goal, LEAVING)
        else:
            self.model.not_sent_on(call)

    @precondition(lambda self: len(self.model.calls) > 2)
    @rule(dies=st.sampled_from([False, False, False, True]))
    def the_engine_dies_and_comes_back(self, dies: bool) -> None:
        if not dies:
            return
        self.send(EngineLost("killed"))
        for call in list(self.model.calls):
            self.model.gone(call)
        for call in self.finals:
            self.finals[call] = max(1, self.finals[call])
        self.send(EngineReady(), LineRegistered(0, 300))
        self.registered = True

    @rule()
    def the_line_is_lost_or_found(self) -> None:
        self.registered = not self.registered
        self.send(LineRegistered(0, 300) if self.registered else LineRejected(0, 403, "no"))

    @rule(seconds=st.sampled_from([0.6, 5.3, 21.7, 61.1]))
    def time_passes(self, seconds: float) -> None:
        self.noted(self.bench.wait(seconds))
        self.model.pass_time(self.bench.now.mono_s)

    # What the person does.

    @precondition(lambda self: self.dial_tone)
    @rule()
    def somebody_is_called_and_answers(self) -> None:
        self.a_number_is_dialled("#")
        call = self.model.those(CALLING)[-1]
        self.send(CallAnswered(call))
        self.model.become(call, TALKS)

    @precondition(lambda self: "Answer" in self.labels)
    @rule()
    def who_rings_is_answered_and_talks(self) -> None:
        self.understand("Answer", self.press(SOFT_KEYS[self.labels.index("Answer")]))
        self.our_answer_is_acknowledged(-1)

    @rule(switched=st.sampled_from([False, False, True]))
    def do_not_disturb_is_switched(self, switched: bool) -> None:
        if not switched:
            return
        self.quiet = not self.quiet
        self.send(SettingsChanged(replace(self.bench.phone.settings, do_not_disturb=self.quiet)))

    @precondition(lambda self: not self.model.lifted)
    @rule()
    def the_handset_is_lifted(self) -> None:
        self.send(HookLifted())
        self.model.lifted = True
        rings, waiting, about = self.model.those(RINGS), self.model.waiting, self.model.about
        if rings:
            self.model.answer(rings[0])
        elif about in waiting:
            self.model.take_back(about)

    @precondition(lambda self: self.model.lifted)
    @rule()
    def the_handset_is_put_back(self) -> None:
        self.send(HookReplaced())
        self.model.put_down()

    @precondition(lambda self: self.dial_tone)
    @rule(finish=st.sampled_from(["#", "Ask", "Send"]))
    def a_number_is_dialled(self, finish: str) -> None:
        who = f"8{len(self.names):03}"
        for key in keys(who):
            self.press(key)
        asked = finish in self.labels
        told = self.press(SOFT_KEYS[self.labels.index(finish)] if asked else Key.HASH)
        if asked and finish == "Send":
            (refer,) = [command for command in told if isinstance(command, TransferCall)]
            assert refer == TransferCall(self.model.transferee, who)
            self.model.send_on(self.model.transferee, 0)
            return
        (placed,) = [command for command in told if isinstance(command, PlaceCall)]
        self.names[placed.call] = who
        self.model.become(placed.call, CALLING)

    @precondition(lambda self: any(self.labels))
    @rule(index=st.integers(0, 2))
    def a_soft_key_is_pressed(self, index: int) -> None:
        label = self.labels[index]
        self.understand(label, self.press(SOFT_KEYS[index]))

    def understand(self, label: str, told: list[Command]) -> None:
        """What the person expects of a key that says this."""
        model = self.model
        if label == "Hold":
            model.make_way()
        elif label == "Transfer" and not model.waiting:
            transferee = model.those(TALKS)[0]
            model.make_way()
            model.transferee = transferee
        elif label == "Transfer":
            first, _ = model.pair()
            model.connect()
            assert [command.call for command in told if isinstance(command, TransferCall)] == [first]
        elif label == "Resume":
            model.take_back(model.transferee or model.waiting[-1])
        elif label == "Swap":
            model.take_back(model.waiting[0])
        elif label == "Join":
            model.become(model.waiting[0], TALKS)
            model.transferee = 0
        elif label == "Split":
            for call in model.those(TALKS)[1:]:
                model.put_aside(call)
        elif label == "Answer":
            model.answer(model.about)
        elif label in ("Refuse", "End"):
            model.become(model.about, LEAVING)
        else:
            assert label in ("", "Delete", "Silence", "Select", "Back"), label

    @rule()
    def cancel_is_pressed(self) -> None:
        about_handset = isinstance(self.bench.screen, Dialing) or self.bench.phone.desk.value == "after-call"
        menu = self.bench.phone.menu is not None
        self.press(Key.CANCEL)
        model = self.model
        if about_handset and not model.those(RINGS):
            if model.lifted and (model.transferee or model.waiting):
                model.take_back(model.transferee or model.waiting[-1])
        elif model.about and not menu:
            model.become(model.about, LEAVING)

    @rule()
    def mute_is_pressed(self) -> None:
        before = self.bench.phone.muted
        self.press(Key.MUTE)
        if self.model.those(TALKS) and not self.model.those(RINGS):
            assert self.bench.phone.muted is not before


def walk(examples: int, derandomize: bool = False) -> None:
    """Play so many sequences. Raises AssertionError with the shortest that went wrong."""
    how = settings(max_examples=examples, stateful_step_count=50, deadline=None, derandomize=derandomize, database=None)
    run_state_machine_as_test(Calls, settings=how)


def test_several_calls_are_as_a_person_expects() -> None:
    walk(150, derandomize=True)
