"""Everything that needs the network: who is signed in, the connection that follows, and what is asked of the server.

Import it after the first paint: the libraries behind it take 300 ms.
"""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from pdm_desktop import log
from pdm_desktop.app.kept import config_or_usual, config_when_readable
from pdm_desktop.app.online import Online
from pdm_desktop.app.options import Options
from pdm_desktop.app.remembered import remembered
from pdm_desktop.app.shelf import Shelf
from pdm_desktop.app.sign_in import SignedIn, SignInDesk
from pdm_desktop.app.tasks import Tasks
from pdm_desktop.app.updates import Updates, own_build
from pdm_desktop.app.workspaces import news_of, workspace_for
from pdm_desktop.core.errors import unexpected
from pdm_desktop.core.link import Ending, Next
from pdm_desktop.core.office.requests import Look, LookAway
from pdm_desktop.core.requests import (
    AskAboutFolder,
    AskWhoseToken,
    BeQuiet,
    CancelUpdate,
    ClearFinished,
    FindServer,
    InstallUpdate,
    ListDeleted,
    LoadHistory,
    OpenFolder,
    ReadFolders,
    Request,
    Search,
    SessionRequest,
    ShowMine,
    SignIn,
    SignInByCode,
    SignInByToken,
    SignOut,
    TransferRequest,
    TryNow,
    UpdateRequest,
)
from pdm_desktop.core.results import Trouble
from pdm_desktop.state.account import Account, Connection, Phase
from pdm_desktop.state.store import Store
from server.protocol.calls import ServerInfo
from server.protocol.events import Changed, Hello

SIGN_OUT_PATIENCE = 5.0
"""Seconds that the end of the program waits for a sign-out."""


