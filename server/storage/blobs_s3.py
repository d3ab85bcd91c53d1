"""Content in a bucket that speaks the protocol of S3: `ab/cd/abcd...`, as on a disk, by the first digits of its hash.

`incoming/` has what arrives in one call, and `growing/` what arrives in parts. Nothing is kept on a disk of the server:
any number of nodes may have one bucket. That there is nothing, and that one cannot look, are two answers here: whatever
cannot be reached raises ContentsAway, so that nobody takes it for lost.
"""

import re
import secrets
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from itertools import groupby
from typing import BinaryIO, cast

import structlog
from blake3 import blake3

from server.bucket import Bucket
from server.domain.errors import ContentsAway
from server.protocol.limits import is_hash
from server.storage.blobs import Content, Unread
from server.storage.growing_s3 import S3Growing, Shelf
from server.storage.objects import Found, Objects
from server.storage.small_contents import read_ahead
from server.storage.stored_object import StoredObject

log = structlog.get_logger(__name__)

MARKER = "pdm-server.txt"
_MARKED = (
    "PDM server {owner}\nThe contents of this server, and of no other, are below this prefix. Without this object the"
    " server takes them for gone.\n"
)
_OWNER = re.compile(r"PDM server (\S+)\n")
_MARKER_BYTES = 2**12
_INCOMING, _GROWING = "incoming", "growing"
_PIECE_BYTES = 2**20
_SENDS_AT_ONCE = 32
_READS_AT_ONCE = 32
"""Of small contents. What is large is read in the thread of who wants it."""
_REMEMBERED = 1_024
"""Contents in parts of which it is remembered how far they are hashed; others are read again when they go on."""


