"""Opening the phone's SQLite database so that a power cut loses nothing acknowledged."""

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

log = logging.getLogger(__name__)

_PRAGMAS = (
    "PRAGMA busy_timeout=5000",
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA trusted_schema=OFF",
    "PRAGMA secure_delete=ON",
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
    seen INTEGER NOT NULL,
    verstat TEXT NOT NULL DEFAULT ''
);
CREATE TABLE IF NOT EXISTS pending (
    number INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    backend TEXT NOT NULL,
    line INTEGER NOT NULL,
    target TEXT NOT NULL,
    made TEXT NOT NULL,
    place TEXT NOT NULL,
    account TEXT NOT NULL,
    means TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS forward (
    place TEXT NOT NULL,
    always INTEGER NOT NULL,
    backend TEXT NOT NULL,
    account TEXT NOT NULL,
    means TEXT NOT NULL,
    maybe TEXT NOT NULL,
    believed TEXT NOT NULL,
    since TEXT NOT NULL,
    PRIMARY KEY (place, always)
);
"""
"""`pending`: orders not in effect yet. `forward`: what is known of the forwards there. Their means may be secret."""


def open_database(path: Path) -> sqlite3.Connection:
    """Open or make the database; a damaged one is set aside and a new one begun.

    Raises sqlite3.OperationalError when it is whole but cannot be opened: locked, or on a card that fails.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        return _open(path)
    except sqlite3.OperationalError:
        raise
    except sqlite3.DatabaseError as error:
        aside = path.with_suffix(".damaged")
        log.error("%s is damaged (%s): kept as %s, a new one is begun", path, error, aside)
        path.replace(aside)
        for tail in ("-wal", "-shm"):
            path.with_name(path.name + tail).unlink(missing_ok=True)
        return _open(path)


def _complete(database: sqlite3.Connection) -> None:
    """Give a table of an older release the columns that it lacks."""
    known = {row[1] for row in database.execute("PRAGMA table_info(call)")}
    if "verstat" not in known:
        database.execute("ALTER TABLE call ADD COLUMN verstat TEXT NOT NULL DEFAULT ''")


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
    path.touch(mode=0o600)
    path.chmod(0o600)
    database = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    try:
        for pragma in _PRAGMAS:
            database.execute(pragma)
        if database.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
            raise sqlite3.DatabaseError("quick_check failed")
        database.executescript(_SCHEMA)
        _complete(database)
    except sqlite3.DatabaseError:
        database.close()
        raise
    return database
