"""The wall clock over power cuts, time servers and the mobile network; a real kernel is only asked, never set."""

import asyncio
import contextlib
import itertools
import json
import os
import re
import shutil
import tempfile
import threading
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ranin.core.events import Event, Started
from ranin.core.mobile import NetworkTimeRead
from ranin.core.outage import ClockJudged, ClockSource, SetClock
from ranin.runtime import wallclock
from ranin.runtime.engine import Engine
from ranin.runtime.journal import Journal
from ranin.runtime.systemclock import SystemClock
from ranin.runtime.wallclock import FARTHEST_S, FILE, RELEASED_S, SAVE_EVERY_S, WallClock
from tests.core.desk_model import SETTINGS

DAY_S = 86400.0
BORN = RELEASED_S + 1.375 * DAY_S


def iso(wall_s: float) -> str:
    return datetime.fromtimestamp(wall_s, UTC).isoformat()


class Machine:
    """A system's clocks as a test wants them; `may_set` says whether the phone has the right to set it."""

    def __init__(self, wall_s: float = BORN, may_set: bool = False) -> None:
        self.now_s, self.up_s = wall_s, 0.0
        self.follows = False
        self.may_set = may_set

    def wall_s(self) -> float:
        return self.now_s

    def steady_s(self) -> float:
        return self.up_s

    def synchronised(self) -> bool:
        return self.follows

    def set(self, wall_s: float) -> None:
        if self.may_set:
            self.now_s = wall_s

    def run(self, seconds: float) -> None:
        self.now_s += seconds
        self.up_s += seconds

    def follow(self, wall_s: float) -> None:
        """A time server is found: the system's clock steps."""
        self.now_s, self.follows = wall_s, True


class Running:
    """A wall clock at work, and what it tells the core."""

    def __init__(self, clock: WallClock) -> None:
        self.clock = clock
        self.told: list[Event] = []

    @property
    def wall_s(self) -> float:
        return self.clock().wall.timestamp()

    def nitz(self, wall_s: float) -> None:
        self.clock.execute(SetClock(iso(wall_s)))


@contextlib.asynccontextmanager
async def running(state: Path, machine: Machine, host_is_sure: bool = False) -> AsyncIterator[Running]:
    """A clock that is stopped as the phone stops it; a power cut is a copy of its folder."""
    clock = WallClock(state, machine, host_is_sure=host_is_sure)
    built = Running(clock)
    await clock.start(built.told.append)
    yield built
    await clock.stop()


def saved_s(state: Path) -> float:
    file = state / FILE
    return datetime.fromisoformat(json.loads(file.read_text())["wall"]).timestamp() if file.exists() else 0.0


@pytest.mark.parametrize("system_s", [0.0, BORN - DAY_S, BORN + 10])
async def test_it_starts_no_earlier_than_it_was_saved(tmp_path: Path, system_s: float) -> None:
    async with running(tmp_path, Machine()):
        pass
    async with running(tmp_path, Machine(system_s)) as after:
        assert after.wall_s == max(BORN, system_s) and after.told == []


