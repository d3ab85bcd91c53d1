"""Bodies and answers of the HTTP calls under `/api`. Bodies are read strictly: a number in quotes is no number."""

from server.protocol.calls.files import (
    AddFile,
    CheckIn,
    CheckOut,
    FileState,
    History,
    MoveFile,
    RestoreFile,
    UndoCheckOut,
)
from server.protocol.calls.inbox import Acknowledge, Inbox, InboxEntry, InboxKind
from server.protocol.calls.locks import LockEntry, Locks
from server.protocol.calls.parked import CheckInParked, ParkedVersion, ParkedVersions
from server.protocol.calls.people import Account, AddPerson, People, Person, SetPassword
from server.protocol.calls.session import ChangePassword, Me, Seat, SeatInfo, Seats, ServerInfo, SignedIn, SignIn
from server.protocol.calls.sets import AddFiles, FileStates
from server.protocol.calls.strict import STRICT
from server.protocol.calls.uploads import Announced, Upload, UploadProgress
from server.protocol.calls.vaults import (
    AddVault,
    Change,
    Changes,
    DeletedFile,
    DeletedFiles,
    FolderMove,
    MoveFolder,
    TreeHead,
    Vaults,
)

__all__ = [
    "STRICT",
    "Account",
    "Acknowledge",
    "AddFile",
    "AddFiles",
    "AddPerson",
    "AddVault",
    "Announced",
    "Change",
    "ChangePassword",
    "Changes",
    "CheckIn",
    "CheckInParked",
    "CheckOut",
    "DeletedFile",
    "DeletedFiles",
    "FileState",
    "FileStates",
    "FolderMove",
    "History",
    "Inbox",
    "InboxEntry",
    "InboxKind",
    "LockEntry",
    "Locks",
    "Me",
    "MoveFile",
    "MoveFolder",
    "ParkedVersion",
    "ParkedVersions",
    "People",
    "Person",
    "RestoreFile",
    "Seat",
    "SeatInfo",
    "Seats",
    "ServerInfo",
    "SetPassword",
    "SignIn",
    "SignedIn",
    "TreeHead",
    "UndoCheckOut",
    "Upload",
    "UploadProgress",
    "Vaults",
]
