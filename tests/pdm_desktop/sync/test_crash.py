"""The program dies before or after every single call to disk, journal or server. Nothing is lost, and it goes on."""

import inspect
from collections.abc import Awaitable, Callable
from pathlib import Path, PurePath
from typing import Any, cast

import pytest
from blake3 import blake3

from pdm_desktop.core import requests
from pdm_desktop.core.decisions import Seen, Side
from pdm_desktop.core.requests import FileRequest
from pdm_desktop.sync.disk import LocalDisk
from pdm_desktop.sync.events import StrangersSeen
from pdm_desktop.sync.journal import Journal
from pdm_desktop.sync.ports import Disk
from server.protocol.vault import File
from tests.support.client import Client, signed_in
from tests.support.fs_shim import Between, FsShim, shimmed
from tests.support.meanwhile import in_step, seq, tell, turns
from tests.support.one_file import FIRST, WORK, added, force, on_disk, remove
from tests.support.points import Call
from tests.support.seat_parts import Workplace, workplace
from tests.support.windows_programs import IN_WINE, LONG_IN_WINE

NEWER = b"G1 X1\n" * 30
MOST = 300
"""More calls than any command makes."""
PARTS = 4
"""So many cases share the moments of one act: each stays far from the time after which a test counts as hanging."""

part = pytest.mark.parametrize("first", range(1, PARTS + 1), ids=lambda first: f"from {first}")
long_part = pytest.mark.parametrize(
    "first",
    [pytest.param(first, marks=LONG_IN_WINE) for first in range(1, PARTS + 1)],
    ids=lambda first: f"from {first}",
)


class Died(Exception):
    """The process is gone: from now on nothing that it does has an effect."""


class Life:
    """Counts the moments at which a process can die, and ends at one of them."""

    def __init__(self, last: int) -> None:
        self.last = last
        self.moments = 0

    def moment(self) -> None:
        self.moments += 1
        if self.moments >= self.last:
            raise Died

    @property
    def is_over(self) -> bool:
        return self.moments >= self.last


class Mortal:
    """Something of the world, used by a process that may die around each call."""

    def __init__(self, real: Any, life: Life) -> None:
        self._real = real
        self._life = life

    def __getattr__(self, name: str) -> Any:
        real = getattr(self._real, name)
        if not callable(real) or name == "close":
            return real

        def call(*args: Any, **kwargs: Any) -> Any:
            self._life.moment()
            answer = real(*args, **kwargs)
            if inspect.iscoroutine(answer):
                return self._awaited(answer)
            if name != "begin":  # the file that it has just opened could not be closed any more
                self._life.moment()
            return answer

        return call

    async def _awaited(self, answer: Awaitable[Any]) -> Any:
        got = await answer
        self._life.moment()
        return got


async def check_out(anna: Client, tomas: Client, place: Workplace, file: File) -> FileRequest:
    """An old copy is here, and the vault has a newer revision."""
    await place.one(requests.GetLatest(files=(file.id,)))
    await tomas.check_in(await tomas.check_out(file.id), WORK)
    return requests.CheckOut(files=(file.id,))


async def get_latest(anna: Client, tomas: Client, place: Workplace, file: File) -> FileRequest:
    """Somebody edited the newest revision by force."""
    await place.one(requests.GetLatest(files=(file.id,)))
    force(on_disk(place, file), WORK)
    return requests.GetLatest(files=(file.id,))


async def two_versions(anna: Client, tomas: Client, place: Workplace, file: File) -> Seen:
    """Somebody edited a copy by force, and the vault has a newer revision."""
    await get_latest(anna, tomas, place, file)
    await tomas.check_in(await tomas.check_out(file.id), NEWER)
    return Seen(hash=blake3(WORK).hexdigest(), head=(1, 1))


async def keep_both(anna: Client, tomas: Client, place: Workplace, file: File) -> FileRequest:
    seen = await two_versions(anna, tomas, place, file)
    return requests.DecideVersions(file=file.id, side=Side.BOTH, seen=seen, who="Anna")


async def take_theirs(anna: Client, tomas: Client, place: Workplace, file: File) -> FileRequest:
    seen = await two_versions(anna, tomas, place, file)
    return requests.DecideVersions(file=file.id, side=Side.THEIRS, seen=seen, who="Anna")