async def test_a_power_cut_loses_ten_minutes_at_the_most(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written, write = threading.Event(), wallclock._write
    monkeypatch.setattr(wallclock, "_write", lambda file, text: (write(file, text), written.set()))
    machine = Machine()
    async with running(tmp_path / "state", machine) as before:
        machine.run(SAVE_EVERY_S)
        before.clock.look()
        assert await asyncio.to_thread(written.wait, 5)
        machine.run(SAVE_EVERY_S - 1)
        before.clock.look()
        shutil.copytree(tmp_path / "state", tmp_path / "cut")
        cut_s = before.wall_s
    async with running(tmp_path / "cut", Machine(0.0)) as after:
        assert after.wall_s == BORN + SAVE_EVERY_S == cut_s - (SAVE_EVERY_S - 1)


async def test_it_is_saved_every_ten_minutes_and_not_more_often(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writes: list[str] = []
    monkeypatch.setattr(wallclock, "_write", lambda _file, text: writes.append(text))
    machine = Machine()
    async with running(tmp_path, machine) as built:
        for _ in range(360):  # an hour of looks
            machine.run(10.0)
            built.clock.look()
    assert len(writes) == 6 + 1


async def test_files_the_phone_wrote_are_older_than_now(tmp_path: Path) -> None:
    journal = tmp_path / "journal.jsonl"
    journal.touch()
    os.utime(journal, (BORN + 300, BORN + 300))
    clock = WallClock(tmp_path, Machine(BORN), (journal, tmp_path / "missing"))
    assert clock().wall.timestamp() == BORN + 300


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"wall": 7}', '{"wall": "yesterday"}', "\x00" * 60])
async def test_a_damaged_file_stops_nobody(tmp_path: Path, text: str) -> None:
    (tmp_path / FILE).write_text(text)
    async with running(tmp_path, Machine()) as built:
        assert built.wall_s == BORN
    assert saved_s(tmp_path) == BORN


async def test_a_card_that_cannot_be_written_stops_nobody(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "state").write_text("a file where the folder should be")
    async with running(tmp_path / "state", Machine()) as built:
        assert built.wall_s == BORN
    assert "is not kept" in caplog.text


async def test_a_time_server_steps_it_forwards_or_back_and_is_told_once(tmp_path: Path) -> None:
    machine = Machine()
    async with running(tmp_path, machine) as built:
        machine.run(10.0)
        machine.follow(BORN + 90 * DAY_S)
        built.clock.look()
        assert built.wall_s == BORN + 90 * DAY_S and built.told == [ClockJudged(True, ClockSource.NTP)]
        machine.run(600.2)
        built.clock.look()
        assert len(built.told) == 1
        machine.follow(BORN)
        built.clock.look()
        assert built.wall_s == BORN and built.told == [ClockJudged(True, ClockSource.NTP)] * 2
    assert saved_s(tmp_path) == BORN


async def test_a_system_clock_nobody_vouches_for_moves_it_only_forwards(tmp_path: Path) -> None:
    machine = Machine()
    async with running(tmp_path, machine) as built:
        machine.now_s = 0.0
        machine.run(10.0)
        built.clock.look()
        assert built.wall_s == BORN + 10
        machine.now_s = BORN + 5000
        built.clock.look()
        assert built.wall_s == BORN + 5000 and built.told == []


@pytest.mark.parametrize("first_start", [True, False])
async def test_a_clock_years_ahead_that_nobody_vouches_for_is_neither_shown_nor_saved(
    tmp_path: Path, first_start: bool
) -> None:
    if not first_start:
        async with running(tmp_path, Machine()):
            pass
    known_s = RELEASED_S if first_start else BORN
    journal = tmp_path / "journal.jsonl"
    journal.touch()
    os.utime(journal, (known_s + FARTHEST_S + 60, known_s + FARTHEST_S + 60))  # written under the wrong clock
    machine = Machine(known_s + FARTHEST_S + 1)
    clock = WallClock(tmp_path, machine, (journal,))
    await clock.start(lambda event: None)
    machine.run(SAVE_EVERY_S)
    clock.look()
    assert clock().wall.timestamp() == known_s + SAVE_EVERY_S
    await clock.stop()
    assert saved_s(tmp_path) == known_s + SAVE_EVERY_S


async def test_years_on_a_shelf_are_believed_and_a_time_server_may_say_anything(tmp_path: Path) -> None:
    async with running(tmp_path, Machine()):
        pass
    machine = Machine(BORN + FARTHEST_S)
    async with running(tmp_path, machine) as built:
        assert built.wall_s == BORN + FARTHEST_S
        machine.follow(BORN + 3 * FARTHEST_S)
        built.clock.look()
        assert built.wall_s == BORN + 3 * FARTHEST_S


def test_the_day_of_the_release_is_the_changelog_s() -> None:
    text = (Path(__file__).parents[2] / "CHANGELOG.md").read_text("utf-8")
    newest = re.search(r"^## [0-9.]+ — (\S+)", text, re.MULTILINE)
    assert newest is not None and iso(RELEASED_S)[:10] == newest[1]


async def test_once_confirmed_it_goes_on_by_itself(tmp_path: Path) -> None:
    machine = Machine()
    machine.follows = True
    async with running(tmp_path, machine) as built:
        machine.follows, machine.now_s = False, BORN + DAY_S
        machine.run(60.0)
        built.clock.look()
        assert built.wall_s == BORN + 60 and built.told == [ClockJudged(True, ClockSource.NTP)]


@pytest.mark.parametrize("may_set", [False, True])
async def test_the_mobile_network_sets_it_with_and_without_the_right(tmp_path: Path, may_set: bool) -> None:
    machine = Machine(0.0, may_set)
    async with running(tmp_path, machine) as built:
        built.nitz(BORN)
        machine.run(30.0)
        built.clock.look()
        assert built.wall_s == BORN + 30 and built.told == [ClockJudged(True, ClockSource.NITZ)]
        assert machine.wall_s() == (BORN if may_set else 0.0) + 30
    assert saved_s(tmp_path) == BORN + 30


async def test_a_system_clock_behind_is_set_for_the_certificates(tmp_path: Path) -> None:
    async with running(tmp_path, Machine()):
        pass
    machine = Machine(0.0, may_set=True)
    async with running(tmp_path, machine):
        assert machine.wall_s() == BORN


async def test_the_simulators_host_is_sure_whatever_its_kernel_says(tmp_path: Path) -> None:
    async with running(tmp_path, Machine(BORN + DAY_S)):
        pass
    async with running(tmp_path, Machine(BORN), host_is_sure=True) as built:
        assert built.told == [ClockJudged(True, ClockSource.HOST)] and built.wall_s == BORN


async def test_it_looks_by_itself_until_a_time_server_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wallclock, "LOOK_S", 0.01)
    machine, told = Machine(), asyncio.Queue[Event]()
    clock = WallClock(tmp_path, machine)
    await clock.start(told.put_nowait)
    machine.follow(BORN + 5)
    assert await asyncio.wait_for(told.get(), 5) == ClockJudged(True, ClockSource.NTP)
    await clock.stop()


