"""One session: the connection that follows the server, and the engine that works on the workspace."""

import asyncio
import sqlite3
import ssl
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path

from pdm_desktop import log
from pdm_desktop.app.arrivals import Arrivals
from pdm_desktop.app.hearing import HearingNews
from pdm_desktop.app.idle import idle_time
from pdm_desktop.app.inbox import InboxNews
from pdm_desktop.app.kept import read_config
from pdm_desktop.app.leaving import watch_leaving
from pdm_desktop.app.office import Office
from pdm_desktop.app.options import Options
from pdm_desktop.app.outage import Outage
from pdm_desktop.app.parked import ParkedNews
from pdm_desktop.app.shelf import Shelf
from pdm_desktop.app.sign_in import SignedIn
from pdm_desktop.app.speaker import Speaker
from pdm_desktop.app.steering import standing
from pdm_desktop.app.tasks import Tasks
from pdm_desktop.app.telling import Telling
from pdm_desktop.app.workspaces import is_in_cloud, journal_file, owner_for
from pdm_desktop.cache.cache import Cache, cache_file
from pdm_desktop.core.errors import Told
from pdm_desktop.core.fold import Numbered, file_of, is_given_to
from pdm_desktop.core.link import Ending, after_sign_out, pause
from pdm_desktop.core.office import topics
from pdm_desktop.core.office.requests import OfficeRequest
from pdm_desktop.core.recovery import Retention
from pdm_desktop.core.requests import EngineRequest, ListParked
from pdm_desktop.core.results import Trouble
from pdm_desktop.core.sightings import Sighting
from pdm_desktop.core.strangers import Stranger
from pdm_desktop.core.waiting import needing_notice, now_needing
from pdm_desktop.net import session
from pdm_desktop.net.follow import Follower
from pdm_desktop.net.http import Http, trust
from pdm_desktop.net.push import Push
from pdm_desktop.net.vault import VaultCalls
from pdm_desktop.state.account import Phase
from pdm_desktop.state.changes import (
    Change,
    ConnectionChanged,
    IssuesChanged,
    LocksChanged,
    PeopleChanged,
    QueueChanged,
    TopicRead,
    VaultsChanged,
)
from pdm_desktop.state.store import Store
from pdm_desktop.state.transfers import Transfer, TransferState
from pdm_desktop.sync.events import (
    EngineEvent,
    IssuesSeen,
    KeptRead,
    LocalChanged,
    LocalsRead,
    ParkedRead,
    RequestFinished,
    StandingSeen,
    StrangersSeen,
    TransferMoved,
    TroubleMet,
    WaitingChanged,
    WorkLeft,
)
from pdm_desktop.sync.news import Truth
from pdm_desktop.sync.thread import EngineThread, Place
from server.protocol.events import AccessChanged, Changed, FolderMoved, Hello, InboxHint, ServerMessage

DONE_SHOWN = 10.0
"""Seconds that a finished transfer stays in the list."""
PORTION = 500
"""So many files are asked of the cache at once."""


