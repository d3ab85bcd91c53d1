"""What the vault has already, on disk in a temporary database, so that a million files cost no memory."""

import sqlite3
from collections.abc import AsyncIterator
from types import TracebackType
from typing import Self

import msgspec

from server.protocol.calls import TreeHead
from server.protocol.names import same_key
from server.protocol.vault import File

BATCH = 1_000


class Known:
    """Size and hash of each file of the vault, by path, as Windows compares paths."""

    def __init__(self) -> None:
        self._files = sqlite3.connect("")  # an empty name is a temporary file that nobody else sees
        self._files.execute("CREATE TABLE file (key TEXT PRIMARY KEY, size INTEGER, hash TEXT) WITHOUT ROWID")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._files.close()

    async def read(self, lines: AsyncIterator[str]) -> None:
        """Take a tree snapshot, line by line."""
        batch: list[tuple[str, int, str]] = []
        head = await anext(lines)
        msgspec.json.decode(head, type=TreeHead)
        async for line in lines:
            file = msgspec.json.decode(line, type=File)
            batch.append((same_key(file.path), file.head.size, file.head.hash))
            if len(batch) == BATCH:
                self._keep(batch)
                batch.clear()
        self._keep(batch)

    def content_of(self, path: str) -> tuple[int, str] | None:
        """Size and hash of the newest revision at that path; None when there is no such file."""
        row = self._files.execute("SELECT size, hash FROM file WHERE key = ?", (same_key(path),)).fetchone()
        return None if row is None else (row[0], row[1])

    def add(self, path: str, *, size: int, content_hash: str) -> None:
        """One file more."""
        self._keep([(same_key(path), size, content_hash)])

    def _keep(self, batch: list[tuple[str, int, str]]) -> None:
        with self._files:
            self._files.executemany("INSERT OR REPLACE INTO file VALUES (?, ?, ?)", batch)
