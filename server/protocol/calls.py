"""Bodies and answers of the HTTP calls under `/api`. Bodies are read strictly: a number in quotes is no number."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal

from annotated_types import MaxLen

from server.protocol.limits import (
    Comment,
    ComputerName,
    Count,
    Hash,
    Id,
    Message,
    NewPassword,
    Password,
    Path,
    PersonName,
    Size,
    VaultName,
    Version,
)
from server.protocol.vault import File, Lock, Revision, Vault

STRICT = {"strict": True, "extra": "forbid"}
"""How pydantic reads a body: no conversions, and no field that the contract does not have."""

InboxKind = Literal[
    "release_requested", "release_answered", "file_free", "message", "lock_adopted", "lock_transferred", "lock_forced"
]
"""What a personal message is about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerInfo:
    """Which server this is, for somebody who is not signed in yet."""

    name: str
    version: str
    oldest_client: str
    """The oldest seat that this server serves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatInfo:
    """The seat that signs in: its own stable id, and what people should read of it."""

    id: Id
    computer: ComputerName
    system: Annotated[str, MaxLen(80)]
    version: Version


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """Sign in with name and password. A program names its seat; a browser asks for the cookie instead of the token."""

    __pydantic_config__ = STRICT

    name: PersonName
    password: Password
    seat: SeatInfo | None = None
    browser: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """The session that began. `token` is absent for a browser: it has the cookie."""

    person: str
    administrator: bool
    epoch: str
    expires: datetime
    seat: str | None = None
    token: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Me:
    """Who the session belongs to."""

    person: str
    administrator: bool
    epoch: str
    expires: datetime
    seat: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangePassword:
    """Set a new password. Every other session of the person ends."""

    __pydantic_config__ = STRICT

    old: Password
    new: NewPassword


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """One of my seats."""

    id: Id
    computer: str
    system: str
    version: str
    last_contact: datetime
    online: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Seats:
    """My seats, the last used first."""

    seats: list[Seat]


@dataclass(frozen=True, slots=True, kw_only=True)
class Vaults:
    """The vaults that I may read, by name."""

    epoch: str
    vaults: list[Vault]


@dataclass(frozen=True, slots=True, kw_only=True)
class AddVault:
    """A new vault."""

    __pydantic_config__ = STRICT

    name: VaultName


@dataclass(frozen=True, slots=True, kw_only=True)
class AddPerson:
    """A new person with a first password."""

    __pydantic_config__ = STRICT

    name: PersonName
    password: NewPassword
    administrator: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A person who may sign in."""

    name: str
    administrator: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One person of the list, as an administrator sees it."""

    name: str
    administrator: bool
    disabled: bool
    """May not sign in any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """Everybody who has an account, by name."""

    people: list[Account]


@dataclass(frozen=True, slots=True, kw_only=True)
class SetPassword:
    """Another password for somebody, who may sign in again if disabled. Every session of the person ends."""

    __pydantic_config__ = STRICT

    password: NewPassword


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeHead:
    """The first line of a tree snapshot: what it is true for. Each line after it is one File, ordered by path."""

    epoch: str
    vault: Id
    seq: Count
    files: Count


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One event of a vault, as the socket would have sent it."""

    type: str
    seq: Count
    timestamp: datetime
    data: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """Events after a seq, in order. `seq` is the vault's newest; read on while the last change is below it."""

    epoch: str
    vault: Id
    seq: Count
    changes: list[Change]


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """Content that has arrived whole: its size and hash as the server computed them, until when it may be used."""

    id: Id
    size: Size
    hash: Hash
    expires: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Announced:
    """The size and hash of some content, as its sender read them: what an upload in parts begins and ends with."""

    __pydantic_config__ = STRICT

    size: Size
    hash: Hash


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadProgress:
    """How far an upload in parts has come. `size` and `hash` are those announced; `expires` moves with each part."""

    id: Id
    size: Size
    hash: Hash
    offset: Size
    """So many bytes are kept for good, and the next part begins there."""
    expires: datetime
    complete: bool
    """A check-in or a new file may name it: no more bytes are needed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AddFile:
    """A new file, Rev 1.0, with the content of an upload of mine; size and hash as I read them."""

    __pydantic_config__ = STRICT

    path: Path
    upload: Id
    size: Size
    hash: Hash
    comment: Comment | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AddFiles:
    """Several new files: all of them or none."""

    __pydantic_config__ = STRICT

    files: Annotated[list[AddFile], MaxLen(200)]


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckOut:
    """Take a file's lock, and say why."""

    __pydantic_config__ = STRICT

    message: Message | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckIn:
    """The next revision of a file that I hold, with the content of an upload of mine."""

    __pydantic_config__ = STRICT

    upload: Id
    base: Annotated[str, MaxLen(24)]
    """The revision that my copy came from, as `5.2`."""
    token: Count
    size: Size
    hash: Hash
    comment: Comment | None = None
    major: bool = False
    keep: bool = False
    """Keep the file checked out."""


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
    """The code of the problem: `not_yours`, `old_base` or `gone`."""
    comment: str | None = None
    computer: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ParkedVersions:
    """Parked versions, the newest first; `cursor` reads the next page, absent on the last."""

    parked: list[ParkedVersion]
    cursor: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoCheckOut:
    """Give the lock back without a new revision."""

    __pydantic_config__ = STRICT

    token: Count


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveFile:
    """Another path for a file, in the same vault."""

    __pydantic_config__ = STRICT

    path: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveFolder:
    """Another path for everything below a folder."""

    __pydantic_config__ = STRICT

    path: Path
    to: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreFile:
    """Bring a deleted file back, at its old path or another."""

    __pydantic_config__ = STRICT

    path: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FileState:
    """A file, and its vault's newest seq when it was so. The answer of every call that changes a file."""

    epoch: str
    vault: Id
    seq: Count
    file: File
    deleted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FileStates:
    """Several files after one change."""

    epoch: str
    vault: Id
    seq: Count
    files: list[File]


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderMove:
    """A folder that has moved, with how many files."""

    epoch: str
    vault: Id
    seq: Count
    files: Count


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """Revisions of a file, the newest first; `cursor` reads the next page, absent on the last."""

    file: Id
    revisions: list[Revision]
    total: Count
    cursor: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeletedFile:
    """A file that can be restored."""

    id: Id
    path: str
    head: Revision
    deleted_by: str
    deleted_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DeletedFiles:
    """Deleted files of a vault, by path."""

    files: list[DeletedFile]
    cursor: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LockEntry:
    """One lock in a list, with how its holder is reached and what the holding seat last told of the file."""

    vault: Id
    file: Id
    path: str
    lock: Lock
    online: bool
    """The holding seat is connected now."""
    edited: datetime | None = None
    open: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Locks:
    """Locks of the vaults that I may read, by vault and path."""

    locks: list[LockEntry]
    cursor: str | None = None


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
