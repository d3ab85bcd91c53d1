"""The journal's file: its tables, and a connection to it that says a full disk as a person is told it."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from pdm_desktop.core.errors import DiskFull
from pdm_desktop.sync import system

_SPELLING = "COLLATE NOCASE" if system.FOLDS_CASE else ""
"""Which spellings of a place are one place; of case SQLite knows in English letters alone."""

_TABLES = f"""
CREATE TABLE IF NOT EXISTS copies (
    file TEXT PRIMARY KEY, vault TEXT NOT NULL, path TEXT NOT NULL, place TEXT NOT NULL {_SPELLING},
    major INTEGER NOT NULL, minor INTEGER NOT NULL, hash TEXT NOT NULL, size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS holds (
    file TEXT PRIMARY KEY, vault TEXT NOT NULL, path TEXT NOT NULL, token INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS lost (
    file TEXT PRIMARY KEY, fields TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS awaited (
    file TEXT PRIMARY KEY, token INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS uploads (
    hash TEXT PRIMARY KEY, upload TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS epoch (
    one INTEGER PRIMARY KEY CHECK (one = 1), epoch TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS left_epochs (
    epoch TEXT PRIMARY KEY
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS unconfirmed (
    file TEXT PRIMARY KEY
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS findings (
    file TEXT NOT NULL, kind TEXT NOT NULL, path TEXT NOT NULL, PRIMARY KEY (file, kind)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS verdicts (
    file TEXT PRIMARY KEY, hash TEXT NOT NULL, meant INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS moves (
    file TEXT PRIMARY KEY, path TEXT NOT NULL, source TEXT NOT NULL, target TEXT NOT NULL, number TEXT NOT NULL,
    size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS replacements (
    place TEXT PRIMARY KEY, kept TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS parts (
    path TEXT PRIMARY KEY
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS opened (
    place TEXT PRIMARY KEY, size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS deletions (
    file TEXT PRIMARY KEY, by TEXT
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS followed (
    number INTEGER PRIMARY KEY, at REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS intents (
    number INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, file TEXT NOT NULL, path TEXT NOT NULL,
    fields TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS waiting (
    number INTEGER PRIMARY KEY AUTOINCREMENT, file TEXT NOT NULL UNIQUE, fields TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS aside (
    number INTEGER PRIMARY KEY, of TEXT NOT NULL, file TEXT NOT NULL, fields TEXT NOT NULL,
    kind TEXT, path TEXT, key TEXT
);
"""

_ONE_AT_EACH_PLACE = """
BEGIN IMMEDIATE;
DELETE FROM copies WHERE place IN (SELECT place FROM copies GROUP BY place HAVING count(*) > 1);
DROP INDEX IF EXISTS copies_by_place;
CREATE UNIQUE INDEX one_at_each_place ON copies (place);
COMMIT;
"""


class Connection:
    """A connection to SQLite on which a full disk is said as a person is told it. Raises DiskFull and sqlite3.Error."""

    def __init__(self, real: sqlite3.Connection) -> None:
        self._real = real

    def execute(self, sql: str, values: Sequence[Any] = ()) -> sqlite3.Cursor:
        """Execute one statement."""
        with _full_disk_said_plainly():
            return self._real.execute(sql, values)

    def executescript(self, sql: str) -> None:
        """Execute several statements."""
        with _full_disk_said_plainly():
            self._real.executescript(sql)

    def roll_back(self) -> None:
        """Nothing of the transaction has happened, if SQLite has not said so already."""
        if self._real.in_transaction:
            self._real.execute("ROLLBACK")

    def close(self) -> None:
        """Close the file."""
        self._real.close()


@contextmanager
def _full_disk_said_plainly() -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode == sqlite3.SQLITE_FULL:
            raise DiskFull(
                "There is no room on this computer for the journal of the workspace.",
                advice="Free some space and try again. Nothing is lost.",
            ) from error
        raise


def open_file(path: Path) -> Connection:
    """The file with all its tables, made when it is not there, and read whole when it is.

    Raises DiskFull, OSError, and sqlite3.Error: an OperationalError when it cannot be used now, another DatabaseError
    when it is damaged.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists():
        with suppress(OSError):  # whatever has it open, the next start removes it
            _new(path).unlink(missing_ok=True)  # an end in between has left the journal both names
    else:
        _make(path)
    if path.stat().st_size == 0:
        raise sqlite3.DatabaseError("it is empty")  # SQLite would begin a new one without a word
    connection = _connected(path)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        _refuse_damaged(connection)
        connection.executescript(_TABLES)
        _have_one_at_each_place(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _make(path: Path) -> None:
    """A new journal has its name when it is whole: one without a byte was emptied, as a hard reset does it."""
    new = _new(path)
    for each in (new, *beside(new), *beside(path)):  # what is left of a lost one would be read into this one
        each.unlink(missing_ok=True)
    connection = _connected(new)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
    finally:
        connection.close()
    system.place_durably(new, path)


def _new(path: Path) -> Path:
    """Its name until it is whole."""
    return path.with_name(f"{path.name}.new")


def beside(path: Path) -> list[Path]:
    """What SQLite keeps beside a file while it is open."""
    return [path.with_name(f"{path.name}{ending}") for ending in ("-wal", "-shm")]


def _connected(path: Path) -> Connection:
    return Connection(sqlite3.connect(path, isolation_level=None))


def _refuse_damaged(connection: Connection) -> None:
    """A damaged page would otherwise be met in the middle of the work. Raises sqlite3.DatabaseError."""
    found = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    if found != "ok":
        raise sqlite3.DatabaseError(found)


def _have_one_at_each_place(connection: Connection) -> None:
    """A place has one file. Of two that an earlier journal had at one place neither is known: they are compared."""
    if connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'one_at_each_place'").fetchone() is None:
        connection.executescript(_ONE_AT_EACH_PLACE)
