"""The world around the whole core, as a model: links, a server, a modem, mains, a battery, a disk and virtual time."""

import itertools
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from ranin.core import reach
from ranin.core.commands import (
    AnswerCall,
    Command,
    HangUpCall,
    PlaceCall,
    RegisterLine,
    UnregisterLine,
)
from ranin.core.emergency import is_emergency
from ranin.core.events import (
    CallAnswered,
    CallArrived,
    CallEnded,
    EngineLost,
    EngineReady,
    Event,
    HookLifted,
    HookReplaced,
    KeyPressed,
    LineRegistered,
    LineRejected,
    MediaStarted,
    SettingsChanged,
    Started,
    Timer,
)
from ranin.core.forwarding.known import Belief, ForgetForward, KeepForward, KnownForward
from ranin.core.mobile import (
    AnswerCellCall,
    CellCallArrived,
    CellSoundLost,
    CellSoundReady,
    HangUpCellCall,
    ModemChanged,
    ModemStage,
    PlaceCellCall,
)
from ranin.core.outage import (
    DropOrder,
    KeepBatteryTest,
    KeepOrder,
    Link,
    LinkProbed,
    Order,
    OrderKept,
    OrderKind,
    OrderTried,
    Outcome,
    PowerRead,
    SendFeatureCode,
    ShutDown,
)
from ranin.core.paths import Path
from ranin.core.settings import Account, ForwardSettings, Secret, Settings
from ranin.core.state import CELL, Leaving, LineState, Phone
from ranin.core.words import Cause
from tests.core.desk_model import Bench, keys

MOBILE = "+33611111111"
OUTAGE_SETTINGS = Settings(
    accounts=(Account(label="Shop", user="201", password=Secret("canary-7531"), domain="example.net"),),
    forward=ForwardSettings(target=MOBILE, backend="codes", numbers=("+33123456789",)),
)
LINKS = (Link.ETHERNET, Link.LTE)
FULL_MIN = 300.0
SERVER = "192.0.2.1"
_ON = {"*52": "unreachable", "*72": "always"}
_OFF = {"*53": "unreachable", "*73": "always"}