class Work:
    """At most one session at a time, and the requests that need it."""

    def __init__(
        self,
        store: Store,
        tasks: Tasks,
        options: Options,
        clock: Callable[[], datetime],
        *,
        shelf_for: Callable[[Account], Shelf],
        ask_who: Callable[[str], None],
    ) -> None:
        self._store = store
        self._tasks = tasks
        self._options = options
        self._clock = clock
        self._shelf_for = shelf_for
        self._ask_who = ask_who
        self._desk = SignInDesk(store, options, self._go_online, answered=self._hear_of_seats)
        build = own_build(wanted=options.policy.updates)
        self._updates = Updates(store, tasks, options.data, build, tls=self._desk.tls, served=self._dial)
        self._session: SignedIn | None = None
        self._online: Online | None = None
        self._live: asyncio.Task[None] | None = None
        self._signing_out: set[asyncio.Task[None]] = set()
        self._closed = False

    async def start(self) -> None:
        """Go on with the last session, or ask who this is."""
        await config_when_readable(self._store, self._options.data, SignIn(server="", name="", password=""))
        account = remembered(self._options)
        why_not = None if account is None else await self._desk.go_on(account)
        if account is None or why_not is not None:
            self._sign_out_here(why_not)

    def submit(self, request: Request) -> None:
        """Do what is asked for; the answer comes through the store."""
        match request:
            case _ if isinstance(request, SessionRequest | UpdateRequest):
                self._begin(request)
            case OpenFolder() | ReadFolders() | Search() | ShowMine() | LoadHistory() | ListDeleted() | BeQuiet():
                """Answered without the network."""
            case ClearFinished():
                """Answered by the window's own store."""
            case _ if self._online is None and isinstance(request, TransferRequest):
                """What begins later hears of it then."""
            case Look() | LookAway() if self._online is None:
                """Whoever looks asks again when there is a connection."""
            case _ if self._online is not None:
                self._online.submit(request)
            case _ if self._session is not None:
                early = Trouble(title="Not ready yet", text="The workspace is being opened.", advice="Try again.")
                self._store.raise_trouble(early, request)
            case _:
                nobody = Trouble(title="Nobody is signed in", text="This needs the server.", advice="Sign in first.")
                self._store.raise_trouble(nobody, request)

    def wake(self) -> None:
        """The computer was asleep."""
        if self._online is not None:
            self._online.wake()

    def _begin(self, request: SessionRequest | UpdateRequest) -> None:
        match request:
            case SignIn() | SignInByToken() | SignInByCode():
                self._tasks.start(self._desk.sign_in(request), name="sign in")
            case AskWhoseToken():
                self._tasks.start(self._desk.ask_whose_token(request), name="whose token")
            case AskAboutFolder():
                self._tasks.start(self._desk.ask_about_folder(request), name="folder")
            case FindServer():
                self._tasks.start(self._desk.find(request), name="find server")
            case SignOut():
                self._begin_sign_out()
            case TryNow():
                self._try_now()
            case InstallUpdate():
                self._updates.install()
            case CancelUpdate():
                self._updates.cancel()

    def look(self) -> None:
        """The person is back at the window."""
        if self._online is not None:
            self._online.look()

    async def close(self) -> None:
        """End the connection and what it does. A sign-out that has begun gets a moment to be told."""
        self._closed = True
        self._updates.close()
        if self._signing_out:
            await asyncio.wait(self._signing_out, timeout=SIGN_OUT_PATIENCE)
        await self._leave()

    def _go_online(self, signed_in: SignedIn) -> None:
        if self._closed:
            return
        self._session = signed_in
        self._store.connect(Connection(phase=Phase.CONNECTING, since=self._clock()))
        self._store.sign_in(signed_in.account)
        self._live = self._tasks.begin(self._stay_online(signed_in), name="online")

    async def _stay_online(self, signed_in: SignedIn) -> None:
        """Follow the server until that is over for good."""
        try:
            if self._online is None:
                self._online = await self._made(signed_in)
            ending = await self._online.run()
        except Exception as error:  # noqa: BLE001 - whatever broke, the window must not go on as if it were in step
            log.trouble("connection broke", error)
            ending = Ending(next=Next.STOP, words=unexpected(error).text)
            self._store.connect(Connection(phase=Phase.OFFLINE, since=self._clock(), detail=ending.words))
        await self._after(ending, signed_in)

    async def _made(self, signed_in: SignedIn) -> Online:
        shelf = self._shelf_for(signed_in.account)
        await shelf.shown()
        tls = await self._desk.tls()
        signed_in = replace(signed_in, account=await self._settled(signed_in.account))
        address = signed_in.account.address
        return Online(
            self._store, shelf, self._tasks, self._options, self._clock, signed_in, tls=tls,
            releases=lambda said: self._hear_releases(address, said),
        )  # fmt: skip

    def _hear_of_seats(self, address: str, info: ServerInfo) -> None:
        self._updates.heard(address, oldest=info.oldest_client, newest=info.newest_client)

    def _hear_releases(self, address: str, said: Hello | Changed) -> None:
        match said:
            case Hello():
                self._updates.heard(address, oldest=said.oldest_client, newest=said.newest_client)
            case Changed():
                self._updates.ask_again(address)

    async def _settled(self, account: Account) -> Account:
        """The account with the folder of its local copies, which is remembered as this person's."""
        known = await config_when_readable(self._store, self._options.data)
        choice = await asyncio.to_thread(workspace_for, account, self._options, known)
        self._desk.works_in(account, str(choice.folder))
        settled = replace(account, workspace=str(choice.folder))
        self._store.sign_in(settled)
        news = news_of(choice, account, known)
        if news is not None:
            self._store.raise_trouble(news)
        return settled

    async def _after(self, ending: Ending, signed_in: SignedIn) -> None:
        """The connection is over for good."""
        log.note("session over", next=ending.next.value, why=ending.words)
        if ending.next is Next.SIGN_IN:
            self._live = None
            await self._leave()
            await self._desk.forget(signed_in.account)
            self._sign_out_here(Trouble(title="Sign in again", text=ending.words))
        else:
            advice = ending.advice or "“Try now” connects."
            self._store.raise_trouble(Trouble(title="Not connected", text=ending.words, advice=advice))

    def _begin_sign_out(self) -> None:
        """Who asks again meanwhile is signing out already."""
        session, self._session = self._session, None
        if session is not None:
            task = self._tasks.begin(self._sign_out(session), name="sign out")
            self._signing_out.add(task)
            task.add_done_callback(self._signing_out.discard)

    async def _sign_out(self, session: SignedIn) -> None:
        # First of all, and beside the end of the engine, which takes its time: who quits now is signed out as well.
        forgotten = self._tasks.begin(self._desk.forget(session.account), name="forget")
        await self._leave()
        self._sign_out_here(None)
        await forgotten
        await self._desk.end(session)

    def _try_now(self) -> None:
        if not self._dial() and self._online is not None:
            self._online.try_now()

    def _dial(self) -> bool:
        """Follow the server anew after that was over for good; False: it is not, or nobody is signed in."""
        if self._session is None or self._live is None or not self._live.done():
            return False
        self._live = self._tasks.begin(self._stay_online(self._session), name="online")
        return True

    def _sign_out_here(self, why: Trouble | None) -> None:
        """Show nothing and ask who this is; why stands in that window."""
        words = "" if why is None else why.text
        self._store.sign_out(words)
        self._ask_who(words)
        if why is not None:
            known = config_or_usual(self._options.data)
            self._store.raise_trouble(why, SignIn(server=known.address, name=known.name, password=""))

    async def _leave(self) -> None:
        self._session = None
        live, self._live = self._live, None
        if live is not None:
            live.cancel()
            await asyncio.gather(live, return_exceptions=True)
        online, self._online = self._online, None
        if online is not None:
            await online.close()
