"""The one function that decides everything: `step(phone, event, now) -> (phone, commands)`."""

from collections.abc import Callable
from typing import Any

from ranin.core import (
    afterwards,
    alerting,
    arriving,
    calls,
    clock,
    desk,
    farewell,
    gateway,
    lan,
    lines,
    lock,
    menu,
    paging,
    presence,
    reach,
    several,
    supply,
    texting,
)
from ranin.core.commands import Command, SetLed, ShowScreen
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
    KeyHeld,
    KeyPressed,
    KeyReleased,
    KeyStuck,
    LineRegistered,
    LineRejected,
    MediaStarted,
    MessagesCounted,
    OfferWithdrawn,
    PeerChanged,
    PeerHeld,
    Progress,
    ServersFound,
    SettingsChanged,
    SoundFound,
    SoundLost,
    Started,
    Timer,
    TimerFired,
)
from ranin.core.forwarding import turns as forwarding
from ranin.core.happenings import Detail, What
from ranin.core.keeping import use
from ranin.core.mobile import (
    CellCallArrived,
    CellSoundLost,
    CellSoundReady,
    ModemChanged,
    NetworkTimeRead,
    SmsArrived,
    UssdAnswered,
)
from ranin.core.moment import Moment
from ranin.core.neighbours import DigitReceived, NeighbourGone, NeighbourSeen
from ranin.core.notices import say
from ranin.core.outage import (
    BatteryTestRefused,
    ClockJudged,
    LinkProbed,
    OrderKept,
    OrderNotKept,
    OrderTried,
    PowerLost,
    PowerRead,
)
from ranin.core.pages import PageEnded, PageHeard
from ranin.core.realtext import TextChanged, TextReceived
from ranin.core.screens.screen import Idle
from ranin.core.screens.view import screen
from ranin.core.settings import Settings
from ranin.core.state import CELL, CallState, Hook, Line, Phone, Shown
from ranin.core.team import PartiesChanged, WatchEnded
from ranin.core.text import verbatim
from ranin.core.turn import Turn

SHORTEST_TICK_S = 0.01
"""Clocks round: a tick that comes a hair too early must not be followed by one at the same instant."""


def step(phone: Phone, event: Event, now: Moment) -> tuple[Phone, tuple[Command, ...]]:
    """The phone after `event`, and what is to be done about it."""
    turn = Turn(phone, now)
    handler = gateway.handler(phone, event) or _HANDLERS[type(event)]
    handler(turn, event)
    _follow(turn)
    _keep_time(turn)
    _show(turn)
    return turn.phone, tuple(turn.commands)


def _started(turn: Turn, event: Started) -> None:
    hook = Hook.UP if event.hook_lifted else Hook.DOWN
    turn.change(settings=event.settings, log=event.log, hook=hook)
    turn.change(lines=tuple(Line() for _ in event.settings.accounts))
    forwarding.started(turn, event)
    supply.started(turn, event.battery_tested)
    reach.started(turn)
    gateway.settings_changed(turn, Settings())
    presence.started(turn)
    lock.started(turn)
    if hook is Hook.UP:
        afterwards.give_dial_tone(turn)


def _settings_changed(turn: Turn, event: SettingsChanged) -> None:
    use(turn, event.settings)
    lock.settings_changed(turn)


def _key_released(turn: Turn, event: KeyReleased) -> None:
    turn.change(stuck=turn.phone.stuck - {event.key.value})


def _key_stuck(turn: Turn, event: KeyStuck) -> None:
    turn.change(stuck=turn.phone.stuck | {event.key.value})


def _engine_lost(turn: Turn, event: EngineLost) -> None:
    lines.engine_lost(turn, event)
    for call in turn.phone.calls:
        if call.line != CELL:
            calls.happen(turn, call.number, What.ENGINE_LOST)
    gateway.end(turn, 500)
    paging.engine_lost(turn)


def _line_registered(turn: Turn, event: LineRegistered) -> None:
    before = turn.phone.lines
    lines.registered(turn, event)
    reach.line_answered(turn, event.line, True)
    reach.settle(turn, event.line)
    if turn.phone.lines != before:
        presence.line_registered(turn, event.line)


def _line_rejected(turn: Turn, event: LineRejected) -> None:
    lines.rejected(turn, event)
    reach.line_answered(turn, event.line, not lines.unanswered(event.code))