async def go_on_with_mine(anna: Client, tomas: Client, place: Workplace, file: File) -> FileRequest:
    seen = await two_versions(anna, tomas, place, file)
    return requests.DecideVersions(file=file.id, side=Side.MINE, seen=seen, who="Anna")


async def check_in(anna: Client, tomas: Client, place: Workplace, file: File) -> FileRequest:
    await place.one(requests.CheckOut(files=(file.id,)))
    on_disk(place, file).write_bytes(WORK)
    return requests.CheckIn(files=(file.id,))


async def undo(anna: Client, tomas: Client, place: Workplace, file: File) -> FileRequest:
    await check_in(anna, tomas, place, file)
    return requests.UndoCheckOut(files=(file.id,))


async def delete(anna: Client, tomas: Client, place: Workplace, file: File) -> FileRequest:
    await check_in(anna, tomas, place, file)
    return requests.Delete(files=(file.id,))


async def rename(anna: Client, tomas: Client, place: Workplace, file: File) -> FileRequest:
    await check_in(anna, tomas, place, file)
    return requests.Rename(file=file.id, path=f"{file.folder}/renamed.nc")


AFTER: dict[Callable[..., Awaitable[FileRequest]], tuple[dict[bytes, bool], bool]] = {
    check_out: ({WORK: True}, True),
    get_latest: ({FIRST: False}, False),
    check_in: ({WORK: False}, False),
    undo: ({FIRST: False}, False),
    delete: ({}, False),
    rename: ({WORK: True}, True),
    keep_both: ({NEWER: False, WORK: True}, False),
    take_theirs: ({NEWER: False}, False),
    go_on_with_mine: ({WORK: True}, True),
}
"""What is in the workspace in the end, each with whether it can be written; and whether it is checked out here."""
QUICK = (undo,) if IN_WINE else (check_out, check_in, undo, keep_both, go_on_with_mine)


@part
@pytest.mark.parametrize(
    "prepare",
    [each if each in QUICK else pytest.param(each, marks=pytest.mark.full) for each in AFTER],
    ids=lambda each: each.__name__,
)
async def test_dying_at_any_moment_of_a_command_loses_nothing(
    anna: Client, tomas: Client, tmp_path: Path, prepare: Callable[..., Awaitable[FileRequest]], first: int
) -> None:
    for last in range(first, MOST, PARTS):
        folder = tmp_path / str(last)
        file = await added(anna)
        async with workplace(anna, folder) as place:
            request = await prepare(anna, tomas, place, file)
        life = Life(last)
        died = await dies(anna, folder, request, life)
        await is_safe(anna, folder, file)
        async with workplace(anna, folder) as place:
            await place.engine.go_on()
            await place.engine.run(request, {})
            assert place.journal.unfinished() == []
            shown = [path for path in (place.root / "Production").rglob("*") if path.is_file()]
            content, held = AFTER[prepare]
            assert {path.read_bytes(): bool(path.stat().st_mode & 0o200) for path in shown} == content, last
            assert len(shown) == len(content), last
            assert (place.journal.hold(file.id) is not None) is held, last
        await is_safe(anna, folder, file)
        if not died:
            return
    raise AssertionError("the command never came to its end")


@long_part
@pytest.mark.parametrize("keep", [False, True], ids=["given back", "kept"])
async def test_dying_at_any_moment_of_what_waited_checks_it_in_once(
    anna: Client, tomas: Client, tmp_path: Path, keep: bool, first: int
) -> None:
    for last in range(first, MOST, PARTS):
        folder = tmp_path / str(last)
        file = await added(anna)
        async with workplace(anna, folder) as place:
            await check_in(anna, tomas, place, file)
            await place.engine.away()
            await place.one(requests.CheckIn(files=(file.id,), keep=keep))
        died = await dies(anna, folder, None, Life(last))
        await is_safe(anna, folder, file)
        async with workplace(anna, folder) as place:
            left = len(place.journal.waiting())
            assert left == 1 or (await anna.file(file.id)).file.head.number == "1.1", last
            await place.engine.go_on()
            await place.engine.go_on()
            assert (place.journal.waiting(), place.journal.unfinished()) == ([], []), last
            now = (await anna.file(file.id)).file
            assert (now.head.number, now.lock is not None) == ("1.1", keep), last
            assert bool(on_disk(place, file).stat().st_mode & 0o200) is keep, last
        assert await anna.content(file.id) == WORK
        if not died:
            return
    raise AssertionError("the queue never came to its end")


