"""Exhaustive and random walks: whatever happens in whatever order, the phone holds together."""

from collections import deque
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ranin.core import presence
from ranin.core.commands import AlertCaller, ConnectEar, HangUpCall, HoldCall, PlaceCall, RefuseOffer, Ring
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
    SettingsChanged,
    SoundFound,
    SoundLost,
    Timer,
    TimerFired,
)
from ranin.core.keys import Key
from ranin.core.mobile import NetworkTimeRead
from ranin.core.moment import Moment
from ranin.core.outage import ClockJudged, ClockSource
from ranin.core.phone import step
from ranin.core.pin import hashed
from ranin.core.settings import LockSettings, Secret, Settings, Watch
from ranin.core.several import MOST_CALLS
from ranin.core.state import HOLDING_EAR, CallState, Desk, LineState, Phone
from ranin.core.team import PartiesChanged, Party, Presence, Purpose, Watched, WatchEnded
from tests.core.desk_model import BEGIN, SETTINGS, Bench

ASIDE = (CallState.HELD, CallState.TRANSFERRING)
Commands = tuple[object, ...]


def check(before: Phone, event: Event, phone: Phone, commands: Commands) -> None:
    """What must hold after every step."""
    holding = [call for call in phone.calls if call.state in HOLDING_EAR]
    alerting = [call for call in phone.calls if call.state is CallState.ALERTING]
    assert len(holding) <= 1 or all(call.state is CallState.TALKING for call in holding)
    assert len(phone.calls) <= MOST_CALLS
    assert len({call.number for call in phone.calls}) == len(phone.calls)
    assert all(call.number < phone.next_call for call in phone.calls)
    assert (phone.desk is Desk.BUSY) == bool(holding)
    if not phone.lifted:
        assert not holding
        assert phone.shown.ear == ConnectEar(held=phone.shown.ear.held)
        assert phone.desk in (Desk.RESTING, Desk.PREDIALING)
    else:
        assert phone.desk not in (Desk.RESTING, Desk.PREDIALING)
        assert phone.menu is None
    assert bool(phone.shown.ring.melody) <= bool(alerting or phone.recalling or presence.free(phone))
    assert set(phone.shown.ear.held) == {call.number for call in phone.calls if call.state in ASIDE}
    assert phone.transferee in {0} | {call.number for call in phone.held}
    assert len({one.watch for one in phone.watched}) == len(phone.watched)
    assert len(called_back(phone)) <= 1
    assert not phone.muted or holding
    assert phone.shown.screen is not None
    assert len({row[:2] for row in phone.timers}) == len(phone.timers)
    if isinstance(event, CallArrived):
        answered = [c for c in commands if isinstance(c, (AlertCaller, RefuseOffer))]
        assert len(answered) == 1
    for call in phone.calls:
        assert (call.state is CallState.TRANSFERRING) == (
            (Timer.TRANSFER, call.number) in {row[:2] for row in phone.timers}
        )
    left = {call.number for call in before.calls if call.state in HOLDING_EAR} - {c.number for c in holding}
    if left and isinstance(event, HookReplaced):
        assert {c.call for c in commands if isinstance(c, (HangUpCall, HoldCall))} == left
    assert sum(isinstance(c, PlaceCall) for c in commands) <= 1
    assert "canary" not in repr(phone) + repr(commands)


def _timers(phone: Phone) -> list[Event]:
    return [
        TimerFired(timer, token, of)
        for timer, of, token in sorted(phone.timers, key=lambda row: row[2])
        if timer not in (Timer.CLOCK, Timer.TALK)
    ]


def called_back(phone: Phone) -> list[Watched]:
    return [one for one in phone.watched if one.purpose is Purpose.CALL_BACK]


def _moves(phone: Phone) -> list[Event]:
    """All that can come next, kept small: one digit, the calls that live, the timers that run."""
    moves: list[Event] = [
        HookLifted(),
        HookReplaced(),
        KeyPressed(Key.D6),
        KeyPressed(Key.HASH),
        KeyPressed(Key.CANCEL),
        KeyPressed(Key.MUTE),
        KeyPressed(Key.OK),
        KeyPressed(Key.UP),
        KeyPressed(Key.SOFT1),
        KeyPressed(Key.SOFT2),
        KeyPressed(Key.SOFT3),
        CallArrived("offer", 0, "Nora", "555"),
        EngineLost("killed"),
        EngineReady(),
        *_timers(phone),
    ]
    for call in phone.calls:
        moves += [
            CallProgressed(call.number, Progress.RINGING),
            CallProgressed(call.number, Progress.EARLY_MEDIA),
            CallAnswered(call.number),
            MediaStarted(call.number, "opus", True),
            CallEnded(call.number, 486, "Busy Here"),
            CallTransferred(call.number, 200),
            CallTransferred(call.number, 603),
        ]
    return moves


def _shape(phone: Phone) -> object:
    """What makes two states the same to a walk: numbers, tokens, timers and logs apart."""
    return (
        phone.hook,
        phone.desk,
        phone.engine_up,
        tuple(sorted(call.state.value for call in phone.calls)),
        len(phone.digits) > 0,
        phone.cause is not None,
        phone.muted,
        phone.menu.path if phone.menu else None,
        any(line.state is LineState.REGISTERED for line in phone.lines),
        bool(phone.transferee),
        bool(phone.selected),
        phone.recalling,
        phone.lock.locked,
        bool(phone.lock.typed),
    )


