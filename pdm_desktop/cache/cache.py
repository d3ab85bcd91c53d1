"""One SQLite file for one person at one server. All of it runs on one thread: see `cache.worker`."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from pdm_desktop.cache import schema
from pdm_desktop.cache.rows import (
    FILE_COLUMNS,
    LOCK_COLUMNS,
    file_from,
    file_values,
    head_values,
    lock_values,
    reading,
    rule_from,
    rule_value,
    rules_from,
)
from pdm_desktop.core.fold import Numbered, lock_of
from pdm_desktop.core.link import Step, step
from server.protocol.calls import TreeHead
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
from server.protocol.vault import File, Vault

_SELECT = f"SELECT f.vault, {FILE_COLUMNS}, {LOCK_COLUMNS} FROM files f LEFT JOIN locks l ON l.file = f.id"  # noqa: S608 - names of columns
_PUT_FILE = """
    INSERT INTO files (id, vault, folder, name, major, minor, size, hash, author, at, comment)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (id) DO UPDATE SET vault = excluded.vault, folder = excluded.folder, name = excluded.name,
        major = excluded.major, minor = excluded.minor, size = excluded.size, hash = excluded.hash,
        author = excluded.author, at = excluded.at, comment = excluded.comment
    RETURNING row
"""
_PUT_LOCK = "INSERT OR REPLACE INTO locks VALUES (?, ?, ?, ?, ?, ?, ?)"
SEARCHABLE = 3
"""A text of so many characters is found by the index; a shorter one by reading all names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Files with their vaults, as they were at the seqs of those vaults."""

    files: list[tuple[str, File]]
    seqs: dict[str, int]
    cut: bool = False
    """There are more than were asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """A vault at one seq: its folders with the number of files directly in each, and every held file."""

    vault: str
    seq: int
    folders: list[tuple[str, int]]
    held: list[File]


def cache_file(folder: Path, server: str, person: str) -> Path:
    """Where the cache of one person at one server lies."""
    key = hashlib.blake2b(f"{server}\n{person}".encode(), digest_size=10).hexdigest()
    return folder / f"cache-{key}.sqlite3"


