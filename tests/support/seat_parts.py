"""The seat's parts below the window for tests: a store that follows a real server, an engine over a real folder."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path

from pdm_desktop.cache.cache import Cache, Tree
from pdm_desktop.cache.worker import CacheWorker
from pdm_desktop.core.fold import Numbered
from pdm_desktop.core.issues import Issue
from pdm_desktop.core.owners import Owner
from pdm_desktop.core.requests import FileRequest
from pdm_desktop.core.results import FileResult
from pdm_desktop.net.follow import Follower
from pdm_desktop.net.http import Http, trust
from pdm_desktop.net.push import Listener, Push
from pdm_desktop.net.vault import VaultCalls
from pdm_desktop.state.account import Account
from pdm_desktop.state.locks import HeldFile
from pdm_desktop.state.snapshot import Snapshot
from pdm_desktop.state.store import Store
from pdm_desktop.sync.disk import LocalDisk
from pdm_desktop.sync.engine import Engine
from pdm_desktop.sync.events import EngineEvent, IssuesSeen, LocalChanged, RequestFinished
from pdm_desktop.sync.holders import open_among
from pdm_desktop.sync.journal import Journal, open_journal
from pdm_desktop.sync.ports import Clock, Disk, Vault
from pdm_desktop.sync.standing import InUse
from tests.support.client import Client

PATIENCE = 20.0


def local_now() -> datetime:
    """Local time with its zone."""
    return datetime.now().astimezone()


async def until(condition: Callable[[], bool]) -> None:
    """Wait on the loop for a condition. Raises TimeoutError when it does not come to hold."""
    async with asyncio.timeout(PATIENCE):
        while not condition():  # noqa: ASYNC110 - the condition is whatever a test says; nobody announces it
            await asyncio.sleep(0.005)


async def comes(condition: Callable[[], bool], *, within: float = PATIENCE) -> bool:
    """Whether a condition comes to hold in time: for what a broken program would never do."""
    with suppress(TimeoutError):
        async with asyncio.timeout(within):
            await until(condition)
    return condition()


def content_of(path: Path) -> bytes | None:
    """What a file holds. None: it is not there, as between two renames where no files can be swapped."""
    try:
        return path.read_bytes()
    except (FileNotFoundError, PermissionError):
        return None


@dataclass
class Following:
    """A store that follows the server, with what keeps it."""

    store: Store
    cache: CacheWorker
    follower: Follower
    push: Push
    run: "asyncio.Task[object]"
    heard: list[object] = field(default_factory=list)
    was_mine: list[bool] = field(default_factory=list)
    """For each event that was heard whether this seat held its file until then."""

    async def in_step(self) -> None:
        """Wait until it shows the truth. Raises whatever ended the connection for good."""
        await until(lambda: self.store.connection.known or self.run.done())
        assert self.store.connection.known, self.run.result()


def http_of(client: Client) -> Http:
    """The seat's calls in the session of a test's client."""
    return Http(client.address, token=client.token, seat=client.seat, tls=trust())


def owner_of(client: Client) -> Owner:
    """The person of a test's client, as the one that a workspace belongs to."""
    return Owner(server=client.server, address=client.address, person=client.person)


def account_of(client: Client) -> Account:
    """The account of a test's client."""
    return Account(
        person=client.person,
        administrator=False,
        server=client.server,
        address=client.address,
        server_name="Test",
        seat=client.seat,
        computer=f"{client.person.upper()}-PC",
    )


@asynccontextmanager
async def following(
    client: Client,
    cache_file: Path,
    *,
    chance: float = 0.1,
    hearing: Callable[[Follower], Listener] = lambda follower: follower,
) -> AsyncIterator[Following]:
    """The client's seat, connected as the program does it, from the cache on.

    `hearing` may put something between the connection and what follows it.
    """
    http = http_of(client)
    store = Store(clock=local_now)
    store.sign_in(account_of(client))
    cache = CacheWorker(cache_file)
    vaults = cache.read_now(lambda content: content.vaults())
    store.load_vaults(vaults)
    for vault in vaults:
        tree = cache.read_now(partial(_tree, vault=vault.id))
        if tree is not None:
            held = [HeldFile(vault=vault.id, file=f.id, path=f.path, lock=f.lock) for f in tree.held if f.lock]
            store.load_vault(Snapshot(vault=vault.id, seq=tree.seq, folders=tree.folders, locks=held))
    heard: list[object] = []
    was_mine: list[bool] = []

    def hear(event: Numbered, mine: bool) -> None:
        heard.append(event.event)
        was_mine.append(mine)

    follower = Follower(store, cache, VaultCalls(http), clock=local_now, heard=hear)
    await follower.load_epoch()
    push = Push(http, hearing(follower), server=client.server, chance=lambda: chance)
    run: asyncio.Task[object] = asyncio.get_running_loop().create_task(push.run(), name="push")
    try:
        yield Following(store=store, cache=cache, follower=follower, push=push, run=run, heard=heard, was_mine=was_mine)
    finally:
        run.cancel()
        await asyncio.gather(run, return_exceptions=True)
        await http.close()
        cache.close()


