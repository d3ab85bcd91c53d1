"""How a request ended: a line for each file, or a trouble that stopped the whole of it."""

from enum import Enum

from pdm_desktop.core.requests import FileRequest
from server.protocol.records import dataclass


class Outcome(Enum):
    """How it went with one file."""

    DONE = "done"
    UNCHANGED = "unchanged"
    """There was nothing to do."""
    REFUSED = "refused"
    """Somebody else holds it, or a rule says no: nothing has changed."""
    WAITS = "waits"
    """It is done by itself when the server can do it, or when a program closes the file."""
    GOES_ON = "goes on"
    """The server has done it. What is left of it on this computer is done by itself."""
    UNFINISHED = "unfinished"
    """It stopped in between. What was done stays, nothing is lost, and it goes on when asked again."""
    CANCELLED = "cancelled"
    """The person did not want it any longer: nothing has changed."""


WELL = frozenset({Outcome.DONE, Outcome.UNCHANGED, Outcome.WAITS, Outcome.GOES_ON})


@dataclass(frozen=True, slots=True, kw_only=True)
class FileResult:
    """What happened to one file, in words for a person."""

    file: str
    """The file's id; for a file that is being added, its path on this computer."""
    path: str
    outcome: Outcome
    text: str
    advice: str | None = None
    kept: bool = False
    """What was here before is in the recovery store; the text says where."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """The answer to a request about files."""

    request: FileRequest
    results: tuple[FileResult, ...]
    is_of_queue: bool = False
    """It was asked for earlier and has waited: whatever needs the person now is told by the queue itself."""

    is_news: bool = False
    """Nobody here has asked for it: the lines say what came of what somebody else has done."""

    @property
    def all_well(self) -> bool:
        """Nothing was refused or left to the person. What waits, goes on, or was cancelled, is no trouble."""
        return all(result.outcome in WELL or result.outcome is Outcome.CANCELLED for result in self.results)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """Something a person should know: what is so, then what to do."""

    title: str
    text: str
    advice: str | None = None
