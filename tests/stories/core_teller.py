"""Telling a story with the core alone: virtual time, and a network that answers as the far end does."""

from ranin.core.commands import (
    AlertCaller,
    AnswerCall,
    Blink,
    Command,
    HangUpCall,
    Led,
    PlaceCall,
    RegisterLine,
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
    Event,
    HookLifted,
    HookReplaced,
    KeyPressed,
    KeyReleased,
    LineRegistered,
    MediaStarted,
    Progress,
    SoundFound,
    SoundLost,
)
from ranin.core.keys import Key
from ranin.core.realtext import SendText, TextChanged, TextReceived, read
from ranin.sim.panelport import on_display
from tests.core.desk_model import Bench

NAMES = {"603": "Nora Haddad", "604": "Tone"}
TONES = {"604": 1000.0, "611": 500.0}
ANSWERING = {"600", "601", *TONES}
REFUSING = {"602": 486, "607": 480, "608": 603, "609": 503, "610": 488}


class CoreTeller:
    """The bench with a stateful network behind it."""

    def __init__(self) -> None:
        self._bench = Bench()
        self._calls: dict[str, int] = {}
        """Number of the other side → call."""
        self._said: tuple[float, ...] = ()
        self._connected: dict[str, str] = {}
        """Who talks to whom without us, after a transfer."""

    def _send(self, *events: Event) -> None:
        self._answer(self._bench.send(*events))

    def _answer(self, commands: list[Command]) -> None:
        """What the network does about the phone's orders."""
        for command in commands:
            self._send(*self._reaction(command))

    def _reaction(self, command: Command) -> tuple[Event, ...]:
        if isinstance(command, RegisterLine):
            return (LineRegistered(command.line, 300),)
        if isinstance(command, PlaceCall):
            return self._placed(command)
        if isinstance(command, AnswerCall):
            return (MediaStarted(command.call, "opus", False), CallAnswered(command.call))
        if isinstance(command, HangUpCall):
            return (CallEnded(command.call, command.code or 200, ""),)
        if isinstance(command, TransferCall):
            return self._transferred(command)
        if isinstance(command, AlertCaller):
            self._calls[command.offer] = command.call
        return ()

    def _placed(self, command: PlaceCall) -> tuple[Event, ...]:
        self._calls[command.target] = command.call
        if command.target in REFUSING:
            return (CallEnded(command.call, REFUSING[command.target], ""),)
        if command.target in ANSWERING:
            ringing = CallProgressed(command.call, Progress.RINGING)
            return (ringing, MediaStarted(command.call, "opus", False), CallAnswered(command.call))
        if command.target == "605":
            return (CallProgressed(command.call, Progress.RINGING),)
        return (CallEnded(command.call, 404, "Not Found"),)

    def _transferred(self, command: TransferCall) -> tuple[Event, ...]:
        """The other side calls there, and hangs up on us once it is answered."""
        if command.target not in ANSWERING:
            return (CallTransferred(command.call, REFUSING.get(command.target, 404)),)
        first = next(number for number, call in self._calls.items() if call == command.call)
        self._connected |= {first: command.target, command.target: first}
        replaced = (CallEnded(command.goal, 200, ""),) if command.goal else ()
        return (*replaced, CallTransferred(command.call, 200))

    async def registered(self) -> None:
        self._send(EngineReady())
        assert self._bench.phone.lines[0].state.value == "registered"

    async def lift(self) -> None:
        self._send(HookLifted())

    async def replace(self) -> None:
        self._send(HookReplaced())

    async def press(self, key: str) -> None:
        self._send(KeyPressed(Key(key)), KeyReleased(Key(key)))

    async def wait(self, seconds: float) -> None:
        self._answer(self._bench.wait(seconds))

    async def shows(self, text: str) -> None:
        self._answer(self._bench.wait(0.1))
        words = on_display(self._bench.phone)
        assert text in words, f"it says: {words}"

    async def shows_within(self, seconds: float, text: str) -> None:
        until_s = self._bench.now.mono_s + seconds
        while text not in on_display(self._bench.phone):
            assert self._bench.now.mono_s < until_s, f"it says: {on_display(self._bench.phone)}"
            self._answer(self._bench.wait(0.5))

    async def hears(self, tone: str) -> None:
        wanted = {"dial tone": "dial", "nothing": ""}.get(tone, tone)
        assert self._bench.tone == wanted, f"it sounds {self._bench.tone or 'nothing'}"

    async def hears_hertz(self, *hertz: float) -> None:
        assert self._bench.phone.shown.ear.calls, "no call is in the ear"
        sounding = self._tones_in_ear()
        assert not sounding or sounding == set(hertz), f"it sounds {sounding} Hz"

    def _tones_in_ear(self, but: str = "") -> set[float]:
        calls = self._bench.phone.shown.ear.calls
        return {
            TONES[number] for number, call in self._calls.items() if call in calls and number in TONES.keys() - {but}
        }

    async def says_hertz(self, hertz: float) -> None:
        self._said = (hertz,)

    async def heard_by(self, number: str, *hertz: float) -> None:
        ear = self._bench.phone.shown.ear
        if number in self._connected:
            heard = {TONES[self._connected[number]]}
        else:
            assert self._calls[number] in ear.calls, "that call is not in the ear"
            heard = self._tones_in_ear(number) | set(() if ear.muted else self._said)
        assert heard == set(hertz), f"{number} hears {heard} Hz"

    async def hears_music(self, number: str) -> None:
        assert self._calls[number] in self._bench.phone.shown.ear.held

    async def rings(self, wanted: bool) -> None:
        assert bool(self._bench.phone.shown.ring.melody) == wanted

    async def lamp(self, lamp: str, lit: bool) -> None:
        assert (dict(self._bench.phone.shown.leds)[Led(lamp)] is not Blink.OFF) == lit

    async def calls_me(self, number: str) -> None:
        self._send(CallArrived(number, 0, NAMES.get(number, ""), number))

    async def hangs_up(self, number: str) -> None:
        call = self._bench.phone.call(self._calls[number])
        assert call is not None
        self._send(CallEnded(call.number, 200 if call.answered_s is not None else 487, ""))

    async def writes(self, number: str, text: str) -> None:
        self._send(TextChanged(self._calls[number], True), TextReceived(self._calls[number], text))

    async def reads(self, number: str, text: str) -> None:
        sent = (order.text for order in self._bench.commands_of(SendText) if order.call == self._calls[number])
        read_there = read("", "".join(sent))
        assert read_there == text, f"{number} reads {read_there!r}"

    async def engine_dies(self) -> None:
        self._send(EngineLost("killed"), EngineReady())

    async def card_pulled(self, part: str) -> None:
        self._send(SoundLost(part, "pulled out"))

    async def card_back(self, part: str) -> None:
        self._send(SoundFound(part))
