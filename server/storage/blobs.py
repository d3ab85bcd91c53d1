"""The seam for content: stored whole under its hash, read from any place, removed when nothing refers to it.

Every method may wait for a disk or the network: call it in a worker thread. Where it is the network, each may raise
ContentsAway: nothing is known then of what is there, and nothing is lost.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO, Protocol

from server.protocol.limits import Hash, Size


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """Some content: its size in bytes and its BLAKE3-256 hash."""

    size: Size
    hash: Hash


class Incoming(Protocol):
    """Content that is arriving. Nobody sees it before it is kept."""

    def write(self, piece: bytes | bytearray) -> None:
        """The next bytes. Raises Full."""

    def finish(self) -> Content:
        """All has arrived, and is still not kept. Raises Full."""

    def assemble(self) -> None:
        """Do what takes long of keeping it; it may lie under its hash from now on. Raises Full."""

    def keep(self) -> None:
        """Store it under its hash, durably. Raises Full."""

    def discard(self) -> None:
        """Leave nothing behind; does nothing once kept."""


class Growing(Protocol):
    """Content that arrives in parts, over days and restarts. Nobody sees it before it is kept."""

    def on_disk(self) -> int | None:
        """How many bytes of it are stored, durable or not; None when there is nothing."""

    def is_hashed(self, at: int) -> bool:
        """Whether it opens there at once; otherwise all of it is read again, which may take minutes. Needs no disk."""

    def open(self, at: int, *, hash_part: bool = False, token: int = 0) -> None:
        """Go on after so many bytes, without what is behind them; `hash_part` is for who asks for `part_hash`.

        `token`: of several nodes that go on one after the other, each has a higher one, and what a lower one writes
        late counts no more. Raises Full, EOFError.
        """

    def write(self, piece: bytes | bytearray) -> None:
        """The next bytes. Raises Full, OSError: then nothing of this piece counts."""

    def flush(self) -> None:
        """Bring what was written to the disk itself, while more is written; `sync` has less to do then.

        Raises Full, OSError, as `sync` does.
        """

    def part_hash(self) -> str:
        """The hash of what was written since it was opened with `hash_part`."""

    def drop_part(self) -> None:
        """Forget what was written since it was opened."""

    def sync(self) -> int:
        """All that was written is durable: how many bytes it has.

        Raises Full, OSError: then what came since it was last durable does not count, and it has to be opened again.
        """

    def close(self) -> None:
        """Nothing more for now."""

    def content(self) -> Content:
        """What it is up to where it was opened and written."""

    def assemble(self, content: Content) -> None:
        """Do what takes long of keeping it as that content; it may lie under its hash from now on.

        Raises Full, and ValueError for what is not known to be that.
        """

    def keep(self, content: Content) -> None:
        """Store it as that content, durably. Raises Full, and ValueError for what is not known to be that."""

    def discard(self) -> None:
        """Leave nothing behind; does nothing once kept."""


Unread = OSError | EOFError
"""Why a content could not be read."""


class Blobs(Protocol):
    """Where content lies."""

    def prepare(self) -> None:
        """Make ready for content, before anything else. Raises Full, OSError."""

    def begin(self) -> Incoming:
        """Make room for content that arrives. Raises Full."""

    def growing(self, name: str) -> Growing:
        """The content of that name that arrives in parts, there or not. Waits for no disk, but the first time."""

    def growing_older_than(self, moment: datetime) -> Iterator[str]:
        """The names of content in parts that had its last bytes before that moment."""

    def open(self, content_hash: str, *, at: int = 0) -> BinaryIO:
        """The content, to read from any place, and from there first. Raises FileNotFoundError."""

    def small(self, wanted: Iterable[Content]) -> Iterator[bytes | Unread]:
        """Each of these small contents, whole, in that order and as quickly as may be; or why it cannot be read."""

    def has(self, content: Content) -> bool:
        """Whether it is stored, in its size: what a bad disk has cut or emptied is not, nor what cannot be looked at.

        One look, whatever the size.
        """

    def is_settled(self, content: Content) -> bool:
        """Whether it is stored; if so its name is on the disk then, whatever became of that before. Raises Full."""

    def is_whole(self, content: Content) -> bool:
        """Whether it is stored, byte for byte. Reads all of it."""

    def remove(self, content_hash: str) -> None:
        """Remove it; nothing happens if it is not there, or where the system lets nothing go that is being read."""

    def older_than(self, moment: datetime, *, since: datetime | None = None) -> Iterator[str]:
        """The hashes of all that was stored before that moment, and not before `since`."""

    def reach(self) -> None:
        """Raises OSError when no content can be reached."""

    def discard_incoming(self, *, before: datetime) -> int:
        """Remove what began to arrive, had its last bytes before that moment and is not under way here; how many.

        What cannot be removed is logged, and keeps nothing else.
        """
