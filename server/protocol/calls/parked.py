"""Parked versions."""

from datetime import datetime
from typing import Annotated

from server.protocol.bounds import MaxLen
from server.protocol.limits import Comment, Count, Hash, Id, Size
from server.protocol.records import dataclass
from server.protocol.strict import STRICT

SET_REFUSED = "set_refused"
"""The reason of a parked version that could have been checked in, had its set."""
HANDED_OVER = "handed_over"
"""The reason of a parked version that went to somebody with its file."""


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
class ParkWork:
    """What a check-out of mine that is over has left on its seat: an upload of mine; size and hash as read."""

    __pydantic_config__ = STRICT

    upload: Id | None = None
    """None: nothing is left, what lies there is a revision. Who got the file then is told so."""
    held_back: bool = False
    """Its person does not want it sent: who got the file waits no longer, and is told so. Only without an upload."""
    base: Annotated[str, MaxLen(24)]
    """The revision that it comes from."""
    token: Count
    """Of that check-out."""
    size: Size
    hash: Hash
    comment: Comment | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ParkedWork:
    """Where work is that was to be parked."""

    parked: Id | None = None
    """The parked version that has it; None: it is a revision of the file."""
    known: bool = False
    """It was parked before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ParkedVersion:
    """Content that was not checked in: the check-in could not be, or the check-out was over before there was one.

    It is kept until `expires`, to be checked in, fetched or dropped.
    """

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
    """The code of the problem: `not_yours`, `old_base` or `gone`; or `set_refused`: another file of its set was;
    or `handed_over`: it went to somebody with its file."""
    comment: str | None = None
    computer: str | None = None
    given_to: str | None = None
    """To whom it was handed over with its file: that person has it as `person` has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ParkedVersions:
    """Parked versions, the newest first; `cursor` reads the next page, absent on the last."""

    parked: list[ParkedVersion]
    cursor: str | None = None
