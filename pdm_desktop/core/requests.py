"""What a person asks for: one frozen class for each wish that the window can express."""

from dataclasses import field
from datetime import datetime

from pdm_desktop.core.decisions import Seen, Side
from pdm_desktop.core.office.requests import OfficeRequest
from pdm_desktop.core.strangers import SizeAndTime
from server.protocol.records import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """Begin a session. With `stay` the sign-in is kept in the keyring for the next start."""

    server: str
    name: str
    password: str = field(repr=False)  # requests are logged
    stay: bool = True
    gitlab_token: str = field(default="", repr=False)
    """Beside the password, where an administrator wants to see it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskWhoseToken:
    """Whose access token of GitLab is this? A TokenKnown follows."""

    server: str
    gitlab_token: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class AskAboutFolder:
    """Can the local copies of who signs in be in this folder? Empty: which one would it be? A FolderSeen follows."""

    server: str
    name: str
    folder: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInByToken:
    """Begin the first session of somebody whom GitLab knows, and set the password. `name` came with TokenKnown."""

    server: str
    name: str
    gitlab_token: str = field(repr=False)
    password: str = field(repr=False)
    stay: bool = True
    workspace: str = ""
    """The folder for the local copies; empty: the usual one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInByCode:
    """Begin a session with an administrator's one-time code, and set the password."""

    server: str
    name: str
    code: str = field(repr=False)
    password: str = field(repr=False)
    stay: bool = True
    gitlab_token: str = field(default="", repr=False)
    """Beside the code, where an administrator wants to see it."""
    workspace: str = ""
    """The folder for the local copies; empty: the usual one, or the person's own from before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignOut:
    """End the session on the server and forget the kept sign-in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FindServer:
    """See which server answers at an address as a person typed it."""

    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TryNow:
    """Dial at once instead of waiting for the next attempt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InstallUpdate:
    """Fetch the update that the server has, and have the system install it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelUpdate:
    """Fetch the update no more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BeQuiet:
    """Tell nothing until then but what cannot wait; None: speak again."""

    until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenFolder:
    """Show the files of one folder; the empty folder is the top of the vault."""

    vault: str
    folder: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadFolders:
    """Read the files of folders of one vault, whatever the table shows: what belongs to chosen files is among them."""

    vault: str
    folders: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """Show the files of all vaults whose name contains a text."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowMine:
    """Show what is checked out by me, on this seat or another of mine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadHistory:
    """Read the revisions of a file; `more` goes on with the next page."""

    file: str
    more: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckOut:
    """Take the locks of these files and get writable latest copies."""

    files: tuple[str, ...]
    message: str | None = None
    together: bool = False
    """All of them or none: files of one vault, `SET_FILES` at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckIn:
    """Store the local copies as the next revisions and release the locks, or keep them."""

    files: tuple[str, ...]
    comment: str | None = None
    major: bool = False
    keep: bool = False
    together: bool = False
    """All of them or none: files of one vault, `SET_FILES` at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeOut:
    """Take check-ins that wait out of the queue again. The files stay as they are, and checked out."""

    files: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoCheckOut:
    """Give the locks back without new revisions; local edits go to the recovery store."""

    files: tuple[str, ...]
    together: bool = False
    """All of them or none: files of one vault, `SET_FILES` at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GetLatest:
    """Bring the local copies to the newest revisions, read-only."""

    files: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenFile:
    """Open the local copy with its program, after getting it when there is none."""

    file: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowInFolder:
    """Show the local copy in the file manager of the desktop."""

    file: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenRevision:
    """Open one revision of the history, read-only, apart from the workspace."""

    file: str
    major: int
    minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Adopt:
    """Take over my own locks from another seat of mine."""

    files: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """Hand a file that is checked out here over to somebody, with what is saved and not checked in.

    `request` is the id of the request that this answers.
    """

    file: str
    to: str
    request: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rename:
    """Give a file another path in its vault."""

    file: str
    path: str
    look: SizeAndTime | None = None
    """Its copy was renamed so on this computer already, and looked like this then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delete:
    """Make tombstones of these files; their revisions stay."""

    files: tuple[str, ...]
    together: bool = False
    """All of them or none: files of one vault, `SET_FILES` at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListDeleted:
    """Read which files of a vault can be restored."""

    vault: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreFile:
    """Bring a deleted file back, at its old path or another."""

    vault: str
    file: str
    path: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveFolder:
    """Give everything below a folder another path."""

    vault: str
    path: str
    to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AddFiles:
    """Add files of this computer to a folder of a vault. `sources` are paths on this computer."""

    vault: str
    folder: str
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PutNamesBack:
    """Give copies that were renamed on this computer the names back that they have in the vault.

    `places` are where they are now on this computer, and `looks` what they looked like then, in the order of `files`.
    """

    files: tuple[str, ...]
    places: tuple[str, ...]
    looks: tuple[SizeAndTime, ...]

    @property
    def each(self) -> list[tuple[str, str, SizeAndTime]]:
        """File, place and look of each."""
        return list(zip(self.files, self.places, self.looks, strict=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class ListKept:
    """Read what is in the recovery store."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PutBack:
    """Bring files of the recovery store back to where they came from, or beside what is there now."""

    kept: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowKept:
    """Show a file of the recovery store in the file manager of the desktop."""

    kept: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseTransfer:
    """Let one transfer stand where it is."""

    transfer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ResumeTransfer:
    """Let one transfer go on."""

    transfer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelTransfer:
    """End one transfer, and what needs it; one that is over is shown no longer."""

    transfer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseAll:
    """Let every transfer stand where it is, and new ones begin so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResumeAll:
    """Let every transfer go on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitTransfers:
    """Let all transfers together take so many megabytes a second at most, now and after a restart; 0: no limit."""

    up: float
    down: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ClearFinished:
    """Show no longer which transfers are over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListParked:
    """Read which parked versions the server keeps for me."""

    by_itself: bool = False
    """No person asked: when it cannot be read, what was known stays, and nothing is told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckInParked:
    """Store a parked version as the next revision of its file, on top of the revision that was seen: `base`."""

    parked: str
    file: str
    base: str
    comment: str | None = None
    major: bool = False
    keep: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveParked:
    """Save a parked version as a new file of this computer. `target` is its path."""

    parked: str
    target: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DropParked:
    """Have parked versions kept no longer: their content is gone for good."""

    parked: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DecideVersions:
    """Of two versions of a file keep both, the vault's or mine. `who` stands in the name of a second copy."""

    file: str
    side: Side
    seen: Seen
    who: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DecideDoubt:
    """Suspicious content of a file is right, and my edit; or it is not, and the revision comes back."""

    file: str
    right: bool
    seen: Seen


@dataclass(frozen=True, slots=True, kw_only=True)
class DecideDeletion:
    """Very many files were deleted in the vault: their copies go to the recovery store, or stay as my own files."""

    files: tuple[str, ...]
    remove: bool


FileRequest = (
    CheckOut
    | CheckIn
    | TakeOut
    | UndoCheckOut
    | GetLatest
    | OpenFile
    | ShowInFolder
    | OpenRevision
    | Adopt
    | Transfer
    | Rename
    | Delete
    | RestoreFile
    | MoveFolder
    | AddFiles
    | PutBack
    | PutNamesBack
    | ShowKept
    | CheckInParked
    | SaveParked
    | DropParked
    | DecideVersions
    | DecideDoubt
    | DecideDeletion
)
"""What touches the workspace or changes the vault: the engine does it, and a Finished follows."""

TransferRequest = PauseTransfer | ResumeTransfer | CancelTransfer | PauseAll | ResumeAll | LimitTransfers
"""How transfers are to go on; each transfer tells what came of it."""

EngineRequest = FileRequest | ListKept | ListParked | TransferRequest
"""What the engine does; what was read follows on ListKept and ListParked."""

ViewRequest = OpenFolder | ReadFolders | Search | ShowMine | LoadHistory | ListDeleted
"""What only reads."""

EntranceRequest = SignIn | SignInByToken | SignInByCode
"""What begins a session."""

SessionRequest = EntranceRequest | AskWhoseToken | AskAboutFolder | SignOut | FindServer | TryNow

SteeringRequest = TransferRequest | ClearFinished
"""How transfers are to go on and to be shown."""

UpdateRequest = InstallUpdate | CancelUpdate
"""About this program itself, whoever is signed in."""

Request = EngineRequest | ViewRequest | SessionRequest | BeQuiet | SteeringRequest | UpdateRequest | OfficeRequest
