"""The seam for content: stored whole under its hash, read from any place, removed when nothing refers to it.

Every method may wait for a disk: call it in a worker thread.
"""

from collections.abc import Iterator
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
        """All has arrived and is durable, and still not kept. Raises Full."""

    def keep(self) -> None:
        """Store it under its hash, durably. Raises Full."""

    def discard(self) -> None:
        """Leave nothing behind; does nothing once kept."""


class Blobs(Protocol):
    """Where content lies."""

    def begin(self) -> Incoming:
        """Make room for content that arrives. Raises Full."""

    def open(self, content_hash: str) -> BinaryIO:
        """The content, to read from any place. Raises FileNotFoundError."""

    def has(self, content_hash: str) -> bool:
        """Whether it is stored."""

    def remove(self, content_hash: str) -> None:
        """Remove it; nothing happens if it is not there, or where the system lets nothing go that is being read."""

    def older_than(self, moment: datetime) -> Iterator[str]:
        """The hashes of all that was stored before that moment."""

    def discard_incoming(self, *, before: datetime) -> int:
        """Remove what began to arrive and had its last bytes before that moment; how many."""
