"""Parked versions."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from annotated_types import MaxLen

from server.protocol.limits import Comment, Count, Hash, Id, Size
from server.protocol.strict import STRICT

SET_REFUSED = "set_refused"
"""The reason of a parked version that could have been checked in, had its set."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckInParked:
    """The next revision of a file that I hold, with the content of a parked version of it."""

    __pydantic_config__ = STRICT

    base: Annotated[str, MaxLen(24)]
    token: Count
    comment: Comment | None = None
    major: bool = False
    keep: bool = False
    """Keep the file checked out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ParkedVersion:
    """Content of a check-in that could not be: it is kept until `expires`, to be checked in, fetched or dropped."""

    id: Id
    vault: Id
    file: Id
    path: str
    """Of the file when it was parked."""
    person: str
    """Who sent it; `computer` is from where."""
    base: str
    """The revision that it comes from."""
    size: Size
    hash: Hash
    at: datetime
    expires: datetime
    reason: str
    """The code of the problem: `not_yours`, `old_base` or `gone`; or `set_refused`: another file of its set was."""
    comment: str | None = None
    computer: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ParkedVersions:
    """Parked versions, the newest first; `cursor` reads the next page, absent on the last."""

    parked: list[ParkedVersion]
    cursor: str | None = None