def _tree(cache: Cache, *, vault: str) -> Tree | None:
    return cache.tree(vault)


class Opened:
    """Programs that only remember what they were asked to open."""

    def __init__(self) -> None:
        self.files: list[Path] = []
        self.shown: list[Path] = []

    def open(self, path: Path) -> None:
        self.files.append(path)

    def reveal(self, path: Path) -> None:
        self.shown.append(path)


class SystemClock:
    """The computer's clock."""

    def now(self) -> datetime:
        return local_now()


@dataclass
class Workplace:
    """An engine over a folder, and everything that it told."""

    engine: Engine
    journal: Journal
    root: Path
    opened: Opened
    events: list[EngineEvent]

    async def do(self, request: FileRequest) -> list[FileResult]:
        """Do a request; the answer is a result for each file."""
        before = len(self.events)
        await self.engine.run(request, {})
        told = self.events[before:]
        done = next((event for event in told if isinstance(event, RequestFinished)), None)
        assert done is not None, told
        return list(done.finished.results)

    async def one(self, request: FileRequest) -> FileResult:
        """Do a request about one file."""
        (result,) = await self.do(request)
        return result

    def told_last(self) -> dict[str, FileResult]:
        """What was told of each file when a request was last finished."""
        told = [event for event in self.events if isinstance(event, RequestFinished)][-1]
        return {each.file: each for each in told.finished.results}

    def local(self, file: str) -> object:
        """What the engine told last of a file's local copy."""
        return next(e.copy for e in reversed(self.events) if isinstance(e, LocalChanged) and e.file == file)

    def issues(self) -> tuple[Issue, ...]:
        """What the engine told last that needs a decision."""
        return next((e.issues for e in reversed(self.events) if isinstance(e, IssuesSeen)), ())

    def kept(self) -> list[bytes]:
        """Everything in the recovery store."""
        store = self.root / ".pdm-desktop" / "recovery"
        return [each.read_bytes() for each in store.glob("*/*/*") if each.is_file()]


@asynccontextmanager
async def workplace(
    client: Client,
    folder: Path,
    *,
    make_disk: Callable[[Path], Disk] = LocalDisk,
    around: Callable[[VaultCalls], Vault] = lambda calls: calls,
    wrap_journal: Callable[[Journal], Journal] = lambda journal: journal,
    clock: Clock | None = None,
    start: bool = True,
    after_crash: bool = False,
) -> AsyncIterator[Workplace]:
    """An engine of the client's seat over a workspace, as a start of the program makes it.

    Without `start` it does not look at the workspace first.
    """
    calls = VaultCalls(http_of(client))
    place = placed(
        around(calls),
        folder,
        seat=client.seat,
        make_disk=make_disk,
        wrap_journal=wrap_journal,
        clock=clock,
        after_crash=after_crash,
    )
    try:
        if start:
            await place.engine.look_at_all()
            await place.engine.clear_parts()
        yield place
    finally:
        place.journal.close()
        await calls.close()


def placed(
    vault: Vault,
    folder: Path,
    *,
    seat: str,
    make_disk: Callable[[Path], Disk] = LocalDisk,
    wrap_journal: Callable[[Journal], Journal] = lambda journal: journal,
    clock: Clock | None = None,
    after_crash: bool = False,
    opened: Opened | None = None,
    emit: Callable[[EngineEvent], None] = lambda _: None,
    in_use: InUse = open_among,
) -> Workplace:
    """An engine over `folder`/workspace with its journal beside that. Whoever asks for it closes the journal.

    `emit` hears what it tells, beside the list of the workplace.
    """
    root = folder / "workspace"
    root.mkdir(parents=True, exist_ok=True)
    LocalDisk(root).prepare()
    journal = open_journal(folder / "journal.sqlite3")
    opened = opened or Opened()
    events: list[EngineEvent] = []

    def tell(event: EngineEvent) -> None:
        events.append(event)
        emit(event)

    try:
        engine = Engine(
            vault=vault,
            disk=make_disk(root),
            journal=wrap_journal(journal),
            clock=clock or SystemClock(),
            opener=opened,
            seat=seat,
            emit=tell,
            disk_at=make_disk,
            after_crash=after_crash,
            in_use=in_use,
        )
    except BaseException:  # a test's process may die here
        journal.close()
        raise
    return Workplace(engine=engine, journal=journal, root=root, opened=opened, events=events)


def lose_journal(folder: Path) -> None:
    """A power cut, or a person who tidies up, takes a workplace's journal."""
    for each in folder.glob("journal.sqlite3*"):
        each.unlink()
