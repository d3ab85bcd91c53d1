"""Somebody at a seat on the stage of a story: what is done with files in the seat and in programs, and what lies there.

Each is connected by a line that can be cut, unplugged, and made to lose an answer.
"""

from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

from pdm_desktop.core import requests
from pdm_desktop.core.decisions import Side
from pdm_desktop.core.issues import Conflict
from pdm_desktop.core.requests import FileRequest
from pdm_desktop.core.results import FileResult, Outcome
from pdm_desktop.net.vault import VaultCalls
from server.protocol.vault import File
from tests.support.client import Client
from tests.support.ledger import Ledger
from tests.support.proxy import Proxy
from tests.support.quiet_seat import QuietSeat, quiet_seat
from tests.support.seat_box import SeatBox
from tests.support.seat_parts import comes, http_of, until


@dataclass
class Work:
    """What all who work together have in common."""

    ledger: Ledger = field(default_factory=Ledger)
    files: dict[str, str] = field(default_factory=dict)
    """Ids by name."""
    clients: list[Client] = field(default_factory=list)
    """Those of all: what the server has is looked at through the last one's."""


class Worker:
    """Somebody at a seat."""

    def __init__(self, work: Work, name: str, folder: Path, client: Client, line: Proxy, seats: AsyncExitStack) -> None:
        self.work = work
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
            ledger=self.work.ledger,
        )

    async def file(self, name: str) -> File:
        """As the server has it."""
        return (await self.work.clients[-1].file(self.work.files[name])).file

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
        source = self.brings(name, self.work.ledger.wrote(content, by=self.name, where=name))
        vault = await self.client.vault()
        await self._does(requests.AddFiles(vault=vault, folder=folder, sources=(str(source),)))
        tree = await self.client.tree(vault)
        self.work.files[name] = next(each.id for each in tree.files.values() if each.path == path)

    async def gets_latest(self, *names: str) -> None:
        await self._does(requests.GetLatest(files=self._ids(names)))

    async def checks_out(self, *names: str) -> None:
        await self._does(requests.CheckOut(files=self._ids(names)))

    async def checks_in(self, name: str, *, comment: str, keep: bool = False) -> None:
        await self._does(requests.CheckIn(files=self._ids([name]), comment=comment, keep=keep))
        await self._in_care(name)

    async def undoes(self, name: str) -> None:
        await self._does(requests.UndoCheckOut(files=self._ids([name])))

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
        assert because in await self.may_not(requests.MoveFolder(vault=await self.client.vault(), path=path, to=to))

    async def may_not_check_in(self, name: str, *, comment: str | None = None) -> str:
        return await self.may_not(requests.CheckIn(files=self._ids([name]), comment=comment))

    async def may_not_rename(self, name: str, path: str) -> str:
        return await self.may_not(requests.Rename(file=self.work.files[name], path=path))

    async def may_not_add(self, path: str, content: bytes) -> str:
        folder, _, name = path.rpartition("/")
        source, vault = self.brings(name, content), await self.client.vault()
        return await self.may_not(requests.AddFiles(vault=vault, folder=folder, sources=(str(source),)))

    async def may_not(self, request: FileRequest) -> str:
        """It is refused; why, in the seat's words."""
        (result,) = await self.seat.do(request)
        assert result.outcome is Outcome.REFUSED, result
        return result.text

    async def renames(self, name: str, path: str) -> None:
        await self._does(requests.Rename(file=self.work.files[name], path=path))

    async def deletes(self, name: str) -> None:
        await self._does(requests.Delete(files=self._ids([name])))

    async def restores(self, name: str) -> None:
        vault = await self.client.vault()
        await self._does(requests.RestoreFile(vault=vault, file=self.work.files[name]))

    async def keeps_both(self, name: str) -> None:
        """Of her version and the vault's, as soon as she is asked."""
        await self._decides(name, Side.BOTH)

    async def takes_the_vaults(self, name: str) -> None:
        """Of the two versions; her own goes to the recovery store."""
        await self._decides(name, Side.THEIRS)

    async def _decides(self, name: str, side: Side) -> None:
        file = self.work.files[name]
        await until(lambda: any(each.file == file for each in self._conflicts()))
        (conflict,) = (each for each in self._conflicts() if each.file == file)
        await self._does(requests.DecideVersions(file=file, side=side, seen=conflict.seen, who=self.name))

    def _conflicts(self) -> list[Conflict]:
        return [each for each in self.seat.store.issues.all if isinstance(each, Conflict)]

    async def _does(self, request: FileRequest) -> tuple[FileResult, ...]:
        results = await self.seat.do(request)
        assert all(each.outcome in (Outcome.DONE, Outcome.UNCHANGED) for each in results), results
        return results

    def _ids(self, names: tuple[str, ...] | list[str]) -> tuple[str, ...]:
        return tuple(self.work.files[name] for name in names)

    async def _in_care(self, name: str) -> None:
        self.work.ledger.in_care_hash((await self.file(name)).head.hash)

    # Programs

    @property
    def desk(self) -> Path:
        """A folder of this person's, which no vault knows."""
        return self._folder / "desk"

    def brings(self, name: str, content: bytes) -> Path:
        """A file is on the desk."""
        self.desk.mkdir(parents=True, exist_ok=True)
        source = self.desk / name
        source.write_bytes(content)
        return source

    async def place(self, name: str) -> str:
        return f"Production/{(await self.file(name)).path}"

    async def saves(self, name: str, content: bytes, *, by_replacement: bool = False, by_force: bool = False) -> None:
        """In the program; where the file was when the seat was last in step."""
        place = self._where(name)
        is_writable = self._programs.full(place).stat().st_mode & 0o200
        assert is_writable or by_force, f"{name} is read-only at {self.name}'s"
        self._programs.save(place, content, replace=by_replacement)

    def _where(self, name: str) -> str:
        copy = self.seat.store.local[self.work.files[name]]
        return Path(copy.path).relative_to(self.seat.workspace).as_posix()

    # What is to be seen

    async def has(self, name: str, content: bytes) -> None:
        """The copy comes to be this, where its file is in the vault."""
        place = await self.place(name)
        is_here = await comes(lambda: self._programs.read(place) == content)
        assert is_here, f"{self.name} has {self._programs.read(place)!r}"

    def sees_at(self, place: str) -> bytes | None:
        """What lies there, wherever its file is in the vault by now."""
        return self._programs.read(place)

    async def has_read_only(self, name: str, content: bytes) -> None:
        """The same, and no program may write it."""
        await self._has_so(name, content, writable=False)

    async def has_writable(self, name: str, content: bytes) -> None:
        """The same, and a program may write it."""
        await self._has_so(name, content, writable=True)

    async def _has_so(self, name: str, content: bytes, *, writable: bool) -> None:
        await self.has(name, content)
        place = self._programs.full(await self.place(name))
        assert await comes(lambda: bool(place.stat().st_mode & 0o200) is writable)

    async def lacks(self, name: str) -> None:
        """The copy has gone."""
        await until(lambda: name not in {Path(place).name for place in self._programs.visible()})

    def sees_beside(self, begins: str) -> list[bytes]:
        """What her second versions of a file are."""
        seen = self._programs.visible().items()
        return [content for place, content in seen if Path(place).name.startswith(f"{begins} (")]

    def sees_in_the_job(self) -> dict[str, bytes]:
        return {place: content for place, content in self._programs.visible().items() if "(" not in place}
