"""Many small files at once: their states, and then their contents, each by the rights of its own."""

from typing import Annotated

from server.protocol.bounds import MaxLen, MinLen
from server.protocol.calls.files import FileState
from server.protocol.limits import BUNDLE_FILES, Id, Size
from server.protocol.problems import Problem
from server.protocol.records import dataclass
from server.protocol.strict import STRICT


@dataclass(frozen=True, slots=True, kw_only=True)
class FilesWanted:
    """Files of any vaults, of which the states are wanted."""

    __pydantic_config__ = STRICT

    files: Annotated[list[Id], MinLen(1), MaxLen(BUNDLE_FILES)]


@dataclass(frozen=True, slots=True, kw_only=True)
class FilesSeen:
    """Those of the files that there are and that I may read, deleted or not, in the order in which they were named."""

    files: list[FileState]


@dataclass(frozen=True, slots=True, kw_only=True)
class RevisionWanted:
    """A revision of a file, of which the content is wanted."""

    __pydantic_config__ = STRICT

    file: Id
    revision: Annotated[str, MaxLen(24)]
    """As `5.2`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentsWanted:
    """Revisions of files of any vaults, each small, of which the contents are wanted."""

    __pydantic_config__ = STRICT

    files: Annotated[list[RevisionWanted], MinLen(1), MaxLen(BUNDLE_FILES)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundled:
    """What an answer with many contents says before the bytes of one; `protocol.bundle` puts both together."""

    file: Id
    size: Size | None = None
    """So many bytes follow. Absent: none do."""
    problem: Problem | None = None
    """Why none do: what a call for this one alone would have been refused with."""
