"""Content on a disk: `ab/cd/abcd...`, by the first digits of its hash.

`incoming/` has what arrives in one call, and `growing/` what arrives in parts: in files of its own for each process
where several nodes share the disk.
"""

import math
import os
import secrets
import stat
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

import structlog
from blake3 import blake3

from server.protocol.limits import is_hash
from server.storage.blobs import Content, Unread
from server.storage.durable import make_folder, remove, rename, sync_folder
from server.storage.growing_disk import DiskGrowing
from server.storage.growing_shared import ENDING, SharedGrowing, last_bytes_in
from server.storage.room import disk_full_said_plainly
from server.storage.small_contents import read_whole

log = structlog.get_logger(__name__)

_INCOMING = "incoming"
_GROWING = "growing"
_PIECE_BYTES = 2**20
_REMEMBERED = 1_024
"""Contents in parts of which it is remembered how far they are hashed; others are read again when they go on."""


class DiskBlobs:
    """Blobs below one folder. Who only reads them changes nothing there: a backup may lie where nobody can write."""

    def __init__(self, root: Path, *, shared: bool = False) -> None:
        """`shared`: other nodes have the same folder, and may go on with what arrives here in parts."""
        self._root = root
        self._shared = shared
        self._incoming = root / _INCOMING
        self._growing = root / _GROWING
        self._is_prepared = False
        self._arriving: set[str] = set()
        self._remembered: OrderedDict[str, DiskGrowing | SharedGrowing] = OrderedDict()

    def prepare(self) -> None:
        """Make the folders of what arrives, once: where they are gone later, a disk is not connected. Raises Full."""
        if not self._is_prepared:
            with disk_full_said_plainly():
                for folder in (self._root, self._incoming, self._growing):
                    make_folder(folder)
            self._is_prepared = True

    def begin(self) -> "DiskIncoming":
        """Make room for content that arrives. Raises Full."""
        self.prepare()
        name = f"{secrets.token_hex(8)}.part"
        with disk_full_said_plainly():
            incoming = DiskIncoming(self, self._incoming / name, over=lambda: self._arriving.discard(name))
        self._arriving.add(name)
        return incoming

    def growing(self, name: str) -> DiskGrowing | SharedGrowing:
        """The content of that name that arrives in parts, there or not."""
        self.prepare()
        found = self._remembered.get(name)
        if found is None:
            found = self._remembered[name] = self._growing_anew(name)
        self._remembered.move_to_end(name)
        if len(self._remembered) > _REMEMBERED:
            self._remembered.popitem(last=False)
        return found

    def growing_older_than(self, moment: datetime) -> Iterator[str]:
        """The names of content in parts that had its last bytes before that moment."""
        for each in _entries_of(self._growing):
            last_bytes = last_bytes_in(Path(each.path)) if each.name.endswith(ENDING) else _last_bytes_of(each)
            if last_bytes is not None and last_bytes < moment.timestamp():
                yield each.name.removesuffix(ENDING)

    def _growing_anew(self, name: str) -> DiskGrowing | SharedGrowing:
        folder = self._growing / f"{name}{ENDING}"
        if self._shared or folder.is_dir():  # of several nodes, of which one is left
            return SharedGrowing(folder, self.put)
        return DiskGrowing(self._growing / name, self.put)

    def open(self, content_hash: str, *, at: int = 0) -> BinaryIO:
        """The content, from there on. Raises FileNotFoundError."""
        stored = self.place(content_hash).open("rb", buffering=0)
        stored.seek(at)
        return stored

    def small(self, wanted: Iterable[Content]) -> Iterator[bytes | Unread]:
        """Each of these small contents, whole, in that order; or why it cannot be read."""
        return (read_whole(self, each) for each in wanted)

    def has(self, content: Content) -> bool:
        """Whether it is stored, in its size: what a bad disk has cut or emptied, or cannot look at, is not."""
        try:
            found = self.place(content.hash).stat()
        except OSError:
            return False
        return stat.S_ISREG(found.st_mode) and found.st_size == content.size

    def is_settled(self, content: Content) -> bool:
        """Whether it is stored; if so its name is on the disk then, whatever became of that before. Raises Full."""
        if not self.has(content):
            return False
        folder = self.place(content.hash).parent
        with disk_full_said_plainly():
            make_folder(folder)
            sync_folder(folder)
        return True

    def is_whole(self, content: Content) -> bool:
        """Whether it is stored, byte for byte. Reads all of it."""
        if not self.has(content):
            return False
        digest = blake3()
        try:
            with self.open(content.hash) as stored:
                while piece := stored.read(_PIECE_BYTES):
                    digest.update(piece)
        except OSError:  # gone meanwhile, or the disk cannot read it
            return False
        return digest.hexdigest() == content.hash

    def remove(self, content_hash: str) -> None:
        """Remove it; nothing happens if it is not there."""
        remove(self.place(content_hash))

    def older_than(self, moment: datetime, *, since: datetime | None = None) -> Iterator[str]:
        """The hashes of all that was stored before that moment, and not before `since`."""
        for first in _folders_in(self._root):
            for second in _folders_in(first):
                yield from filter(is_hash, _names_in(second, before=moment, since=since))

    def reach(self) -> None:
        """Raises OSError when the folder of the contents cannot be reached."""
        self._incoming.stat()

    def discard_incoming(self, *, before: datetime) -> int:
        """Remove what had its last bytes before that moment and is not under way here; how many."""
        forgotten = [name for name in _names_in(self._incoming, before=before) if name not in self._arriving]
        return sum(_is_removed(self._incoming / name) for name in forgotten)

    def place(self, content_hash: str) -> Path:
        """Where that content lies, or would. Raises ValueError for what is no hash and could lead anywhere."""
        if not is_hash(content_hash):
            raise ValueError(f"{content_hash!r} is the hash of no content.")
        return self._root / content_hash[:2] / content_hash[2:4] / content_hash

    def put(self, arrived: Path, content: Content) -> None:
        """Give what has arrived its final name, durably. Raises Full."""
        place = self.place(content.hash)
        with disk_full_said_plainly():
            make_folder(place.parent)
            try:
                rename(arrived, place)
            except PermissionError:
                # Windows replaces nothing that is being read. What lies there whole is the same: its name is its hash.
                if not self.has(content):
                    raise


