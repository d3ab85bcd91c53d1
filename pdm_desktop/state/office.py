"""The lists of the office as they were read last."""

from datetime import datetime
from typing import Any, Generic, TypeVar, cast

from pdm_desktop.core.office.requests import Query
from pdm_desktop.core.office.topics import Topic
from pdm_desktop.core.results import Trouble
from server.protocol.records import dataclass

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading(Generic[T]):
    """A list as it was read, or why that was not possible; then `value` is what was known before."""

    value: T | None
    query: Query
    at: datetime
    trouble: Trouble | None = None


class Office:
    """What was read of each topic."""

    def __init__(self) -> None:
        self._readings: dict[str, Reading[Any]] = {}

    def known(self, topic: Topic[T]) -> Reading[T] | None:
        """What is known of a topic; None: nothing was read yet."""
        return cast("Reading[T] | None", self._readings.get(topic.name))

    def put(self, topic: Topic[T], reading: Reading[T]) -> None:
        """It was read."""
        self._readings[topic.name] = reading

    def forget(self) -> None:
        """Nobody is signed in any more, or somebody else."""
        self._readings.clear()
