"""Everything that the window shows, in one place. It lives on the window's thread and tells listeners what changed.

The window reads it and never writes. Whoever talks to the server and the cache fills it through the methods below.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from typing import TypeVar

from pdm_desktop.core.badges import Reader
from pdm_desktop.core.copies import LocalCopy
from pdm_desktop.core.fold import Numbered
from pdm_desktop.core.hearing import Hearing
from pdm_desktop.core.issues import Issue
from pdm_desktop.core.link import Step
from pdm_desktop.core.notices import Notice
from pdm_desktop.core.office import topics
from pdm_desktop.core.office.requests import OfficeRequest
from pdm_desktop.core.office.topics import Topic
from pdm_desktop.core.pace import Limits
from pdm_desktop.core.parked import ParkedHere
from pdm_desktop.core.recovery import KeptFile
from pdm_desktop.core.requests import ReadFolders, Request
from pdm_desktop.core.results import Finished, Trouble
from pdm_desktop.core.strangers import Stranger
from pdm_desktop.core.updates import Update
from pdm_desktop.core.waiting import WaitingCheckIn
from pdm_desktop.state import changes
from pdm_desktop.state.account import Account, Connection, Phase
from pdm_desktop.state.activity import Activity
from pdm_desktop.state.census import Census
from pdm_desktop.state.changes import Change
from pdm_desktop.state.fixed import Fixed
from pdm_desktop.state.folders import Folders
from pdm_desktop.state.history import Histories, History
from pdm_desktop.state.issues import Issues
from pdm_desktop.state.listing import Listing, View
from pdm_desktop.state.loading import Loading
from pdm_desktop.state.local import LocalCopies, checked_in_here
from pdm_desktop.state.locks import Locks
from pdm_desktop.state.mine import Mine
from pdm_desktop.state.office import Office, Reading
from pdm_desktop.state.presence import People
from pdm_desktop.state.rows import Rows
from pdm_desktop.state.snapshot import Snapshot
from pdm_desktop.state.strangers import Strangers
from pdm_desktop.state.table import Table
from pdm_desktop.state.transfers import Transfer, Transfers
from pdm_desktop.state.vaults import Vaults
from server.protocol.calls import DeletedFile
from server.protocol.calls import History as HistoryPage
from server.protocol.events import VaultEvent
from server.protocol.vault import File, Vault

T = TypeVar("T")


class Store:
    """What the window shows. `clock` gives local time with its zone."""

    def __init__(self, *, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._listeners: list[Callable[[Change], None]] = []
        self._vaults = Vaults()
        self._local = LocalCopies()
        self._histories = Histories()
        self._deleted: dict[str, tuple[DeletedFile, ...]] = {}
        self.strangers = Strangers()
        self.kept: tuple[KeptFile, ...] = ()
        """What was in the recovery store when it was last read, the newest first."""
        self.parked: tuple[ParkedHere, ...] = ()
        """What the server kept parked when that was last read, the newest first."""
        self.queue: tuple[WaitingCheckIn, ...] = ()
        """Check-ins that wait for the server, in the order in which they were asked for."""
        self.account: Account | None = None
        self.connection = Connection(phase=Phase.SIGNED_OUT, since=clock())
        self.loading: Loading | None = None
        """A vault that is being read in full, when that takes so long that it is told."""
        self.hearing = Hearing()
        self.update = Update()
        """Whether this program is as new as the server wants it: it stays so whoever is signed in."""
        self.fixed = Fixed()
        """What the administrator has fixed: known from the start on, and the same until the end."""
        self._census = Census(Reader())
        self.presence = People()
        self._table = Table(rows=self._rows, reader=lambda: self.reader, emit=self._emit)
        self.transfers = Transfers()
        self.issues = Issues()
        self.activity = Activity()
        self.office = Office()
        """Lists of the server as they were read last."""

    # What the window reads

    @property
    def reader(self) -> Reader:
        """Who looks at it."""
        if self.account is None:
            return Reader()
        return Reader(person=self.account.person, seat=self.account.seat)

    @property
    def mine(self) -> Mine:
        """What of the office's lists concerns the person."""
        return Mine(self.office, self.reader.person)

    @property
    def administers(self) -> bool:
        """Whether the person administers the server, or one vault of it at least."""
        if self.account is None:
            return False
        return self.account.administrator or any(each.role == "administrator" for each in self.vaults.values())

    @property
    def folders(self) -> Folders:
        """The folders of all vaults, with their numbers."""
        return self._census.folders

    @property
    def locks(self) -> Locks:
        """Who holds what."""
        return self._census.locks

    @property
    def vaults(self) -> Mapping[str, Vault]:
        """The vaults that I may read, by id, in the order of their names."""
        return self._vaults.all

    @property
    def local(self) -> Mapping[str, LocalCopy]:
        """What this computer has, by file id."""
        return self._local.all

    @property
    def history(self) -> Mapping[str, History]:
        """Histories that were read, by file id."""
        return self._histories.all

    @property
    def deleted(self) -> Mapping[str, tuple[DeletedFile, ...]]:
        """Deleted files that were read, by vault."""
        return MappingProxyType(self._deleted)

    def now(self) -> datetime:
        """Local time with its zone."""
        return self._clock()

    def subscribe(self, listener: Callable[[Change], None]) -> Callable[[], None]:
        """Call `listener` with each change, at once and in order. The answer ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    # Account, connection, people

    def sign_in(self, account: Account) -> None:
        """This person is signed in on this seat. Another person than before: nothing of before is shown."""
        before = self.reader, self.account and self.account.server
        self.account = account
        if before != (self.reader, account.server):
            self._forget_vaults()
            self.was_true(None)
        self._emit(changes.AccountChanged())

    def learn(self, *, account: Account, administrator: bool, server_name: str) -> None:
        """What the server says of an account that was remembered, if it is still the one signed in."""
        if self.account == account:
            self.sign_in(replace(account, administrator=administrator, server_name=server_name))

    def sign_out(self, detail: str = "") -> None:
        """Nobody is signed in, and nothing is shown."""
        self.account = None
        self._forget_vaults()
        self._local.replace({})
        self.kept = ()
        self.strangers.replace(())
        self.load_issues(())
        self.load_queue(())
        self.load_parked(())
        self.presence.forget()
        self.transfers.forget()
        self.activity.forget()
        self.office.forget()
        self._emit(changes.AccountChanged(), changes.TransfersChanged())
        self.connect(Connection(phase=Phase.SIGNED_OUT, since=self._clock(), detail=detail))

    def connect(self, connection: Connection) -> None:
        """The connection stands so now. Badges become unknown, or known again, with it.

        One that ends says until when what is shown was true; else it was true until now.
        """
        before, now = self.connection, self._clock()
        until = before.in_step_until
        if before.known and not connection.known:
            until = connection.in_step_until or now
        self.connection = replace(connection, in_step_until=None if connection.known else until)
        if self.presence.known and connection.phase not in (Phase.CATCHING_UP, Phase.IN_STEP):
            self.presence.forget()
            self._emit(changes.PeopleChanged())
        self._emit(changes.ConnectionChanged())
        if before.known != connection.known:
            self._table.remake(lambda _: True)

    def was_true(self, at: datetime | None) -> None:
        """What is shown is from the cache, which was true at that moment; None: nobody knows."""
        if self.connection.known or self.connection.in_step_until == at:
            return
        self.connection = replace(self.connection, in_step_until=at)
        self._emit(changes.ConnectionChanged())
        self._table.remake(lambda _: True)

    def people_are(self, names: Iterable[str], away: Mapping[str, datetime] = MappingProxyType({})) -> None:
        """Just these people are online, and of them these are away since then."""
        self.presence.replace(names, away, self._clock())
        self._emit(changes.PeopleChanged())
        self._table.remake(lambda row: row.file.lock is not None)

    def people_came(self, names: Iterable[str]) -> None:
        """These people came online."""
        self._people_moved(frozenset(names), self.presence.came)

    def people_went(self, names: Iterable[str]) -> None:
        """These people went away."""
        self._people_moved(frozenset(names), lambda who, _: self.presence.went(who))

    def people_left(self, away: Mapping[str, datetime], back: Iterable[str]) -> None:
        """These people have left their seats, and those are back."""
        names = tuple(back)
        self._people_moved(frozenset({*away, *names}), lambda _, __: self.presence.left(away, names))

    def reword(self) -> None:
        """A day began: words that say "Today" are others now."""
        self._table.remake(lambda _: True)

    # Vaults and their events

    def load_vaults(self, vaults: Iterable[Vault], snapshots: Iterable[Snapshot] = ()) -> None:
        """I may read these vaults and no others; with what a cache has of them, before anybody is told."""
        gone = self._vaults.replace(vaults)
        self.folders.forget(keep=self.vaults.values())
        unheld = frozenset(held.file for vault in gone for held in self.locks.of_vault(vault))
        for vault in gone:
            self.locks.replace(vault, ())
            self._deleted.pop(vault, None)
        begun = [change for snapshot in snapshots for change in self._begin_vault(snapshot)]
        self._emit(changes.VaultsChanged(), *([changes.LocksChanged(files=unheld)] if unheld else []), *begun)
        self._table.forget_vaults(gone)

    def load_vault(self, snapshot: Snapshot) -> None:
        """Begin a vault anew from a snapshot."""
        self.was_true(None)
        self._emit(*self._begin_vault(snapshot), changes.ListingStale())
        self._emit(*self._histories.forget())

    def load_goes_on(self, loading: Loading | None) -> None:
        """A vault that is being read in full has come so far; None: it is read, or that has ended."""
        if loading is not None and not loading.is_long:
            loading = None
        if loading != self.loading:
            self.loading = loading
            self._emit(changes.LoadingChanged())

    def seq_of(self, vault: str) -> int | None:
        """The last event applied; None for a vault that was never loaded."""
        return self._vaults.seq_of(vault)

    def apply_event(self, vault: str, seq: int, event: VaultEvent) -> Step:
        """Apply the next event of a vault. One that is known is dropped; after a gap nothing is applied."""
        decision = self._vaults.advance(vault, seq)
        if decision is not Step.APPLY:
            return decision
        self.was_true(None)  # while it catches up this is younger than what is shown beside it
        stored = checked_in_here(event, self.locks, self.reader)
        if stored is not None:
            self._local.stored(*stored)
        self._emit(*self._census.apply(vault, event))
        self._emit(*self._histories.apply(event))
        self._table.apply(Numbered(vault=vault, seq=seq, event=event))
        return decision

    # The table

    @property
    def listing(self) -> Listing:
        """What the table shows."""
        return self._table.listing

    def begin_listing(self, view: View) -> int:
        """The table is to show this; its rows are being read. Events are kept until they are here.

        The answer is the number of this reading, by which its rows are known.
        """
        return self._table.begin(view)

    def load_listing(
        self, reading: int, files: Iterable[tuple[str, File]], *, seqs: Mapping[str, int], cut_at: int | None = None
    ) -> bool:
        """The rows of one reading as they were at these seqs, each file with its vault.

        Returns False when they are not shown: there is a later reading, or what was read has moved by then.
        """
        return self._table.load(reading, files, seqs=seqs, cut_at=cut_at)

    # This computer

    def load_local(self, copies: Mapping[str, LocalCopy]) -> None:
        """This computer has these copies and no others."""
        touched = self.local.keys() | copies.keys()
        self._local.replace(copies)
        self._table.remake(lambda row: row.file.id in touched)

    def put_local(self, file: str, copy: LocalCopy | None) -> None:
        """This computer has this of a file now; None: nothing."""
        self._local.put(file, copy)
        self._table.remake_file(file)

    def put_transfer(self, transfer: Transfer) -> None:
        """A transfer stands so now."""
        self.transfers.put(transfer)
        self._emit(changes.TransfersChanged())

    def pause_transfers(self, *, paused: bool) -> None:
        """The person wants every transfer to stand still, or to go on."""
        self.transfers.are_paused = paused
        self._emit(changes.TransfersChanged())

    def limit_transfers(self, limits: Limits) -> None:
        """The person wants transfers to take so much at most."""
        self.transfers.limits = limits
        self._emit(changes.TransfersChanged())

    def clear_transfers(self) -> None:
        """Transfers that are over are shown no longer."""
        for each in self.transfers.over():
            self.transfers.drop(each.id)
        self._emit(changes.TransfersChanged())

    def drop_transfer(self, transfer: str) -> None:
        """A transfer is shown no longer."""
        self.transfers.drop(transfer)
        self._emit(changes.TransfersChanged())

    # Answers

    def begin_history(self, file: str, *, more: bool) -> History:
        """Revisions of a file are being read. The answer is what is known of them so far."""
        self._emit(*self._histories.begin(file, more=more))
        return self.history[file]

    def load_history(self, page: HistoryPage, *, more: bool) -> None:
        """A page of revisions: the first, or one more."""
        self._emit(*self._histories.load(page, more=more))

    def drop_history(self, file: str) -> None:
        """The revisions could not be read."""
        self._emit(*self._histories.drop(file))

    def read_topic(self, topic: Topic[T], reading: Reading[T]) -> None:
        """A list of the office was read, or could not be."""
        before = self.mine.lines.keys()
        self.office.put(topic, reading)
        self._emit(changes.TopicRead(topic=topic.name))
        touched = before | self.mine.lines.keys()
        if topic.name == topics.MINE.name:
            self._table.remake(lambda row: row.file.id in touched)

    def made(self, request: OfficeRequest, answer: object = None) -> None:
        """What was asked of the office is done."""
        self._emit(changes.OfficeDone(request=request, answer=answer))

    def load_deleted(self, vault: str, files: Iterable[DeletedFile]) -> None:
        """The files of a vault that can be restored."""
        self._deleted[vault] = tuple(files)
        self._emit(changes.DeletedChanged(vault=vault))

    def read_folders(self, request: ReadFolders, files: Iterable[tuple[str, File]]) -> None:
        """The files directly in some folders, each with its vault, whatever the table shows."""
        row = self._rows()
        self._emit(changes.FoldersRead(request=request, rows=tuple(row(vault, file) for vault, file in files)))

    def load_strangers(self, files: Iterable[Stranger]) -> None:
        """The workspace has these files that no vault knows."""
        self.strangers.replace(files)
        self._emit(changes.StrangersChanged())

    def load_issues(self, issues: Iterable[Issue]) -> None:
        """The workspace has just these for a person to decide."""
        if self.issues.replace(issues):
            self._emit(changes.IssuesChanged())

    def load_kept(self, files: Iterable[KeptFile]) -> None:
        """What is in the recovery store, the newest first."""
        self.kept = tuple(files)
        self._emit(changes.KeptChanged())

    def load_parked(self, versions: Iterable[ParkedHere]) -> None:
        """What the server keeps parked, the newest first."""
        self.parked = tuple(versions)
        self._emit(changes.ParkedChanged())
        if self.issues.replace_parked(self.parked):
            self._emit(changes.IssuesChanged())

    def load_queue(self, check_ins: Iterable[WaitingCheckIn]) -> None:
        """These check-ins wait for the server, in this order."""
        before, self.queue = self.queue, tuple(check_ins)
        self._emit(changes.QueueChanged())
        if self.issues.replace_queue(self.queue):
            self._emit(changes.IssuesChanged())
        touched = {one.file for one in (*before, *self.queue)}
        self._table.remake(lambda row: row.file.id in touched)

    def hear(self, hearing: Hearing) -> None:
        """The person wants to hear of these things."""
        self.hearing = hearing
        self._emit(changes.HearingChanged())

    def load_update(self, update: Update) -> None:
        """This program needs this update, or none."""
        self.update = update
        self._emit(changes.UpdateChanged())

    def raise_notice(self, notice: Notice, *, aloud: bool = True) -> None:
        """Tell the person, aloud or by the sign of attention alone, and remember it."""
        self.activity.note(notice, self._clock())
        self._emit(changes.NoticeRaised(notice=notice, aloud=aloud))

    def finish(self, finished: Finished) -> None:
        """A request about files has ended."""
        self.activity.note(finished, self._clock())
        self._emit(changes.ResultReady(finished=finished))

    def raise_trouble(self, trouble: Trouble, request: Request | None = None) -> None:
        """Something went wrong, perhaps with a request."""
        self.activity.note(trouble, self._clock())
        self._emit(changes.TroubleRaised(trouble=trouble, request=request))

    def found(self, answer: changes.ServerFound) -> None:
        """What FindServer found."""
        self._emit(answer)

    def answer_entrance(self, answer: changes.TokenKnown | changes.TokenWanted | changes.FolderSeen) -> None:
        """What the server says to somebody on the way in."""
        self._emit(answer)

    # How it is done

    def _begin_vault(self, snapshot: Snapshot) -> list[Change]:
        self._vaults.load(snapshot.vault, snapshot.seq)
        return list(self._census.load(snapshot.vault, snapshot.folders, snapshot.locks))

    def _emit(self, *told: Change) -> None:
        for change in told:
            for listener in tuple(self._listeners):
                listener(change)

    def _forget_vaults(self) -> None:
        self._vaults.unload()
        self._emit(*self._histories.forget())
        self._deleted = {}
        self._census = Census(self.reader)
        self._table.forget()
        self.load_vaults(())

    def _people_moved(self, names: frozenset[str], move: Callable[[frozenset[str], datetime], None]) -> None:
        move(names, self._clock())
        self._emit(changes.PeopleChanged())
        self._table.remake(lambda row: row.file.lock is not None and row.file.lock.locked_by in names)

    def _rows(self) -> Rows:
        return Rows(
            reader=self.reader,
            connection=self.connection,
            local=self._local.shown,
            places=self.mine.places(),
            queue=self.queue,
            presence=self.presence,
            now=self._clock(),
        )
