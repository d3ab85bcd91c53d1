"""Content on a disk: `ab/cd/abcd...`, by the first digits of its hash, and `incoming/` for what is not whole yet."""

import contextlib
import os
import secrets
from collections.abc import Generator, Iterator
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from blake3 import blake3

from server.domain.errors import Full
from server.storage.blobs import Content
from server.storage.durable import make_folder, remove, rename
from server.storage.store import is_disk_full

_INCOMING = "incoming"


class DiskBlobs:
    """Blobs below one folder."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._incoming = root / _INCOMING
        self._incoming.mkdir(parents=True, exist_ok=True)

    def begin(self) -> "DiskIncoming":
        """Make room for content that arrives. Raises Full."""
        with _disk_full_said_plainly():
            return DiskIncoming(self, self._incoming / f"{secrets.token_hex(8)}.part")

    def open(self, content_hash: str) -> BinaryIO:
        """The content. Raises FileNotFoundError."""
        return self.place(content_hash).open("rb", buffering=0)

    def has(self, content_hash: str) -> bool:
        """Whether it is stored."""
        return self.place(content_hash).is_file()

    def remove(self, content_hash: str) -> None:
        """Remove it; nothing happens if it is not there."""
        remove(self.place(content_hash))

    def older_than(self, moment: datetime) -> Iterator[str]:
        """The hashes of all that was stored before that moment."""
        before = moment.timestamp()
        for first in _folders_in(self._root):
            for second in _folders_in(first):
                with os.scandir(second) as entries:
                    yield from (each.name for each in entries if each.stat().st_mtime < before)

    def discard_incoming(self, *, before: datetime) -> int:
        """Remove what had its last bytes before that moment; how many."""
        with os.scandir(self._incoming) as entries:
            forgotten = [each.path for each in entries if each.stat().st_mtime < before.timestamp()]
        return sum(remove(Path(path)) for path in forgotten)

    def place(self, content_hash: str) -> Path:
        """Where that content lies, or would."""
        return self._root / content_hash[:2] / content_hash[2:4] / content_hash


class DiskIncoming:
    """A temporary file that takes its final name when it is whole."""

    def __init__(self, blobs: DiskBlobs, path: Path) -> None:
        self._blobs = blobs
        self._path = path
        self._file = path.open("xb", buffering=0)
        self._hash = blake3()
        self._size = 0

    def write(self, piece: bytes | bytearray) -> None:
        """The next bytes. Raises Full."""
        self._hash.update(piece)
        with _disk_full_said_plainly():
            self._write_all(piece)
        self._size += len(piece)

    def finish(self) -> Content:
        """Make all that arrived durable, still under its temporary name. Raises Full."""
        with _disk_full_said_plainly():
            os.fsync(self._file.fileno())
        self._file.close()
        return Content(size=self._size, hash=self._hash.hexdigest())

    def keep(self) -> None:
        """Give it its final name, durably. Raises Full."""
        place = self._blobs.place(self._hash.hexdigest())
        with _disk_full_said_plainly():
            make_folder(place.parent)
            self._put(place)

    def discard(self) -> None:
        """Leave nothing behind; does nothing once kept."""
        self._file.close()
        remove(self._path)

    def _put(self, place: Path) -> None:
        try:
            rename(self._path, place)
        except PermissionError:
            # Windows replaces nothing that is being read. What lies there is the same: its name is its hash.
            if not place.is_file():
                raise

    def _write_all(self, piece: bytes | bytearray) -> None:
        rest = memoryview(piece)
        while rest:
            rest = rest[self._file.write(rest) :]


def _folders_in(folder: Path) -> Iterator[Path]:
    with os.scandir(folder) as entries:
        yield from (Path(each.path) for each in entries if each.is_dir() and each.name != _INCOMING)


@contextlib.contextmanager
def _disk_full_said_plainly() -> Generator[None]:
    try:
        yield
    except OSError as error:
        if is_disk_full(error):
            raise Full from error
        raise
