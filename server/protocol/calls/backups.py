"""Backups that the server makes itself."""

from datetime import datetime

from server.protocol.records import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupEntry:
    """One backup."""

    folder: str
    """Where it is on the server's computer: what `restore` takes."""
    at: datetime | None = None
    """When it was made; None: it is not finished."""
    contents: int = 0
    bytes: int = 0
    """Of its contents, shared with other backups or not."""
    lacks: int = 0
    """Contents that the server's disk had lost or damaged, and no earlier backup had."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupRun:
    """A backup that is being made."""

    begun: datetime
    by: str
    """Who began it; `server`: the server by itself."""
    done: int = 0
    of: int = 0
    """Contents; 0: it waits, or copies the database."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Backups:
    """All backups, the newest first, and what comes next."""

    data: str
    """The server's data folder: what `restore` brings them back into."""
    folder: str | None = None
    """Where they are; None: the setting `backup_folder` is missing."""
    backups: list[BackupEntry]
    running: BackupRun | None = None
    next: datetime | None = None
    """When the server begins one by itself; None: it does not."""
    kept: int
    """So many stay."""
    trouble: str | None = None
    """Why the last one was not made, or why nothing can be told of them now."""
