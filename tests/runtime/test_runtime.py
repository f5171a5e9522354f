"""The engine, the timers and the journal around the core."""

import asyncio
import logging
import threading
from datetime import datetime
from pathlib import Path
from random import Random

import pytest

from ranin.core.commands import CancelTimer, Command, KeepSettings, SetTimer, ShowScreen
from ranin.core.events import Event, HookLifted, HookReplaced, KeyPressed, Started, Timer, TimerFired
from ranin.core.keys import Key
from ranin.core.moment import Moment
from ranin.core.neighbours import DigitReceived
from ranin.core.phone import step
from ranin.core.settings import Settings
from ranin.core.state import Desk, Phone
from ranin.runtime.adapter import Post
from ranin.runtime.engine import Engine
from ranin.runtime.journal import Journal, read
from ranin.runtime.timers import Timers
from tests.core.desk_model import BEGIN, SETTINGS


class Recorder:
    """An adapter that keeps what it is told; `fails` makes it raise."""

    def __init__(self, *handles: type, fails: bool = False) -> None:
        self.handles = handles
        self.told: list[Command] = []
        self.stopped = False
        self._fails = fails

    async def start(self, post: Post) -> None:
        self.post = post

    async def stop(self) -> None:
        self.stopped = True
        if self._fails:
            raise RuntimeError("stuck")

    def execute(self, command: Command) -> None:
        self.told.append(command)
        if self._fails:
            raise RuntimeError("broken")


def clock() -> Moment:
    return Moment(1.0, datetime(2026, 1, 1, 12, 0, 30))


async def running(*adapters: Recorder, journal: Journal | None = None) -> Engine:
    engine = Engine(adapters, clock, journal or Journal())
    await engine.start(Started(SETTINGS))
    return engine


async def test_commands_reach_the_adapter_that_handles_them() -> None:
    display = Recorder(ShowScreen)
    engine = await running(display)
    engine.post(HookLifted())
    assert engine.phone.desk is Desk.DIAL_TONE
    assert [type(command) for command in display.told] == [ShowScreen, ShowScreen]
    await engine.stop()


async def test_an_adapter_that_fails_harms_nobody(caplog: pytest.LogCaptureFixture) -> None:
    broken, good = Recorder(ShowScreen, fails=True), Recorder(KeepSettings)
    engine = await running(good, broken)
    engine.post(KeyPressed(Key.UP))
    assert good.told and "failed on" in caplog.text
    await engine.stop()
    assert good.stopped and broken.stopped and "did not stop cleanly" in caplog.text


async def test_a_thread_may_post() -> None:
    engine = await running()
    seen = asyncio.Event()
    engine.watch(lambda phone, event: seen.set())
    thread = threading.Thread(target=engine.post, args=(HookLifted(),))
    thread.start()
    await asyncio.wait_for(seen.wait(), 5)
    thread.join()
    assert engine.phone.desk is Desk.DIAL_TONE
    await engine.stop()


async def test_an_event_the_core_cannot_take_leaves_the_state_alone(caplog: pytest.LogCaptureFixture) -> None:
    engine = await running()
    before = engine.phone
    engine.post("no event")  # type: ignore[arg-type]
    assert engine.phone == before and "the core failed" in caplog.text
    await engine.stop()


async def test_timers_fire_with_their_token_and_jitter_only_shortens() -> None:
    fired: asyncio.Queue[Event] = asyncio.Queue()
    timers = Timers(Random(1))
    await timers.start(fired.put_nowait)
    timers.execute(SetTimer(Timer.DIGIT, 1, 1000.0))
    timers.execute(SetTimer(Timer.DIGIT, 2, 0.01))
    timers.execute(SetTimer(Timer.REGISTER, 3, 0.02, 0.5, 4))
    timers.execute(SetTimer(Timer.TALK, 9, 0.01))
    timers.execute(CancelTimer(Timer.TALK))
    got = [await asyncio.wait_for(fired.get(), 5) for _ in range(2)]
    assert set(got) == {TimerFired(Timer.DIGIT, 2), TimerFired(Timer.REGISTER, 3, 4)}
    await timers.stop()


async def test_a_journal_replayed_leads_to_the_same_state(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    engine = await running(journal=Journal(path))
    for event in (HookLifted(), KeyPressed(Key.D6), KeyPressed(Key.D0), HookReplaced(), KeyPressed(Key.D5)):
        engine.post(event)
    await engine.stop()
    phone = Phone()
    for now, event in read(path):
        phone, _ = step(phone, event, now)
    assert (phone.desk, phone.digits, phone.hook) == (engine.phone.desk, engine.phone.digits, engine.phone.hook)
    assert phone.digits == "5"


def test_a_journal_tells_no_password_and_no_pin(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    journal = Journal(path)
    journal.event(BEGIN, Started(SETTINGS))
    journal.event(BEGIN, KeyPressed(Key.D7), private=True)
    journal.event(BEGIN, DigitReceived(1, "7"))
    journal.command(KeepSettings(SETTINGS))
    journal.close()
    text = path.read_text()
    assert "canary" not in text and '"7"' not in text and '"***"' in text


def test_a_journal_turns_over_and_a_full_disk_ends_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("ranin.runtime.journal.LARGEST_BYTES", 2000)
    path = tmp_path / "journal.jsonl"
    journal = Journal(path)
    for _ in range(50):
        journal.event(BEGIN, HookLifted())
    assert path.with_suffix(".old").exists() and path.stat().st_size <= 2100
    journal.close()
    full = Journal(Path("/dev/full"))
    with caplog.at_level(logging.WARNING):
        full.event(BEGIN, HookLifted())
        full.event(BEGIN, HookLifted())
    assert caplog.text.count("cannot be written") == 1


def test_a_line_that_is_no_event_is_named(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    path.write_text('{"s":1,"wall":"2026-01-01T00:00:00","event":"Nothing","with":{}}\n')
    with pytest.raises(ValueError, match="journal.jsonl:1"):
        list(read(path))


def test_settings_without_accounts_start_too() -> None:
    phone, _ = step(Phone(), Started(Settings()), BEGIN)
    assert phone.lines == ()
