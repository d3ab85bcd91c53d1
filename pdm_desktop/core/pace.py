"""How fast content may move: a bucket that fills at a rate, from which every transfer of one direction takes."""

import math
from dataclasses import replace

from server.protocol.records import dataclass

MEGABYTE = 1_000_000
LOWEST = 100_000.0
"""Bytes a second below which no limit goes: slower, a server takes it for a connection that hangs."""
BURST = 0.25
"""Seconds' worth of bytes that may go at once after a pause."""
PIECE_EVERY = 0.1
"""Seconds between two pieces of a transfer that has the whole of a limit."""
LEAST_PIECE, MOST_PIECE = 4 << 10, 1 << 20
"""Bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Megabytes a second that may move in all, to the server and from it, as a person sets them; 0: no limit."""

    up: float = 0.0
    down: float = 0.0


def limit_of(megabytes: float) -> float:
    """The limit that a setting in megabytes a second means, in bytes a second; what is no number above 0 is none."""
    if not math.isfinite(megabytes) or megabytes <= 0:
        return 0.0
    return max(megabytes * MEGABYTE, LOWEST)


def piece_of(rate: float) -> int:
    """So many bytes move at once under a limit."""
    return MOST_PIECE if rate <= 0 else min(max(int(rate * PIECE_EVERY), LEAST_PIECE), MOST_PIECE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """What may move by a moment and what has been asked for, both counted in bytes since the beginning.

    Whoever takes gets a ticket, and may go when the bucket has been filled up to it: in the order of asking.
    """

    rate: float = 0.0
    """Bytes a second; 0: no limit."""
    at: float = 0.0
    """Seconds of whatever clock `now` is read from."""
    filled: float = 0.0
    taken: float = 0.0

    def later(self, now: float) -> "Bucket":
        """The same at a later moment."""
        if self.rate <= 0:
            return replace(self, at=now, filled=max(self.filled, self.taken))
        grown = self.filled + self.rate * max(0.0, now - self.at)
        return replace(self, at=now, filled=min(grown, self.taken + self.rate * BURST))

    def limited(self, rate: float, now: float) -> "Bucket":
        """Another rate from now on, also for who waits already."""
        return replace(replace(self.later(now), rate=rate), at=now).later(now)

    def take(self, count: int, now: float) -> "Bucket":
        """So many bytes are asked for; what is `taken` then is the ticket."""
        before = self.later(now)
        return replace(before, taken=before.taken + count)

    def wait(self, ticket: float, now: float) -> float:
        """Seconds until whoever has this ticket may go."""
        if self.rate <= 0:
            return 0.0
        return max(0.0, (ticket - self.later(now).filled) / self.rate)