class Cache:
    """What this computer remembers of the vaults. Methods raise sqlite3.Error; `schema.is_damage` tells the worst."""

    def __init__(self, path: Path | None) -> None:
        """Without a path it is in memory. Raises OSError, sqlite3.Error."""
        self._connection = schema.connect(path)

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    # Reading

    def epoch(self) -> str | None:
        """The epoch of the server that all this is from."""
        found = self._one("SELECT value FROM meta WHERE key = 'epoch'")
        return found[0] if found else None

    def true_at(self) -> datetime | None:
        """When all this was last known to be true; None when it never was, or some of it is younger."""
        found = self._one("SELECT value FROM meta WHERE key = 'true_at'")
        with reading():
            return datetime.fromisoformat(found[0]) if found else None

    def told(self) -> tuple[str, int] | None:
        """Up to which number personal messages were told here, and in which epoch; None: none were."""
        found = self._one("SELECT value FROM meta WHERE key = 'told'")
        if found is None:
            return None
        number, _, epoch = found[0].partition(" ")
        with reading():
            return epoch, int(number)

    def vaults(self) -> list[Vault]:
        """The vaults that are kept, with the last applied seq of each; those never read in full have 0."""
        rows = self._all("SELECT id, name, role, coalesce(seq, 0), sets, rules FROM vaults ORDER BY name")
        with reading():
            return [
                Vault(id=id_, name=name, role=role, seq=seq, sets=rule_from(sets), rules=rules_from(rules))
                for id_, name, role, seq, sets, rules in rows
            ]

    def seqs(self) -> dict[str, int]:
        """The last applied seq of each vault that was read in full."""
        return dict(self._all("SELECT id, seq FROM vaults WHERE seq IS NOT NULL"))

    def tree(self, vault: str) -> Tree | None:
        """A vault's folders and locks; None when it was never read in full."""
        seq = self.seqs().get(vault)
        if seq is None:
            return None
        folders = self._all("SELECT folder, count(*) FROM files WHERE vault = ? GROUP BY folder", vault)
        held = self._all(f"{_SELECT} WHERE f.vault = ? AND l.file IS NOT NULL", vault)
        with reading():
            return Tree(vault=vault, seq=seq, folders=folders, held=[file_from(row[1:]) for row in held])

    def files_of(self, vault: str, folder: str) -> Found:
        """The files directly in a folder."""
        return self._find("WHERE f.vault = ? AND f.folder = ?", vault, folder)

    def files(self, ids: Sequence[str]) -> Found:
        """These files, as far as they are known."""
        marks = ", ".join("?" * len(ids))
        return self._find(f"WHERE f.id IN ({marks})", *ids)

    def held_by(self, person: str) -> Found:
        """What a person has checked out, on any seat."""
        return self._find("WHERE l.locked_by = ?", person)

    def search(self, text: str, limit: int) -> Found:
        """Files of all vaults whose name contains a text, whatever its case; `limit` at most."""
        if len(text) >= SEARCHABLE and self._is_indexed():
            quoted = '"' + text.replace('"', '""') + '"'
            where, value = "WHERE f.row IN (SELECT rowid FROM names WHERE names MATCH ? LIMIT ?)", quoted
        else:
            escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
            where, value = "WHERE f.name LIKE ? ESCAPE '\\' LIMIT ?", f"%{escaped}%"
        found = self._find(where, value, limit + 1)
        return Found(files=found.files[:limit], seqs=found.seqs, cut=len(found.files) > limit)

    # Writing

    def put_vaults(self, epoch: str, vaults: Iterable[Vault]) -> None:
        """I may read these vaults and no others. Another epoch than before: everything has to be read again."""
        with self._transaction():
            if self.epoch() not in (None, epoch):
                self._execute("UPDATE vaults SET seq = NULL")
            self._execute("INSERT OR REPLACE INTO meta VALUES ('epoch', ?)", epoch)
            kept = {vault.id: vault for vault in vaults}
            for (known,) in self._all("SELECT id FROM vaults"):
                if known not in kept:
                    self._forget(known)
            self._connection.executemany(
                "INSERT INTO vaults (id, name, role, sets, rules) VALUES (?, ?, ?, ?, ?)"
                " ON CONFLICT (id) DO UPDATE SET name = excluded.name, role = excluded.role, sets = excluded.sets,"
                " rules = excluded.rules",
                [
                    (vault.id, vault.name, vault.role, rule_value(vault.sets), rule_value(vault.rules))
                    for vault in kept.values()
                ],
            )

    def mark(self, true_at: datetime) -> None:
        """All this is true at that moment, which has a zone."""
        self._execute("INSERT OR REPLACE INTO meta VALUES ('true_at', ?)", true_at.isoformat())

    def keep_told(self, epoch: str, number: int) -> None:
        """Personal messages up to that number were told here."""
        self._execute("INSERT OR REPLACE INTO meta VALUES ('told', ?)", f"{number} {epoch}")

    def apply(self, batch: Sequence[Numbered], *, true_at: datetime | None = None) -> None:
        """Events in their order, in one transaction with the seqs that they lead to, and with when that is all.

        Known ones are dropped. After a gap the vault counts as never read, and is read in full at the next chance.
        Without a moment nobody knows when all this is true: it is no more what it was at the last one.
        """
        with self._transaction():
            seqs = self.seqs()
            before = dict(seqs)
            for each in batch:
                known = seqs.get(each.vault)
                if known is None:
                    continue
                match step(known, each.seq):
                    case Step.APPLY:
                        self._apply(each.vault, each.event)
                        seqs[each.vault] = each.seq
                    case Step.GAP:
                        del seqs[each.vault]
                    case Step.DROP:
                        pass
            self._execute("UPDATE vaults SET seq = NULL")
            self._connection.executemany("UPDATE vaults SET seq = ? WHERE id = ?", [(s, v) for v, s in seqs.items()])
            if true_at is not None:
                self.mark(true_at)
            elif any(seq != before[vault] for vault, seq in seqs.items()):
                self._forget_true_at()

    def begin_snapshot(self) -> None:
        """A vault is about to be read in full: `add_to_snapshot` in portions, then `finish_snapshot`."""
        self._execute("DELETE FROM incoming")

    def add_to_snapshot(self, lines: Iterable[str]) -> None:
        """Files of the snapshot, each a line of JSON as it came."""
        with self._transaction():
            self._connection.executemany("INSERT INTO incoming VALUES (?)", ((line,) for line in lines))

    def finish_snapshot(self, head: TreeHead) -> None:
        """The vault is now what came since `begin_snapshot`, in one transaction. Raises msgspec.DecodeError.

        The others may be older: when all this is true nobody knows before `mark`.
        """
        decode = msgspec.json.Decoder(File).decode
        with self._transaction():
            self._execute("DELETE FROM names WHERE rowid IN (SELECT row FROM files WHERE vault = ?)", head.vault)
            self._execute("DELETE FROM locks WHERE file IN (SELECT id FROM files WHERE vault = ?)", head.vault)
            self._execute("DELETE FROM files WHERE vault = ?", head.vault)
            for (line,) in self._connection.execute("SELECT body FROM incoming"):
                file = decode(line)
                self._execute(_PUT_FILE, *file_values(head.vault, file))
                if file.lock is not None:
                    self._execute(_PUT_LOCK, *lock_values(file.id, file.lock))
            self._execute("DELETE FROM incoming")
            self._execute("UPDATE vaults SET seq = ? WHERE id = ?", head.seq, head.vault)
            self._execute("INSERT OR REPLACE INTO meta VALUES ('indexed', '0')")
            self._forget_true_at()

    def index_some(self, count: int) -> bool:
        """Put so many more names into the search index. True: there are more."""
        if self._is_indexed():
            return False
        with self._transaction():
            (done,) = self._one("SELECT value FROM meta WHERE key = 'indexed'") or ("0",)
            with reading():
                after = int(done)
            rows = self._all("SELECT row, name FROM files WHERE row > ? ORDER BY row LIMIT ?", after, count)
            self._connection.executemany("INSERT OR REPLACE INTO names (rowid, name) VALUES (?, ?)", rows)
            if len(rows) < count:
                self._execute("DELETE FROM meta WHERE key = 'indexed'")
                return False
            self._execute("UPDATE meta SET value = ? WHERE key = 'indexed'", str(rows[-1][0]))
            return True

    # How it is done

    def _forget_true_at(self) -> None:
        self._execute("DELETE FROM meta WHERE key = 'true_at'")

    def _is_indexed(self) -> bool:
        return self._one("SELECT 1 FROM meta WHERE key = 'indexed'") is None

    def _find(self, where: str, *values: Any) -> Found:
        rows = self._all(f"{_SELECT} {where}", *values)
        with reading():
            return Found(files=[(row[0], file_from(row[1:])) for row in rows], seqs=self.seqs())

    def _forget(self, vault: str) -> None:
        self._execute("DELETE FROM names WHERE rowid IN (SELECT row FROM files WHERE vault = ?)", vault)
        self._execute("DELETE FROM locks WHERE file IN (SELECT id FROM files WHERE vault = ?)", vault)
        self._execute("DELETE FROM files WHERE vault = ?", vault)
        self._execute("DELETE FROM vaults WHERE id = ?", vault)

    def _apply(self, vault: str, event: VaultEvent) -> None:
        match event:
            case FileLocked():
                self._execute(_PUT_LOCK, *lock_values(event.file, lock_of(event)))
            case FileUnlocked():
                self._execute("DELETE FROM locks WHERE file = ?", event.file)
                if event.revision is not None:
                    self._execute(
                        "UPDATE files SET major = ?, minor = ?, size = ?, hash = ?, author = ?, at = ?, comment = ?"
                        " WHERE id = ?",
                        *head_values(event.revision),
                        event.file,
                    )
            case FileAdded() | FileUpdated() | FileMoved() | FileRestored():
                self._put(vault, event.file)
            case FileDeleted():
                self._execute("DELETE FROM names WHERE rowid IN (SELECT row FROM files WHERE id = ?)", event.file.id)
                self._execute("DELETE FROM locks WHERE file = ?", event.file.id)
                self._execute("DELETE FROM files WHERE id = ?", event.file.id)
            case FolderMoved():
                self._move_folder(vault, event)

    def _put(self, vault: str, file: File) -> None:
        (row,) = self._one(_PUT_FILE, *file_values(vault, file)) or (None,)
        self._execute("DELETE FROM names WHERE rowid = ?", row)
        self._execute("INSERT INTO names (rowid, name) VALUES (?, ?)", row, file.filename)
        if file.lock is None:
            self._execute("DELETE FROM locks WHERE file = ?", file.id)
        else:
            self._execute(_PUT_LOCK, *lock_values(file.id, file.lock))

    def _move_folder(self, vault: str, move: FolderMoved) -> None:
        self._execute(
            # "0" is the character after "/": between the two are all folders below.
            "UPDATE files SET folder = ? || substr(folder, ?)"
            " WHERE vault = ? AND (folder = ? OR (folder > ? AND folder < ?))",
            move.to,
            len(move.from_) + 1,
            vault,
            move.from_,
            f"{move.from_}/",
            f"{move.from_}0",
        )

    def _one(self, sql: str, *values: Any) -> tuple[Any, ...] | None:
        found: tuple[Any, ...] | None = self._connection.execute(sql, values).fetchone()
        return found

    def _all(self, sql: str, *values: Any) -> list[Any]:
        return self._connection.execute(sql, values).fetchall()

    def _execute(self, sql: str, *values: Any) -> None:
        self._connection.execute(sql, values).fetchall()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")
