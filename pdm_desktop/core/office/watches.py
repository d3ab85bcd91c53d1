"""What is asked of the server about what I want to hear of, and of messages."""

from typing import Any, ClassVar

from pdm_desktop.core.hearing import Rule
from pdm_desktop.core.office import topics
from pdm_desktop.core.office.requests import OfficeRequest
from pdm_desktop.core.office.topics import Topic
from server.protocol.calls import QuietHours
from server.protocol.records import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch(OfficeRequest):
    """Watch one file, or everything below a folder; the empty folder is the whole vault."""

    topics: ClassVar[tuple[Topic[Any], ...]] = (topics.MINE,)
    vault: str
    file: str | None = None
    folder: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StopWatching(OfficeRequest):
    """Watch that no longer."""

    topics: ClassVar[tuple[Topic[Any], ...]] = (topics.MINE,)
    watch: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChooseHearing(OfficeRequest):
    """Hear of these files only, and of none in these hours, at all my seats."""

    topics: ClassVar[tuple[Topic[Any], ...]] = (topics.MINE,)
    rule: Rule
    quiet: tuple[QuietHours, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Understand(OfficeRequest):
    """A message of an administrator is understood, by its number in my inbox."""

    topics: ClassVar[tuple[Topic[Any], ...]] = (topics.MINE,)
    number: int
