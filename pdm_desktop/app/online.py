"""One session: the connection that follows the server, and the engine that works on the workspace."""

import asyncio
import ssl
from collections import deque
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from pdm_desktop import config, log
from pdm_desktop.app.kept import workspace_of
from pdm_desktop.app.options import Options
from pdm_desktop.app.shelf import Shelf
from pdm_desktop.app.sign_in import SignedIn
from pdm_desktop.app.speaker import Speaker
from pdm_desktop.app.tasks import Tasks
from pdm_desktop.cache.cache import cache_file
from pdm_desktop.core.errors import Told
from pdm_desktop.core.link import Ending
from pdm_desktop.core.paths import is_cloud_folder
from pdm_desktop.core.requests import FileRequest
from pdm_desktop.core.results import Trouble
from pdm_desktop.net import session
from pdm_desktop.net.follow import Follower
from pdm_desktop.net.http import Http, trust
from pdm_desktop.net.push import Push
from pdm_desktop.net.vault import VaultCalls
from pdm_desktop.state.changes import Change, ConnectionChanged
from pdm_desktop.state.store import Store
from pdm_desktop.state.transfers import TransferState
from pdm_desktop.sync.events import EngineEvent, LocalChanged, LocalsRead, RequestFinished, TransferMoved, TroubleMet
from pdm_desktop.sync.thread import EngineThread, Place

DONE_SHOWN = 10.0
"""Seconds that a finished transfer stays in the list."""


class Online:
    """What runs while somebody is signed in. `close` it in the end, on the same loop."""

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
    ) -> None:
        self.signed_in = signed_in
        self._store = store
        self._tasks = tasks
        self._loop = asyncio.get_running_loop()
        self._events: deque[EngineEvent] = deque()
        self._was_known = False
        known = config.load(options.data)
        account = signed_in.account
        self._http = Http(account.address, token=signed_in.token, seat=account.seat, tls=tls)
        self._calls = VaultCalls(self._http)
        self._speaker = Speaker(store, tasks, clock)
        self._follower = Follower(store, shelf.cache, self._calls, clock=clock, heard=self._speaker.hear)
        self._push = Push(self._http, self._follower, ping_interval=known.ping_interval)
        self._workspace = workspace_of(options, known)
        self._engine = self._make_engine(options.data)
        self._views = shelf.views
        self._views.calls = self._calls
        self._stop_listening = store.subscribe(self._take)
        self._engine.start()
        tasks.start(self._learn_who(), name="who am I")
        if is_cloud_folder(self._workspace):
            self._warn_of_cloud()

    async def run(self) -> Ending:
        """Be connected until that is over for good; the answer says why."""
        await self._follower.load_epoch()
        return await self._push.run()

    def submit(self, request: FileRequest) -> None:
        """Work on files; a result comes for each."""
        self._engine.submit(request, self._names())

    def try_now(self) -> None:
        """Dial at once instead of waiting for the next attempt."""
        self._push.try_now()

    def look(self) -> None:
        """The person is back at the window: see what was edited meanwhile."""
        self._engine.look()

    async def close(self) -> None:
        """End the engine and the calls. What the engine was doing goes on at the next start."""
        self._stop_listening()
        self._views.calls = None
        await asyncio.to_thread(self._engine.stop)
        await self._http.close()

    def _make_engine(self, data: Path) -> EngineThread:
        account, token = self.signed_in.account, self.signed_in.token
        cache = cache_file(data, account.address, account.person)
        return EngineThread(
            Place(
                workspace=self._workspace,
                journal=cache.with_name(cache.name.replace("cache", "journal", 1)),
                seat=account.seat,
            ),
            # A client of its own, on the engine's loop: small calls never wait behind its transfers.
            make_vault=lambda: VaultCalls(Http(account.address, token=token, seat=account.seat, tls=trust())),
            deliver=self._deliver,
        )

    async def _learn_who(self) -> None:
        """The remembered account does not know what this person may do, nor the server's name."""
        account = self.signed_in.account
        try:
            me = await session.who_am_i(self._http)
            info = await session.find_server(self._http)
        except Told as told:
            log.note("who am I", why=told.text)  # the connection finds the same, and says so
            return
        self._store.learn(administrator=me.administrator, server_name=info.name, account=account)

    def _warn_of_cloud(self) -> None:
        self._store.raise_trouble(
            Trouble(
                title="The workspace is inside OneDrive",
                text=f"OneDrive changes files in {self._workspace} by itself while you work on them.",
                advice="Choose a folder outside it: start with --workspace.",
            )
        )

    def _names(self) -> dict[str, str]:
        names = {held.file: held.path for held in self._store.locks}
        return names | {row.file.id: row.file.path for row in self._store.listing.rows}

    def _take(self, change: Change) -> None:
        if isinstance(change, ConnectionChanged):
            known = self._store.connection.known
            if known and not self._was_known:
                self._engine.go_on()
            self._was_known = known

    def _deliver(self, event: EngineEvent) -> None:
        """Called on the engine's thread: many events make one trip to the window's."""
        self._events.append(event)
        if len(self._events) == 1:
            self._loop.call_soon_threadsafe(self._take_events)

    def _take_events(self) -> None:
        while self._events:
            self._take_event(self._events.popleft())

    def _take_event(self, event: EngineEvent) -> None:
        match event:
            case LocalsRead():
                self._store.load_local(event.copies)
            case LocalChanged():
                self._store.put_local(event.file, event.copy)
            case TransferMoved():
                self._store.put_transfer(event.transfer)
                if event.transfer.state is TransferState.DONE:
                    self._loop.call_later(DONE_SHOWN, self._store.drop_transfer, event.transfer.id)
            case RequestFinished():
                self._store.finish(event.finished)
            case TroubleMet():
                self._store.raise_trouble(event.trouble, event.request)