async def test_engine_and_clock_together(tmp_path: Path) -> None:
    machine = Machine(0.0)
    clock = WallClock(tmp_path, machine)
    engine = Engine((clock,), clock, Journal())
    await engine.start(Started(SETTINGS))
    assert not engine.phone.clock_sure
    engine.post(NetworkTimeRead(iso(BORN)))
    assert engine.phone.clock_source is ClockSource.NITZ and clock().wall.timestamp() == BORN
    assert engine.phone.notes[0].wall.timestamp() == BORN
    engine.post(NetworkTimeRead(iso(BORN - 5 * DAY_S)))
    assert "not taken" in engine.phone.notes[0].text and clock().wall.timestamp() == BORN
    machine.follow(BORN + 7)
    clock.look()
    engine.post(NetworkTimeRead(iso(BORN + 7200)))
    assert engine.phone.clock_source is ClockSource.NTP and clock().wall.timestamp() == BORN + 7
    await engine.stop()


def test_the_kernel_is_asked_without_any_right() -> None:
    assert SystemClock().synchronised() in (True, False)


STEPS = st.one_of(
    st.tuples(st.just("run"), st.floats(0, 2000)),
    st.tuples(st.just("step"), st.floats(-2e9, 2e9)),
    st.tuples(st.sampled_from(("look", "cut", "stop")), st.just(0.0)),
    st.tuples(st.just("nitz"), st.floats(-2e6, 2e6)),
    st.tuples(st.just("ntp"), st.floats(-2e6, 2e6)),
)


class World:
    """A phone through runs and power cuts; checks after every step that the time is no earlier than it was saved."""

    def __init__(self, folder: Path, may_set: bool) -> None:
        self.folder, self.runs = folder, itertools.count()
        self.machine = Machine(may_set=may_set)
        self.state = self._next_state()
        self.built = Running(WallClock(self.state, self.machine))
        self.last_s = self.built.wall_s

    def _next_state(self) -> Path:
        return self.folder / str(next(self.runs))

    async def begin(self) -> None:
        await self.built.clock.start(self.built.told.append)

    async def restart(self, cut: bool) -> None:
        """Off and on; with a cut nothing is saved at the end: what is on disk at that instant is copied."""
        old, self.state = self.state, self._next_state()
        if cut and old.exists():
            shutil.copytree(old, self.state, ignore=shutil.ignore_patterns("*.new"))
        await self.built.clock.stop()
        if not cut:
            shutil.copytree(old, self.state)
        self.machine.up_s, self.machine.follows = 0.0, False
        self.built = Running(WallClock(self.state, self.machine))
        self.last_s = self.built.wall_s
        assert self.last_s >= saved_s(self.state)
        await self.begin()

    async def take(self, what: str, amount: float) -> None:
        sure = what in ("nitz", "ntp")
        if what == "run":
            self.machine.run(amount)
        elif what == "step":
            self.machine.now_s = min(max(0.0, self.machine.now_s + amount), 4e9)
        elif what == "look":
            self.built.clock.look()
        elif what == "nitz":
            self.built.nitz(max(0.0, self.last_s + amount))
        elif what == "ntp":
            self.machine.follow(max(0.0, self.last_s + amount))
            self.built.clock.look()
            self.machine.follows = False
        else:
            await self.restart(what == "cut")
        wall_s = self.built.wall_s
        assert sure or wall_s >= self.last_s
        self.last_s = wall_s


@settings(max_examples=100, deadline=None)
@given(st.lists(STEPS, max_size=25), st.booleans())
def test_whatever_the_system_clock_does_it_never_goes_back_by_itself(
    steps: list[tuple[str, float]], may_set: bool
) -> None:
    async def live() -> None:
        with tempfile.TemporaryDirectory() as folder:
            world = World(Path(folder), may_set)
            await world.begin()
            for step in steps:
                await world.take(*step)
            await world.built.clock.stop()
            assert saved_s(world.state) == world.last_s

    asyncio.run(live())
