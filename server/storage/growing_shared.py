"""Content that arrives in parts on a disk that several nodes share: each node writes files of its own, and no other.

A node that stood still, and was thought to be dead, may write on when another one has gone on with the upload: at a
place that was right once. So whoever goes on with what another process wrote begins a file of its own behind that, and
nobody ever writes to, cuts or names the file of somebody else. A file's name says where it begins, and in which turn:
`growing/UPLOAD.parts/START-TURN-RANDOM`. Which bytes of which file count is as it is in a bucket.
"""

import os
import re
import secrets
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from blake3 import blake3

from server.storage.blobs import Content
from server.storage.durable import make_folder, remove
from server.storage.growing_disk import DiskGrowing
from server.storage.room import disk_full_said_plainly
from server.storage.segments import Piece, Segment, end_of, laid_out, next_turn

ENDING = ".parts"
"""Of the names of the folders."""
_NAME = re.compile(r"(\d{20})-(\d{8,})-([0-9a-f]{8})")
_PLAIN = "plain"
"""The mark of the one file that a server has which is alone."""
_PIECE_BYTES = 2**20


class SharedGrowing:
    """One such content. It remembers between its parts how far it is hashed; one thread at a time works on it."""

    def __init__(self, folder: Path, put: Callable[[Path, Content], None]) -> None:
        self._folder = folder
        self._put = put
        self._alone = threading.Lock()
        self._before: tuple[Piece, ...] = ()
        """What files of others, or of a former process, have of it."""
        self._mine: Segment | None = None
        self._tail: DiskGrowing | None = None
        """Our own file, which goes on behind that."""
        self._assembled: tuple[Path, Content] | None = None

    def on_disk(self) -> int | None:
        """How many bytes of it the disk has; None when there is no file."""
        found = self._segments()
        if not any(each.start == 0 for each in found):
            return None
        return end_of(laid_out(found))

    def is_hashed(self, at: int) -> bool:
        """Whether it opens there at once, unless another node went on with it."""
        return at == 0 if self._tail is None else self._tail.is_hashed(at)

    def open(self, at: int, *, hash_part: bool = False, token: int = 0) -> None:
        """Go on after so many bytes, in a file of our own; `hash_part` is for who asks for `part_hash`.

        `token` is of whose turn it is, by the database. Raises Full, and EOFError when there are fewer.
        """
        with self._alone:
            found = self._segments()
            pieces = laid_out(found, until=at)
            if end_of(pieces) < at:
                raise EOFError(f"{self._folder.name} has fewer than {at} bytes.")
            if self._tail is None or self._mine is None or not self._goes_on(pieces, at, mine=self._mine):
                self._begin(pieces, at, turn=next_turn(found, token=token))
            self._drop_assembled()
            self._opened.open(at, hash_part=hash_part)

    def write(self, piece: bytes | bytearray) -> None:
        """The next bytes. Raises Full, OSError: nothing of this piece counts then, and it has to be opened again."""
        self._opened.write(piece)

    def flush(self) -> None:
        """Bring what was written to the disk itself, while another thread writes on. Raises what `sync` raises."""
        self._opened.flush()

    def part_hash(self) -> str:
        """The hash of what was written since it was opened with `hash_part`."""
        return self._opened.part_hash()

    def drop_part(self) -> None:
        """Forget what was written since it was opened: the file is cut when it is opened again."""
        self._opened.drop_part()

    def sync(self) -> int:
        """All that was written is durable: how many bytes it has. Raises Full, OSError, as DiskGrowing does."""
        return self._opened.sync()

    def close(self) -> None:
        """Nothing more for now."""
        if self._tail is not None:
            self._tail.close()

    def content(self) -> Content:
        """What it is up to where it was opened and written."""
        return Content(size=0, hash=blake3().hexdigest()) if self._tail is None else self._tail.content()

    def assemble(self, content: Content) -> None:
        """Put it together, if it is more than one file. Raises Full, and ValueError for what is not known to be that.

        What lies under a hash is that content, whatever has happened: it is hashed once more on the way.
        """
        if self.content() != content:
            raise ValueError(f"{self._folder.name} is not known to be {content}, but {self.content()}.")
        if self._mine is None or not self._before:
            return
        last = [Piece(segment=self._mine, start=self._mine.start, end=content.size)]
        whole, digest = self._folder / f"whole-{secrets.token_hex(4)}", blake3()
        try:
            with disk_full_said_plainly(), whole.open("xb") as file:
                for piece in self._read([*self._before, *last]):
                    digest.update(piece)
                    file.write(piece)
                file.flush()
                os.fsync(file.fileno())
            if digest.hexdigest() != content.hash:
                raise ValueError(f"{self._folder.name} is not {content}: the disk has other bytes than it was given.")
        except BaseException:
            remove(whole)
            raise
        self._drop_assembled()
        self._assembled = whole, content

    def keep(self, content: Content) -> None:
        """Store it as that content, durably, as something that arrived just now.

        Raises Full, and ValueError for what is not known to be that.
        """
        self.close()
        if self._assembled is None or self._assembled[1] != content:
            self.assemble(content)
        if self._assembled is None:
            self._opened.keep(content)
        else:
            whole = self._assembled[0]
            os.utime(whole)
            self._put(whole, content)
        self.discard()

    def discard(self) -> None:
        """Leave nothing behind; does nothing once kept."""
        self.close()
        with self._alone:
            self._before, self._mine, self._tail, self._assembled = (), None, None, None
            gone = [remove(each) for each in (*_files_in(self._folder), self._plain)]
            if all(gone) and self._folder.is_dir():
                self._folder.rmdir()

    @property
    def _plain(self) -> Path:
        return self._folder.with_name(self._folder.name.removesuffix(ENDING))

    @property
    def _opened(self) -> DiskGrowing:
        if self._tail is None:
            raise ValueError(f"{self._folder.name} is written to only while it is open.")
        return self._tail

    def _drop_assembled(self) -> None:
        """It may get more bytes: what was put together is not all of it."""
        if self._assembled is not None:
            remove(self._assembled[0])
            self._assembled = None

    def _goes_on(self, pieces: list[Piece], at: int, *, mine: Segment) -> bool:
        """Whether that is what we have, and our own file behind it, up to there."""
        before = [each for each in pieces if not _is_same(each.segment, mine)]
        return (
            at >= mine.start
            and [_key(each) for each in before] == [_key(each) for each in self._before]
            and all(_is_same(each.segment, mine) for each in pieces[len(before) :])
        )

    def _begin(self, pieces: list[Piece], at: int, *, turn: int) -> None:
        self.close()  # what was cut off while it was closed
        digest = blake3()
        for piece in self._read(pieces):
            digest.update(piece)
        with disk_full_said_plainly():
            make_folder(self._folder)
        self._before = tuple(pieces)
        self._mine = Segment(start=at, end=at, turn=turn, mark=secrets.token_hex(4))
        self._tail = DiskGrowing(self._place_of(self._mine), self._put, before=(at, digest))

    def _segments(self) -> list[Segment]:
        found = []
        for path in (*_files_in(self._folder), self._plain):
            match = _NAME.fullmatch(path.name)
            if match is None and path != self._plain:
                continue
            try:
                size = path.stat().st_size
            except FileNotFoundError:
                continue
            start, turn, mark = (0, 0, _PLAIN) if match is None else (int(match[1]), int(match[2]), match[3])
            found.append(Segment(start=start, end=start + size, turn=turn, mark=mark))
        return found

    def _place_of(self, segment: Segment) -> Path:
        if segment.mark == _PLAIN:
            return self._plain
        return self._folder / f"{segment.start:020}-{segment.turn:08}-{segment.mark}"

    def _read(self, pieces: Iterable[Piece]) -> Iterator[bytes]:
        for each in pieces:
            with self._place_of(each.segment).open("rb") as file:
                file.seek(each.start - each.segment.start)
                left = each.end - each.start
                while left:
                    piece = file.read(min(_PIECE_BYTES, left))
                    if not piece:
                        raise EOFError(f"{self._folder.name} has a file that is cut.")
                    left -= len(piece)
                    yield piece


def last_bytes_in(folder: Path) -> float | None:
    """When a content in parts had its last bytes; None where the folder is gone."""
    times = []
    for each in _files_in(folder):
        try:
            times.append(each.stat().st_mtime)
        except FileNotFoundError:
            continue
    try:
        return max(times, default=folder.stat().st_mtime)
    except FileNotFoundError:
        return None


def _is_same(one: Segment, other: Segment) -> bool:
    """Whether they are one file, however long."""
    return (one.start, one.turn, one.mark) == (other.start, other.turn, other.mark)


def _key(piece: Piece) -> tuple[int, int, str]:
    return piece.start, piece.end, piece.segment.mark


def _files_in(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except FileNotFoundError:
        return []
