"""A file goes from one person to another: asking for it, the answer, waiting in line, handing over, taking away."""

from datetime import datetime
from typing import Annotated, Literal

from server.protocol.bounds import MinLen
from server.protocol.limits import Comment, Count, Id, Message, PersonName
from server.protocol.records import dataclass
from server.protocol.strict import STRICT

REASON_LEAST = 10
"""Fewest characters of the reason for a force release: the holder has to understand it."""

RequestAnswer = Literal["kept", "released", "transferred", "withdrawn", "over"]
"""How a request ended. `over`: the check-out that it was about ended in another way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskForFile:
    """Ask the holder of a file for it, and say why."""

    __pydantic_config__ = STRICT

    text: Message | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """Somebody asks the holder of a file for it."""

    id: Id
    vault: Id
    file: Id
    path: str
    token: Count
    """Of the check-out that it is about."""
    asker: str
    computer: str
    """From which the asker asks; a transfer goes to that seat."""
    holder: str
    at: datetime
    text: str | None = None
    answer: RequestAnswer | None = None
    """None: it waits for one."""
    answered: datetime | None = None
    reply: str | None = None
    """What the holder wrote to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepFile:
    """The holder's answer to a request: no, and perhaps until when."""

    __pydantic_config__ = STRICT

    reply: Message | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferFile:
    """Give a file that I hold to somebody else, with the work that is saved and not checked in."""

    __pydantic_config__ = STRICT

    to: PersonName
    token: Count
    """Of my check-out."""
    parked: Id | None = None
    """The parked version with that work; None: there is none."""
    request: Id | None = None
    """The request that this answers: it goes to the seat that asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ForceRelease:
    """An administrator of the vault ends somebody's check-out. What its seat has is parked when the seat is back."""

    __pydantic_config__ = STRICT

    token: Count
    """Of the check-out that is meant: another one that began meanwhile stays."""
    reason: Annotated[Comment, MinLen(REASON_LEAST)]
    give_to: PersonName | None = None
    """The lock goes to this person at once; None: the file is free."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedOver:
    """What comes to me with the check-out of a file that somebody else had before."""

    file: Id
    giver: str
    """Whose work it is."""
    at: datetime
    """When the file came to me."""
    parked: Id | None = None
    """The parked version with that work; None: it is not here yet, as the giver's seat is away. There may be none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiter:
    """Somebody in the line for a file."""

    person: str
    since: datetime
    told: datetime | None = None
    """When this person was told that the file is free, if that is so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Who waits for a file, in order."""

    vault: Id
    file: Id
    path: str
    waiters: list[Waiter]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """The lines of all files that I may read and somebody waits for, by vault and path."""

    lines: list[Line]