LOCKED = replace(SETTINGS, lock=LockSettings(Secret(hashed("4711", bytes(16)))))
PARKING = replace(SETTINGS, accounts=(replace(SETTINGS.accounts[0], park=("5901",)),))


@pytest.mark.parametrize("own", [SETTINGS, LOCKED, PARKING], ids=["plain", "locked", "parking"])
def test_every_reachable_shape_holds_together(own: Settings) -> None:
    """Breadth first through every shape of the phone with up to two calls alive; a locked one calls nobody."""
    start = Bench(own).ready().phone
    seen = {_shape(start)}
    queue = deque([start])
    steps = 0
    while queue:
        phone = queue.popleft()
        for event in _moves(phone):
            after, commands = step(phone, event, BEGIN)
            check(phone, event, after, commands)
            assert own is not LOCKED or not any(isinstance(command, PlaceCall) for command in commands)
            steps += 1
            shape = _shape(after)
            if shape not in seen and len(after.calls) <= 2:
                seen.add(shape)
                queue.append(after)
    assert own is LOCKED or (len(seen) > 300 and steps > 5000)


CALLS = st.integers(0, 4)
CODES = st.sampled_from([0, 200, 400, 401, 403, 404, 408, 480, 486, 487, 488, 500, 503, 603, 999])
KEYS = st.sampled_from(Key)
OFFICE = replace(SETTINGS, watch=(Watch("201"), Watch("203", "Nora")))
PARTIES = st.builds(Party, st.sampled_from(["201", "203"]), st.text(max_size=3), st.sampled_from(Presence))
EVENTS: st.SearchStrategy[Event] = st.one_of(
    st.builds(KeyPressed, KEYS),
    st.builds(KeyPressed, KEYS),
    st.builds(KeyReleased, KEYS),
    st.builds(KeyHeld, KEYS),
    st.builds(KeyStuck, KEYS),
    st.just(HookLifted()),
    st.just(HookReplaced()),
    st.builds(TimerFired, st.sampled_from(Timer), st.integers(0, 30)),
    st.just(EngineReady()),
    st.just(EngineLost("killed")),
    st.builds(LineRegistered, st.integers(0, 2), st.just(300)),
    st.builds(LineRejected, st.integers(0, 2), CODES, st.just("no"), st.integers(0, 10**6)),
    st.builds(PartiesChanged, st.integers(1, 5), st.lists(PARTIES, max_size=2).map(tuple)),
    st.builds(WatchEnded, st.integers(1, 5), CODES, st.sampled_from(["", "timeout", "noresource"]), st.integers(0, 9)),
    st.builds(MessagesCounted, st.integers(0, 2), st.integers(0, 9)),
    st.builds(CallArrived, st.just("offer"), st.integers(0, 2), st.text(max_size=9), st.text(max_size=9)),
    st.just(OfferWithdrawn("offer")),
    st.builds(CallProgressed, CALLS, st.sampled_from(Progress)),
    st.builds(CallAnswered, CALLS),
    st.builds(MediaStarted, CALLS, st.sampled_from(["opus", "G722", ""]), st.booleans()),
    st.builds(CallEnded, CALLS, CODES, st.just("")),
    st.builds(CallTransferred, CALLS, CODES),
    st.builds(PeerHeld, CALLS, st.booleans()),
    st.builds(PeerChanged, CALLS, st.text(max_size=9), st.text(max_size=9)),
    st.builds(SoundLost, st.sampled_from(["handset", "ringer"]), st.just("gone")),
    st.builds(SoundFound, st.sampled_from(["handset", "ringer"])),
    st.builds(ClockJudged, st.booleans(), st.sampled_from(ClockSource)),
    st.sampled_from([NetworkTimeRead("2026-11-24T14:05:00+01:00"), NetworkTimeRead("2004-01-01T00:00:00+00:00")]),
    st.sampled_from([SettingsChanged(SETTINGS), SettingsChanged(Settings()), SettingsChanged(OFFICE)]),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(EVENTS, st.floats(0, 100)), max_size=60), st.booleans())
def test_random_walks_hold_together(walk: list[tuple[Event, float]], real_timers: bool) -> None:
    phone = Bench().ready().phone
    now: Moment = BEGIN
    for event, pause_s in walk:
        now = now.later(pause_s)
        running = _timers(phone)
        if real_timers and isinstance(event, TimerFired) and running:
            event = running[event.token % len(running)]
        before = phone
        phone, commands = step(phone, event, now)
        check(before, event, phone, commands)


def test_a_stale_timer_changes_nothing() -> None:
    bench = Bench().ready()
    bench.send(HookLifted(), KeyPressed(Key.D6))
    stale = next(TimerFired(t, token, of) for t, of, token in bench.phone.timers if t is Timer.DIGIT)
    bench.send(KeyPressed(Key.D0))
    assert bench.send(stale) == []


def test_replacing_the_handset_stops_the_ringer_only_by_the_caller() -> None:
    bench = Bench().ready()
    bench.send(CallArrived("a", 0, "", "555"))
    assert bench.last(Ring) == Ring("classic", 6)
    bench.send(HookReplaced())
    assert bench.last(Ring) == Ring("classic", 6)
    bench.send(CallEnded(1, 487, ""))
    assert bench.last(Ring) == Ring("")
