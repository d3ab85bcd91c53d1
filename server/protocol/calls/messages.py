"""What administrators tell one person or all, and who has read it."""

from datetime import datetime
from typing import Annotated

from server.protocol.bounds import MinLen
from server.protocol.limits import Comment, Count, Id, PersonName
from server.protocol.records import dataclass
from server.protocol.strict import STRICT


@dataclass(frozen=True, slots=True, kw_only=True)
class SendMessage:
    """Tell somebody something, or all: one of the two is named."""

    __pydantic_config__ = STRICT

    text: Annotated[Comment, MinLen(1)]
    to: PersonName | None = None
    everybody: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SentMessage:
    """A message, and how many of those who got it have acknowledged it."""

    id: Id
    sender: str
    everybody: bool
    text: str
    at: datetime
    receivers: Count
    acknowledged: Count
    to: str | None = None
    """Who got it, if that is one person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SentMessages:
    """All messages, the newest first."""

    messages: list[SentMessage]
    cursor: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """Somebody who got a message."""

    person: str
    acknowledged: datetime | None = None
    """When the person said that it is understood; None: not yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipts:
    """Everybody who got a message, by name, those who have not acknowledged it first."""

    message: SentMessage
    receipts: list[Receipt]
