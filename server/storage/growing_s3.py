"""Content that arrives in parts in a bucket: segments, so that any node goes on with what another one has kept."""

import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future
from contextlib import suppress
from dataclasses import dataclass, field

from blake3 import blake3

from server.domain.errors import ContentsAway
from server.storage.blobs import Content
from server.storage.objects import Objects
from server.storage.segments import (
    Piece,
    Segment,
    end_of,
    is_of_later,
    laid_out,
    new_segment,
    next_turn,
    segment_of,
)

SEGMENT_BYTES = 2**22
"""So much is gathered before it is sent on; twice that is in memory, since the next gathers meanwhile."""
LEAST_BYTES = 2**20
"""A shorter segment is put once more with what comes behind it, so that a slow line does not leave thousands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """Where content has its place in the bucket."""

    place: Callable[[str], str]
    """The name of the object with that hash."""
    has: Callable[[Content], bool]


@dataclass(frozen=True, slots=True)
class _Kept:
    """What the bucket has of it, for good."""

    pieces: tuple[Piece, ...] = ()
    size: int = 0
    hash: blake3 = field(default_factory=blake3)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sending:
    """A segment that is on its way, with the hash of all up to its end."""

    segment: Segment
    hash: blake3
    instead_of: Segment | None
    done: "Future[None]"


class S3Growing:
    """One such content. It remembers between its parts how far it is hashed; one thread at a time works on it."""

    def __init__(self, objects: Objects, folder: str, *, shelf: Shelf, sends: Executor) -> None:
        self._objects = objects
        self._folder = folder
        self._shelf = shelf
        self._sends = sends
        self._alone = threading.Lock()
        self._turn = 0
        self._is_open = False
        self._is_there = False
        self._kept = self._before_part = _Kept()
        self._size = 0
        self._hash = blake3()
        self._part: blake3 | None = None
        self._gathered = bytearray()
        """What stands behind what was sent; with it the short segment that is put once more."""
        self._short: Segment | None = None
        self._sending: _Sending | None = None
        self._unsure: Exception | None = None
        self._assembled: Content | None = None

    @property
    def whole(self) -> bytearray | None:
        """All of it, while it is so little that nothing was sent yet."""
        return None if self._is_there else self._gathered

    def on_disk(self) -> int | None:
        """How many bytes of it the bucket has; None when there is nothing. Raises ContentsAway, as all below do."""
        found = self._segments()
        if not any(each.start == 0 for each in found):
            return None
        return end_of(laid_out(found))

    def is_hashed(self, at: int) -> bool:
        """Whether it opens there at once, unless another node has gone on with it meanwhile."""
        return at == self._size

    def begin(self) -> None:
        """Open one of a name that nobody else has."""
        self._go_on(_Kept(), hash_part=False)

    def open(self, at: int, *, hash_part: bool = False, token: int = 0) -> None:
        """Go on after so many bytes, without what is behind them; `hash_part` is for who asks for `part_hash`.

        `token` is of whose turn it is, by the database. Raises EOFError when there are fewer.
        """
        with self._alone:
            self._drain()
            found = self._segments()
            pieces = tuple(laid_out(found, until=at))
            if end_of(pieces) < at:
                raise EOFError(f"{self._folder} has fewer than {at} bytes.")
            kept = self._kept
            if (kept.pieces, kept.size, self._size) != (pieces, at, at):
                kept = _Kept(pieces, at, self._hash_of(pieces))
            used = {each.segment for each in pieces}
            self._remove([each for each in found if each not in used and not is_of_later(each, token=token)])
            self._turn = next_turn(found, token=token)
            self._go_on(kept, hash_part=hash_part)

    def write(self, piece: bytes | bytearray) -> None:
        """The next bytes. Raises Full, and has to be opened again then."""
        with self._alone:
            self._require_usable()
            self._gathered += piece
            self._hash.update(piece)
            if self._part is not None:
                self._part.update(piece)
            self._size += len(piece)
            if len(self._gathered) >= SEGMENT_BYTES:
                self._send()

    def flush(self) -> None:
        """Whatever is worth its way is on it by itself."""

    def part_hash(self) -> str:
        """The hash of what was written since it was opened with `hash_part`."""
        if self._part is None:
            raise ValueError(f"{self._folder} was opened without a hash of its part.")
        return self._part.hexdigest()

    def drop_part(self) -> None:
        """Forget what was written since it was opened: it is removed when it is opened again."""
        with self._alone:
            self._drain()
            self._kept = self._before_part
            self._fall_back()

    def sync(self) -> int:
        """All that was written is in the bucket: how many bytes it has.

        Raises Full, and then again until it is opened again: what came since it was last there does not count.
        """
        with self._alone:
            self._require_usable()
            self._settle()
            if self._size > self._kept.size or not self._is_there:
                self._send()
                self._settle()
            return self._kept.size

    def close(self) -> None:
        """Nothing more for now. What was not made durable counts no more."""
        with self._alone:
            self._drain()
            self._fall_back()
            self._is_open = False

    def content(self) -> Content:
        """What it is up to where it was opened and written."""
        return Content(size=self._size, hash=self._hash.hexdigest())

    def assemble(self, content: Content) -> None:
        """Put it together under its hash, of one segment without that it moves. Raises Full, ValueError."""
        self.close()
        if self.content() != content:
            raise ValueError(f"{self._folder} is not known to be {content}, but {self.content()}.")
        place, pieces = self._shelf.place(content.hash), self._kept.pieces
        if not pieces:
            self._objects.put(place, b"")
        elif len(pieces) == 1 and pieces[0].end == pieces[0].segment.end:
            self._objects.copy(self._name_of(pieces[0].segment), place)
        else:
            self._objects.put_all(place, self._checked(content))
        self._assembled = content

    def keep(self, content: Content) -> None:
        """Store it as that content. What was assembled and has been removed since is assembled again.

        Raises Full, and ValueError for what is not known to be that: it stays as it is, under its own name.
        """
        if self._assembled != content or not self._shelf.has(content):
            self.assemble(content)
        with suppress(ContentsAway):  # what stays of it is collected
            self.discard()

    def discard(self) -> None:
        """Leave nothing behind; does nothing once kept."""
        self.close()
        with self._alone:
            found = self._segments()
            # First its beginning: what is cut in the middle of this is nothing, and no shorter content.
            self._remove([each for each in found if each.start == 0])
            self._remove([each for each in found if each.start > 0])
            self._kept = self._before_part = _Kept()
            self._fall_back()
            self._assembled, self._is_there = None, False

    def _go_on(self, kept: _Kept, *, hash_part: bool) -> None:
        self._kept = self._before_part = kept
        self._fall_back()
        self._part = blake3() if hash_part else None
        self._is_there, self._is_open = bool(kept.pieces), True
        self._unsure = self._assembled = None

    def _fall_back(self) -> None:
        """Back to what the bucket has."""
        self._size, self._hash = self._kept.size, self._kept.hash.copy()
        self._gathered, self._short = bytearray(), None

    def _require_usable(self) -> None:
        if not self._is_open:
            raise ValueError(f"{self._folder} is written to only while it is open.")
        if self._unsure is not None:
            raise self._unsure

    def _send(self) -> None:
        """Send on what is gathered, once what was sent before is there."""
        self._settle()
        segment = new_segment(start=self._size - len(self._gathered), end=self._size, turn=self._turn)
        content, instead_of, self._short = self._gathered, self._short, None
        if len(content) < LEAST_BYTES:
            self._gathered, self._short = self._gathered[:], segment
        else:
            self._gathered = bytearray()
        self._is_there = True
        done = self._sends.submit(self._objects.put, self._name_of(segment), content)
        self._sending = _Sending(segment=segment, hash=self._hash.copy(), instead_of=instead_of, done=done)

    def _settle(self) -> None:
        """What was sent is there."""
        sending, self._sending = self._sending, None
        if sending is None:
            return
        try:
            sending.done.result()
        except Exception as error:
            self._unsure = error
            self._fall_back()
            raise
        pieces = [each for each in self._kept.pieces if each.segment != sending.instead_of]
        new = sending.segment
        if new.end > new.start:
            pieces.append(Piece(segment=new, start=new.start, end=new.end))
        self._kept = _Kept(tuple(pieces), new.end, sending.hash)
        if sending.instead_of is not None:
            with suppress(ContentsAway):  # the longer one counts; what stays is removed when it is opened again
                self._remove([sending.instead_of])

    def _drain(self) -> None:
        """Nothing is on its way any more, whatever became of it."""
        sending, self._sending = self._sending, None
        if sending is not None:
            sending.done.exception()

    def _segments(self) -> list[Segment]:
        names = (each.name.rpartition("/")[2] for each in self._objects.list(self._folder))
        return [segment for name in names if (segment := segment_of(name)) is not None]

    def _hash_of(self, pieces: Iterable[Piece]) -> blake3:
        digest = blake3()
        for each in self._read(pieces):
            digest.update(each)
        return digest

    def _checked(self, content: Content) -> Iterator[memoryview]:
        """Its bytes, for as long as they may be that content. Raises ValueError in place of their end if they are not.

        Nobody may have changed them; but what lies under a hash is that content, whatever has happened.
        """
        digest = blake3()
        for each in self._read(self._kept.pieces):
            digest.update(each)
            yield each
        if digest.hexdigest() != content.hash:
            self._kept = _Kept()
            self._fall_back()
            raise ValueError(f"{self._folder} is not {content}: the bucket has other bytes than it was given.")

    def _read(self, pieces: Iterable[Piece]) -> Iterator[memoryview]:
        for each in pieces:
            start, end = each.start - each.segment.start, each.end - each.segment.start
            try:
                found = self._objects.read(self._name_of(each.segment), start=start, end=end).bytes
            except FileNotFoundError as error:
                raise EOFError(f"{self._folder} has lost a segment.") from error
            if len(found) < end - start:
                raise EOFError(f"{self._folder} has a segment that is cut.")
            yield found

    def _remove(self, segments: Iterable[Segment]) -> None:
        self._objects.remove([self._name_of(each) for each in segments])

    def _name_of(self, segment: Segment) -> str:
        return f"{self._folder}/{segment.name}"