def _engine_ready(turn: Turn, event: EngineReady) -> None:
    lines.engine_ready(turn, event)
    lan.engine_ready(turn)
    paging.engine_ready(turn)
    afterwards.join_cell(turn)


def _messages_counted(turn: Turn, event: MessagesCounted) -> None:
    lines.messages_counted(turn, event)
    presence.mailbox_told(turn, event.line)


def _offer_withdrawn(_turn: Turn, _event: OfferWithdrawn) -> None:
    """Every offer is decided in the turn it arrives; its call ends by CallEnded."""


_PROGRESS = {
    Progress.TRYING: What.TRYING,
    Progress.RINGING: What.RINGING,
    Progress.EARLY_MEDIA: What.EARLY_MEDIA,
}


def _call_progressed(turn: Turn, event: CallProgressed) -> None:
    calls.happen(turn, event.call, _PROGRESS[event.progress])


def _call_answered(turn: Turn, event: CallAnswered) -> None:
    calls.happen(turn, event.call, What.ANSWERED)


def _media_started(turn: Turn, event: MediaStarted) -> None:
    calls.happen(turn, event.call, What.MEDIA, Detail(codec=event.codec, secure=event.secure))


def _call_ended(turn: Turn, event: CallEnded) -> None:
    call = turn.phone.call(event.call)
    calls.happen(turn, event.call, What.ENDED, Detail(code=event.code))
    if call is not None and call.outgoing and call.answered_s is None and event.code in lines.UNREACHED:
        lines.doubt(turn, call.line)


def _digit_received(_turn: Turn, _event: DigitReceived) -> None:
    """In a call of our own the person hears it, or not."""


def _sound_lost(turn: Turn, event: SoundLost) -> None:
    turn.change(lost=turn.phone.lost | {event.part})


def _sound_found(turn: Turn, event: SoundFound) -> None:
    turn.change(lost=turn.phone.lost - {event.part})


def _timer_fired(turn: Turn, event: TimerFired) -> None:
    """A stale token belongs to a timer that was stopped or set anew since."""
    running = (event.timer, event.of, event.token)
    if running not in turn.phone.timers:
        return
    turn.change(timers=turn.phone.timers - {running})
    _ON_TIMER[event.timer](turn, event)


def _letter_settled(turn: Turn, _event: TimerFired) -> None:
    menu.letter_settled(turn)
    texting.letter_settled(turn)


def _ring_limit(turn: Turn, event: TimerFired) -> None:
    calls.happen(turn, event.of, What.TIMED_OUT)


_ON_TIMER: dict[Timer, Callable[[Turn, TimerFired], None]] = {
    Timer.CLOCK: lambda _turn, _event: None,
    Timer.TALK: lambda _turn, _event: None,
    Timer.DIGIT: lambda turn, _event: desk.digits_ended(turn),
    Timer.OFF_HOOK: lambda turn, _event: afterwards.left_off(turn),
    Timer.NOTICE: lambda turn, _event: turn.change(notice=None),
    Timer.GAUGE: lambda turn, _event: turn.change(gauge=""),
    Timer.MULTITAP: _letter_settled,
    Timer.NO_ANSWER: _ring_limit,
    Timer.HOTLINE: lambda turn, _event: desk.hotline_due(turn),
    Timer.TRANSFER: lambda turn, event: several.timed_out(turn, event.of),
    Timer.RECALL: lambda turn, _event: turn.change(recalling=True),
    Timer.REGISTER: lambda turn, event: lines.timer(turn, event.of),
    Timer.FORWARD: lambda turn, _event: forwarding.timer(turn),
    Timer.PATHS: lambda _turn, _event: None,
    Timer.POWER: lambda turn, _event: supply.timer(turn),
    Timer.FAREWELL: lambda turn, _event: farewell.timer(turn),
    Timer.EAR_NOTICE: lambda turn, _event: turn.change(ear_notice=False),
    Timer.WATCH: presence.timer,
    Timer.LOCK: lambda turn, _event: lock.timer(turn),
    Timer.CALL_BACK: lambda turn, _event: presence.forget(turn),
}
"""CLOCK and TALK only let the display be worked out anew, PATHS the way."""

