"""The stage of a story: a real server, people at seats that are the whole program but its window, and their lines.

    async with a_shop(folder, "Anna", "Tomas") as shop:
        anna, tomas = shop.people
        await anna.checks_out("plate.nc")

Each is connected by a line that can be cut, unplugged, and made to lose an answer. What everybody writes stands in the
shop's ledger, and is found again in the end.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from pdm_desktop.core import requests
from pdm_desktop.core.decisions import Side
from pdm_desktop.core.issues import Conflict
from pdm_desktop.core.requests import FileRequest
from pdm_desktop.core.results import FileResult, Outcome
from pdm_desktop.net.vault import VaultCalls
from server.protocol import calls
from server.protocol.vault import File, Lock
from tests.support.client import PASSWORD, Client, signed_in
from tests.support.ledger import Ledger, OnlyWhole, RecoveryStore, VaultsOf, WorkspaceFiles
from tests.support.proxy import Proxy, proxy
from tests.support.quiet_seat import QuietSeat, quiet_seat
from tests.support.seat_box import SeatBox
from tests.support.seat_parts import PATIENCE, http_of, until
from tests.support.server import RealServer, real_server


@asynccontextmanager
async def a_shop(
    folder: Path, *names: str, boss: str | None = None, settings: Mapping[str, str] | None = None
) -> AsyncIterator["Shop"]:
    """A server, and for each name a line and a seat; `boss` administers the server."""
    with real_server(folder / "server", settings=settings) as server:
        async with AsyncExitStack() as stack:
            shop = Shop(server)
            for name in names:
                server.add_person(name, PASSWORD, administrator=name == boss)
                client = await stack.enter_async_context(signed_in(server.address, name))
                line = await stack.enter_async_context(proxy(server.address))
                seats = await stack.enter_async_context(AsyncExitStack())
                shop.people.append(Person(shop, name, folder / name, client, line, seats))
            for person in shop.people:
                await person.comes_to_work()
            yield shop


def noise(size: int) -> bytes:
    return random.Random(1).randbytes(size)


class Shop:
    """What is common to all."""

    def __init__(self, server: RealServer) -> None:
        self.server = server
        self.ledger = Ledger()
        self.people: list[Person] = []
        self.files: dict[str, str] = {}
        """By name."""

    async def restarts_the_server(self) -> None:
        await asyncio.to_thread(self.server.restart)

    async def file(self, name: str) -> File:
        return (await self.people[-1].client.file(self.files[name])).file

    async def history(self, name: str) -> list[tuple[str, str | None]]:
        """Number and comment of each revision, the oldest first."""
        page = await self.people[-1].client.get(f"/files/{self.files[name]}/history", calls.History)
        return [(each.number, each.comment or None) for each in reversed(page.revisions)]

    async def goes_home(self) -> None:
        for person in self.people:
            await person.goes_home()

    async def finds_everything_that_was_written(self) -> None:
        """Bytes count when they are fetched after a restart of everything, by the product's own ways."""
        await self.restarts_the_server()
        places = [OnlyWhole(VaultsOf(person.client), self.ledger) for person in self.people]
        boxes = [person.box() for person in self.people]
        for box in boxes:
            await box.start(look=False)
            box.assert_whole_files()
        shelves = [RecoveryStore(box) for box in boxes]
        workspaces = [WorkspaceFiles(box.root) for box in boxes]
        await self.ledger.assert_whole(*places, *shelves, *workspaces)
        for box in boxes:
            await box.stop()


