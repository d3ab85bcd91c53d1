"""One SQLite file for one person at one server. All of it runs on one thread: see `cache.worker`."""

import hashlib
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from pdm_desktop.cache import schema
from pdm_desktop.cache.part import Part, parts_there
from pdm_desktop.cache.rows import reading, rule_from, rule_value, rules_from
from pdm_desktop.core.fold import Numbered
from pdm_desktop.core.folder_list import FolderList
from pdm_desktop.core.link import Step, step
from server.protocol.calls import TreeHead
from server.protocol.records import dataclass
from server.protocol.vault import File, Vault


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
    folders: FolderList
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
        self._incoming: Part | None = None
        """What is being read in full."""

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def interrupt(self) -> None:
        """Break off what is being done, from another thread: it raises sqlite3.OperationalError."""
        self._connection.interrupt()

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
        seqs, parts = self._kept()
        seq, part = seqs.get(vault), parts.get(vault)
        if seq is None or part is None:
            return None
        return Tree(vault=vault, seq=seq, folders=part.folders(), held=part.held())

    def files_of(self, vault: str, folder: str) -> Found:
        """The files directly in a folder."""
        seqs, parts = self._kept()
        part = parts.get(vault)
        return Found(files=[] if part is None else [(vault, file) for file in part.in_folder(folder)], seqs=seqs)

    def files(self, ids: Sequence[str]) -> Found:
        """These files, as far as they are known."""
        found: list[tuple[str, File]] = []
        left = list(ids)
        seqs, parts = self._kept()
        for vault, part in parts.items():
            found += [(vault, file) for file in part.of_ids(left)]
            here = {file.id for _, file in found}
            left = [each for each in left if each not in here]
        return Found(files=found, seqs=seqs)

    def held_by(self, person: str) -> Found:
        """What a person has checked out, on any seat."""
        seqs, parts = self._kept()
        return Found(files=[(vault, file) for vault, part in parts.items() for file in part.held_by(person)], seqs=seqs)

    def search(self, text: str, limit: int) -> Found:
        """Files of all vaults whose name contains a text, whatever its case; `limit` at most."""
        found: list[tuple[str, File]] = []
        seqs, parts = self._kept()
        for vault, part in parts.items():
            found += [(vault, file) for file in part.search(text, limit + 1 - len(found))]
            if len(found) > limit:
                return Found(files=found[:limit], seqs=seqs, cut=True)
        return Found(files=found, seqs=seqs)

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
                    self._execute("DELETE FROM vaults WHERE id = ?", known)
            self._connection.executemany(
                "INSERT INTO vaults (id, name, role, sets, rules) VALUES (?, ?, ?, ?, ?)"
                " ON CONFLICT (id) DO UPDATE SET name = excluded.name, role = excluded.role, sets = excluded.sets,"
                " rules = excluded.rules",
                [
                    (vault.id, vault.name, vault.role, rule_value(vault.sets), rule_value(vault.rules))
                    for vault in kept.values()
                ],
            )
        self.drop_leftovers()

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
            seqs, parts = self._kept()
            before = dict(seqs)
            for each in batch:
                known = seqs.get(each.vault)
                if known is None:
                    continue
                match step(known, each.seq):
                    case Step.APPLY:
                        parts[each.vault].apply(each.event)
                        seqs[each.vault] = each.seq
                    case Step.GAP:
                        del seqs[each.vault]
                    case Step.DROP:
                        pass
            for vault, seq in seqs.items():
                if seq != before[vault]:
                    parts[vault].gather()
            self._execute("UPDATE vaults SET seq = NULL")
            self._connection.executemany("UPDATE vaults SET seq = ? WHERE id = ?", [(s, v) for v, s in seqs.items()])
            if true_at is not None:
                self.mark(true_at)
            elif any(seq != before[vault] for vault, seq in seqs.items()):
                self._forget_true_at()

    def begin_snapshot(self) -> None:
        """A vault is about to be read in full: `add_to_snapshot` in portions, then `finish_snapshot`.

        Until then the vault is what it was. What an earlier one has left that was cut is dropped.
        """
        self._incoming = None
        self.drop_leftovers()
        with self._transaction():
            self._incoming = Part(self._connection, max(parts_there(self._connection), default=0) + 1)
            self._incoming.begin()

    def add_to_snapshot(self, lines: bytes) -> int:
        """Files of the snapshot, each a line of JSON as it came; how many they are. Raises msgspec.DecodeError."""
        with self._transaction():
            return self._begun().add(lines)

    def complete_snapshot(self) -> bool:
        """All has come: a part of what is to be done before `finish_snapshot`. False: nothing is left of that."""
        with self._transaction():
            return self._begun().complete()

    def finish_snapshot(self, head: TreeHead) -> None:
        """The vault is now what came since `begin_snapshot`, in one transaction.

        The others may be older: when all this is true nobody knows before `mark`.
        """
        part = self._begun()
        with self._transaction():
            while part.complete():
                """Whoever has not done it before."""
            self._execute("UPDATE vaults SET seq = ?, part = ? WHERE id = ?", head.seq, part.number, head.vault)
            self._forget_true_at()
        self._incoming = None

    def drop_leftovers(self) -> None:
        """Let go of what does not count: what a snapshot has replaced, or a cut has left."""
        for number in parts_there(self._connection) - {part.number for part in self._kept()[1].values()}:
            if self._incoming is None or self._incoming.number != number:
                with self._transaction():
                    Part(self._connection, number).drop()

    # How it is done

    def _forget_true_at(self) -> None:
        self._execute("DELETE FROM meta WHERE key = 'true_at'")

    def _kept(self) -> tuple[dict[str, int], dict[str, Part]]:
        """The seq of each vault that was read in full, and what counts of each, in the order of their names."""
        rows = self._all("SELECT id, seq, part FROM vaults ORDER BY name")
        seqs = {vault: seq for vault, seq, _ in rows if seq is not None}
        return seqs, {vault: Part(self._connection, part) for vault, _, part in rows if part is not None}

    def _begun(self) -> Part:
        if self._incoming is None:
            raise sqlite3.OperationalError("the cache began anew while a vault was read")
        return self._incoming

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
