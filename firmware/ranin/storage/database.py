"""Opening the phone's SQLite database so that a power cut loses nothing acknowledged."""

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

log = logging.getLogger(__name__)

_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA busy_timeout=5000",
    "PRAGMA foreign_keys=ON",
    "PRAGMA trusted_schema=OFF",
    "PRAGMA journal_size_limit=4194304",
)
"""WAL with synchronous=FULL is the cheapest mode that never lost a commit to a cut."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS call (
    id INTEGER PRIMARY KEY,
    direction TEXT NOT NULL,
    name TEXT NOT NULL,
    number TEXT NOT NULL,
    started TEXT NOT NULL,
    talk_s INTEGER NOT NULL,
    code INTEGER NOT NULL,
    seen INTEGER NOT NULL
);
"""


def open_database(path: Path) -> sqlite3.Connection:
    """Open or make the database; a damaged one is set aside and a new one begun."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        return _open(path)
    except sqlite3.DatabaseError as error:
        aside = path.with_suffix(".damaged")
        log.error("%s is damaged (%s): kept as %s, a new one is begun", path, error, aside)
        path.replace(aside)
        for tail in ("-wal", "-shm"):
            path.with_name(path.name + tail).unlink(missing_ok=True)
        return _open(path)


@contextmanager
def transaction(database: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """All of it or nothing."""
    database.execute("BEGIN IMMEDIATE")
    try:
        yield database
    except BaseException:
        database.execute("ROLLBACK")
        raise
    database.execute("COMMIT")


def _open(path: Path) -> sqlite3.Connection:
    database = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    try:
        for pragma in _PRAGMAS:
            database.execute(pragma)
        if database.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
            raise sqlite3.DatabaseError("quick_check failed")
        database.executescript(_SCHEMA)
    except sqlite3.DatabaseError:
        database.close()
        raise
    return database
