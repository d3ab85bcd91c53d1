"""What is said over the WebSocket, one frozen class for each type, and the tables that decode them.

A field whose name is a Python keyword ends in an underscore here and not on the wire (`from_` is `from`).
"""

from dataclasses import field
from datetime import datetime
from types import MappingProxyType
from typing import Annotated, Literal

from server.protocol.bounds import MaxLen
from server.protocol.limits import Count, Id
from server.protocol.records import dataclass
from server.protocol.vault import File, Revision, Role, UnlockReason, Vault

ListName = Literal[
    "people",
    "rules",
    "requests",
    "seats",
    "parked",
    "releases",
    "deleted",
    "messages",
    "watches",
    "hearing",
    "backups",
    "reports",
    "audit",
]
"""Lists that a `changed` hint can name.

`people`: accounts and roles. `requests`: who asks for a file, and who waits for one. `releases`: which seats are
served, and what there is to install. `hearing`: what I want to hear of. `reports`: how it stands with check-outs and
what needs people at their seats. `audit`: the audit trail has rows of which those who
administer are told by no other hint.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hello:
    """The first message of a connection: which server this is, who you are, and how far each vault has come."""

    user: str
    seat: Id
    server: Id
    epoch: str
    vaults: list[Vault]
    ping_interval: float
    """Seconds between two pings of the seat."""
    server_version: str
    oldest_client: str
    newest_client: str = ""
    """The newest seat that the server knows of; empty: it does not say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileLocked:
    """Somebody checked a file out, adopted it on another seat, or was given it (`from_` names who had it).

    `by`: an administrator decided that; None: it was decided by who had it.
    """

    file: Id
    path: str
    filename: str
    locked_by: str
    seat: Id
    computer: str
    since: datetime
    token: Count
    message: str | None = None
    from_: str | None = None
    by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FileUnlocked:
    """A lock ended. After a check-in `revision` is the file's new head."""

    file: Id
    path: str
    filename: str
    by: str
    why: UnlockReason
    revision: Revision | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FileAdded:
    """A file is new in the vault."""

    file: File
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FileUpdated:
    """A file has a new head and its lock goes on: a check-in that keeps the file."""

    file: File
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FileMoved:
    """A file has another path."""

    file: File
    from_: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderMoved:
    """Every file below `from_` is now below `to`, in this one event."""

    from_: str
    to: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FileDeleted:
    """A file is a tombstone: its path is free, its revisions stay."""

    file: File
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRestored:
    """A deleted file is back, at the path it now has."""

    file: File
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UserConnected:
    """People who came online since the last such message. A person counts once, whatever the seats."""

    users: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class UserDisconnected:
    """People whose last seat went away since the last such message."""

    users: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Presence:
    """Who is online now, once after `hello`."""

    users: list[str]
    away: dict[str, datetime] = field(default_factory=dict)
    """Those of them who are at none of their seats, and since when."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UserAway:
    """People who are online and have left their seats, or are back, since the last such message."""

    users: dict[str, datetime] = field(default_factory=dict)
    """Who is away, and since when."""
    back: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxHint:
    """Your inbox has entries up to this number."""

    number: Count


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessChanged:
    """Your role in a vault is another one now; without a role you may not read it any more."""

    vault: Id
    name: str
    role: Role | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """Read that list again."""

    what: ListName


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The number of each readable vault's newest event, every ping interval."""

    vaults: dict[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pong:
    """The answer to `ping`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateRequested:
    """The answer to `request_update`: for each vault the seq from which to read changes."""

    vaults: dict[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Resync:
    """What you know of this vault cannot be continued: take a fresh snapshot."""

    vault: Id


@dataclass(frozen=True, slots=True, kw_only=True)
class Misunderstood:
    """The last message was not understood, and why. On the wire its type is `error`."""

    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Resume:
    """A seat's first message: the epoch it knows, and the last seq of each vault that it has applied."""

    epoch: str | None = None
    vaults: Annotated[dict[str, int], MaxLen(1_000)] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ping:
    """Are you there?"""


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestUpdate:
    """Tell me what I should read again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """How it stands with one of my check-outs: its last edit here, and whether a program has it open."""

    file: Id
    edited: datetime | None = None
    open: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Troubles:
    """What needs the person at this seat, all of it; nothing of it: all is well there."""

    decisions: Count = 0
    """Files about which something is to be decided, as two versions of one."""
    stopped: Count = 0
    """Check-ins that cannot go on without the person."""
    waiting: Count = 0
    """Check-ins that wait though the server answers."""
    full: bool = False
    """There is no room left on the disk of the workspace."""
    absent: bool = False
    """The workspace, or a part of it, cannot be seen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Away:
    """Since when nobody has touched this computer; None: somebody is at it, or that is not known."""

    since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ack:
    """The last seq of each vault that this seat has applied."""

    vaults: Annotated[dict[str, int], MaxLen(1_000)] = field(default_factory=dict)


VaultEvent = FileLocked | FileUnlocked | FileAdded | FileUpdated | FileMoved | FolderMoved | FileDeleted | FileRestored
"""One numbered change of a vault."""

ServerMessage = (
    VaultEvent
    | Hello
    | UserConnected
    | UserDisconnected
    | UserAway
    | Presence
    | InboxHint
    | AccessChanged
    | Changed
    | Head
    | Pong
    | UpdateRequested
    | Resync
    | Misunderstood
)
SeatMessage = Resume | Ping | RequestUpdate | Report | Troubles | Away | Ack

VAULT_EVENTS: MappingProxyType[str, type[VaultEvent]] = MappingProxyType(
    {
        "file_locked": FileLocked,
        "file_unlocked": FileUnlocked,
        "file_added": FileAdded,
        "file_updated": FileUpdated,
        "file_moved": FileMoved,
        "folder_moved": FolderMoved,
        "file_deleted": FileDeleted,
        "file_restored": FileRestored,
    }
)

FROM_SERVER: MappingProxyType[str, type[ServerMessage]] = MappingProxyType(
    {
        "hello": Hello,
        **VAULT_EVENTS,
        "user_connected": UserConnected,
        "user_disconnected": UserDisconnected,
        "user_away": UserAway,
        "presence": Presence,
        "inbox": InboxHint,
        "access_changed": AccessChanged,
        "changed": Changed,
        "head": Head,
        "pong": Pong,
        "update_requested": UpdateRequested,
        "resync": Resync,
        "error": Misunderstood,
    }
)

FROM_SEAT: MappingProxyType[str, type[SeatMessage]] = MappingProxyType(
    {
        "resume": Resume,
        "ping": Ping,
        "request_update": RequestUpdate,
        "report": Report,
        "troubles": Troubles,
        "away": Away,
        "ack": Ack,
    }
)
