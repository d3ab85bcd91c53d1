"""One vault's files in the cache, in tables of their own: as one snapshot began them, and as events have led on.

A snapshot fills new tables while the ones before are shown; one row of `vaults` then says which of them count. What a
cut leaves is in tables that do not count. Names are found by `cache.names`.
"""

import sqlite3
from collections.abc import Generator, Iterable, Sequence
from contextlib import closing
from functools import cached_property
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

import msgspec

from pdm_desktop.cache.rows import (
    AS_ONE,
    COLUMNS,
    file_from,
    file_values,
    files_from,
    free_values,
    head_value,
    lines_in,
    lock_in,
    lock_values,
    reading,
)
from pdm_desktop.core.fold import lock_of
from pdm_desktop.core.folder_list import BETWEEN, FolderList, ordered
from server.protocol.events import (
    FileAdded,
    FileDeleted,
    FileLocked,
    FileMoved,
    FileRestored,
    FileUnlocked,
    FileUpdated,
    FolderMoved,
    VaultEvent,
)
from server.protocol.vault import File

if TYPE_CHECKING:
    from pdm_desktop.cache.names import Names

IDS_AT_ONCE = 500
"""So many values stand in one statement; SQLite takes 32,766."""
ROWS_AT_ONCE = 1_000
"""The same of rows that a search has found, so that all that is shown is read at once."""
AT_ONCE = 100
"""Rows in one statement of a snapshot. One by one, each would be a turn of the interpreter's lock, which the window
waits for, and takes."""
_PUT = (
    "INSERT INTO {files} (row, id, folder, name, head, locked_by, lock)"
    # Behind all blocks of names, also when the last rows are gone: a line there is of another file.
    " VALUES (1 + max((SELECT coalesce(max(row), 0) FROM {files}), ?), ?, ?, ?, ?, ?, ?)"
)
_CHANGE = "UPDATE {files} SET folder = ?, head = ?, locked_by = ?, lock = ? WHERE id = ? AND name = ?"
_INDEXES = (
    "CREATE UNIQUE INDEX by_id_{number} ON {files} (id)",
    "CREATE INDEX by_folder_{number} ON {files} (folder)",
    "CREATE INDEX held_{number} ON {files} (locked_by) WHERE locked_by IS NOT NULL",
)


