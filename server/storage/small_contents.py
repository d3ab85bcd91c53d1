"""Many small contents, read whole: one behind the other from a disk, several at the same time over a network."""

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Executor, Future
from itertools import islice
from typing import BinaryIO, Protocol

from server.storage.blobs import Content, Unread

AHEAD = 8
"""So many are on their way at the same time, for one who reads them; so many are in memory, then."""


class _Readable(Protocol):
    """Where contents are opened."""

    def open(self, content_hash: str) -> BinaryIO:
        """Raises FileNotFoundError."""


def read_whole(blobs: _Readable, content: Content) -> bytes | Unread:
    """All of it, or why that cannot be read. Raises ContentsAway."""
    found = bytearray()
    try:
        with blobs.open(content.hash) as stored:
            while piece := stored.read(content.size - len(found)):
                found += piece
    except OSError as error:
        return error
    if len(found) < content.size:
        return EOFError(f"The content {content.hash} is shorter than its revision says.")
    return bytes(found)


def read_ahead(blobs: _Readable, wanted: Iterable[Content], *, threads: Executor) -> Iterator[bytes | Unread]:
    """Each in its turn, while those behind it are read. Raises ContentsAway."""
    waiting = iter(wanted)
    ahead: deque[Future[bytes | Unread]] = deque()
    while True:
        ahead.extend(threads.submit(read_whole, blobs, each) for each in islice(waiting, AHEAD - len(ahead)))
        if not ahead:
            return
        yield ahead.popleft().result()
