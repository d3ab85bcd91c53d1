"""What would be one huge message is told in several: none keeps a loop or Redis busy for long."""

from collections.abc import Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")

MOST_TOLD = 5_000
"""Seats, or reports, that one hint tells of."""


def portions(whole: Sequence[T]) -> Iterator[tuple[T, ...]]:
    """All of it in order, MOST_TOLD at a time; nothing is one empty portion."""
    for start in range(0, max(1, len(whole)), MOST_TOLD):
        yield tuple(whole[start : start + MOST_TOLD])
