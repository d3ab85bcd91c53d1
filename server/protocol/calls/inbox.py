"""Personal messages."""

from datetime import datetime
from typing import Literal

from server.protocol.calls.handover import RequestAnswer
from server.protocol.limits import Count
from server.protocol.records import dataclass
from server.protocol.strict import STRICT

InboxKind = Literal[
    "release_requested",
    "release_answered",
    "file_free",
    "message",
    "lock_adopted",
    "lock_transferred",
    "lock_forced",
    "work_arrived",
    "nothing_left",
    "work_held_back",
]
"""What a personal message is about. `work_arrived`: what came with a file that was handed over is here by now;
`nothing_left`: nothing will come with it, its seat had nothing that was not checked in.
`work_held_back`: its person did not want to send what was saved there.
"""


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
    request: str | None = None
    """The request for a file that it is about."""
    answer: RequestAnswer | None = None
    """How that request ended; None: it waits for an answer, or it is about none."""
    message: str | None = None
    """The message of an administrator that it is; such a one is acknowledged by itself."""


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