class S3Blobs:
    """Blobs below the prefix of one bucket. Every method waits for the network, and raises ContentsAway.

    `owner` is the id of the server whose they are: the collection of another one would take them for not needed.
    """

    def __init__(self, bucket: Bucket, *, owner: str = "nobody") -> None:
        self._objects = Objects(bucket)
        self._owner = owner
        self._sends = ThreadPoolExecutor(_SENDS_AT_ONCE, "s3-sends")
        self._reads = ThreadPoolExecutor(_READS_AT_ONCE, "s3-reads")
        self._shelf = Shelf(place=place_of, has=self.has)
        self._arriving: set[str] = set()
        self._remembered: OrderedDict[str, S3Growing] = OrderedDict()

    def prepare(self) -> None:
        """See by one call whether the bucket is there and may be written to. Raises ContentsAway, Full."""
        self._objects.put(MARKER, _MARKED.format(owner=self._owner).encode())

    def owner(self) -> str | None:
        """The id of the server that has its contents there; None: there is no such server yet, and no contents."""
        next(self._objects.list(_INCOMING), None)  # of a bucket that is not there, a look at one object says nothing
        try:
            found = self._objects.read(MARKER, start=0, end=_MARKER_BYTES).bytes
        except FileNotFoundError:
            return None
        match = _OWNER.match(bytes(found).decode(errors="replace"))
        return self._owner if match is None else match[1]  # without an id, somebody has put it there by hand

    def begin(self) -> "S3Incoming":
        """Make room for content that arrives."""
        name = secrets.token_hex(8)
        growing = S3Growing(self._objects, f"{_INCOMING}/{name}", shelf=self._shelf, sends=self._sends)
        self._arriving.add(name)
        return S3Incoming(self._objects, growing, over=lambda: self._arriving.discard(name))

    def growing(self, name: str) -> S3Growing:
        """The content of that name that arrives in parts, there or not."""
        new = S3Growing(self._objects, f"{_GROWING}/{name}", shelf=self._shelf, sends=self._sends)
        found = self._remembered.setdefault(name, new)
        self._remembered.move_to_end(name)
        if len(self._remembered) > _REMEMBERED:
            self._remembered.popitem(last=False)
        return found

    def growing_older_than(self, moment: datetime) -> Iterator[str]:
        """The names of content in parts that had its last bytes before that moment."""
        return (name for name, last, _ in self._folders(_GROWING) if last < moment)

    def open(self, content_hash: str, *, at: int = 0) -> BinaryIO:
        """The content, to be read from there first. Raises FileNotFoundError."""
        return cast(BinaryIO, StoredObject(self._objects, place_of(content_hash), at=at))

    def small(self, wanted: Iterable[Content]) -> Iterator[bytes | Unread]:
        """Each of these small contents, whole, in that order, some at the same time; or why it cannot be read."""
        return read_ahead(self, wanted, threads=self._reads)

    def has(self, content: Content) -> bool:
        """Whether it is stored, in its size."""
        try:
            return self._objects.size(place_of(content.hash)) == content.size
        except FileNotFoundError:
            return False

    def is_settled(self, content: Content) -> bool:
        """Whether it is stored: what a bucket has, it has for good."""
        return self.has(content)

    def is_whole(self, content: Content) -> bool:
        """Whether it is stored, byte for byte. Reads all of it."""
        if not self.has(content):
            return False
        digest = blake3()
        try:
            with self.open(content.hash) as stored:
                while piece := stored.read(_PIECE_BYTES):
                    digest.update(piece)
        except FileNotFoundError:  # gone meanwhile
            return False
        return digest.hexdigest() == content.hash

    def remove(self, content_hash: str) -> None:
        """Remove it; nothing happens if it is not there."""
        self._objects.remove([place_of(content_hash)])

    def older_than(self, moment: datetime, *, since: datetime | None = None) -> Iterator[str]:
        """The hashes of all that was stored before that moment, and not before `since`."""
        for each in self._objects.list():
            content_hash = each.name.rpartition("/")[2]
            if not is_hash(content_hash) or each.name != place_of(content_hash):
                continue
            if each.at < moment and (since is None or each.at >= since):
                yield content_hash

    def reach(self) -> None:
        """Raises ContentsAway when the bucket cannot be reached, or is not the one that was prepared."""
        try:
            self._objects.size(MARKER)
        except FileNotFoundError:
            raise ContentsAway(f"The bucket {self._objects.bucket} has no {MARKER} any more.") from None

    def discard_incoming(self, *, before: datetime) -> int:
        """Remove what had its last bytes before that moment and is not under way here; how many."""
        forgotten = [
            names for name, last, names in self._folders(_INCOMING) if last < before and name not in self._arriving
        ]
        for names in forgotten:
            self._objects.remove(names)
        return len(forgotten)

    def _folders(self, below: str) -> Iterator[tuple[str, datetime, list[str]]]:
        """Each folder there: its name, when it had its last bytes, and the names of its objects."""

        def folder_of(each: Found) -> str:
            return each.name.split("/")[1]

        for name, objects in groupby(self._objects.list(below), key=folder_of):
            found = list(objects)
            yield name, max(each.at for each in found), [each.name for each in found]


class S3Incoming:
    """Content of one call: little of it goes straight to its place, more of it by segments."""

    def __init__(self, objects: Objects, growing: S3Growing, *, over: Callable[[], None]) -> None:
        self._objects = objects
        self._growing = growing
        self._over = over
        growing.begin()

    def write(self, piece: bytes | bytearray) -> None:
        """The next bytes. Raises Full."""
        self._growing.write(piece)

    def finish(self) -> Content:
        """What has arrived. What is so little that it goes to its place in one call does so when it is kept."""
        if self._growing.whole is None:
            self._growing.sync()
        return self._growing.content()

    def assemble(self) -> None:
        """Put it together under its hash, if it came in segments. Raises Full."""
        if self._growing.whole is None:
            self._growing.assemble(self._growing.content())

    def keep(self) -> None:
        """Store it under its hash. Raises Full."""
        content, whole = self._growing.content(), self._growing.whole
        if whole is None:
            self._growing.keep(content)
        else:
            self._objects.put(place_of(content.hash), whole)

    def discard(self) -> None:
        """Leave nothing behind; does nothing once kept."""
        self._over()
        if self._growing.whole is None:
            self._growing.discard()


def place_of(content_hash: str) -> str:
    """The name of the object with that content. Raises ValueError for what is no hash and could lead anywhere."""
    if not is_hash(content_hash):
        raise ValueError(f"{content_hash!r} is the hash of no content.")
    return f"{content_hash[:2]}/{content_hash[2:4]}/{content_hash}"
