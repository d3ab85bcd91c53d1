"""Content on its way to the server."""

from datetime import datetime
from typing import Annotated

from server.protocol.bounds import Ge, MaxLen, MinLen
from server.protocol.limits import PATH_CHARACTERS, PIECES, Hash, Id, Size
from server.protocol.records import dataclass
from server.protocol.strict import STRICT


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """Content that has arrived whole: its size and hash as the server computed them, until when it may be used."""

    id: Id
    size: Size
    hash: Hash
    expires: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Announced:
    """The size and hash of some content, as its sender read them: what an upload in parts begins and ends with."""

    __pydantic_config__ = STRICT

    size: Size
    hash: Hash


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """What content is to be: the next revision of `file`, or a new file of `vault` at `path`."""

    __pydantic_config__ = STRICT

    file: Id | None = None
    vault: Id | None = None
    path: Annotated[str, MaxLen(PATH_CHARACTERS)] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BeginUpload:
    """Content that is going to come in parts."""

    __pydantic_config__ = STRICT

    size: Size
    hash: Hash
    to: Destination | None = None
    """What its rules refuse is refused before a byte is sent; None: nobody knows yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadProgress:
    """How far an upload in parts has come. `size` and `hash` are those announced; `expires` moves with each part."""

    id: Id
    size: Size
    hash: Hash
    offset: Size
    """So many bytes are kept for good, and the next part begins there."""
    expires: datetime
    complete: bool
    """A check-in or a new file may name it: no more bytes are needed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeltaStep:
    """The next bytes of a part: so many, copied from the revision or sent."""

    __pydantic_config__ = STRICT

    size: Annotated[Size, Ge(1)]
    start: Size | None = None
    """Where in the revision they begin. Without it they are in the body, behind those of the steps before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delta:
    """How a part is made from a revision that the sender may read: one line of JSON, before the bytes that are sent."""

    __pydantic_config__ = STRICT

    file: Id
    revision: Annotated[str, MaxLen(24)]
    """As `5.2`."""
    steps: Annotated[list[DeltaStep], MinLen(1), MaxLen(PIECES)]