class Online:
    """What runs while somebody is signed in, whose workspace is chosen. `close` it in the end, on the same loop."""

    def __init__(
        self,
        store: Store,
        shelf: Shelf,
        tasks: Tasks,
        options: Options,
        clock: Callable[[], datetime],
        signed_in: SignedIn,
        *,
        tls: ssl.SSLContext,
        releases: Callable[[Hello | Changed], None] = lambda _: None,
    ) -> None:
        """`releases` hears what the server says of seats: each greeting, and the hint that it is another now."""
        self.signed_in = signed_in
        self._store = store
        self._tasks = tasks = tasks.apart()
        self._loop = asyncio.get_running_loop()
        self._arrivals = Arrivals(self._loop)
        self._was_known = False
        self._is_access_new = False
        """What I may read is about to be read again."""
        self._closed = False
        known = options.policy.over(read_config(options.data))
        account = signed_in.account
        self._http = Http(
            account.address, token=signed_in.token, seat=account.seat, tls=tls, signed_out=self._session_over
        )
        self._calls = VaultCalls(self._http)
        self._speaker = Speaker(store, tasks, clock)
        self._outage = Outage(store, self._speaker.say, self._loop.call_later)
        self.office = Office(store, self._http, tasks, clock, always=(topics.MINE,))
        """What is asked of the server beside files."""
        self._parked = ParkedNews(store, self._loop.call_later, lambda: self.submit(ListParked(by_itself=True)))
        self._releases = releases
        self._follower = Follower(store, shelf.cache, self._calls, clock=clock, heard=self._hear, hinted=self._hinted)
        self._inbox = InboxNews(
            store, self._http, shelf.cache, tasks, say=self._speaker.say, released=self._speaker.released,
            epoch=lambda: self._follower.epoch,
        )  # fmt: skip
        self._hearing = HearingNews(store, options.data, self.office.submit)
        self._push = Push(
            self._http, self._follower, server=account.server, ping_interval=known.ping_interval, greeted=releases
        )
        self._telling = Telling(store, self._push.say, self._loop.call_later, self._loop.time)
        tasks.start(watch_leaving(idle_time, self._telling.leave, clock), name="leaving")
        self._workspace = Path(account.workspace)
        self._retention = Retention(days=known.recovery_days, most_bytes=round(known.recovery_gb * 10**9))
        self._engine = self._make_engine(options.data)
        self._cache = shelf.cache
        self._views = shelf.views
        self._views.calls = self._calls
        self._stop_listening = store.subscribe(self._take)
        self._engine.start()
        for wanted in standing(store):
            self.submit(wanted)
        self._learning: asyncio.Task[None] | None = None
        self._learnt = True
        self._learn_soon()
        if is_in_cloud(self._workspace):
            self._warn_of_cloud(is_fixed=options.policy.workspace is not None)

    async def run(self) -> Ending:
        """Be connected until that is over for good; the answer says why."""
        await self._follower.load_epoch()
        return await self._push.run()

    def submit(self, request: EngineRequest | OfficeRequest) -> None:
        """Work on files, for which a result comes, or ask the server's office."""
        if isinstance(request, OfficeRequest):
            self.office.submit(request)
            return
        self._engine.submit(request, self._names())

    def try_now(self) -> None:
        """Dial at once instead of waiting for the next attempt; connected, try at once what waits."""
        if self._store.connection.known:
            self._engine.go_on()
        self._push.try_now()

    def wake(self) -> None:
        """The computer was asleep: come back anew, and see what was edited meanwhile."""
        self._push.wake()
        self._engine.look()

    def look(self) -> None:
        """The person is back at the window: see what was edited meanwhile."""
        self._engine.look()
        self._inbox.seen()

    async def close(self) -> None:
        """End the engine and the calls. What the engine was doing goes on at the next start."""
        self._closed = True
        self._stop_listening()
        self._follower.rest()
        self._parked.close()
        self._telling.close()
        self._outage.close()
        self._views.calls = None
        await self._tasks.stop()  # nothing of this session asks the server any more
        await asyncio.to_thread(self._engine.stop)
        await self._http.close()

    def _make_engine(self, data: Path) -> EngineThread:
        account, token = self.signed_in.account, self.signed_in.token
        cache = cache_file(data, account.server, account.person)
        return EngineThread(
            Place(
                workspace=self._workspace,
                journal=journal_file(cache, self._workspace),
                owner=owner_for(account),
                seat=account.seat,
                server=account.address,
                retention=self._retention,
            ),
            # A client of its own, on the engine's loop: small calls never wait behind its transfers.
            make_vault=lambda: VaultCalls(
                Http(
                    account.address,
                    token=token,
                    seat=account.seat,
                    tls=trust(),
                    signed_out=lambda: self._on_loop(self._session_over),
                )
            ),
            deliver=lambda event: self._on_loop(lambda: self._take_event(event)),
        )

    def _learn_soon(self) -> None:
        """Ask what this person may do, once more if it is asked already: that answer may be of before."""
        self._learnt = False
        if self._learning is None or self._learning.done():
            self._learning = self._tasks.begin(self._learn(), name="who am I")

    async def _learn(self) -> None:
        while not self._learnt:
            self._learnt = True
            await self._learn_who()

    async def _learn_who(self) -> None:
        """The remembered account does not know what this person may do now, nor the server's name."""
        account = self._store.account or self.signed_in.account
        try:
            me = await session.who_am_i(self._http)
            info = await session.find_server(self._http)
        except Told as told:
            log.note("who am I", why=told.text)  # the connection finds the same, and says so
            return
        self._store.learn(administrator=me.administrator, server_name=info.name, account=account)

    def _warn_of_cloud(self, *, is_fixed: bool) -> None:
        self._store.raise_trouble(
            Trouble(
                title="The workspace is inside OneDrive",
                text=f"OneDrive changes files in {self._workspace} by itself while you work on them.",
                advice="Tell your administrator, who has fixed this folder."
                if is_fixed
                else "Choose a folder outside it: start with --workspace.",
            )
        )

    def _names(self) -> dict[str, str]:
        names = {held.file: held.path for held in self._store.locks}
        names |= {one.id: one.name for one in self._store.kept}
        for one in self._store.parked:
            names |= {one.version.id: one.version.path, one.version.file: one.version.path}
        return names | {row.file.id: row.file.path for row in self._store.listing.rows}

    def _take(self, change: Change) -> None:
        if isinstance(change, PeopleChanged):
            self.office.people_changed()
        elif isinstance(change, LocksChanged):
            self.office.locks_changed()
            self._telling.tell()
        elif isinstance(change, IssuesChanged | QueueChanged):
            self._telling.tell()
        elif isinstance(change, VaultsChanged) and self._is_access_new:
            self._is_access_new = False
            self.compare_soon()  # of a vault that went out of sight no event is told any more
        elif isinstance(change, TopicRead):
            self._hearing.topic_read(change.topic)
        elif isinstance(change, ConnectionChanged):
            self._outage.see()
            known = self._store.connection.known
            if known and not self._was_known:
                self._engine.go_on()
                self.compare_soon()
                self._parked.read_soon()
                self.office.come_back()
                self._telling.come_back()
                self._inbox.read_soon()
            elif not known and self._store.connection.phase in (Phase.OFFLINE, Phase.WAITING):
                self._engine.away()
            self._was_known = known

    def _hinted(self, message: ServerMessage) -> None:
        """The server says that something is to be read again."""
        if isinstance(message, Changed):
            self.office.hinted(message.what)
        if isinstance(message, Changed) and message.what == "releases":
            self._releases(message)
        if isinstance(message, AccessChanged):
            self.office.hinted("people")
            self._is_access_new = True
        if isinstance(message, AccessChanged) or message == Changed(what="rules"):
            self._learn_soon()
        if isinstance(message, InboxHint):
            self.office.hinted("messages")
            self._inbox.read_soon()
        self._parked.hinted(message)

    def _hear(self, event: Numbered, was_mine: bool) -> None:
        """Somebody changed a vault: the person may hear of it, and clean copies follow."""
        self.office.vaults_changed()
        self._speaker.hear(event, was_mine)
        self._parked.heard(event)
        is_here = isinstance(event.event, FolderMoved) or file_of(event.event) in self._store.local
        if is_here or is_given_to(self._store.reader.seat, event.event):
            self._engine.happened(event)

    def compare_soon(self) -> None:
        """Let the workspace see what it missed, as soon as that can be read."""
        self._tasks.start(self._when_read(self._compare), name="compare")

    async def _when_read(self, look: Callable[[], Awaitable[None]]) -> None:
        """Look into the cache; while it cannot be read, again in growing steps. What is offline is looked at later."""
        failures = 0
        while True:
            try:
                return await look()
            except sqlite3.Error as error:
                log.trouble("not compared", error)
            failures += 1
            await asyncio.sleep(pause(failures))
            if not self._was_known:
                return None

    async def _compare(self) -> None:
        """A snapshot tells no single events: let the workspace see what it missed."""
        epoch = self._follower.epoch
        if epoch is None:
            return  # nobody has greeted yet
        sightings: dict[str, Sighting] = {}
        mine = {held.file for held in self._store.locks.mine(self._store.reader)}
        for some in in_portions(sorted(self._store.local.keys() | mine), PORTION):
            found = await self._cache.run(partial(Cache.files, ids=some))
            for vault, file in found.files:
                sightings[file.id] = Sighting(vault=vault, seq=found.seqs[vault], file=file)
        if epoch != self._follower.epoch:
            return  # it has greeted anew meanwhile, and what is so then is compared
        self._engine.compare(Truth(epoch=epoch, vaults=frozenset(self._store.vaults), sightings=sightings))
        await self._recognise()

    async def _recognise(self) -> None:
        """Files that no copy is known of may lie where the vaults have them, as after a lost journal."""
        lie = {(each.vault, each.path) for each in self._store.strangers.all}
        sightings: dict[str, Sighting] = {}
        for vault, folder in sorted({(vault, path.rpartition("/")[0]) for vault, path in lie}):
            found = await self._cache.run(partial(Cache.files_of, vault=vault, folder=folder))
            for _, file in found.files:
                if (vault, file.path) in lie:
                    sightings[file.id] = Sighting(vault=vault, seq=found.seqs[vault], file=file)
        if sightings:
            self._engine.recognise(sightings)

    def _session_over(self) -> None:
        self._push.end(after_sign_out())

    def _on_loop(self, what: Callable[[], None]) -> None:
        """From the engine's thread. What comes after the end is not taken: somebody else may be signed in by then."""
        self._arrivals.put(lambda: None if self._closed else what())

    def _take_event(self, event: EngineEvent) -> None:
        self._parked.told(event)
        match event:
            case TransferMoved():
                self._store.put_transfer(event.transfer)
                if event.transfer.state is TransferState.DONE:
                    self._loop.call_later(DONE_SHOWN, drop_done, self._store, event.transfer)
            case RequestFinished():
                self._store.finish(event.finished)
            case TroubleMet(request=ListParked(by_itself=True)):
                log.note("parked versions not read", why=event.trouble.text)
            case StandingSeen():
                self._telling.see(event.check_outs, is_full=event.full)
            case WorkLeft():
                self._speaker.tell_left(event.left)
            case TroubleMet():
                self._store.raise_trouble(event.trouble, event.request)
            case _:
                self._take_sight(event)

    def _take_sight(
        self, event: LocalsRead | LocalChanged | StrangersSeen | IssuesSeen | WaitingChanged | KeptRead | ParkedRead
    ) -> None:
        match event:
            case LocalsRead():
                self._store.load_local(event.copies)
                if self._was_known:  # what was compared before was less, or of a workspace that is another now
                    self.compare_soon()
            case LocalChanged():
                self._store.put_local(event.file, event.copy)
            case IssuesSeen():
                self._store.load_issues(event.issues)
                self._speaker.see(event.issues)
            case StrangersSeen():
                self._take_strangers(event.files)
            case WaitingChanged():
                for one in now_needing(self._store.queue, event.check_ins):
                    self._speaker.say(needing_notice(one))
                self._store.load_queue(event.check_ins)
            case KeptRead():
                self._store.load_kept(event.files)
            case ParkedRead():
                self._store.load_parked(event.versions)

    def _take_strangers(self, strangers: Sequence[Stranger]) -> None:
        self._store.load_strangers(strangers)
        if self._was_known:
            self._tasks.start(self._when_read(self._recognise), name="recognise")


def drop_done(store: Store, done: Transfer) -> None:
    """Show a finished transfer no longer, unless something newer is shown in its row by now."""
    if any(each is done for each in store.transfers.all()):
        store.drop_transfer(done.id)


def in_portions(all_of: Sequence[str], size: int) -> list[Sequence[str]]:
    """The same in their order, so many at a time."""
    return [all_of[start : start + size] for start in range(0, len(all_of), size)]