class OutageWorld(Bench):
    """A `Bench` whose commands have their effects in the model, and whose invariants hold after every event."""

    def __init__(self, settings: Settings = OUTAGE_SETTINGS) -> None:
        self._offers = itertools.count()
        self.alive = dict.fromkeys(LINKS, True)
        self.address = {link: f"10.{number}.0.2" for number, link in enumerate(LINKS)}
        self.modem = ModemChanged(ModemStage.HOME, technology="LTE", voice=True)
        self.mains, self.talk_min = True, FULL_MIN
        self.side = {"unreachable": "", "always": ""}
        self.dead: set[str] = set()
        """Domains whose server answers nothing."""
        self.silent: set[Link] = set()
        """Links that live, and over which no REGISTER is answered."""
        self.disk: dict[int, Order] = {}
        self.known: dict[tuple[str, bool], KnownForward] = {}
        self.tested = ""
        self.off = False
        self._settings = settings
        super().__init__(settings)
        self._come_up()

    def _come_up(self) -> None:
        self.send(EngineReady(), self.modem, self._reading())
        for link in LINKS:
            self._probe(link)
        self.wait(1.0)

    def boot(self) -> None:
        """Power returns, or was only cut for a moment: what was on disk is all there is."""
        self.phone, self._due, self.off = Phone(), [], False
        kept = tuple(self.disk.values()), tuple(self.known.values()), self.tested
        self.send(Started(self._settings, False, (), *kept))
        self._come_up()

    # What happens to the phone.

    def cut(self, link: Link) -> None:
        """The link goes silent."""
        self.alive[link] = False
        self._probe(link)

    def restore(self, link: Link) -> None:
        """The link leads to the server again."""
        self.alive[link] = True
        self._probe(link)

    def silence(self, link: Link, silent: bool) -> None:
        """From now on no REGISTER over the link is answered, and the one that is refreshed now; or all are again."""
        (self.silent.add if silent else self.silent.discard)(link)
        if silent and self._link(self.phone.via) is link and self.registered:
            self._happens(LineRejected(0, 408, ""))

    def renumber(self, link: Link) -> None:
        """Our address on the link is another one."""
        first, second, third, _ = self.address[link].split(".")
        self.address[link] = f"{first}.{second}.{int(third) + 1}.2"
        self._probe(link)

    def stage(self, stage: ModemStage) -> None:
        """The modem is in another stage."""
        self.modem = replace(self.modem, stage=stage)
        self._happens(self.modem)

    def power(self, mains: bool) -> None:
        """The plug is pulled or put back; a phone that is off comes up with mains."""
        self.mains = mains
        if self.off and mains:
            self.boot()
        self._happens(self._reading())

    def drain(self, talk_min: float) -> None:
        """The battery is nearly empty."""
        self.talk_min = min(self.talk_min, talk_min)
        for _ in range(2):
            self._happens(self._reading())

    def person(self, deed: str) -> None:
        """`lift`, `replace`, or what is dialled."""
        if deed in ("lift", "replace"):
            self._happens(HookLifted() if deed == "lift" else HookReplaced())
            return
        for key in keys(deed):
            self._happens(KeyPressed(key))

    def talk(self) -> None:
        """The handset is up and 603 has answered."""
        self.person("lift")
        self.person("603#")
        self.wait(5)

    def called(self, over_cell: bool) -> None:
        """Somebody calls, if there is a way in."""
        if over_cell and self.modem.stage is ModemStage.HOME:
            self._happens(CellCallArrived(f"cell-{next(self._offers)}", "+33699999999"))
        elif not over_cell and self.registered:
            self._happens(CallArrived(f"sip-{next(self._offers)}", 0, "Nora", "603"))

    def sound_lost(self) -> None:
        """The modem's voice port fails."""
        if self.phone.sound is not None:
            self._happens(CellSoundLost(self.phone.sound.call, "unplugged"))

    def relabel(self, label: str) -> None:
        """A setting that has nothing to do with the network is changed."""
        first, *others = self._settings.accounts
        self._settings = replace(self._settings, accounts=(replace(first, label=label), *others))
        self._happens(SettingsChanged(self._settings))

    def engine_dies(self) -> None:
        """The SIP engine is killed, and is back a moment later."""
        self._happens(EngineLost("killed"))
        self.later(0.5, EngineReady())

    def crash(self) -> None:
        """The power is cut without a word, and returns."""
        self.boot()

    def pass_time(self, seconds: float) -> None:
        """Time passes; the battery is read twice a minute."""
        for _ in range(max(1, round(seconds / 30))):
            if not self.mains:
                self.talk_min = max(0.0, self.talk_min - 0.5)
            self._happens(self._reading())
            self.wait(min(30.0, seconds))

    def settle(self) -> None:
        """Everything works from now on, and the handset is on its rest."""
        self.power(True)
        self.talk_min = FULL_MIN
        self.stage(ModemStage.HOME)
        self.silent.clear()
        for link in LINKS:
            self.restore(link)
        self.person("replace")
        for _ in range(4):
            self.wait(600.0)

    # What the phone does to the world.

    def send(self, *events: Event) -> list[Command]:
        """Step through the events; their commands have their effects, and what must hold is checked."""
        caused: list[Command] = []
        for event in events:
            if self.off:
                break
            new = super().send(event)
            for command in new:
                self._carry_out(command)
            self._check(new)
            caused += new
        return caused

    def _carry_out(self, command: Command) -> None:
        effect = _EFFECTS.get(type(command))
        if effect is not None:
            effect(self, command)

    def _happens(self, event: Event) -> None:
        self.send(event)

    def _probe(self, link: Link) -> None:
        """What the prober finds from now on, as far as it changes anything."""
        self.forget(lambda event: isinstance(event, LinkProbed) and event.link is link)
        if self.alive[link]:
            self.later(0.3, LinkProbed(link, True, "", self.address[link], SERVER))
            return
        for after_s in (1.0, 2.5, 4.0):
            self.later(after_s, LinkProbed(link, False, "Server does not answer", self.address[link]))

    def _reading(self) -> PowerRead:
        charge = self.talk_min / FULL_MIN
        millivolts = int(3300 + 800 * charge) if self.talk_min > 1.5 else 3200
        return PowerRead(self.mains, charge, round(self.talk_min * 2), round(self.talk_min), millivolts)

    def _link(self, via: str) -> Link | None:
        return next((link for link, address in self.address.items() if address == via), None)

    def _reaches(self, via: str) -> bool:
        """Whether a packet from that address gets to the server; without one the system takes the first link."""
        link = self._link(via)
        return self.alive[Link.ETHERNET] if not via else link is not None and self.alive[link]

    @property
    def registered(self) -> bool:
        """Whether the server could ring the phone."""
        return not self.off and self._reaches(self.phone.via) and any(
            line.state.value == "registered" for line in self.phone.lines
        )  # fmt: skip

    def _register(self, order: RegisterLine) -> None:
        self.forget(lambda event: isinstance(event, (LineRegistered, LineRejected)) and event.line == order.line)
        heard = self._link(order.via) not in self.silent and order.account.domain not in self.dead
        if self._reaches(order.via) and heard:
            self.later(0.2, LineRegistered(order.line, 300))
            for call in self.phone.calls:
                if call.moving and call.via != order.via:
                    self.later(0.4, MediaStarted(call.number, "opus", False))
        else:
            self.later(32.0, LineRejected(order.line, 408, ""))

    def _place(self, order: PlaceCall) -> None:
        if self._reaches(self.phone.via):
            self.later(1.0, CallAnswered(order.call))
        else:
            self.later(32.0, CallEnded(order.call, 408, ""))

    def _place_cell(self, order: PlaceCellCall) -> None:
        if self.modem.stage is ModemStage.HOME or is_emergency(order.number, "FR"):
            self.later(1.0, CellSoundReady(order.call, device="pty"))
            self.later(2.0, CallAnswered(order.call))
        else:
            self.later(1.0, CallEnded(order.call, 503, ""))

    def _answer(self, order: AnswerCall) -> None:
        self.later(0.2, CallAnswered(order.call))

    def _end(self, order: HangUpCall) -> None:
        self.later(0.1, CallEnded(order.call, 200, ""))

    def _code(self, order: SendFeatureCode) -> None:
        if not self._reaches(self.phone.via):
            self.later(5.0, OrderTried(order.order, Outcome.FAILED, "The line does not answer."))
            return
        code = order.code[:3]
        self.side[_ON.get(code) or _OFF[code]] = order.code[3:] if code in _ON else ""
        self.later(0.8, OrderTried(order.order, Outcome.DONE))

    def _keep(self, command: KeepOrder) -> None:
        self.disk[command.order.number] = command.order
        self.later(0.01, OrderKept(command.order.number))

    def _drop(self, command: DropOrder) -> None:
        self.disk.pop(command.order, None)

    def _know(self, command: KeepForward) -> None:
        self.known[command.forward.place, command.forward.always] = command.forward

    def _forget(self, command: ForgetForward) -> None:
        self.known.pop((command.place, command.always), None)

    def _tested(self, command: KeepBatteryTest) -> None:
        self.tested = command.tested

    def _shut(self, _command: ShutDown) -> None:
        """Off; what may still be wrong at the server is on disk to be put right."""
        waiting = any(order.kind is OrderKind.ARM_ALWAYS for order in self.disk.values())
        armed = self.side["always"] == self._settings.forward.target
        assert armed or waiting, "the phone went without leaving the number reachable"
        assert not self.registered, "the server still rings a phone that is off"
        assert self.phone.active is None, "switched off in a call"
        self.off = True

    # What must hold.

    def _check(self, commands: list[Command]) -> None:
        phone = self.phone
        assert "canary" not in repr(commands)
        lost = phone.paths.cut and phone.lost_s is not None
        assert not (lost and phone.paths.path <= Path.DEGRADED), "a way that leads nowhere"
        assert phone.paths.path is not Path.CELL_ONLY or phone.cell_voice
        assert (phone.paths.path is Path.DEGRADED) <= (phone.paths.link is Link.LTE)
        for command in commands:
            if isinstance(command, PlaceCall):
                assert not lost or is_emergency(command.target, "FR")
            elif isinstance(command, PlaceCellCall) and not is_emergency(command.number, "FR"):
                assert phone.paths.path is Path.CELL_ONLY
        waiting = {index for index, line in enumerate(phone.lines) if line.state is LineState.WAITING}
        assert waiting <= {of for timer, of, _ in phone.timers if timer is Timer.REGISTER}, "a line that waits for ever"
        leaving = phone.leaving in (Leaving.ARMING, Leaving.UNREGISTERING)
        assert leaving <= any(timer is Timer.FAREWELL for timer, _, _ in phone.timers)
        for switch in phone.forward.switches:
            order = switch.order
            assert order is None or not switch.kept or order.number in self.disk, "an order is lost"
        if phone.modem.stage in reach.ASKING or phone.engine_up:
            assert not isinstance(reach.way(phone, "112"), Cause), "nobody can call for help"
        assert phone.sound is None or phone.call(phone.sound.call) is not None

    def assert_all_is_well(self) -> None:
        """Nothing of the outage is left."""
        phone = self.phone
        assert not self.off and phone.paths.path is Path.NORMAL and phone.paths.link is Link.ETHERNET
        assert phone.via == self.address[Link.ETHERNET] and self.registered
        assert self.side == {"unreachable": MOBILE, "always": ""}
        assert phone.forward.believed is Belief.ARMED and not phone.forward.pending and not self.disk
        assert not any(call.moving for call in phone.calls)
        assert phone.leaving is None and not any(call.line == CELL for call in phone.calls)


_EFFECTS: dict[type, Callable[[OutageWorld, Any], None]] = {
    RegisterLine: OutageWorld._register,
    UnregisterLine: lambda world, order: None,
    PlaceCall: OutageWorld._place,
    PlaceCellCall: OutageWorld._place_cell,
    AnswerCall: OutageWorld._answer,
    AnswerCellCall: OutageWorld._answer,
    HangUpCall: OutageWorld._end,
    HangUpCellCall: OutageWorld._end,
    SendFeatureCode: OutageWorld._code,
    KeepOrder: OutageWorld._keep,
    DropOrder: OutageWorld._drop,
    KeepForward: OutageWorld._know,
    ForgetForward: OutageWorld._forget,
    KeepBatteryTest: OutageWorld._tested,
    ShutDown: OutageWorld._shut,
}


def world() -> OutageWorld:
    """An hour after the phone was set up."""
    made = OutageWorld()
    made.settle()
    made.assert_all_is_well()
    made.commands.clear()
    return made
