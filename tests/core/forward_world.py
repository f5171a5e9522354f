"""The world around forwarding, as a model: a disk that writes later, another side that answers as it likes, time."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ranin.core.forwarding import decide
from ranin.core.forwarding.backend import SIM, account_of
from ranin.core.forwarding.known import Belief, ForgetForward, KeepForward, KnownForward
from ranin.core.forwarding.plan import plan
from ranin.core.forwarding.state import Forward, changes, line_path
from ranin.core.mobile import SendSms, SetCellForward
from ranin.core.moment import NEVER_S, Moment
from ranin.core.outage import (
    CallHttp,
    DropOrder,
    KeepOrder,
    Order,
    OrderKind,
    OrderTried,
    OutageCommand,
    Outcome,
    SendFeatureCode,
    SetServerForward,
)
from ranin.core.settings import Account, ForwardSettings, Secret, Settings

MOBILE = "+33611111111"
OWN = "+33123456789"
SIM_NUMBER = "+33700000000"
DESK = Account(user="201", domain="pbx.example")
SHOP = Account(user="202", domain="pbx.example")


def settings(accounts: tuple[Account, ...] = (DESK,), **fields: object) -> Settings:
    """Settings with `fields` of the forward; a SIM, and a number of our own."""
    base: dict[str, object] = {"numbers": (OWN,), "sim_number": SIM_NUMBER, "sms_number": "+33611"}
    return Settings(accounts=accounts, forward=ForwardSettings(**(base | fields)))


HTTP: dict[str, object] = {"backend": "http", "profile": "telnyx", "secrets": (("api_key", Secret("canary")),)}

Resource = tuple[str, bool]
"""(account, whether every call is meant): what the other side has one forward for."""


@dataclass
class Try:
    """A command on its way."""

    order: int
    resource: Resource
    number: str | None
    """None: it only looks."""
    sent_s: float


class World:
    """Feeds forwarding, carries out its commands when told to, and checks what must hold after every step.

    The disk and the other side survive `crash`; everything else is lost with the power. With `reads` the
    other side tells what is in effect; when `eager` it does what it is told at once and answers later,
    else it does so when it answers.
    """

    def __init__(self, start: Settings, reads: bool = True, eager: bool = False) -> None:
        self.settings = start
        self.reads = reads
        self.eager = eager
        self.side: dict[Resource, str] = {}
        self.orders: dict[int, Order] = {}
        self.known: dict[Resource | tuple[str, bool], KnownForward] = {}
        self.now = Moment(100.0, datetime(2026, 11, 24, 12))
        self.kinds: list[OrderKind] = []
        """Of every try there was."""
        self.forward = Forward()
        self._boot()

    def _boot(self) -> None:
        self.writes: deque[OutageCommand] = deque()
        self.flying: list[Try] = []
        self.answers: list[OrderTried] = []
        known, orders = tuple(self.known.values()), tuple(self.orders.values())
        self._take(decide.started(self.settings, known, orders, self.now))

    def change(self, new: Settings) -> None:
        """Other settings; lines that are gone are not registered any more."""
        self.settings = new
        self._take(decide.settings_changed(self.forward, new, self.now))
        self.paths(self.forward.paths & self.all_paths)

    @property
    def all_paths(self) -> frozenset[str]:
        return frozenset({"cell", "lan", *(line_path(account_of(account)) for account in self.settings.accounts)})

    def paths(self, paths: frozenset[str]) -> None:
        self._take(decide.paths_changed(self.forward, paths & self.all_paths, self.now))

    def gasp(self, gasping: bool) -> None:
        self._take(decide.gasped(self.forward, self.settings, gasping, self.now))

    def write(self, count: int = 1) -> None:
        """Let the disk carry out its oldest writes and acknowledge them."""
        for _ in range(min(count, len(self.writes))):
            command = self.writes.popleft()
            if isinstance(command, KeepOrder):
                self.orders[command.order.number] = command.order
                self._take(decide.kept(self.forward, command.order.number, self.now))
            elif isinstance(command, DropOrder):
                self.orders.pop(command.order, None)
            elif isinstance(command, KeepForward):
                self.known[(command.forward.place, command.forward.always)] = command.forward
            elif isinstance(command, ForgetForward):
                self.known.pop((command.place, command.always), None)

    def answer(self, index: int, outcome: Outcome, effect: bool) -> None:
        """One of the tries comes to its end; FAILED may have had an effect all the same, REFUSED has none."""
        if not self.flying:
            return
        attempt = self.flying.pop(index % len(self.flying))
        if self.eager and outcome is Outcome.REFUSED:
            outcome = Outcome.FAILED
        if outcome is Outcome.DONE or (effect and outcome is Outcome.FAILED):
            self._effect(attempt)
        armed = None
        if self.reads and outcome is Outcome.DONE:
            armed = self._reads(attempt)
        event = OrderTried(attempt.order, outcome, "It said no." if outcome is not Outcome.DONE else "", armed)
        self.answers.append(event)
        self._take(decide.tried(self.forward, event, self.now))

    def again(self, index: int) -> None:
        """An answer that was given already comes once more."""
        if self.answers:
            self._take(decide.tried(self.forward, self.answers[index % len(self.answers)], self.now))

    def wait(self, seconds: float, effect: bool = False) -> None:
        """Time passes, the timer fires on the way; tries older than the limit end without an answer."""
        until_s = self.now.mono_s + seconds
        while True:
            limit_s = min((attempt.sent_s + decide.ANSWER_S for attempt in self.flying), default=NEVER_S)
            next_s = min(limit_s, decide.due_s(self.forward), until_s)
            self.now = self.now.later(max(0.0, next_s - self.now.mono_s))
            for attempt in [old for old in self.flying if self.now.mono_s >= old.sent_s + decide.ANSWER_S]:
                self.flying.remove(attempt)
                if effect:
                    self._effect(attempt)
            before = self.forward
            self._take(decide.passed(self.forward, self.now))
            if self.now.mono_s >= until_s and before == self.forward:
                return

    def crash(self, effect: bool) -> None:
        """The power goes: unfinished writes are lost; what was on its way arrives, or does not."""
        for attempt in self.flying:
            if effect:
                self._effect(attempt)
        self._boot()

    def run(self, rounds: int, outcome: Outcome, newest: bool) -> None:
        """The disk keeps up, and tries are answered, one a round."""
        for _ in range(rounds):
            self.write(len(self.writes))
            self.answer(-1 if newest else 0, outcome, True)

    def settle(self, newest: bool = False, limit_s: float = 7200.0) -> None:
        """From now on everything works: everything is written, answered and waited for until nothing is due.

        The newest of several tries is answered first, or the oldest.
        """
        self.paths(frozenset())
        self.paths(self.all_paths)
        end_s = self.now.mono_s + limit_s
        while self.writes or self.flying or decide.due_s(self.forward) < end_s:
            if self.writes:
                self.write()
            elif self.flying:
                self.answer(-1 if newest else 0, Outcome.DONE, True)
            else:
                self.wait(max(0.0, decide.due_s(self.forward) - self.now.mono_s))

    def _take(self, result: decide.Result) -> None:
        self.forward, commands = result
        for command in commands:
            if isinstance(command, (KeepOrder, DropOrder, KeepForward, ForgetForward)):
                self.writes.append(command)
            else:
                self._fly(command)
        self.check()

    def _fly(self, command: OutageCommand) -> None:
        order = next(switch.order for switch in self.forward.switches if switch.flying == command.order)
        assert order is not None and order.number == command.order
        assert not changes(order) or order.number in self.orders, "tried before it was on disk"
        self.kinds.append(order.kind)
        resource, number = _MEANING[type(command)](self, command)
        attempt = Try(order.number, resource, number if changes(order) else None, self.now.mono_s)
        self.flying.append(attempt)
        if self.eager:
            self._happen(attempt)

    def _effect(self, attempt: Try) -> None:
        if not self.eager:
            self._happen(attempt)

    def _happen(self, attempt: Try) -> None:
        if attempt.number is not None:
            self.side[attempt.resource] = attempt.number
        self.no_circle()

    def _reads(self, attempt: Try) -> bool:
        """Whether calls go to the number we ask for, as a provider's profile or a NOTIFY would tell."""
        there = self.side.get(attempt.resource, "")
        if attempt.number is not None:
            return bool(there)
        wanted = {switch.wanted for switch in self.forward.switches if switch.key == self._key_of(attempt)}
        return bool(there) and there in wanted

    def _key_of(self, attempt: Try) -> tuple[str, bool] | None:
        keys = (switch.key for switch in self.forward.switches if switch.order and switch.order.number == attempt.order)
        return next(keys, None)

    def account(self, line: int) -> str:
        return account_of(self.settings.accounts[line])

    def no_circle(self) -> None:
        """Calls never go from a line to the SIM and back."""
        to_sim = any(there == SIM_NUMBER for (account, _), there in self.side.items() if account != SIM)
        assert not (to_sim and self.side.get((SIM, False)) == OWN), self.side

    def check(self) -> None:
        """What holds after every step."""
        switches = self.forward.switches
        assert len({switch.key for switch in switches}) == len(switches)
        for (account, always), there in self.side.items():
            ours = [s.maybe for s in switches if (s.account, s.always) == (account, always)]
            assert not there or any(there in maybe for maybe in ours), f"{there} of {account} is forgotten"
        waiting = {write.order.number for write in self.writes if isinstance(write, KeepOrder)}
        for switch in switches:
            order = switch.order
            if order is not None and changes(order):
                assert order.number in (self.orders if switch.kept else self.orders.keys() | waiting), "lost"
        dropped = {write.order for write in self.writes if isinstance(write, DropOrder)}
        held = {switch.order.number for switch in switches if switch.order is not None}
        assert self.orders.keys() <= held | dropped, "an order nobody holds stays on disk"
        assert "canary" not in self.forward.trouble
        assert decide.due_s(self.forward) > self.now.mono_s or not self._quiet()

    def _quiet(self) -> bool:
        """`passed` has run for this moment: nothing due may be left (checked through a second run)."""
        return decide.passed(self.forward, self.now) == (self.forward, ())

    def assert_as_wanted(self) -> None:
        """What the settings ask for is so, nothing else is, and everybody knows it."""
        wishes = plan(self.settings, self.forward.gasping).wishes
        wanted = {(wish.account, wish.always): wish.target for wish in wishes}
        assert {resource: there for resource, there in self.side.items() if there} == wanted
        assert not self.forward.pending and not self.orders and not self.writes
        assert all(switch.maybe == {switch.wanted} for switch in self.forward.switches)
        sure = [switch for switch in self.forward.switches if switch.way.sure]
        assert all(switch.believed is Belief.ARMED for switch in sure)
        assert set(self.known) == {switch.key for switch in self.forward.switches}
        assert not self.forward.trouble or self.forward.refusal


