"""The one door from the store to the widgets: changes become signals, at once while they are few, gathered when many.

A burst of thousands of changes told one by one would freeze the window for most of a second; told as one batch every
50 ms it does not. The store lives on the window's thread, and so do all its changes.
"""

from collections.abc import Callable
from typing import Any, Final

from PySide6.QtCore import QObject, QTimer, Signal

from pdm_desktop.state.changes import (
    AccountChanged,
    Change,
    ConnectionChanged,
    DeletedChanged,
    FolderCountsChanged,
    FolderSeen,
    FoldersRead,
    FoldersReset,
    HearingChanged,
    HistoryChanged,
    IssuesChanged,
    KeptChanged,
    ListingReset,
    ListingStale,
    LoadingChanged,
    LocksChanged,
    NoticeRaised,
    OfficeDone,
    ParkedChanged,
    PeopleChanged,
    QueueChanged,
    ResultReady,
    RowsChanged,
    ServerFound,
    StrangersChanged,
    TokenKnown,
    TokenWanted,
    TopicRead,
    TransfersChanged,
    TroubleRaised,
    UpdateChanged,
    VaultsChanged,
)
from pdm_desktop.state.store import Store

AT_ONCE: Final = 32
"""So many changed rows after a rest are told at once; from then on they are gathered until there is a rest again."""
LEAST: Final = 2
"""A change counts as so many rows at least: each one told has its price."""
FEW: Final = 4
"""What gathered no more rows than this is a person at work, not a stream: what comes next is told at once again."""
WHOLE: Final = 8
WINDOW_MS: Final = 50


class Bridge(QObject):
    """The store's changes as signals. `rows` and `folders` carry what changed; the others only say: look again."""

    listing = Signal()
    rows = Signal(frozenset)
    """Ids of files whose rows changed."""
    folders = Signal(str)
    """The vault whose folders came or went."""
    counts = Signal(str, frozenset)
    """A vault, and its folders whose numbers changed."""
    locks = Signal()
    connection = Signal()
    loading = Signal()
    people = Signal()
    hearing = Signal()
    account = Signal()
    vaults = Signal()
    history = Signal(str)
    deleted = Signal(str)
    """The vault whose deleted files were read."""
    folders_read = Signal(object)
    """The answer to ReadFolders."""
    kept = Signal()
    parked = Signal()
    queue = Signal()
    strangers = Signal()
    issues = Signal()
    update = Signal()
    transfers = Signal()
    notice = Signal(object)
    hushed = Signal(object)
    """A notice that is not told now, as it is quiet."""
    finished = Signal(object)
    trouble = Signal(object, object)
    """A trouble, and the request that it answers or None."""
    found = Signal(object)
    entrance = Signal(object)
    """What is said to somebody on the way in: TokenKnown, TokenWanted, FolderSeen."""
    topic = Signal(str)
    """The list of the office that was read."""
    made = Signal(object, object)
    """A wish of the office that is done, and what the server answered."""

    def __init__(self, store: Store, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._told = 0
        self._rows: set[str] = set()
        self._counts: dict[str, set[str]] = {}
        self._folders: set[str] = set()
        self._listing = self._locks = False
        self._window = QTimer(self, singleShot=True, interval=WINDOW_MS)
        self._window.timeout.connect(self._tell_gathered)
        self._hints = {
            ConnectionChanged: self.connection,
            LoadingChanged: self.loading,
            PeopleChanged: self.people,
            AccountChanged: self.account,
            HearingChanged: self.hearing,
            VaultsChanged: self.vaults,
            KeptChanged: self.kept,
            ParkedChanged: self.parked,
            QueueChanged: self.queue,
            StrangersChanged: self.strangers,
            IssuesChanged: self.issues,
            UpdateChanged: self.update,
        }
        """What is told as it is: look again."""
        self._answers: dict[type, Callable[[Any], object]] = {
            ServerFound: self.found.emit,
            TokenKnown: self.entrance.emit,
            TokenWanted: self.entrance.emit,
            FolderSeen: self.entrance.emit,
            FoldersRead: self.folders_read.emit,
            NoticeRaised: lambda change: (self.notice if change.aloud else self.hushed).emit(change.notice),
            ResultReady: lambda change: self.finished.emit(change.finished),
            TroubleRaised: lambda change: self.trouble.emit(change.trouble, change.request),
            HistoryChanged: lambda change: self.history.emit(change.file),
            DeletedChanged: lambda change: self.deleted.emit(change.vault),
            TopicRead: lambda change: self.topic.emit(change.topic),
            OfficeDone: lambda change: self.made.emit(change.request, change.answer),
        }
        """What is told with what it says."""
        self._moved = 0
        self._moving = QTimer(self, singleShot=True, interval=WINDOW_MS)
        self._moving.timeout.connect(self._tell_moved)
        self._stop = store.subscribe(self._take)

    def close(self) -> None:
        """Listen no longer."""
        self._stop()
        self._window.stop()
        self._moving.stop()

    def _take(self, change: Change) -> None:
        match change:
            case RowsChanged() | FolderCountsChanged() | FoldersReset() | ListingReset() | LocksChanged():
                self._gather(change)
            case TransfersChanged():
                self._gather_transfers()
            case ListingStale():
                """Whoever fills the store answers this; the window hears of the outcome."""
            case _ if type(change) in self._answers:
                self._answers[type(change)](change)
            case _:
                self._hints[type(change)].emit()

    def _gather(self, change: RowsChanged | FolderCountsChanged | FoldersReset | ListingReset | LocksChanged) -> None:
        match change:
            case RowsChanged(files=files):
                self._rows |= files
            case FolderCountsChanged(vault=vault, folders=folders):
                self._counts.setdefault(vault, set()).update(folders)
            case FoldersReset(vault=vault):
                self._folders.add(vault)
            case ListingReset():
                self._listing = True
            case LocksChanged():
                self._locks = True
        if self._told + self._weight() <= AT_ONCE:
            self._tell()
        if not self._window.isActive():
            self._window.start()

    def _gather_transfers(self) -> None:
        """A folder of small files moves hundreds of transfers a second."""
        self._moved += 1
        if self._moved <= WHOLE:
            self.transfers.emit()
        if not self._moving.isActive():
            self._moving.start()

    def _tell_moved(self) -> None:
        moved, self._moved = self._moved, 0
        if moved > WHOLE:
            self._moved = WHOLE  # what comes now is gathered too, until there is a rest
            self.transfers.emit()
            self._moving.start()

    def _weight(self) -> int:
        """How much there is to tell, in rows; what is told anew as a whole counts as many."""
        return max(LEAST, len(self._rows)) + WHOLE * (self._listing + len(self._folders))

    def _tell_gathered(self) -> None:
        self._told = 0
        if self._rows or self._counts or self._folders or self._listing or self._locks:
            streams = self._weight() > FEW
            self._tell()
            if streams:
                self._told = AT_ONCE  # what comes now is gathered too, until there is a rest or only a few come
            self._window.start()

    def _tell(self) -> None:
        self._told += self._weight()
        rows, self._rows = frozenset(self._rows), set()
        counts, self._counts = self._counts, {}
        folders, self._folders = self._folders, set()
        listing, self._listing = self._listing, False
        locks, self._locks = self._locks, False
        if listing:
            self.listing.emit()
        if rows and not listing:
            self.rows.emit(rows)
        for vault in sorted(folders):
            self.folders.emit(vault)
        for vault, changed in counts.items():
            if vault not in folders:
                self.counts.emit(vault, frozenset(changed))
        if locks:
            self.locks.emit()
