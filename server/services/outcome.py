"""What a use case gives back: the answer, and what to hint at once it is committed."""

from dataclasses import dataclass
from typing import Generic, TypeVar

from server.bus.base import Hint
from server.domain.errors import ProblemError

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Refused:
    """A refused change that leaves something behind all the same: commit, publish the hints, then raise the problem."""

    problem: ProblemError
    hints: tuple[Hint, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome(Generic[T]):
    """The answer of one use case, and what to publish after the commit: no hints when nothing was changed."""

    answer: T
    hints: tuple[Hint, ...] = ()
