"""Personal messages."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from server.protocol.limits import Count
from server.protocol.strict import STRICT

InboxKind = Literal[
    "release_requested", "release_answered", "file_free", "message", "lock_adopted", "lock_transferred", "lock_forced"
]
"""What a personal message is about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxEntry:
    """One personal message."""

    number: Count
    kind: InboxKind
    at: datetime
    acknowledged: bool
    vault: str | None = None
    file: str | None = None
    path: str | None = None
    by: str | None = None
    computer: str | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbox:
    """My messages after a number, the oldest first; `number` is the newest I have."""

    number: Count
    entries: list[InboxEntry]


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledge:
    """I have seen my messages up to this number."""

    __pydantic_config__ = STRICT

    number: Count
