"""One file: what is asked of it, and what it is then."""

from typing import Annotated

from server.protocol.bounds import Ge, MaxLen, MinLen
from server.protocol.limits import PIECES, Comment, Count, Hash, Id, Message, Path, Size
from server.protocol.records import dataclass
from server.protocol.strict import STRICT
from server.protocol.vault import File, Revision


@dataclass(frozen=True, slots=True, kw_only=True)
class AddFile:
    """A new file, Rev 1.0, with the content of an upload of mine; size and hash as I read them."""

    __pydantic_config__ = STRICT

    path: Path
    upload: Id
    size: Size
    hash: Hash
    comment: Comment | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckOut:
    """Take a file's lock, and say why."""

    __pydantic_config__ = STRICT

    message: Message | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckIn:
    """The next revision of a file that I hold, with the content of an upload of mine."""

    __pydantic_config__ = STRICT

    upload: Id
    base: Annotated[str, MaxLen(24)]
    """The revision that my copy came from, as `5.2`."""
    token: Count
    size: Size
    hash: Hash
    comment: Comment | None = None
    major: bool = False
    keep: bool = False
    """Keep the file checked out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoCheckOut:
    """Give the lock back without a new revision."""

    __pydantic_config__ = STRICT

    token: Count


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveFile:
    """Another path for a file, in the same vault."""

    __pydantic_config__ = STRICT

    path: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreFile:
    """Bring a deleted file back, at its old path or another."""

    __pydantic_config__ = STRICT

    path: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FileState:
    """A file, and its vault's newest seq when it was so. The answer of every call that changes a file."""

    epoch: str
    vault: Id
    seq: Count
    file: File
    deleted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """Revisions of a file, the newest first; `cursor` reads the next page, absent on the last."""

    file: Id
    revisions: list[Revision]
    total: Count
    cursor: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """So many bytes of a revision, from `start` on."""

    __pydantic_config__ = STRICT

    start: Size
    size: Annotated[Size, Ge(1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pieces:
    """Pieces of a revision that are wanted, in order and none over another."""

    __pydantic_config__ = STRICT

    revision: Annotated[str, MaxLen(24)]
    """As `5.2`."""
    pieces: Annotated[list[Piece], MinLen(1), MaxLen(PIECES)]
