"""One vault's files in the cache, in tables of their own: as one snapshot began them, and as events have led on.

A snapshot fills new tables while the ones before are shown; one row of `vaults` then says which of them count. What a
cut leaves is in tables that do not count. Names are found by their trigrams, which the index keeps without places and
without the names themselves: it is half as large so, and built in two thirds of the time.
"""

import sqlite3
from collections.abc import Generator, Iterable, Sequence
from contextlib import closing
from typing import Any

import msgspec

from pdm_desktop.cache.rows import COLUMNS, file_from, file_values, head_value, lock_values, reading
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

SEARCHABLE = 3
"""A text of so many characters is found by the index; a shorter one by reading all names."""
IDS_AT_ONCE = 500
"""So many values stand in one statement; SQLite takes 32,766."""
_PUT = "INSERT INTO {files} (id, folder, name, head, locked_by, lock) VALUES (?, ?, ?, ?, ?, ?)"
_INDEXES = (
    "CREATE UNIQUE INDEX by_id_{number} ON {files} (id)",
    "CREATE INDEX by_folder_{number} ON {files} (folder, name)",
    "CREATE INDEX held_{number} ON {files} (locked_by) WHERE locked_by IS NOT NULL",
)
_decode = msgspec.json.Decoder(File).decode


class Part:
    """The files of one vault. What changes them belongs into a transaction. Methods raise sqlite3.Error."""

    def __init__(self, connection: sqlite3.Connection, number: int) -> None:
        self._connection = connection
        self.number = number
        self._tables = {"files": f"files_{number}", "names": f"names_{number}", "number": number}
        """What stands for them in the statements below."""

    # A snapshot

    def begin(self) -> None:
        """Make the tables."""
        for sql in (
            "CREATE TABLE {files} (row INTEGER PRIMARY KEY, id TEXT NOT NULL, folder TEXT NOT NULL,"
            " name TEXT NOT NULL, head BLOB NOT NULL, locked_by TEXT, lock BLOB)",
            "CREATE VIRTUAL TABLE {names} USING fts5 (name, content = '{files}', content_rowid = 'row',"
            " tokenize = 'trigram', detail = none)",
        ):
            self._execute(sql)

    def add(self, lines: bytes) -> int:
        """Files, each a line of JSON as it came; how many they are. Raises msgspec.DecodeError."""
        (before,) = self._one("SELECT coalesce(max(row), 0) FROM {files}") or (0,)
        # One by one: what lives for a moment only keeps the collector of garbage, and with it the window, at rest.
        rows = (file_values(_decode(line)) for line in lines.split(b"\n") if line)
        self._connection.executemany(_PUT.format_map(self._tables), rows)
        self._execute("INSERT INTO {names} (rowid, name) SELECT row, name FROM {files} WHERE row > ?", before)
        (after,) = self._one("SELECT coalesce(max(row), 0) FROM {files}") or (0,)
        return int(after) - int(before)

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
        self._execute("DROP TABLE {names}")
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
        return list(self._found("WHERE folder = ?", ordered(folder)))

    def of_ids(self, ids: Sequence[str]) -> list[File]:
        """These files, as far as they are here."""
        found: list[File] = []
        for start in range(0, len(ids), IDS_AT_ONCE):
            some = ids[start : start + IDS_AT_ONCE]
            found += self._found(f"WHERE id IN ({', '.join('?' * len(some))})", *some)
        return found

    def search(self, text: str, limit: int) -> list[File]:
        """Files whose name contains a text, whatever its case; `limit` at most."""
        if len(text) < SEARCHABLE:
            escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
            by_name = "SELECT row FROM {files} INDEXED BY by_folder_{number} WHERE name LIKE ? ESCAPE '\\'"
            return list(self._found(f"WHERE row IN ({by_name} LIMIT ?)", f"%{escaped}%", limit))
        found: list[File] = []
        wanted = text.casefold()
        having_all = "WHERE row IN (SELECT rowid FROM {names} WHERE {names} MATCH ?)"
        with closing(self._found(having_all, _trigrams(text))) as candidates:
            for file in candidates:
                # A name may have all the trigrams and not the text: "abcabd" for "cabc".
                if wanted in file.filename.casefold():
                    found.append(file)
                    if len(found) == limit:
                        break
        return found

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
                self._take_out(event.file.id)
                self._put(event.file)
            case FileDeleted():
                self._take_out(event.file.id)
            case FolderMoved():
                self._move_folder(event)

    def _lock(self, file: str, locked_by: str | None, lock: bytes | None) -> None:
        self._execute("UPDATE {files} SET locked_by = ?, lock = ? WHERE id = ?", locked_by, lock, file)

    def _put(self, file: File) -> None:
        (row,) = self._one(f"{_PUT} RETURNING row", *file_values(file)) or (None,)
        self._execute("INSERT INTO {names} (rowid, name) VALUES (?, ?)", row, file.filename)

    def _take_out(self, file: str) -> None:
        found = self._one("SELECT row, name FROM {files} WHERE id = ?", file)
        if found is not None:
            # The index has no names: it has to be told what to forget (FTS5, "External Content Tables").
            self._execute("INSERT INTO {names} ({names}, rowid, name) VALUES ('delete', ?, ?)", *found)
            self._execute("DELETE FROM {files} WHERE row = ?", found[0])

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


def _trigrams(text: str) -> str:
    """What FTS5 is asked for: all the trigrams of a text, in whatever order."""
    threes = (text[start : start + SEARCHABLE] for start in range(len(text) - SEARCHABLE + 1))
    return " ".join('"' + three.replace('"', '""') + '"' for three in threes)
