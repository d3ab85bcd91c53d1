"""What has changed in the store: small frozen hints, after which the window reads the store itself."""

from pdm_desktop.core.notices import Notice
from pdm_desktop.core.office.requests import OfficeRequest
from pdm_desktop.core.places import Settled
from pdm_desktop.core.requests import ReadFolders, Request
from pdm_desktop.core.results import Finished, Trouble
from pdm_desktop.state.listing import FileRow
from server.protocol.calls import ServerInfo, TokenOwner
from server.protocol.records import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingReset:
    """The table shows something else, or rows came and went: read `store.listing` again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingStale:
    """What the table shows can only be told by reading the cache again; whoever fills the store does so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RowsChanged:
    """Rows of the table have another content, at the same places."""

    files: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class FoldersReset:
    """Folders of a vault came or went."""

    vault: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderCountsChanged:
    """Numbers of these folders changed, those above them included; the empty path is the vault itself."""

    vault: str
    folders: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class LocksChanged:
    """Files were locked or released: My check-outs and whoever counts locks look again."""

    files: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionChanged:
    """The connection is in another phase, or says something else of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadingChanged:
    """More files of a vault are here that is being read in full, or all are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleChanged:
    """Somebody came online or went."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountChanged:
    """Somebody signed in or out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryChanged:
    """Revisions of a file were read, or have one more."""

    file: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeletedChanged:
    """The deleted files of a vault were read."""

    vault: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FoldersRead:
    """The answer to ReadFolders: the files directly in these folders."""

    request: ReadFolders
    rows: tuple[FileRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptChanged:
    """The recovery store was read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ParkedChanged:
    """The parked versions were read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueChanged:
    """Other check-ins than before wait for the server, or they stand otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StrangersChanged:
    """Other files of the workspace than before are known to no vault."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuesChanged:
    """Other things than before need a person's decision."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TransfersChanged:
    """Transfers began, went on or ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeRaised:
    """Something to tell the person by the desktop's notification."""

    notice: Notice
    aloud: bool = True
    """Not in quiet hours: then it is only noted, and sets the sign of attention if it is urgent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultReady:
    """A request about files has ended."""

    finished: Finished


@dataclass(frozen=True, slots=True, kw_only=True)
class TroubleRaised:
    """Something went wrong, in words; `request` is what it answers, if anything was asked."""

    trouble: Trouble
    request: Request | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HearingChanged:
    """The person wants to hear of other things now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateChanged:
    """An update of this program is there, is needed, or has gone on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VaultsChanged:
    """The vaults that I may read, or my roles in them, are others now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerFound:
    """The answer to FindServer: what was found at the address, or why nothing was."""

    address: str
    """In full, as it would be used."""
    info: ServerInfo | None = None
    trouble: Trouble | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenKnown:
    """The answer to AskWhoseToken: whose it is."""

    owner: TokenOwner
    least: int
    """Characters that a new password has at least."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenWanted:
    """A sign-in takes the token of GitLab as well: why nobody is signed in yet."""

    trouble: Trouble


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderSeen:
    """What is so of a folder for the local copies of who signs in."""

    asked: str
    """What was typed."""
    folder: str
    """The folder that it is about."""
    text: str
    """What a person reads of it."""
    is_good: bool
    is_usual: bool
    """It is the one that it would be anyway."""
    settled: Settled
    ends_sign_in: bool = False
    """Because of it nobody was signed in; nothing was asked of the server for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicRead:
    """A list of the office was read, or could not be."""

    topic: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficeDone:
    """What was asked of the office is done; `answer` is the server's, if it gave one."""

    request: OfficeRequest
    answer: object = None


Change = (
    ListingReset
    | ListingStale
    | RowsChanged
    | FoldersReset
    | FolderCountsChanged
    | LocksChanged
    | ConnectionChanged
    | LoadingChanged
    | PeopleChanged
    | AccountChanged
    | HistoryChanged
    | DeletedChanged
    | FoldersRead
    | KeptChanged
    | ParkedChanged
    | QueueChanged
    | StrangersChanged
    | IssuesChanged
    | TransfersChanged
    | HearingChanged
    | NoticeRaised
    | ResultReady
    | TroubleRaised
    | UpdateChanged
    | VaultsChanged
    | ServerFound
    | TokenKnown
    | TokenWanted
    | FolderSeen
    | TopicRead
    | OfficeDone
)
