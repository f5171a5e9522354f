"""The call log: kept, bounded, and begun anew when the file is damaged."""

import sqlite3
from pathlib import Path

import pytest

from ranin.core.commands import LogCall, MarkSeen
from ranin.core.events import Direction, LoggedCall
from ranin.core.verstat import Verstat
from ranin.storage import calllog
from ranin.storage.calllog import CallLog

MISSED = LoggedCall(Direction.MISSED, "Nora", "603", "2026-11-24T14:05:00", 0, 487, False, Verstat.FAILED)
PLACED = LoggedCall(Direction.OUT, "", "0612", "2026-11-24T14:06:00", 42)


async def kept(path: Path) -> tuple[LoggedCall, ...]:
    """What a phone that starts now would read."""
    log = CallLog(path)
    calls = log.recent()
    await log.stop()
    return calls


async def test_calls_are_there_after_a_restart_newest_first(tmp_path: Path) -> None:
    log = CallLog(tmp_path / "phone.sqlite")
    log.execute(LogCall(MISSED))
    log.execute(LogCall(PLACED))
    await log.stop()
    again = CallLog(tmp_path / "phone.sqlite")
    assert again.recent() == (PLACED, MISSED)
    again.execute(MarkSeen())
    await again.stop()
    assert all(call.seen for call in await kept(tmp_path / "phone.sqlite"))


async def test_a_log_of_an_older_release_is_read_and_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "phone.sqlite"
    with sqlite3.connect(path) as old:
        old.execute(
            "CREATE TABLE call (id INTEGER PRIMARY KEY, direction TEXT NOT NULL, name TEXT NOT NULL,"
            " number TEXT NOT NULL, started TEXT NOT NULL, talk_s INTEGER NOT NULL,"
            " code INTEGER NOT NULL, seen INTEGER NOT NULL)"
        )
        old.execute("INSERT INTO call VALUES (1, 'out', '', '0612', '2026-11-24T14:06:00', 42, 200, 1)")
    old.close()
    log = CallLog(path)
    log.execute(LogCall(MISSED))
    await log.stop()
    assert await kept(path) == (MISSED, PLACED)


async def test_only_so_many_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calllog, "KEPT", 5)
    log = CallLog(tmp_path / "phone.sqlite")
    for _ in range(12):
        log.execute(LogCall(PLACED))
    await log.stop()
    assert len(await kept(tmp_path / "phone.sqlite")) == 5


async def test_a_damaged_file_is_set_aside(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "phone.sqlite"
    path.write_bytes(b"this is no database at all" * 100)
    log = CallLog(path)
    log.execute(LogCall(PLACED))
    await log.stop()
    assert path.with_suffix(".damaged").exists() and "is damaged" in caplog.text
    assert await kept(path) == (PLACED,)
