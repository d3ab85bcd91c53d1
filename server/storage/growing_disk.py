"""Content that arrives in parts: one file that only grows, hashed on the way and read again only after a restart."""

import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from blake3 import blake3

from server.storage.blobs import Content
from server.storage.durable import make_file, remove
from server.storage.room import disk_full_said_plainly

_PIECE_BYTES = 2**20


class DiskGrowing:
    """One such file. It remembers between its parts how far it is hashed; one thread at a time works on it."""

    def __init__(
        self, path: Path, put: Callable[[Path, Content], None], *, before: tuple[int, blake3] | None = None
    ) -> None:
        """`before` is what other files have of it, and the hash of that: this one goes on from there."""
        self._path = path
        self._put = put
        self._begin, self._begin_hash = before or (0, blake3())
        self._alone = threading.Lock()
        self._file: BinaryIO | None = None
        self._size, self._hash = self._nothing()
        self._syncing = threading.Lock()
        self._durable = self._nothing()
        self._unsure: OSError | None = None
        self._before_part = self._nothing()
        self._part: blake3 | None = None
        self._left: tuple[int, int] | None = None
        """When the file was written to last, and its size, as we closed it: another node may go on with it."""

    def on_disk(self) -> int | None:
        """How many bytes of it the disk has; None when there is no file."""
        try:
            return self._path.stat().st_size
        except FileNotFoundError:
            return None

    def is_hashed(self, at: int) -> bool:
        """Whether it opens there at once, without that all of it is read again, unless another node went on with it."""
        return at == self._size

    def open(self, at: int, *, hash_part: bool = False, token: int = 0) -> None:
        """Go on after so many bytes, without what is behind them; `hash_part` is for who asks for `part_hash`.

        Raises Full, and EOFError when there are fewer.
        """
        with self._alone, disk_full_said_plainly():
            if not self._path.exists():
                if at > self._begin:
                    raise EOFError(f"{self._path.name} is not there, and so has fewer than {at} bytes.")
                make_file(self._path)
            if self._file is not None:  # who was cut off while closing it
                self._file.close()
            self._file = self._path.open("r+b", buffering=0)
            if not self.is_hashed(at) or (at > self._begin and self._state_of(self._file) != self._left):
                self._hash_again(self._file, at)
            self._file.truncate(at - self._begin)
            self._file.seek(at - self._begin)
            self._unsure = None
            self._durable = self._before_part = (at, self._hash.copy())
            self._part = blake3() if hash_part else None

    def write(self, piece: bytes | bytearray) -> None:
        """The next bytes. Raises Full, OSError: nothing of this piece counts then, and it has to be opened again."""
        with self._alone, disk_full_said_plainly():
            self._require_sure()
            self._write_all(self._opened, piece)
            self._hash.update(piece)
            if self._part is not None:  # a second hash of everything takes as long as writing it
                self._part.update(piece)
            self._size += len(piece)

    def part_hash(self) -> str:
        """The hash of what was written since it was opened with `hash_part`."""
        if self._part is None:
            raise ValueError(f"{self._path.name} was opened without a hash of its part.")
        return self._part.hexdigest()

    def drop_part(self) -> None:
        """Forget what was written since it was opened: the file is cut when it is opened again."""
        with self._alone:
            self._size, self._hash = self._before_part

    def sync(self) -> int:
        """All that was written is durable: how many bytes it has.

        Raises Full, OSError, and then again until it is opened again: what came since it was last durable may be lost,
        and a system says so only once.
        """
        with self._syncing, self._alone, disk_full_said_plainly():
            self._fsync()
            self._durable = (self._size, self._hash.copy())
            return self._size

    def flush(self) -> None:
        """Bring what was written to the disk itself, while another thread writes on. Raises what `sync` raises."""
        with self._syncing, disk_full_said_plainly():
            try:
                os.fsync(self._opened.fileno())
            except OSError as error:
                with self._alone:
                    self._fall_back(error)
                raise

    def close(self) -> None:
        """Nothing more for now."""
        with self._alone:
            if self._file is not None:
                self._left = self._state_of(self._file)
                self._file.close()
            self._file = None

    def content(self) -> Content:
        """What it is up to where it was opened and written."""
        return Content(size=self._size, hash=self._hash.hexdigest())

    def assemble(self, content: Content) -> None:
        """It is one file already: a name is all that it needs. Raises ValueError as `keep` does."""
        self._require_known(content)

    def keep(self, content: Content) -> None:
        """Store it as that content, durably, as something that arrived just now.

        Raises Full, and ValueError for what is not known to be that: it stays as it is, under its own name.
        """
        self.close()
        self._require_known(content)
        # Collection goes by this time: content of many days must not look old before its row is written.
        os.utime(self._path)
        self._put(self._path, content)
        self.discard()

    def discard(self) -> None:
        """Leave nothing behind; does nothing once kept."""
        self.close()
        with self._alone:
            remove(self._path)
            self._size, self._hash = self._nothing()
            self._durable = self._nothing()

    def _nothing(self) -> tuple[int, blake3]:
        return self._begin, self._begin_hash.copy()

    @staticmethod
    def _state_of(file: BinaryIO) -> tuple[int, int]:
        found = os.fstat(file.fileno())
        # Windows sets the time when it likes. No node shares a disk with one there.
        return found.st_mtime_ns if os.name == "posix" else 0, found.st_size

    @property
    def _opened(self) -> BinaryIO:
        if self._file is None:
            raise ValueError(f"{self._path.name} is written to only while it is open.")
        return self._file

    def _require_known(self, content: Content) -> None:
        if self.content() != content:
            raise ValueError(f"{self._path.name} is not known to be {content}, but {self.content()}.")

    def _fsync(self) -> None:
        self._require_sure()
        try:
            os.fsync(self._opened.fileno())
        except OSError as error:
            self._fall_back(error)
            raise

    def _fall_back(self, error: OSError) -> None:
        """Nobody knows what the disk has of what came since: it counts no more, and the file is cut there."""
        size, hashed = self._durable
        self._size, self._hash, self._unsure = size, hashed.copy(), error

    def _require_sure(self) -> None:
        if self._unsure is not None:
            raise OSError(self._unsure.errno, self._unsure.strerror, self._path.name) from self._unsure

    def _hash_again(self, stored: BinaryIO, at: int) -> None:
        self._size, self._hash = self._nothing()
        while self._size < at:
            piece = stored.read(min(_PIECE_BYTES, at - self._size))
            if not piece:
                raise EOFError(f"{self._path.name} has fewer than {at - self._begin} bytes.")
            self._hash.update(piece)
            self._size += len(piece)

    def _write_all(self, file: BinaryIO, piece: bytes | bytearray) -> None:
        rest = memoryview(piece)
        while rest:
            rest = rest[file.write(rest) :]
