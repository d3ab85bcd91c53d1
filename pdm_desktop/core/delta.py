"""What content has in common with an older revision: what is copied from there, and what has to travel.

A plan is a list of pieces that make the whole content, in order. It is made of chunks, which are hints: whoever follows
it hashes the whole.
"""

from array import array
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import islice

from server.protocol.chunks import Chunk
from server.protocol.records import dataclass

LEAST_BYTES = 4 << 20
"""Below this size the whole is soon sent."""
MOST_BYTES = 2 << 30
"""Above this size the chunks would take too much memory."""
MOST_CHUNKS = 150_000
"""Content of so many bytes has fewer, unless somebody made it for that."""
MOST_PIECES = 50_000
"""A plan of more is none."""
LEAST_SHARE = 0.05
"""A plan that spares less than this share of the content is not worth its calls."""
SAMPLED_BYTES = 64 << 20
"""From this size on samples tell first whether there is anything to plan."""
SAMPLES = 64
"""So many, evenly over the content: three of them lie in any stretch that is worth a plan."""
SAMPLE_BYTES = 256 << 10
"""Some dozen chunks, of which the first and the last are cut elsewhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Bytes of the content: `size` of them, from `at` on."""

    at: int
    size: int
    start: int | None = None
    """Where the same bytes begin in the older content; None when they have to travel."""

    @property
    def end(self) -> int:
        """The first byte behind it."""
        return self.at + self.size

    def part(self, at: int, end: int) -> "Piece":
        """What of it lies between two places in the content."""
        first, last = max(self.at, at), min(self.end, end)
        start = None if self.start is None else self.start + first - self.at
        return Piece(at=first, size=last - first, start=start)


class Older:
    """The chunks of the older content, to find some again. Takes some 200 bytes of memory for each.

    Of more than MOST_CHUNKS it knows the first ones.
    """

    def __init__(self, chunks: Iterable[Chunk]) -> None:
        self._hashes: list[bytes] = []
        self._starts = array("Q")
        self._first: dict[bytes, int] = {}
        self.size = 0
        for chunk in islice(chunks, MOST_CHUNKS):
            number = len(self._hashes)
            first = self._first.setdefault(chunk.hash, number)
            self._hashes.append(chunk.hash if first == number else self._hashes[first])
            self._starts.append(self.size)
            self.size += chunk.size

    def find(self, chunk: Chunk, after: int | None) -> int | None:
        """The number of a chunk with that content: the one behind number `after`, if it is one, or the first."""
        following = None if after is None else after + 1
        if following is not None and following < len(self._hashes) and self._hashes[following] == chunk.hash:
            return following
        return self._first.get(chunk.hash)

    def start(self, number: int) -> int:
        """Where a chunk begins."""
        return self._starts[number]


def plan(chunks: Iterable[Chunk], older: Older) -> list[Piece]:
    """The pieces of content that has these chunks: neighbours that go on are one piece. None at all if too many."""
    pieces: list[Piece] = []
    at, found = 0, None
    for chunk in chunks:
        found = older.find(chunk, found)
        start = None if found is None else older.start(found)
        last = pieces[-1] if pieces else None
        if last is not None and _goes_on(last, start):
            pieces[-1] = replace(last, size=last.size + chunk.size)
        else:
            pieces.append(Piece(at=at, size=chunk.size, start=start))
            if len(pieces) > MOST_PIECES:
                return []
        at += chunk.size
    return pieces


def is_worth_it(pieces: Sequence[Piece], size: int) -> bool:
    """Whether a plan makes all of the content, and spares enough of it."""
    spared = sum(piece.size for piece in pieces if piece.start is not None)
    return sum(piece.size for piece in pieces) == size and spared >= LEAST_SHARE * size


def may_overlap(size: int, older: int) -> bool:
    """Whether content of these sizes is worth a look."""
    return all(LEAST_BYTES <= each <= MOST_BYTES for each in (size, older))


def samples(size: int) -> range:
    """Where the samples of content of that size begin; none when it is soon cut whole."""
    return range(0, size - SAMPLE_BYTES, size // SAMPLES) if size >= SAMPLED_BYTES else range(0)


def next_part(
    pieces: Sequence[Piece], offset: int, *, most_sent: int, most_copied: int, most_pieces: int
) -> list[Piece]:
    """The pieces from `offset` on that go together in one call; none at the end."""
    chosen: list[Piece] = []
    room = {True: most_copied, False: most_sent}
    for piece in islice(pieces, bisect_right(pieces, offset, key=_end), None):
        is_copied = piece.start is not None
        fits = piece.part(offset, max(piece.at, offset) + room[is_copied])
        if not fits.size or len(chosen) == most_pieces:
            break
        chosen.append(fits)
        room[is_copied] -= fits.size
        if fits.end < piece.end:
            break
    return chosen


def _end(piece: Piece) -> int:
    return piece.end


def _goes_on(last: Piece, start: int | None) -> bool:
    if last.start is None or start is None:
        return last.start is start
    return last.start + last.size == start