def _code(world: World, command: SendFeatureCode) -> tuple[Resource, str]:
    always = command.code.startswith(("*72", "*73"))
    return (world.account(command.line), always), command.code[3:] if command.code[:3] in ("*52", "*72") else ""


def _event(world: World, command: SetServerForward) -> tuple[Resource, str]:
    always = command.kind in (OrderKind.ARM_ALWAYS, OrderKind.DISARM_ALWAYS)
    return (world.account(command.line), always), command.number


def _http(_world: World, command: CallHttp) -> tuple[Resource, str]:
    values = dict(command.values)
    always = command.kind in (OrderKind.ARM_ALWAYS, OrderKind.DISARM_ALWAYS)
    off = command.kind in (OrderKind.DISARM, OrderKind.DISARM_ALWAYS)
    return (f"{values['user']}@{values['domain']}", always), "" if off else command.target


def _sms(world: World, command: SendSms) -> tuple[Resource, str]:
    order = next(switch.order for switch in world.forward.switches if switch.flying == command.order)
    assert order is not None
    return (order.account, False), command.text.removeprefix("FORWARD ").replace("OFF", "")


def _cell(_world: World, command: SetCellForward) -> tuple[Resource, str]:
    return (SIM, False), command.number


_MEANING: dict[type, Callable[[World, OutageCommand], tuple[Resource, str]]] = {
    SendFeatureCode: _code,
    SetServerForward: _event,
    CallHttp: _http,
    SendSms: _sms,
    SetCellForward: _cell,
}


def codes(**fields: Any) -> Settings:
    return settings(target=MOBILE, backend="codes", **fields)


def working(start: Settings, reads: bool = False) -> World:
    """A world in which everything works, settled."""
    world = World(start, reads)
    world.settle()
    return world
