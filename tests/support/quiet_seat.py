"""A seat without its window: what the program is below that, from the sign-in that is kept on.

    async with quiet_seat(folder, client, address) as seat:     # `address` may be a proxy's
        await seat.in_step()
        results = await seat.do(requests.CheckOut(files=(file,)))
        await seat.carry_out(WaitForFile(file=file))

What the window would show is in `seat.store`; what it would say is in `seat.said`. The keyring of the test is one in
memory (`tests.support.memory_keyring`), in which the client's session is kept for the seat.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import keyring

from pdm_desktop import config
from pdm_desktop.app.options import Options
from pdm_desktop.app.shelf import Shelf
from pdm_desktop.app.tasks import Tasks
from pdm_desktop.app.work import Work
from pdm_desktop.config import Person
from pdm_desktop.core.notices import Notice
from pdm_desktop.core.office.requests import OfficeRequest
from pdm_desktop.core.requests import EngineRequest, FileRequest, OpenFolder, SignIn, TryNow
from pdm_desktop.core.results import FileResult, Trouble
from pdm_desktop.net import credentials
from pdm_desktop.state.account import Account, Phase
from pdm_desktop.state.changes import Change, NoticeRaised, OfficeDone, ResultReady, TroubleRaised
from pdm_desktop.state.store import Store
from tests.support.client import PASSWORD, Client
from tests.support.memory_keyring import MemoryKeyring
from tests.support.seat_parts import local_now, until


class QuietSeat:
    """One seat at work."""

    def __init__(self, store: Store, tasks: Tasks, options: Options) -> None:
        assert options.workspace is not None
        self.store = store
        self.workspace = options.workspace
        self.troubles: list[Trouble] = []
        """Everything that the person was told beside results."""
        self.notices: list[Notice] = []
        """Everything that the desktop would have shown, the oldest first."""
        self.said: list[str] = []
        """The texts of all notices, results and troubles, with their advice, and what the status line said."""
        self.asked_who: list[str] = []
        """Why the window of the sign-in came, each time."""
        self.work = Work(
            store, tasks, options, local_now, shelf_for=self._shelf_for, ask_who=self.asked_who.append
        )  # fmt: skip
        self._tasks = tasks
        self._options = options
        self._shelf: Shelf | None = None
        self._answers: dict[int, tuple[FileResult, ...]] = {}
        self._made: dict[int, Trouble | None] = {}
        """What became of requests to the office: None of one that is done."""
        store.subscribe(self._take)

    async def do(self, request: FileRequest) -> tuple[FileResult, ...]:
        """Give a command, and wait for what comes of it."""
        self._answers.pop(id(request), None)
        self.work.submit(request)
        await until(lambda: id(request) in self._answers)
        return self._answers.pop(id(request))

    async def carry_out(self, request: OfficeRequest) -> Trouble | None:
        """Ask the server's office, and wait for what comes of it: None when it is done, or why it is not."""
        self._made.pop(id(request), None)
        self.work.submit(request)
        await until(lambda: id(request) in self._made)
        return self._made.pop(id(request))

    def ask(self, request: EngineRequest | OfficeRequest) -> None:
        """Ask for something that the store shows when it is here."""
        self.work.submit(request)

    def open_folder(self, vault: str, folder: str) -> None:
        """Have the table show it."""
        assert self._shelf is not None
        self._shelf.views.ask(OpenFolder(vault=vault, folder=folder))

    async def in_step(self) -> None:
        """Wait until it shows the truth, dialling at once."""
        if not self.store.connection.known:
            self.work.submit(TryNow())
        await until(lambda: self.store.connection.known)

    async def offline(self) -> None:
        """Wait until it knows that nobody answers."""
        await until(lambda: self.store.connection.phase in (Phase.OFFLINE, Phase.WAITING))

    async def signed_out(self) -> None:
        """Wait until it asks who this is."""
        await until(lambda: self.store.connection.phase is Phase.SIGNED_OUT and bool(self.asked_who))

    async def sign_in(self, client: Client) -> None:
        """The client's person types the password again, and the client goes on in the session that begins by it."""
        address = self._options.server
        self.work.submit(SignIn(server=address, name=client.person, password=PASSWORD))
        await self.in_step()
        token = await credentials.read(address, client.person)
        assert token is not None
        client.goes_on_with(token)

    def look(self) -> None:
        """The person comes back to the window."""
        self.work.look()

    async def close(self) -> None:
        """End, as the program does."""
        await self.work.close()
        await self._tasks.stop()
        if self._shelf is not None:
            self._shelf.close()

    def _shelf_for(self, account: Account) -> Shelf:
        if self._shelf is None:
            self._shelf = Shelf(self.store, self._tasks, account, self._options.data)
            self._shelf.begin()
        assert self._shelf.is_of(account)
        return self._shelf

    def _take(self, change: Change) -> None:
        match change:
            case NoticeRaised(notice=notice):
                self.notices.append(notice)
                self.said.append(f"{notice.title}. {notice.text}")
            case ResultReady(finished=finished):
                self.said += [_with_advice(result.text, result.advice) for result in finished.results]
                self._answers[id(finished.request)] = finished.results
            case OfficeDone(request=request):
                self.said += [request.done] if request.done else []
                self._made[id(request)] = None
            case TroubleRaised(trouble=trouble, request=request):
                self.troubles.append(trouble)
                self.said.append(f"{trouble.title}. {_with_advice(trouble.text, trouble.advice)}")
                self._made[id(request)] = trouble


def _with_advice(text: str, advice: str | None) -> str:
    return text if advice is None else f"{text} {advice}"


@asynccontextmanager
async def quiet_seat(folder: Path, client: Client, address: str) -> AsyncIterator[QuietSeat]:
    """The client's seat over a folder of its own, until the end of the block; another one over it goes on.

    It begins as the program does whose sign-in is kept: the client's session is the seat's.
    """
    broken: list[BaseException] = []
    options = Options(
        data=folder / "data",
        workspace=folder / "workspace",
        server=address,
        name=client.person,
        computer=f"{client.person.upper()}-PC",
        profile="",
        tray=True,
    )
    await _keep_sign_in(options, client)
    seat = QuietSeat(Store(clock=local_now), Tasks(broken.append), options)
    await seat.work.start()
    try:
        yield seat
    finally:
        await seat.close()
        assert broken == [], broken


async def _keep_sign_in(options: Options, client: Client) -> None:
    assert isinstance(keyring.get_keyring(), MemoryKeyring), "this would write into the keyring of the desktop"
    options.data.mkdir(parents=True, exist_ok=True)
    person = Person(server=client.server, address=options.server, name=client.person, seat=client.seat)
    known = config.load(options.data).with_person(person)
    config.save(options.data, replace(known, server=client.server, name=client.person, kept=True))
    await credentials.keep(options.server, client.person, client.token)