_HANDLERS: dict[type, Callable[[Turn, Any], None]] = {
    Started: _started,
    SettingsChanged: _settings_changed,
    KeyPressed: desk.pressed,
    KeyReleased: _key_released,
    KeyHeld: desk.held,
    KeyStuck: _key_stuck,
    HookLifted: desk.lifted,
    HookReplaced: desk.replaced,
    TimerFired: _timer_fired,
    EngineReady: _engine_ready,
    EngineLost: _engine_lost,
    ServersFound: lines.servers_found,
    LineRegistered: _line_registered,
    LineRejected: _line_rejected,
    MessagesCounted: _messages_counted,
    PartiesChanged: presence.changed,
    WatchEnded: presence.ended,
    CallArrived: arriving.by_sip,
    OfferWithdrawn: _offer_withdrawn,
    CallProgressed: _call_progressed,
    CallAnswered: _call_answered,
    MediaStarted: _media_started,
    CallEnded: _call_ended,
    PeerHeld: several.peer_held,
    PeerChanged: several.peer_changed,
    CallTransferred: several.transferred,
    TextChanged: texting.changed,
    TextReceived: texting.received,
    SoundLost: _sound_lost,
    SoundFound: _sound_found,
    LinkProbed: reach.link_probed,
    NeighbourSeen: lan.seen,
    NeighbourGone: lan.gone,
    DigitReceived: _digit_received,
    ModemChanged: reach.modem_changed,
    CellCallArrived: arriving.by_cell,
    CellSoundReady: reach.cell_sound_ready,
    CellSoundLost: reach.cell_sound_lost,
    SmsArrived: lambda turn, event: say(turn, verbatim(event.number), verbatim(event.text)),
    UssdAnswered: lambda turn, event: say(turn, "Mobile network", verbatim(event.text)),
    NetworkTimeRead: clock.network_time_read,
    ClockJudged: clock.judged,
    OrderKept: forwarding.order_kept,
    OrderNotKept: forwarding.order_not_kept,
    OrderTried: forwarding.order_tried,
    PowerRead: supply.power_read,
    PowerLost: supply.power_lost,
    BatteryTestRefused: supply.test_refused,
    PageHeard: paging.heard,
    PageEnded: paging.ended,
}


def _follow(turn: Turn) -> None:
    """What follows from the state, whatever has happened."""
    several.follow(turn)
    lan.follow(turn)
    reach.follow(turn)
    forwarding.follow_paths(turn, reach.ways_of_orders(turn.phone))
    farewell.follow(turn)
    gateway.follow(turn)
    presence.follow(turn)
    lock.follow(turn)
    paging.follow(turn)
    afterwards.leave_cell(turn)


_LIMITS = {Timer.NO_ANSWER: CallState.ALERTING, Timer.TRANSFER: CallState.TRANSFERRING}
"""Timers that limit how long a call may be in a state."""


def _keep_time(turn: Turn) -> None:
    """Run the clock of what is shown, and only that one."""
    for timer, of, _token in turn.phone.timers:
        timed, call = _LIMITS.get(timer), turn.phone.call(of)
        if timed is not None and (call is None or call.state is not timed):
            turn.stop(timer, of)
    call = turn.phone.active
    talking_s = None if call is None or call.answered_s is None else turn.now.mono_s - call.answered_s
    _tick(turn, Timer.TALK, None if talking_s is None else 1.0 - talking_s % 1.0)
    idle = isinstance(screen(turn.phone, turn.now), Idle)
    wall = turn.now.wall
    _tick(turn, Timer.CLOCK, 60.0 - wall.second - wall.microsecond / 1e6 if idle else None)


def _tick(turn: Turn, timer: Timer, after_s: float | None) -> None:
    runs = any(row[0] is timer for row in turn.phone.timers)
    if after_s is None:
        turn.stop(timer)
    elif not runs:
        turn.start(timer, max(SHORTEST_TICK_S, after_s))


def _show(turn: Turn) -> None:
    """Tell the world what has changed in what the state implies."""
    phone, told, language = turn.phone, turn.phone.shown, turn.phone.settings.language
    ear, joined = alerting.ear(phone), gateway.joined(phone)
    now = Shown(screen(phone, turn.now), ear, joined, alerting.ring(phone), alerting.leds(phone), language)
    turn.change(shown=now)
    if now.joined != told.joined:
        turn.do_first(now.joined)
    if now.ear != told.ear:
        turn.do_first(now.ear)
    if now.ring != told.ring:
        turn.do(now.ring)
    turn.do(*(SetLed(led, blink) for led, blink in now.leds if (led, blink) not in told.leds))
    if now.screen is not None and (now.screen, language) != (told.screen, told.language):
        turn.do(ShowScreen(now.screen, language))
