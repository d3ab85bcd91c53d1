"""A copy has moved on the disk, and the disk says then that it failed, as when the sync of its folder is refused."""

from pathlib import Path, PurePath

from pdm_desktop.core import requests
from pdm_desktop.core.errors import NotWritable
from pdm_desktop.core.results import Outcome
from pdm_desktop.sync.disk import LocalDisk
from pdm_desktop.sync.events import StrangersSeen
from server.protocol.vault import File
from tests.support.client import Client
from tests.support.meanwhile import in_step, turns
from tests.support.one_file import FIRST, WORK, edited, on_disk
from tests.support.seat_parts import Workplace, workplace


class InTrouble(LocalDisk):
    """It moves files and says that it failed, and makes nothing durable, until it is well again."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.is_well = False
        self.moved: list[PurePath] = []

    def move(self, source: PurePath, target: PurePath) -> None:
        super().move(source, target)
        self.moved.append(target)
        self.refuse()

    def make_durable(self, path: PurePath) -> None:
        if path in self.moved:
            self.refuse()
        super().make_durable(path)

    def refuse(self) -> None:
        if not self.is_well:
            raise NotWritable("The drive is in trouble.")


class Drive:
    """Makes a disk in trouble, and knows it."""

    disk: InTrouble

    def __call__(self, root: Path) -> InTrouble:
        self.disk = InTrouble(root)
        return self.disk


def place_in_journal(place: Workplace, file: File) -> Path:
    copy = place.journal.copy(file.id)
    assert copy is not None
    return place.root / copy.place


async def goes_on(place: Workplace) -> None:
    await place.engine.go_on()
    await turns(place)


async def test_work_that_has_moved_all_the_same_is_checked_in_from_there(
    anna: Client, tmp_path: Path, file: File
) -> None:
    drive = Drive()
    async with workplace(anna, tmp_path, make_disk=drive) as place:
        path = await edited(place, file)
        moved = path.with_name("moved.nc")
        await place.one(requests.Rename(file=file.id, path=f"{file.folder}/moved.nc"))
        assert (path.exists(), moved.read_bytes()) == (False, WORK)
        drive.disk.is_well = True
        await goes_on(place)
        assert place_in_journal(place, file) == moved, "the work is told as missing"
        assert (place.journal.moving(), place.journal.unfinished()) == ([], [])
        seen = [each.files for each in place.events if isinstance(each, StrangersSeen)]
        assert seen[-1:] in ([], [()]), "it is told as an own file"
        result = await place.one(requests.CheckIn(files=(file.id,)))
        assert result.outcome is Outcome.DONE, result.text
        assert (await anna.content(file.id), moved.read_bytes()) == (WORK, WORK)


async def test_it_is_not_in_the_journal_before_it_is_on_the_disk_itself(
    anna: Client, tmp_path: Path, file: File
) -> None:
    drive = Drive()
    async with workplace(anna, tmp_path, make_disk=drive) as place:
        path = await edited(place, file)
        await place.one(requests.Rename(file=file.id, path=f"{file.folder}/moved.nc"))
        await goes_on(place)
        assert place_in_journal(place, file) == path
        assert place.journal.moving() == [file.id]
    async with workplace(anna, tmp_path) as place:
        await goes_on(place)
        assert place_in_journal(place, file) == path.with_name("moved.nc")
        assert place.journal.moving() == []


async def test_a_copy_that_follows_a_rename_is_where_it_has_gone(anna: Client, tmp_path: Path, file: File) -> None:
    drive = Drive()
    async with workplace(anna, tmp_path, make_disk=drive) as place:
        await place.one(requests.GetLatest(files=(file.id,)))
        await anna.move(file.id, f"{file.folder}/moved.nc")
        await in_step(place, anna)
        drive.disk.is_well = True
        await goes_on(place)
        moved = on_disk(place, file).with_name("moved.nc")
        assert (place_in_journal(place, file), moved.read_bytes()) == (moved, FIRST)


async def test_a_move_that_did_not_happen_is_forgotten(anna: Client, tmp_path: Path, file: File) -> None:
    class Refuses(LocalDisk):
        """It moves nothing."""

        def move(self, source: PurePath, target: PurePath) -> None:
            raise NotWritable("The drive is in trouble.")

    async with workplace(anna, tmp_path, make_disk=Refuses) as place:
        path = await edited(place, file)
        await place.one(requests.Rename(file=file.id, path=f"{file.folder}/moved.nc"))
        assert place.journal.moving() == []
        assert (place_in_journal(place, file), path.read_bytes()) == (path, WORK)
