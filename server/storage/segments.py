"""Content in parts in a bucket: segments, objects of some MiB that never change, and which bytes of each count.

A segment's name says what it is, so that a list of names is all that a node needs to go on after another one:
`growing/UPLOAD/START-END-TURN-RANDOM`. Each time an upload is opened begins a turn. A node that was thought to be dead
may still write a segment of an earlier turn: of two that have the same byte, the later turn's counts, and of one turn
the longer one's. Whoever goes on after another node has a higher token, given by the database, and all its turns are
later than all of the other's, whenever that one wakes up.
"""

import heapq
import re
import secrets
from collections.abc import Collection, Iterator
from dataclasses import dataclass

TURNS = 10**9
"""Of one token: so often a process may open what it works on, without that its number reaches the next token's."""
_NAME = re.compile(r"(\d{20})-(\d{20})-(\d{8,})-([0-9a-f]{8})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """The bytes of some content from `start` up to, and not with, `end`."""

    start: int
    end: int
    turn: int
    mark: str
    """Random: no two segments have one name, whoever wrote them."""

    @property
    def name(self) -> str:
        """The last part of its object's name."""
        return f"{self.start:020}-{self.end:020}-{self.turn:08}-{self.mark}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Those bytes of a segment that count: from `start` up to, and not with, `end`, in the content."""

    segment: Segment
    start: int
    end: int


def new_segment(*, start: int, end: int, turn: int) -> Segment:
    """One that nobody else has."""
    return Segment(start=start, end=end, turn=turn, mark=secrets.token_hex(4))


def next_turn(segments: Collection[Segment], *, token: int) -> int:
    """The turn of who opens what has these segments, with that token: later than its own, and than all of lower ones.

    Those of a higher token are of somebody who has gone on with it, and stay later.
    """
    ours = (each.turn for each in segments if not is_of_later(each, token=token))
    return 1 + max(ours, default=0) if token == 0 else 1 + max(token * TURNS, *ours, 0)


def is_of_later(segment: Segment, *, token: int) -> bool:
    """Whether it is of somebody with a higher token; who is alone has none, and nobody is later."""
    return token > 0 and segment.turn >= (token + 1) * TURNS


def segment_of(name: str) -> Segment | None:
    """The segment of that name; None for the name of something else."""
    match = _NAME.fullmatch(name)
    if match is None:
        return None
    return Segment(start=int(match[1]), end=int(match[2]), turn=int(match[3]), mark=match[4])


def laid_out(segments: Collection[Segment], *, until: int | None = None) -> list[Piece]:
    """Which bytes of which segments are the content, from its first byte on: up to the first gap, or `until`."""
    pieces: list[Piece] = []
    for one in _runs(segments):
        end = one.end if until is None else min(one.end, until)
        if one.start >= end:
            break
        if pieces and pieces[-1].segment == one.segment:
            pieces[-1] = Piece(segment=one.segment, start=pieces[-1].start, end=end)
        else:
            pieces.append(Piece(segment=one.segment, start=one.start, end=end))
    return pieces


def end_of(pieces: Collection[Piece]) -> int:
    """How many bytes they are, one behind the other."""
    return max((each.end for each in pieces), default=0)


def _runs(segments: Collection[Segment]) -> Iterator[Piece]:
    """Without a gap from 0 on: whose the bytes are between each two places at which a segment begins or ends."""
    waiting = sorted(segments, key=lambda each: each.start, reverse=True)
    here: list[tuple[int, int, str, Segment]] = []
    place = 0
    while True:
        while waiting and waiting[-1].start <= place:
            each = waiting.pop()
            heapq.heappush(here, (-each.turn, -each.end, each.mark, each))
        while here and here[0][3].end <= place:
            heapq.heappop(here)
        if not here:
            return
        best = here[0][3]
        end = min(best.end, waiting[-1].start) if waiting else best.end
        yield Piece(segment=best, start=place, end=end)
        place = end
