"""The tables of the cache, and how a file that is no such cache is thrown away."""

import sqlite3
from pathlib import Path

VERSION = 6
"""Grows with the tables; a cache of another version is made again from the server."""

PATIENCE = 5.0
"""Seconds that another program may have the file locked."""

LOG_PAGES = 8_000
"""Pages of 4 KiB after which what was written goes from SQLite's log into the file. By the 1,000 that are usual a
million files would wait for the disk 100 times."""

_TABLES = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE vaults (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, role TEXT NOT NULL, seq INTEGER, part INTEGER, sets TEXT, rules TEXT
) WITHOUT ROWID;
"""


class Unreadable(sqlite3.DatabaseError):
    """What stands in the cache is not what was written there."""


def connect(path: Path | None) -> sqlite3.Connection:
    """Open the cache, made anew when it is not there, damaged, or of another version. Raises OSError, sqlite3.Error.

    None: it is in memory, for as long as the program runs.
    """
    if path is None:
        return _open(":memory:")
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        return _open(path)
    except sqlite3.DatabaseError as error:
        if isinstance(error, sqlite3.OperationalError):
            raise
        remove(path)
        return _open(path)


def remove(path: Path) -> None:
    """Delete a cache. Everything in it comes again from the server. Raises OSError."""
    for ending in ("", "-wal", "-shm"):
        path.with_name(path.name + ending).unlink(missing_ok=True)


def is_damage(error: sqlite3.Error) -> bool:
    """The file itself is broken, and no other try will mend it."""
    code: int = getattr(error, "sqlite_errorcode", 0)  # errors of Python's own have none
    return isinstance(error, Unreadable) or (code & 0xFF) in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def _open(path: Path | str) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=PATIENCE, isolation_level=None, check_same_thread=False)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute(f"PRAGMA wal_autocheckpoint = {LOG_PAGES}")
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version == 0:
            connection.executescript(f"BEGIN;{_TABLES}PRAGMA user_version = {VERSION};COMMIT;")
        elif version != VERSION:
            raise sqlite3.DatabaseError(f"a cache of version {version}")
    except BaseException:
        connection.close()
        raise
    return connection
