"""The clock in the core: who confirms it, whose time is taken, and what the display says."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ranin.core.commands import SetTimer
from ranin.core.events import Timer
from ranin.core.mobile import NetworkTimeRead
from ranin.core.moment import Moment
from ranin.core.outage import ClockJudged, ClockSource, SetClock, WriteLog
from ranin.core.screens.screen import Idle
from ranin.runtime.journal import Journal, read
from tests.core.desk_model import BEGIN, Bench


def at(wall: datetime) -> NetworkTimeRead:
    return NetworkTimeRead(wall.replace(tzinfo=UTC).isoformat())


def sure(bench: Bench) -> bool:
    assert isinstance(bench.screen, Idle)
    return bench.screen.sure


def test_the_clock_is_unsure_until_somebody_confirms_it() -> None:
    bench = Bench().ready()
    assert not sure(bench) and not bench.phone.clock_sure
    assert WriteLog("Clock confirmed by the network") in bench.send(ClockJudged(True, ClockSource.NTP))
    assert sure(bench) and bench.phone.clock_source is ClockSource.NTP


def test_it_is_noted_once_and_a_simulated_phone_has_nothing_to_note() -> None:
    bench = Bench().ready()
    bench.send(ClockJudged(True, ClockSource.HOST))
    assert sure(bench) and not bench.phone.notes
    bench = Bench().ready()
    for _ in range(3):
        bench.send(ClockJudged(True, ClockSource.NITZ))
    assert [note.text for note in bench.phone.notes] == ["Clock set by the mobile network"]
    bench.send(ClockJudged(True, ClockSource.NTP))
    assert bench.phone.notes[0].text == "Clock confirmed by the network"


def test_a_correction_moves_the_minute() -> None:
    bench = Bench().ready()
    bench.now = Moment(bench.now.mono_s, datetime(2026, 11, 25, 9, 41, 50))
    caused = bench.send(ClockJudged(True, ClockSource.NTP))
    ticks = [command for command in caused if isinstance(command, SetTimer) and command.timer is Timer.CLOCK]
    assert [tick.after_s for tick in ticks] == [10.0]
    assert isinstance(bench.screen, Idle) and bench.screen.time == "09:41"


def test_the_month_of_the_battery_begins_when_the_clock_is_known() -> None:
    bench = Bench().ready()
    bench.now = Moment(bench.now.mono_s, BEGIN.wall + timedelta(days=60))
    bench.send(ClockJudged(True, ClockSource.NTP))
    assert bench.phone.power.tested == bench.now.wall


@pytest.mark.parametrize("hours", [-23, 0, 24 * 400])
def test_the_mobile_network_sets_an_unsure_clock_and_keeps_setting_it(hours: int) -> None:
    bench = Bench()
    told = at(BEGIN.wall + timedelta(hours=hours))
    assert SetClock(told.wall) in bench.send(told)
    bench.send(ClockJudged(True, ClockSource.NITZ))
    assert SetClock(told.wall) in bench.send(told)


@pytest.mark.parametrize("source", [ClockSource.NTP, ClockSource.HOST])
def test_the_mobile_network_never_overrides_something_better(source: ClockSource) -> None:
    bench = Bench()
    bench.send(ClockJudged(True, source))
    assert bench.send(at(BEGIN.wall + timedelta(hours=1))) == []


def test_a_mobile_network_a_day_behind_is_refused_and_noted() -> None:
    bench = Bench()
    caused = bench.send(at(BEGIN.wall - timedelta(hours=25)))
    assert not any(isinstance(command, SetClock) for command in caused)
    assert "not taken: 2026-11-23T13:05:03" in bench.phone.notes[0].text and not bench.phone.clock_sure


def test_a_moment_with_a_zone_is_compared_by_it() -> None:
    bench = Bench()
    bench.now = Moment(bench.now.mono_s, datetime(2026, 11, 24, 14, 5, tzinfo=UTC))
    told = NetworkTimeRead("2026-11-23T16:06:00+02:00")
    assert SetClock(told.wall) in bench.send(told)
    late = NetworkTimeRead("2026-11-23T16:04:00+02:00")
    assert not any(isinstance(command, SetClock) for command in bench.send(late))


def test_a_journal_gives_the_judgement_back(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.jsonl")
    journal.event(BEGIN, ClockJudged(True, ClockSource.NITZ))
    journal.close()
    assert [event for _, event in read(tmp_path / "journal.jsonl")] == [ClockJudged(True, ClockSource.NITZ)]
