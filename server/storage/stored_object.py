"""An object of a bucket, read like a file from any place, in flat memory."""

import io
import os

from server.storage.objects import Objects, Read

FIRST_BYTES = 2**18
"""So much is asked for at a new place: small content comes in one go, and a short piece does not bring much with it."""
MOST_BYTES = 2**22
"""What is read on and on is asked for in growing portions, up to this; so much is in memory, and never more."""


class StoredObject(io.RawIOBase):
    """Opened at a place, and asked for from there at once. Raises FileNotFoundError, ContentsAway; so does reading."""

    def __init__(self, objects: Objects, name: str, *, at: int = 0) -> None:
        super().__init__()
        self._objects = objects
        self._name = name
        self._place = self._begin = at
        self._portion = FIRST_BYTES
        self._here = self._fetch()

    def readable(self) -> bool:
        """It can be read."""
        return True

    def seekable(self) -> bool:
        """It can be read from any place."""
        return True

    def tell(self) -> int:
        """Where it is read next."""
        return self._place

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        """Read from there next. Nothing is asked for before it is read."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._place, os.SEEK_END: self._here.size}[whence]
        self._place = base + offset
        return self._place

    def read(self, size: int = -1, /) -> bytes:
        """The next bytes, at most so many, and often fewer; none at the end."""
        if size < 0:
            return self.readall()
        if not self._begin <= self._place < self._end:
            self._go_on()
        start = self._place - self._begin
        piece = bytes(self._here.bytes[start : start + size])
        self._place += len(piece)
        return piece

    @property
    def _end(self) -> int:
        """Up to where it is in memory."""
        return self._begin + len(self._here.bytes)

    def _go_on(self) -> None:
        if self._place >= self._here.size:
            self._begin, self._here = self._place, Read(bytes=memoryview(b""), size=self._here.size)
            return
        self._portion = min(MOST_BYTES, self._portion * 2) if self._place == self._end else FIRST_BYTES
        self._begin = self._place
        self._here = self._fetch()

    def _fetch(self) -> Read:
        return self._objects.read(self._name, start=self._begin, end=self._begin + self._portion)