@long_part
async def test_dying_at_any_moment_of_learning_that_a_lock_was_taken_over_parks_its_work_once(
    anna: Client, tomas: Client, tmp_path: Path, first: int
) -> None:
    for last in range(first, MOST, PARTS):
        folder = tmp_path / str(last)
        file = await added(anna)
        async with workplace(anna, folder) as place:
            await check_in(anna, tomas, place, file)
        async with signed_in(anna.address, "Anna") as laptop:
            await laptop.adopt(file.id)
        died = await dies(anna, folder, None, Life(last), compares=True)
        async with workplace(anna, folder, after_crash=True) as place:
            await goes_on(place, anna)
            left = (place.journal.hold(file.id), place.journal.lost(file.id), place.journal.unfinished())
            assert left == (None, None, []), last
            path = on_disk(place, file)
            assert (path.read_bytes(), path.stat().st_mode & 0o200) == (WORK, 0), last
        parked = [each for each in await anna.parked() if each.file == file.id]
        assert [await anna.parked_content(each.id) for each in parked] == [WORK], last
        if not died:
            return
    raise AssertionError("it never came to its end")


class Killed(BaseException):
    """The program is killed."""


def kill() -> None:
    raise Killed


def killed_after_move() -> Callable[[Path], Disk]:
    """The process ends when a file has another name, and the journal does not know yet."""
    return shimmed(Between("move", 1, kill, after=True))


async def killed_on_its_way(anna: Client, tomas: Client, folder: Path, file: File) -> Path:
    """Tomas renames a file, and the process ends when its copy here has the new name. Where the copy lies by now."""
    async with workplace(anna, folder, make_disk=killed_after_move()) as place:
        await place.do(requests.GetLatest(files=(file.id,)))
        since = await seq(tomas)
        await tomas.move(file.id, f"{file.folder}/moved.nc")
        with pytest.raises(Killed):
            await tell(place, tomas, since)
    return on_disk(place, file).with_name("moved.nc")


async def goes_on(place: Workplace, client: Client) -> None:
    await in_step(place, client)
    await place.engine.go_on()
    await turns(place)
    await in_step(place, client)


async def test_a_copy_that_was_killed_on_its_way_is_where_it_lies(
    anna: Client, tomas: Client, tmp_path: Path, file: File
) -> None:
    await killed_on_its_way(anna, tomas, tmp_path, file)
    async with workplace(anna, tmp_path, after_crash=True) as place:
        copy = place.journal.copy(file.id)
        assert copy is not None
        assert copy.path == f"{file.folder}/moved.nc"
        await goes_on(place, anna)
        assert place.journal.copy(file.id) == copy
        assert (place.root / copy.place).read_bytes() == FIRST
        assert [each for each in place.events if isinstance(each, StrangersSeen) and each.files] == []
        assert place.journal.moving() == []


@pytest.mark.parametrize("saved_since", [False, True])
async def test_work_that_was_killed_on_its_way_is_checked_in(
    anna: Client, tmp_path: Path, file: File, saved_since: bool
) -> None:
    to = f"{file.folder} new"
    async with workplace(anna, tmp_path, make_disk=killed_after_move()) as place:
        await place.do(requests.CheckOut(files=(file.id,)))
        on_disk(place, file).write_bytes(b"not done yet" if saved_since else WORK)
        with pytest.raises(Killed):
            await place.engine.run(requests.MoveFolder(vault=await anna.vault(), path=file.folder, to=to), {})
    moved = place.root / "Production" / to / "plate.nc"
    if saved_since:
        moved.write_bytes(WORK)
    async with workplace(anna, tmp_path, after_crash=True) as place:
        await goes_on(place, anna)
        assert (await place.one(requests.CheckIn(files=(file.id,)))).text == "Checked in as Rev 1.1."
        assert await anna.content(file.id) == WORK
        assert moved.read_bytes() == WORK


