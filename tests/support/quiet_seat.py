"""A seat without its window: store, cache, connection and engine, joined as the program joins them.

    async with quiet_seat(folder, client, address) as seat:     # `address` may be a proxy's
        await seat.in_step()
        results = await seat.do(requests.CheckOut(files=(file,)))

What the window would show is in `seat.store`.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from pdm_desktop.app.online import Online
from pdm_desktop.app.options import Options
from pdm_desktop.app.shelf import Shelf
from pdm_desktop.app.sign_in import SignedIn
from pdm_desktop.app.tasks import Tasks
from pdm_desktop.core.office.requests import OfficeRequest
from pdm_desktop.core.requests import EngineRequest, FileRequest
from pdm_desktop.core.results import FileResult, Trouble
from pdm_desktop.net.http import trust
from pdm_desktop.state.account import Connection, Phase
from pdm_desktop.state.changes import Change, NoticeRaised, ResultReady, TroubleRaised
from pdm_desktop.state.store import Store
from tests.support.client import Client
from tests.support.seat_parts import account_of, local_now, until


class QuietSeat:
    """One seat at work."""

    def __init__(self, store: Store, online: Online, workspace: Path) -> None:
        self.store = store
        self.workspace = workspace
        self.troubles: list[Trouble] = []
        """Everything that the person was told beside results."""
        self.said: list[str] = []
        """The texts of all notices and results."""
        self._online = online
        self._answers: dict[int, tuple[FileResult, ...]] = {}
        store.subscribe(self._take)

    async def do(self, request: FileRequest) -> tuple[FileResult, ...]:
        """Give a command, and wait for what comes of it."""
        self._answers.pop(id(request), None)
        self._online.submit(request)
        await until(lambda: id(request) in self._answers)
        return self._answers.pop(id(request))

    def ask(self, request: EngineRequest | OfficeRequest) -> None:
        """Ask for something that the store shows when it is here."""
        self._online.submit(request)

    async def in_step(self) -> None:
        """Wait until it shows the truth, dialling at once."""
        if not self.store.connection.known:
            self._online.try_now()
        await until(lambda: self.store.connection.known)

    async def offline(self) -> None:
        """Wait until it knows that nobody answers."""
        await until(lambda: self.store.connection.phase in (Phase.OFFLINE, Phase.WAITING))

    def look(self) -> None:
        """The person comes back to the window."""
        self._online.look()

    def _take(self, change: Change) -> None:
        match change:
            case NoticeRaised(notice=notice):
                self.said.append(f"{notice.title}. {notice.text}")
            case ResultReady(finished=finished):
                self.said += [result.text for result in finished.results]
                self._answers[id(finished.request)] = finished.results
            case TroubleRaised(trouble=trouble):
                self.troubles.append(trouble)


@asynccontextmanager
async def quiet_seat(folder: Path, client: Client, address: str) -> AsyncIterator[QuietSeat]:
    """The client's seat over a folder of its own, until the end of the block; another one over it goes on."""
    broken: list[BaseException] = []
    tasks = Tasks(broken.append)
    store = Store(clock=local_now)
    account = replace(account_of(client), address=address, workspace=str(folder / "workspace"))
    store.connect(Connection(phase=Phase.CONNECTING, since=local_now()))
    store.sign_in(account)
    options = Options(
        data=folder / "data",
        workspace=folder / "workspace",
        server=address,
        name=client.person,
        computer=account.computer,
        profile="",
        tray=True,
    )
    options.data.mkdir(parents=True, exist_ok=True)
    shelf = Shelf(store, tasks, account, options.data)
    online = Online(store, shelf, tasks, options, local_now, SignedIn(account=account, token=client.token), tls=trust())
    assert options.workspace is not None
    seat = QuietSeat(store, online, options.workspace)
    live = tasks.begin(online.run(), name="online")
    try:
        yield seat
    finally:
        live.cancel()
        await asyncio.gather(live, return_exceptions=True)
        await online.close()
        await tasks.stop()
        shelf.close()
        assert broken == [], broken
