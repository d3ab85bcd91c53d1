"""Where content is cut into chunks, so that an edit moves the cuts around it and no others (FastCDC, 2020).

Both sides cut alike and compare: what the other side has in an older revision need not travel. Chunks are hints and
never trusted: whatever is put together from them is hashed as a whole. Other sizes on one side cost the saving alone.
"""

import struct
from collections.abc import Iterable, Iterator

from blake3 import blake3

from server.protocol.records import dataclass

LEAST_BYTES = 4 << 10
"""Smallest chunk, but for the last."""
AVERAGE_BYTES = 16 << 10
"""What the cuts aim at; in the mean a chunk is larger by about the smallest. docs/transfers.md has the figures."""
MOST_BYTES = 64 << 10
"""Largest chunk."""
HASH_BYTES = 16
"""So much of a chunk's BLAKE3 hash is compared."""
_ENTRY = struct.Struct(f">I{HASH_BYTES}s")
ENTRY_BYTES = _ENTRY.size
"""Bytes of one chunk in a list."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """One chunk: its length in bytes, and the first bytes of its hash."""

    size: int
    hash: bytes


def cut(pieces: Iterable[bytes]) -> Iterator[Chunk]:
    """The chunks of content, in order. Takes 3 bytes of memory for each of the largest chunk, whatever the content."""
    from pyfastcdc import FastCDC  # 80 ms, and few processes ever cut

    # One for each content: it must not be used by two threads.
    chunker = FastCDC(AVERAGE_BYTES, min_size=LEAST_BYTES, max_size=MOST_BYTES)
    for chunk in chunker.cut_stream(_Stream(pieces)):
        yield Chunk(chunk.length, blake3(chunk.data).digest(HASH_BYTES))


def encode(chunks: Iterable[Chunk]) -> bytes:
    """A list of chunks as it travels: for each its length (four bytes, the highest first) and its hash."""
    return b"".join(_ENTRY.pack(chunk.size, chunk.hash) for chunk in chunks)


def decode(raw: bytes | bytearray) -> Iterator[Chunk]:
    """The chunks of a list. Raises ValueError for what is none."""
    if len(raw) % ENTRY_BYTES:
        raise ValueError("A list of chunks ends in the middle of one.")
    for size, digest in _ENTRY.iter_unpack(raw):
        if not 0 < size <= MOST_BYTES:
            raise ValueError(f"No chunk has {size} bytes.")
        yield Chunk(size, digest)


class _Stream:
    """Pieces as something to read from."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = iter(pieces)
        self._rest = memoryview(b"")

    def readinto(self, room: memoryview) -> int:
        """Fill as much of the room as the current piece does; 0 at the end."""
        while not self._rest:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._rest = memoryview(piece)
        count = min(len(room), len(self._rest))
        room[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count
