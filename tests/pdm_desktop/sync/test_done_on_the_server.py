"""This computer refuses its part after the server has done what was asked: both are told, and it ends by itself."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from pdm_desktop.core import requests
from pdm_desktop.core.errors import Missing
from pdm_desktop.core.results import FileResult, Outcome
from pdm_desktop.net.vault import VaultCalls
from pdm_desktop.sync.events import RequestFinished
from server.protocol.vault import File
from tests.support.client import Client
from tests.support.file_sets import do
from tests.support.fs_shim import NoRoom, Refuses, shimmed
from tests.support.links import needs_links
from tests.support.meanwhile import turns
from tests.support.one_file import FIRST, WORK, edited, on_disk
from tests.support.seat_parts import Workplace, workplace

BY_ITSELF = "It is done by itself; do not ask for it again."


def later(place: Workplace) -> list[FileResult]:
    """What was told of what had gone on by itself, or had not."""
    done = [event.finished for event in place.events if isinstance(event, RequestFinished)]
    return [each for finished in done for each in finished.results]


def told_later(place: Workplace) -> list[str]:
    """What was told of requests that had gone on by themselves."""
    return [each.text for each in later(place) if each.text.startswith("Gone on")]


def stopped(place: Workplace) -> list[str]:
    """What was told of those that had not: what comes after "The move from before"."""
    return [each.text.split(" from before ")[1] for each in later(place) if " from before " in each.text]


class Contents(list["ContentGone"]):
    """The vaults of a seat, as they are made."""

    def __call__(self, calls: VaultCalls) -> "ContentGone":
        self.append(ContentGone(calls))
        return self[-1]


class ContentGone(VaultCalls):
    """A vault that has the content of no revision any more, until it is put back; counts how often it is asked."""

    def __init__(self, inner: VaultCalls) -> None:
        self._http = inner._http
        self.is_back = False
        self.asked = 0

    @asynccontextmanager
    async def content(self, file: str, revision: str, *, start: int = 0) -> AsyncIterator[AsyncIterator[bytes]]:
        self.asked += 1
        if not self.is_back:
            raise Missing("The server has lost the content of that revision.", advice="Tell your administrator.")
        async with super().content(file, revision, start=start) as blocks:
            yield blocks


async def goes_on(place: Workplace) -> None:
    await place.engine.go_on()
    await turns(place)


async def test_a_check_in_whose_copy_cannot_be_made_read_only_is_told_as_done(
    anna: Client, tmp_path: Path, file: File
) -> None:
    refuses = Refuses("set_writable")
    async with workplace(anna, tmp_path, make_disk=shimmed(refuses)) as place:
        path = await edited(place, file)
        refuses.is_on = True
        result = await place.one(requests.CheckIn(files=(file.id,)))
        assert (result.outcome, result.text) == (Outcome.DONE, "Checked in as Rev 1.1. The drive is in trouble.")
        assert result.advice == "Look after it."
        assert (place.journal.unfinished(), place.journal.hold(file.id)) == ([], None)
        assert await anna.content(file.id) == WORK
        refuses.is_on = False
        await goes_on(place)
        await place.engine.look_at_all()
        assert (path.read_bytes(), path.stat().st_mode & 0o200) == (WORK, 0)


async def test_a_rename_whose_copy_cannot_go_along_is_told_as_happened_and_ends_by_itself(
    anna: Client, tmp_path: Path, file: File
) -> None:
    refuses = Refuses("move")
    async with workplace(anna, tmp_path, make_disk=shimmed(refuses)) as place:
        await place.one(requests.GetLatest(files=(file.id,)))
        refuses.is_on = True
        target = f"{file.folder}/moved.nc"
        result = await place.one(requests.Rename(file=file.id, path=target))
        assert (await anna.file(file.id)).file.path == target
        happened = "The move has happened on the server. Only its end on this computer is left."
        assert (result.outcome, result.text) == (Outcome.GOES_ON, f"{happened} The drive is in trouble.")
        assert result.advice == f"Look after it. {BY_ITSELF}"
        refuses.is_on = False
        await goes_on(place)
        await goes_on(place)
        assert told_later(place) == [f"Gone on with from before: It is {target} now."]
        assert place.journal.unfinished() == []
        assert on_disk(place, file).with_name("moved.nc").read_bytes() == FIRST


async def test_a_deletion_whose_copy_has_no_room_in_the_store_is_told_as_happened_and_ends_by_itself(
    anna: Client, tmp_path: Path, file: File
) -> None:
    full = NoRoom()
    async with workplace(anna, tmp_path, make_disk=shimmed(full)) as place:
        await place.one(requests.GetLatest(files=(file.id,)))
        full.first = 1
        result = await place.one(requests.Delete(files=(file.id,)))
        assert (await anna.file(file.id)).deleted
        assert result.outcome is Outcome.GOES_ON
        assert result.text.startswith("The delete has happened on the server. Only its end on this computer is left. ")
        assert (result.advice or "").endswith(BY_ITSELF)
        full.free()
        await goes_on(place)
        await goes_on(place)
        assert len(told_later(place)) == 1
        assert place.journal.unfinished() == []
        assert not on_disk(place, file).exists()
        assert place.kept() == [FIRST]


async def test_a_check_out_whose_content_is_gone_is_told_as_happened_and_ends_when_that_is_back(
    anna: Client, tmp_path: Path, file: File
) -> None:
    vaults = Contents()
    async with workplace(anna, tmp_path, around=vaults) as place:
        result = await place.one(requests.CheckOut(files=(file.id,)))
        assert (await anna.file(file.id)).file.lock is not None
        assert result.outcome is Outcome.UNFINISHED
        assert result.text.startswith("You have the lock of plate.nc, but Rev 1.0 could not be brought here. ")
        await goes_on(place)
        assert stopped(place) == [f"stopped in between: {result.text}"]
        asked = vaults[0].asked
        await turns(place, 5)
        assert vaults[0].asked == asked, "what is gone is not asked for at every turn"
        vaults[0].is_back = True
        await goes_on(place)
        assert told_later(place) == ["Gone on with from before: Checked out at Rev 1.0; it is writable now."]
        assert place.journal.unfinished() == []
        assert place.journal.hold(file.id) is not None
        assert on_disk(place, file).read_bytes() == FIRST


async def test_an_undo_whose_content_is_gone_is_told_as_happened_and_the_work_stays_until_that_is_back(
    anna: Client, tmp_path: Path, file: File
) -> None:
    vaults = Contents()
    async with workplace(anna, tmp_path, around=vaults) as place:
        (vault,) = vaults
        vault.is_back = True
        path = await edited(place, file)
        vault.is_back = False
        result = await place.one(requests.UndoCheckOut(files=(file.id,)))
        assert (await anna.file(file.id)).file.lock is None
        assert result.outcome is Outcome.UNFINISHED
        assert result.text.startswith("The lock is given back and your work is still in the workspace. ")
        await goes_on(place)
        assert stopped(place) == [f"stopped in between: {result.text}"]
        assert path.read_bytes() == WORK
        vault.is_back = True
        await goes_on(place)
        assert len(told_later(place)) == 1
        assert place.journal.unfinished() == []
        assert (path.read_bytes(), place.kept()) == (FIRST, [WORK])


def behind_a_link(folder: Path, elsewhere: Path) -> None:
    """A folder of the workspace leads out of it from now on."""
    folder.rename(elsewhere)
    folder.symlink_to(elsewhere, target_is_directory=True)


def back(folder: Path, elsewhere: Path) -> None:
    folder.unlink()
    elsewhere.rename(folder)


@needs_links
async def test_a_rename_to_behind_a_link_stops_here_is_told_so_once_and_ends_when_the_link_is_gone(
    anna: Client, tmp_path: Path, file: File
) -> None:
    async with workplace(anna, tmp_path) as place:
        await place.one(requests.GetLatest(files=(file.id,)))
        linked = on_disk(place, file).with_name("linked")
        linked.mkdir()
        behind_a_link(linked, tmp_path / "elsewhere")
        target = f"{file.folder}/linked/plate.nc"
        result = await place.one(requests.Rename(file=file.id, path=target))
        assert (await anna.file(file.id)).file.path == target
        assert (result.outcome, (result.advice or "").endswith(BY_ITSELF)) == (Outcome.GOES_ON, True)
        await goes_on(place)
        await goes_on(place)
        assert stopped(place) == [f"stopped in between: {result.text}"]
        assert on_disk(place, file).read_bytes() == FIRST
        back(linked, tmp_path / "elsewhere")
        await goes_on(place)
        assert told_later(place) == [f"Gone on with from before: It is {target} now."]
        assert place.journal.unfinished() == []
        assert (linked / "plate.nc").read_bytes() == FIRST


@needs_links
async def test_a_deletion_behind_a_link_stops_here_is_told_so_once_and_ends_when_the_link_is_gone(
    anna: Client, tmp_path: Path, file: File
) -> None:
    async with workplace(anna, tmp_path) as place:
        await place.one(requests.GetLatest(files=(file.id,)))
        folder = on_disk(place, file).parent
        behind_a_link(folder, tmp_path / "elsewhere")
        result = await place.one(requests.Delete(files=(file.id,)))
        assert (await anna.file(file.id)).deleted
        assert (result.outcome, (result.advice or "").endswith(BY_ITSELF)) == (Outcome.GOES_ON, True)
        await goes_on(place)
        await goes_on(place)
        assert stopped(place) == [f"stopped in between: {result.text}"]
        assert (tmp_path / "elsewhere" / "plate.nc").read_bytes() == FIRST
        back(folder, tmp_path / "elsewhere")
        await goes_on(place)
        assert len(told_later(place)) == 1
        assert place.journal.unfinished() == []
        assert not on_disk(place, file).exists()
        assert place.kept() == [FIRST]


async def test_so_is_each_file_of_a_set(anna: Client, tmp_path: Path, files: list[File]) -> None:
    full = NoRoom()
    async with workplace(anna, tmp_path, make_disk=shimmed(full)) as place:
        for file in files:
            await place.one(requests.GetLatest(files=(file.id,)))
        full.first = 1
        results = await do(place, requests.Delete(files=tuple(file.id for file in files), together=True), files)
        assert {each.outcome for each in results} == {Outcome.GOES_ON}
        full.free()
        await goes_on(place)
        assert place.journal.unfinished() == []
        assert not any(on_disk(place, file).exists() for file in files)