class Part:
    """The files of one vault. What changes them belongs into a transaction. Methods raise sqlite3.Error."""

    def __init__(self, connection: sqlite3.Connection, number: int) -> None:
        self._connection = connection
        self.number = number
        self._tables = {"files": f"files_{number}", "number": number}
        """What stands for them in the statements below."""

    @cached_property
    def _names(self) -> "Names":
        """Loaded by who searches or changes files: a first window does neither, and each module costs a start."""
        from pdm_desktop.cache.names import Names

        return Names(self._connection, files=f"files_{self.number}", names=f"names_{self.number}")

    # A snapshot

    def begin(self) -> None:
        """Make the tables."""
        self._execute(
            "CREATE TABLE {files} (row INTEGER PRIMARY KEY, id TEXT NOT NULL, folder TEXT NOT NULL,"
            " name TEXT NOT NULL, head BLOB NOT NULL, locked_by TEXT, lock BLOB)"
        )
        self._names.begin()

    def add(self, lines: bytes) -> int:
        """Files, each a line of JSON as it came; how many they are. Raises msgspec.DecodeError."""
        files = lines_in(lines)
        if not files:
            return 0
        first = self._names.last() + 1
        names: list[str] = []
        for start in range(0, len(files), AT_ONCE):
            some = [free_values(file) for file in files[start : start + AT_ONCE]]
            places = ", ".join(["(?, ?, ?, ?)"] * len(some))
            sql = f"INSERT INTO {{files}} (id, folder, name, head) VALUES {places}"  # noqa: S608 - question marks
            self._run(sql, *chain.from_iterable(some))
            names += (name for _, _, name, _ in some)
        self._names.add(first, names)
        for row, file in enumerate(files, first):
            if file.lock:
                self._execute("UPDATE {files} SET locked_by = ?, lock = ? WHERE row = ?", *lock_in(file), row)
        return len(files)

    def complete(self) -> bool:
        """All files are here: make the next of what finds them. False: there is nothing more to make.

        Made now, from all of them, it costs a tenth of the time; of a million files each takes most of a second.
        """
        made = self._one("SELECT count(*) FROM sqlite_schema WHERE type = 'index' AND tbl_name = '{files}'") or (0,)
        if made[0] == len(_INDEXES):
            return False
        self._execute(_INDEXES[made[0]])
        return True

    def drop(self) -> None:
        """Have all of it no longer."""
        self._names.drop()
        self._execute("DROP TABLE {files}")

    # Reading

    def folders(self) -> FolderList:
        """Each folder that has files of its own, with how many."""
        # SQLite puts the list together: as rows, a quarter of a million folders would pass through Python one by one.
        paths, counts = self._one(
            "SELECT CAST(group_concat(folder || char(10), '') AS BLOB), CAST(group_concat(files, ',') AS BLOB)"
            " FROM (SELECT folder, count(*) AS files FROM {files} GROUP BY folder ORDER BY folder)"
        ) or (None, None)
        return FolderList(paths or b"", msgspec.json.decode(b"[" + (counts or b"") + b"]", type=list[int]))

    def held(self) -> list[File]:
        """Every file that is checked out."""
        return list(self._found("WHERE locked_by IS NOT NULL"))

    def held_by(self, person: str) -> list[File]:
        """What a person has checked out, on any seat."""
        return list(self._found("WHERE locked_by = ?", person))

    def in_folder(self, folder: str) -> list[File]:
        """The files directly in a folder."""
        # SQLite puts them together: row by row, thousands take twice as long.
        sql = f"SELECT {AS_ONE} FROM {{files}} WHERE folder = ?"  # noqa: S608 - names of columns
        (found,) = self._one(sql, ordered(folder)) or (None,)
        with reading():
            return files_from(found, folder)

    def of_ids(self, ids: Sequence[str]) -> list[File]:
        """These files, as far as they are here."""
        found: list[File] = []
        for start in range(0, len(ids), IDS_AT_ONCE):
            some = ids[start : start + IDS_AT_ONCE]
            found += self._found(f"WHERE id IN ({', '.join('?' * len(some))})", *some)
        return found

    def search(self, text: str, limit: int) -> list[File]:
        """Files whose name contains a text, whatever its case; `limit` at most."""
        found: list[File] = []
        with closing(self._names.rows_with(text.casefold())) as rows:
            while len(found) < limit and (some := list(islice(rows, min(limit, ROWS_AT_ONCE)))):
                marks = ", ".join("?" * len(some))
                found += self._found(f"WHERE row IN ({marks}) ORDER BY row", *some)
        return found[:limit]

    # Events

    def apply(self, event: VaultEvent) -> None:
        """The next event of the vault."""
        match event:
            case FileLocked():
                self._lock(event.file, *lock_values(lock_of(event)))
            case FileUnlocked():
                self._lock(event.file, None, None)
                if event.revision is not None:
                    self._execute("UPDATE {files} SET head = ? WHERE id = ?", head_value(event.revision), event.file)
            case FileAdded() | FileUpdated() | FileMoved() | FileRestored():
                self._put(event.file)
            case FileDeleted():
                self._take_out(event.file.id)
            case FolderMoved():
                self._move_folder(event)

    def gather(self) -> None:
        """Events were applied: see to it that a search does not become slower by them."""
        self._names.gather()

    def _lock(self, file: str, locked_by: str | None, lock: bytes | None) -> None:
        self._execute("UPDATE {files} SET locked_by = ?, lock = ? WHERE id = ?", locked_by, lock, file)

    def _put(self, file: File) -> None:
        id_, folder, name, *others = file_values(file)
        if self._run(_CHANGE, folder, *others, id_, name).rowcount == 0:
            self._take_out(id_)
            self._execute(_PUT, self._names.last(), id_, folder, name, *others)

    def _take_out(self, file: str) -> None:
        self._execute("DELETE FROM {files} WHERE id = ?", file)

    def _move_folder(self, move: FolderMoved) -> None:
        source = ordered(move.from_)
        self._execute(
            # Between the two are all folders below.
            "UPDATE {files} SET folder = ? || substr(folder, ?) WHERE folder = ? OR (folder > ? AND folder < ?)",
            ordered(move.to),
            len(move.from_) + 1,
            source,
            source + BETWEEN,
            source + chr(ord(BETWEEN) + 1),
        )

    # How it is done

    def _found(self, where: str, *values: Any) -> Generator[File]:
        select = f"SELECT {COLUMNS} FROM {{files}} {where}"  # noqa: S608 - names of columns
        with closing(self._run(select, *values)) as rows, reading():
            for row in rows:
                yield file_from(row)

    def _one(self, sql: str, *values: Any) -> tuple[Any, ...] | None:
        found: tuple[Any, ...] | None = self._run(sql, *values).fetchone()
        return found

    def _all(self, sql: str, *values: Any) -> list[Any]:
        return self._run(sql, *values).fetchall()

    def _run(self, sql: str, *values: Any) -> sqlite3.Cursor:
        return self._connection.execute(sql.format_map(self._tables), values)

    def _execute(self, sql: str, *values: Any) -> None:
        self._run(sql, *values).fetchall()


def parts_there(connection: sqlite3.Connection) -> set[int]:
    """The numbers of all parts that have tables, whether they count or not."""
    rows: Iterable[tuple[str]] = connection.execute(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name GLOB 'files_*'"
    ).fetchall()
    return {int(name.partition("_")[2]) for (name,) in rows}
