"""Several files as one: all of them or none."""

from typing import Annotated

from server.protocol.bounds import MaxLen
from server.protocol.calls.files import AddFile
from server.protocol.limits import SET_FILES, Comment, Count, Hash, Id, Message, Size
from server.protocol.records import dataclass
from server.protocol.strict import STRICT
from server.protocol.vault import File


@dataclass(frozen=True, slots=True, kw_only=True)
class AddFiles:
    """Several new files: all of them or none."""

    __pydantic_config__ = STRICT

    files: Annotated[list[AddFile], MaxLen(SET_FILES)]


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckOutFiles:
    """Take the locks of several files of one vault, and say why."""

    __pydantic_config__ = STRICT

    files: Annotated[list[Id], MaxLen(SET_FILES)]
    message: Message | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NextRevision:
    """What a set brings for one file that I hold: the content of an upload of mine."""

    __pydantic_config__ = STRICT

    file: Id
    upload: Id
    base: Annotated[str, MaxLen(24)]
    """The revision that my copy came from, as `5.2`."""
    token: Count
    size: Size
    hash: Hash


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckInFiles:
    """The next revisions of several files of one vault that I hold."""

    __pydantic_config__ = STRICT

    files: Annotated[list[NextRevision], MaxLen(SET_FILES)]
    comment: Comment | None = None
    major: bool = False
    keep: bool = False
    """Keep the files checked out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldFile:
    """A file that I hold, by its check-out's token."""

    __pydantic_config__ = STRICT

    file: Id
    token: Count


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoCheckOuts:
    """Give the locks of several files of one vault back without new revisions."""

    __pydantic_config__ = STRICT

    files: Annotated[list[HeldFile], MaxLen(SET_FILES)]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteFiles:
    """Free the paths of several files of one vault; their revisions stay."""

    __pydantic_config__ = STRICT

    files: Annotated[list[Id], MaxLen(SET_FILES)]


@dataclass(frozen=True, slots=True, kw_only=True)
class FileStates:
    """Several files after one change, in the order in which the call named them."""

    epoch: str
    vault: Id
    seq: Count
    files: list[File]
