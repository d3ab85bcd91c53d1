"""What is asked of the server about a file that somebody else has, and answered about one of mine."""

from typing import Any, ClassVar

from pdm_desktop.core.office import topics
from pdm_desktop.core.office.requests import OfficeRequest
from pdm_desktop.core.office.topics import Topic
from server.protocol.records import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class AskForFile(OfficeRequest):
    """Ask its holder for a file; `waits`: be told as well when it is free."""

    topics: ClassVar[tuple[Topic[Any], ...]] = (topics.MINE, topics.LINE)
    file: str
    text: str | None = None
    waits: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdraw(OfficeRequest):
    """Ask no longer."""

    topics: ClassVar[tuple[Topic[Any], ...]] = (topics.MINE,)
    request: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepFile(OfficeRequest):
    """The answer to a request is no."""

    topics: ClassVar[tuple[Topic[Any], ...]] = (topics.MINE,)
    request: str
    reply: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitForFile(OfficeRequest):
    """Be told when a file is free, in the order of the line."""

    topics: ClassVar[tuple[Topic[Any], ...]] = (topics.MINE, topics.LINE)
    file: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StopWaiting(OfficeRequest):
    """Leave the line for a file."""

    topics: ClassVar[tuple[Topic[Any], ...]] = (topics.MINE, topics.LINE)
    file: str
