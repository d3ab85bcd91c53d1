"""What I want to hear of: files and folders that I watch, the rule for notifications, and quiet hours."""

from dataclasses import field
from datetime import datetime
from typing import Annotated, Literal

from server.protocol.bounds import Ge, Le, MaxLen
from server.protocol.limits import PATH_CHARACTERS, Id
from server.protocol.records import dataclass
from server.protocol.strict import STRICT

WATCHES_MOST = 500
"""So many watches one person can have."""
QUIET_MOST = 14
"""So many spans of quiet hours a week can have."""

HearingRule = Literal["all", "local", "none"]
"""Which locks and releases of others I want to hear of. `local`: of files that I watch, or that my seat has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AddWatch:
    """Watch one file, or everything below a folder; the empty folder is the whole vault."""

    __pydantic_config__ = STRICT

    vault: Id
    file: Id | None = None
    folder: Annotated[str, MaxLen(PATH_CHARACTERS)] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """A file or a folder that I watch. Just one of `file` and `folder` is there."""

    id: Id
    vault: Id
    at: datetime
    file: Id | None = None
    folder: str | None = None
    path: str | None = None
    """Where the file is now, or was when it was deleted."""
    deleted: bool = False
    """The file is deleted; the watch goes on when it is restored. Of a folder the seat knows it by its own tree."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuietHours:
    """A span of quiet that begins on one day of each week, by the clock of the seat."""

    __pydantic_config__ = STRICT

    day: Annotated[int, Ge(0), Le(6)]
    """0 is Monday."""
    start: Annotated[int, Ge(0), Le(1439)]
    """Minutes after midnight."""
    end: Annotated[int, Ge(0), Le(1439)]
    """The same; when it is not after `start`, it is of the next day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChooseHearing:
    """What I want to hear of from now on, at all my seats."""

    __pydantic_config__ = STRICT

    rule: HearingRule
    quiet: Annotated[list[QuietHours], MaxLen(QUIET_MOST)] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hearing:
    """What I want to hear of. `at` is when I chose it; without, I never did."""

    rule: HearingRule
    quiet: list[QuietHours]
    at: datetime | None = None