class DiskIncoming:
    """A temporary file that takes its final name when it is whole."""

    def __init__(self, blobs: DiskBlobs, path: Path, *, over: Callable[[], None]) -> None:
        self._blobs = blobs
        self._path = path
        self._over = over
        self._file = path.open("xb", buffering=0)
        self._hash = blake3()
        self._size = 0

    def write(self, piece: bytes | bytearray) -> None:
        """The next bytes. Raises Full."""
        self._hash.update(piece)
        with disk_full_said_plainly():
            self._write_all(piece)
        self._size += len(piece)

    def finish(self) -> Content:
        """Make all that arrived durable, still under its temporary name. Raises Full."""
        with disk_full_said_plainly():
            os.fsync(self._file.fileno())
        self._file.close()
        return Content(size=self._size, hash=self._hash.hexdigest())

    def assemble(self) -> None:
        """It is one file already: a name is all that it needs."""

    def keep(self) -> None:
        """Give it its final name, durably. Raises Full."""
        self._blobs.put(self._path, Content(size=self._size, hash=self._hash.hexdigest()))

    def discard(self) -> None:
        """Leave nothing behind; does nothing once kept."""
        self._over()
        self._file.close()
        remove(self._path)

    def _write_all(self, piece: bytes | bytearray) -> None:
        rest = memoryview(piece)
        while rest:
            rest = rest[self._file.write(rest) :]


def _is_removed(path: Path) -> bool:
    try:
        return remove(path)
    except OSError:
        log.exception("not_removed", path=str(path))
        return False


def _folders_in(folder: Path) -> Iterator[Path]:
    ours = (each for each in _entries_of(folder) if each.name not in (_INCOMING, _GROWING))
    yield from (Path(each.path) for each in ours if each.is_dir())


def _names_in(folder: Path, *, before: datetime, since: datetime | None = None) -> Iterator[str]:
    first, end = since.timestamp() if since else -math.inf, before.timestamp()
    for each in _entries_of(folder):
        last_bytes = _last_bytes_of(each)
        if last_bytes is not None and first <= last_bytes < end:
            yield each.name


def _entries_of(folder: Path) -> Iterator[os.DirEntry[str]]:
    """What lies there: nothing where nobody has needed the folder yet, or where the disk cannot tell."""
    try:
        with os.scandir(folder) as entries:
            yield from entries
    except FileNotFoundError:
        return
    except OSError:
        log.exception("not_read", path=str(folder))


def _last_bytes_of(entry: os.DirEntry[str]) -> float | None:
    """When it had its last bytes; None for what has another name by now, or cannot be looked at.

    The file itself is asked: on Windows the folder's list may be behind what is still open.
    """
    try:
        return Path(entry.path).stat().st_mtime
    except FileNotFoundError:
        return None
    except OSError:
        log.exception("not_read", path=entry.path)
        return None