async def test_a_file_that_came_instead_of_one_on_its_way_is_nobodys_copy(
    anna: Client, tomas: Client, tmp_path: Path, file: File
) -> None:
    moved = await killed_on_its_way(anna, tomas, tmp_path, file)
    other = moved.with_name("other")
    other.write_bytes(b"somebody's own")
    other.replace(moved)
    async with workplace(anna, tmp_path, after_crash=True) as place:
        copy = place.journal.copy(file.id)
        assert copy is not None
        assert place.root / copy.place != moved
        assert place.journal.moving() == []


class NoSwap(LocalDisk):
    """Windows, and FAT: two files cannot be swapped in one step."""

    exchanges = False


class KilledWithoutAFile:
    """The process ends when the old file has left its place for the store, and the new one has not come."""

    is_over = False

    def before(self, call: Call) -> None:
        if self.is_over:
            raise Killed

    def after(self, call: Call) -> None:
        places = [each for each in call.arguments if isinstance(each, PurePath)]
        if call.method == "place" and places[0].name == "plate.nc":
            self.is_over = True
            raise Killed


async def test_an_instant_without_a_file_does_not_last(anna: Client, tomas: Client, tmp_path: Path, file: File) -> None:
    async with workplace(anna, tmp_path, make_disk=NoSwap) as place:
        await place.do(requests.GetLatest(files=(file.id,)))
    since = await seq(tomas)
    await tomas.check_in(await tomas.check_out(file.id), NEWER)
    kills = KilledWithoutAFile()
    async with workplace(anna, tmp_path, make_disk=lambda root: cast("Disk", FsShim(NoSwap(root), kills))) as place:
        with pytest.raises(Killed):
            await tell(place, tomas, since)
        assert not on_disk(place, file).exists()
    async with workplace(anna, tmp_path, make_disk=NoSwap, after_crash=True) as place:
        assert on_disk(place, file).exists(), "as before, also without the server"
        assert on_disk(place, file).read_bytes() == FIRST
        assert place.kept() == []
        await goes_on(place, anna)
        assert on_disk(place, file).read_bytes() == NEWER
        assert place.journal.replacements() == {}
        assert place.kept() == []
        assert place.issues() == ()


async def test_work_that_was_in_no_place_for_an_instant_is_back(anna: Client, tmp_path: Path, file: File) -> None:
    async with workplace(anna, tmp_path, make_disk=NoSwap) as place:
        await place.do(requests.GetLatest(files=(file.id,)))
        path = on_disk(place, file)
        force(path, WORK)
    kills = KilledWithoutAFile()
    async with workplace(anna, tmp_path, make_disk=lambda root: cast("Disk", FsShim(NoSwap(root), kills))) as place:
        with pytest.raises(BaseExceptionGroup):
            await place.do(requests.GetLatest(files=(file.id,)))
        assert not path.exists()
    async with workplace(anna, tmp_path, make_disk=NoSwap) as place:
        assert path.read_bytes() == WORK
        remove(path)
    async with workplace(anna, tmp_path, make_disk=NoSwap):
        assert not path.exists(), "what a person removes stays so"


async def dies(
    client: Client, folder: Path, request: FileRequest | None, life: Life, *, compares: bool = False
) -> bool:
    """Do a request, or what waits, in a process that dies at the end of a life. True: it died before it was done.

    With `compares` it only gets in step with the server.
    """
    try:
        async with workplace(
            client,
            folder,
            make_disk=lambda root: Mortal(LocalDisk(root), life),
            around=lambda calls: Mortal(calls, life),
            wrap_journal=lambda journal: cast("Journal", Mortal(journal, life)),
            start=False,
        ) as place:
            if compares:
                await in_step(place, client)
            else:
                await (place.engine.go_on() if request is None else place.engine.run(request, {}))
    except* Died:
        """As it should be; what the engine would have said is of no interest."""
    return life.is_over


async def is_safe(client: Client, folder: Path, file: File) -> None:
    """What the person saved is in the workspace, the recovery store, or a revision."""
    found = [path.read_bytes() for path in (folder / "workspace").rglob("*") if path.is_file()]
    if WORK not in found:
        assert await client.content(file.id) == WORK