class Person:
    """Somebody at a seat."""

    def __init__(self, shop: Shop, name: str, folder: Path, client: Client, line: Proxy, seats: AsyncExitStack) -> None:
        self.shop = shop
        self.name = name
        self.client = client
        self.line = line
        self._folder = folder
        self._seats = seats
        self._seat: QuietSeat | None = None
        self._programs = self.box()

    def box(self) -> SeatBox:
        """The programs of the person, and an engine that looks at the workspace after work."""
        return SeatBox(
            self._folder,
            make_vault=lambda: VaultCalls(http_of(self.client)),
            seat=self.client.seat,
            person=self.name,
            ledger=self.shop.ledger,
        )

    @property
    def seat(self) -> QuietSeat:
        assert self._seat is not None, f"{self.name} is not at work"
        return self._seat

    async def comes_to_work(self) -> None:
        self._seat = await self._seats.enter_async_context(quiet_seat(self._folder, self.client, self.line.address))
        await self.is_in_step()

    async def goes_home(self) -> None:
        self._seat = None
        await self._seats.aclose()

    async def is_in_step(self) -> None:
        await self.seat.in_step()

    async def knows_that_she_is_offline(self) -> None:
        await self.seat.offline()

    # Commands

    async def adds(self, path: str, content: bytes) -> None:
        """A file from the desk goes into the vault."""
        folder, _, name = path.rpartition("/")
        source = self._folder / "desk" / name
        source.parent.mkdir(parents=True, exist_ok=True)
        source.write_bytes(self.shop.ledger.wrote(content, by=self.name, where=name))
        vault = await self.client.vault()
        await self._does(requests.AddFiles(vault=vault, folder=folder, sources=(str(source),)))
        tree = await self.client.tree(vault)
        self.shop.files[name] = next(each.id for each in tree.files.values() if each.path == path)

    async def gets_latest(self, *names: str) -> None:
        await self._does(requests.GetLatest(files=self._ids(names)))

    async def checks_out(self, *names: str) -> None:
        await self._does(requests.CheckOut(files=self._ids(names)))

    async def checks_in(self, name: str, *, comment: str) -> None:
        await self._does(requests.CheckIn(files=self._ids([name]), comment=comment))
        await self._in_care(name)

    async def asks_for_a_check_in_that_waits(self, name: str, *, comment: str) -> None:
        (result,) = await self.seat.do(requests.CheckIn(files=self._ids([name]), comment=comment))
        assert result.outcome is Outcome.WAITS, result

    async def has_nothing_waiting(self) -> None:
        await until(lambda: self.seat.store.queue == ())

    async def checks_in_whatever_it_takes(self, name: str, *, comment: str) -> None:
        """Asked once: what has no answer goes on by itself."""
        (result,) = await self.seat.do(requests.CheckIn(files=self._ids([name]), comment=comment))
        assert result.outcome in (Outcome.DONE, Outcome.WAITS), result
        await self.has_nothing_waiting()
        await self._in_care(name)

    async def may_not_move_the_folder(self, path: str, to: str, *, because: str) -> None:
        (result,) = await self.seat.do(requests.MoveFolder(vault=await self.client.vault(), path=path, to=to))
        assert result.outcome is Outcome.REFUSED
        assert because in result.text

    async def renames(self, name: str, path: str) -> None:
        await self._does(requests.Rename(file=self.shop.files[name], path=path))

    async def deletes(self, name: str) -> None:
        await self._does(requests.Delete(files=self._ids([name])))

    async def restores(self, name: str) -> None:
        vault = await self.client.vault()
        await self._does(requests.RestoreFile(vault=vault, file=self.shop.files[name]))

    async def keeps_both(self, name: str) -> None:
        """Of her version and the vault's, as soon as she is asked."""
        file = self.shop.files[name]
        await until(lambda: any(each.file == file for each in self._conflicts()))
        (conflict,) = (each for each in self._conflicts() if each.file == file)
        await self._does(requests.DecideVersions(file=file, side=Side.BOTH, seen=conflict.seen, who=self.name))

    # From hand to hand

    async def asks_for(self, name: str, *, because: str) -> None:
        await self.client.change("POST", f"/files/{self.shop.files[name]}/ask", calls.AskForFile(text=because))

    async def request(self) -> calls.Request:
        """The one that waits for an answer, to this person or by this person."""
        (request,) = (await self.client.get("/session/mine", calls.MyLists)).requests
        return request

    async def hands_over(self, name: str, to: str, *, request: str | None = None) -> FileResult:
        (result,) = await self._does(requests.Transfer(file=self.shop.files[name], to=to, request=request))
        return result

    async def tries_to_hand_over(self, name: str, to: str, *, request: str | None = None) -> FileResult:
        """Whatever comes of it."""
        (result,) = await self.seat.do(requests.Transfer(file=self.shop.files[name], to=to, request=request))
        return result

    async def line_for(self, name: str) -> list[str]:
        line = await self.client.get(f"/files/{self.shop.files[name]}/waiting", calls.Line)
        return [each.person for each in line.waiters]

    async def wants_to_be_told(self, name: str) -> None:
        await self.client.change("PUT", f"/files/{self.shop.files[name]}/waiting")

    async def forces_a_release(self, name: str, *, because: str, give_to: str | None = None) -> None:
        wish = calls.ForceRelease(token=(await self.lock(name)).token, reason=because, give_to=give_to)
        await self.client.change("POST", f"/files/{self.shop.files[name]}/force", wish)

    async def disables(self, name: str) -> None:
        await self.client.change("DELETE", f"/people/{name}")

    async def undoes(self, name: str) -> None:
        await self._does(requests.UndoCheckOut(files=self._ids([name])))

    async def lock(self, name: str) -> Lock:
        lock = (await self.client.file(self.shop.files[name])).file.lock
        assert lock is not None, f"nobody has {name}"
        return lock

    async def told(self) -> list[str]:
        """What this person's inbox says, the oldest first."""
        return [each.kind for each in (await self.client.get("/inbox", calls.Inbox)).entries]

    async def is_told(self, *kinds: str) -> None:
        """The inbox comes to say just that."""
        async with asyncio.timeout(PATIENCE):
            while await self.told() != list(kinds):  # noqa: ASYNC110 - the server tells nobody but seats
                await asyncio.sleep(0.02)

    async def has_checked_out(self, name: str) -> None:
        """This seat has it, as its window shows."""
        file = self.shop.files[name]
        await until(lambda: (held := self.seat.store.local.get(file)) is not None and held.writable)
        assert (await self.lock(name)).seat == self.client.seat

    async def says(self, words: str) -> None:
        """The seat comes to tell its person."""
        await until(lambda: any(words in each for each in self.seat.said))

    async def parked(self) -> list[bytes]:
        """What this person may fetch of what is parked."""
        return [await self.client.parked_content(each.id) for each in await self.client.parked()]

    async def is_parked(self, content: bytes) -> None:
        """It comes to be there."""
        async with asyncio.timeout(PATIENCE):
            while content not in await self.parked():  # noqa: ASYNC110 - the server tells nobody but seats
                await asyncio.sleep(0.02)

    def _conflicts(self) -> list[Conflict]:
        return [each for each in self.seat.store.issues.all if isinstance(each, Conflict)]

    async def _does(self, request: FileRequest) -> tuple[FileResult, ...]:
        results = await self.seat.do(request)
        assert all(each.outcome in (Outcome.DONE, Outcome.UNCHANGED) for each in results), results
        return results

    def _ids(self, names: tuple[str, ...] | list[str]) -> tuple[str, ...]:
        return tuple(self.shop.files[name] for name in names)

    async def _in_care(self, name: str) -> None:
        self.shop.ledger.in_care_hash((await self.shop.file(name)).head.hash)

    # Programs

    async def place(self, name: str) -> str:
        return f"Production/{(await self.shop.file(name)).path}"

    async def saves(self, name: str, content: bytes, *, by_replacement: bool = False, by_force: bool = False) -> None:
        """In the program; where the file was when the seat was last in step."""
        place = self._where(name)
        is_writable = self._programs.full(place).stat().st_mode & 0o200
        assert is_writable or by_force, f"{name} is read-only at {self.name}'s"
        self._programs.save(place, content, replace=by_replacement)

    def _where(self, name: str) -> str:
        copy = self.seat.store.local[self.shop.files[name]]
        return Path(copy.path).relative_to(self.seat.workspace).as_posix()

    # What is to be seen

    async def has(self, name: str, content: bytes) -> None:
        """The copy comes to be this, where its file is in the vault."""
        place = await self.place(name)
        await until(lambda: self._programs.read(place) == content)

    async def lacks(self, name: str) -> None:
        """The copy has gone."""
        await until(lambda: name not in {Path(place).name for place in self._programs.visible()})

    def sees_beside(self, begins: str) -> list[bytes]:
        """What her second versions of a file are."""
        seen = self._programs.visible().items()
        return [content for place, content in seen if Path(place).name.startswith(f"{begins} (")]

    def sees_in_the_job(self) -> dict[str, bytes]:
        return {place: content for place, content in self._programs.visible().items() if "(" not in place}
