"""The audit trail: its rows, the newest first, and whether its chain is sound."""

from datetime import datetime

from server.protocol.records import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRow:
    """One change: who did what to what, and when."""

    number: int
    at: datetime
    person: str
    """The name; the id of somebody who is not known any more."""
    action: str
    words: str
    """The action in words, as they stand behind the name."""
    vault: str | None = None
    vault_name: str | None = None
    file: str | None = None
    path: str | None = None
    """Where the file is now, or was when it was deleted."""
    detail: str
    """What else was written down, as JSON."""
    previous: str
    """The hash of the row before."""
    hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditPage:
    """Some rows of the audit trail, the newest first."""

    rows: list[AuditRow]
    cursor: str | None = None
    """For older ones. A page that was searched for a text may be short, or empty, and have one all the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditCheck:
    """What a look at the whole chain has found."""

    rows: int
    """How many rows stand in it, up to the first that is broken."""
    head: str
    """The hash of the last of them: who keeps it elsewhere knows later whether the trail has been written anew."""
    first_break: int | None = None
    """The number of the first row that was changed, taken out or put in; None: the trail is sound."""
