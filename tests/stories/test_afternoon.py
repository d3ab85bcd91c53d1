"""An afternoon in the shop: two people, a network that is cut, a server that restarts. Nothing is lost, and all agree.

Anna and Tomas sit at seats that are the whole program but its window. Each is connected by a line that can be cut,
unplugged, and made to lose an answer. Read it as a play; the stage is below.
"""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from pdm_desktop.core import requests
from pdm_desktop.core.decisions import Side
from pdm_desktop.core.issues import Conflict
from pdm_desktop.core.requests import FileRequest
from pdm_desktop.core.results import FileResult, Outcome
from pdm_desktop.net.vault import VaultCalls
from server.protocol import calls
from server.protocol.vault import File
from tests.support.client import PASSWORD, Client, signed_in
from tests.support.ledger import Ledger, OnlyWhole, RecoveryStore, VaultsOf, WorkspaceFiles
from tests.support.proxy import Proxy, proxy
from tests.support.quiet_seat import QuietSeat, quiet_seat
from tests.support.seat_box import SeatBox
from tests.support.seat_parts import http_of, until
from tests.support.server import RealServer, real_server

MB = 1_000_000


async def test_an_afternoon(tmp_path: Path) -> None:
    async with a_shop(tmp_path) as (shop, anna, tomas):
        # One o'clock. Tomas brings the files of a new job, and Anna gets them.
        for name in ("plate.nc", "shaft.nc", "old.nc", "drawing.pdf"):
            await tomas.adds(f"Jobs/2210/{name}", f"{name}, as Tomas made it\n".encode())
        await tomas.adds("Jobs/2210/block.mcam", b"an empty block\n")
        await anna.gets_latest("plate.nc", "shaft.nc", "old.nc", "drawing.pdf")
        await tomas.gets_latest("plate.nc")

        # Anna works on the plate and saves again and again. Tomas's copy follows when she checks it in.
        await anna.checks_out("plate.nc")
        await anna.saves("plate.nc", b"feed 800\n")
        await anna.saves("plate.nc", b"feed 900\n", by_replacement=True)
        await anna.saves("plate.nc", b"feed 1000\n")
        await anna.checks_in("plate.nc", comment="faster")
        await tomas.has("plate.nc", b"feed 1000\n")

        # Tomas checks a large block in; the line is cut in the middle of it. Anna fetches it, and hers is cut as well.
        block = noise(20 * MB)
        await tomas.checks_out("block.mcam")
        await tomas.saves("block.mcam", block)
        tomas.line.cut("up", 9 * MB)
        await tomas.checks_in("block.mcam", comment="roughed")
        assert tomas.line.cuts == []
        anna.line.cut("down", 11 * MB)
        await anna.gets_latest("block.mcam")
        assert anna.line.cuts == []
        await anna.has("block.mcam", block)

        # The server restarts. Both come back by themselves, and the next check-out is as fast as ever.
        await shop.restarts_the_server()
        await anna.is_in_step()
        await tomas.is_in_step()
        await anna.checks_out("plate.nc", "shaft.nc")

        # Somebody trips over Anna's cable. She goes on, asks for a check-in, and saves once more before it can be sent.
        anna.line.unplug()
        await anna.knows_that_she_is_offline()
        await anna.saves("plate.nc", b"feed 1100\n")
        await anna.asks_for_a_check_in_that_waits("plate.nc", comment="on the train")
        await anna.saves("plate.nc", b"feed 1150\n")
        await anna.saves("old.nc", b"an idea that is nobody's business\n", by_force=True)

        # Tomas does not know. He may not move the folder with her files in it; he renames, deletes and corrects others.
        await tomas.checks_out("old.nc")
        await tomas.saves("old.nc", b"the last word on it\n")
        await tomas.checks_in("old.nc", comment="for the record")
        await tomas.may_not_move_the_folder("Jobs/2210", "Jobs/2210 Manifold", because="Anna has plate.nc")
        await tomas.renames("block.mcam", "Jobs/2210/manifold block.mcam")
        await tomas.deletes("drawing.pdf")

        # Both meet: what waited is checked in as it was saved last; clean copies have followed, her idea stays.
        anna.line.plug_in()
        await anna.is_in_step()
        await anna.has_nothing_waiting()
        await tomas.has("plate.nc", b"feed 1150\n")
        await anna.has("plate.nc", b"feed 1150\n")
        await anna.lacks("drawing.pdf")
        await anna.has("block.mcam", block)
        await anna.has("old.nc", b"an idea that is nobody's business\n")

        # Her idea meets the newer revision: she is asked, keeps both, and checks in what she makes of the two.
        await anna.keeps_both("old.nc")
        await anna.has("old.nc", b"the last word on it\n")
        assert b"an idea that is nobody's business\n" in anna.sees_beside("old")
        await anna.checks_out("old.nc")
        await anna.saves("old.nc", b"the last word on it, and an idea\n")
        await anna.checks_in("old.nc", comment="both")

        # The drawing was needed after all.
        await anna.restores("drawing.pdf")
        await anna.gets_latest("drawing.pdf")
        await tomas.gets_latest("drawing.pdf", "old.nc", "shaft.nc")

        # The answer to a check-in is lost on its way. It counts once.
        await anna.saves("shaft.nc", b"longer by 2 mm\n")
        anna.line.lose_answer(b"/checkin")
        await anna.checks_in_whatever_it_takes("shaft.nc", comment="longer")
        assert anna.line.has_lost
        await tomas.has("shaft.nc", b"longer by 2 mm\n")

        # Six o'clock. Everybody goes home; nothing was lost, both have the same, and the histories are as told.
        await shop.goes_home()
        assert anna.sees_in_the_job() == tomas.sees_in_the_job()
        assert await shop.history("plate.nc") == [("1.0", None), ("1.1", "faster"), ("1.2", "on the train")]
        assert await shop.history("block.mcam") == [("1.0", None), ("1.1", "roughed")]
        assert await shop.history("old.nc") == [("1.0", None), ("1.1", "for the record"), ("1.2", "both")]
        assert await shop.history("shaft.nc") == [("1.0", None), ("1.1", "longer")]
        assert await shop.history("drawing.pdf") == [("1.0", None)]
        await shop.finds_everything_that_was_written()


# The stage


@asynccontextmanager
async def a_shop(folder: Path) -> AsyncIterator[tuple["Shop", "Person", "Person"]]:
    """A server, two lines, two seats."""
    with real_server(folder / "server") as server:
        async with AsyncExitStack() as stack:
            shop = Shop(server)
            for name in ("Anna", "Tomas"):
                server.add_person(name, PASSWORD)
                client = await stack.enter_async_context(signed_in(server.address, name))
                line = await stack.enter_async_context(proxy(server.address))
                seats = await stack.enter_async_context(AsyncExitStack())
                shop.people.append(Person(shop, name, folder / name, client, line, seats))
            for person in shop.people:
                await person.comes_to_work()
            anna, tomas = shop.people
            yield shop, anna, tomas


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
        return (await self.people[0].client.file(self.files[name])).file

    async def history(self, name: str) -> list[tuple[str, str | None]]:
        """Number and comment of each revision, the oldest first."""
        page = await self.people[0].client.get(f"/files/{self.files[name]}/history", calls.History)
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
