"""How a server is, for its administrators."""

from datetime import datetime

from server.protocol.records import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Disk:
    """The disk of one of its folders. Sizes are bytes."""

    what: str
    """Which folder, in words."""
    folder: str
    free: int | None = None
    total: int | None = None
    """None: it cannot be reached."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VaultRate:
    """How much happens in a vault."""

    vault: str
    name: str
    minutes: list[int]
    """Events in each of the last 60 minutes, the oldest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatVersion:
    """Seats of one version, of those that were here in the last 30 days."""

    version: str
    seats: int
    online: int
    older: bool
    """Than the newest that the server knows of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """What was removed last because nothing needs it any more."""

    at: datetime
    contents: int
    uploads: int
    parked: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerState:
    """All of it. Sizes are bytes."""

    name: str
    version: str
    epoch: str
    now: datetime
    """By the server's clock."""
    started: datetime
    warnings: list[str]
    """What needs somebody, in words; empty: nothing does."""
    database_bytes: int
    contents: int
    content_bytes: int
    disks: list[Disk]
    rates: list[VaultRate]
    seats: list[SeatVersion]
    sockets: int
    """Seats that are connected now."""
    open_uploads: int
    parked: int
    parked_bytes: int
    installer: str | None = None
    """The version of the newest that seats are offered."""
    newest_client: str
    oldest_client: str
    collection: Collection | None = None
    last_backup: datetime | None = None
    certificate_ends: datetime | None = None
    """None: the server does not speak HTTPS itself."""
