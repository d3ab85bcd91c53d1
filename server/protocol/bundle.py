"""Many contents in one answer: for each a line of JSON that says whose it is, and then its bytes, nothing between."""

from collections.abc import Iterator

import msgspec

from server.protocol.calls import Bundled
from server.protocol.limits import BUNDLED_BYTES
from server.protocol.wire import plain

LINE_BYTES = 64 << 10
"""Longest of those lines."""
_decoder = msgspec.json.Decoder(Bundled)


def line_of(head: Bundled) -> bytes:
    """The line before the bytes of one content."""
    return msgspec.json.encode(plain(head)) + b"\n"


class Unpacking:
    """Takes such an answer apart as it arrives; has at most one content and one block in memory."""

    def __init__(self) -> None:
        self._rest = bytearray()
        self._head: Bundled | None = None

    @property
    def is_between(self) -> bool:
        """What has arrived ends where a content ends."""
        return self._head is None and not self._rest

    def take(self, block: bytes) -> Iterator[tuple[Bundled, bytes]]:
        """The contents that are whole with these bytes, in order. Raises ValueError for what is no such answer."""
        self._rest += block
        place = 0
        while True:
            if self._head is None:
                end = self._rest.find(b"\n", place)
                if (len(self._rest) if end < 0 else end) - place > LINE_BYTES:
                    raise ValueError("A line before a content is too long.")
                if end < 0:
                    break
                self._head, place = _head(self._rest[place:end]), end + 1
            size = self._head.size or 0
            if len(self._rest) - place < size:
                break
            yield self._head, bytes(self._rest[place : place + size])
            self._head, place = None, place + size
        del self._rest[:place]


def _head(line: bytes | bytearray) -> Bundled:
    try:
        head = _decoder.decode(line)
    except msgspec.DecodeError as error:
        raise ValueError("A line before a content cannot be read.") from error
    if head.size is not None and not 0 <= head.size <= BUNDLED_BYTES:
        raise ValueError(f"No content in a bundle has {head.size} bytes.")
    return head
