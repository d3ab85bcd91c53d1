"""A drive calls all its files 0, as WebDAV and some network and cloud drives do: no file is taken for another one."""

import os
import sys
from pathlib import Path, PurePath

import pytest

from pdm_desktop.core import requests
from pdm_desktop.core.copies import saved_at
from pdm_desktop.core.decisions import Side
from pdm_desktop.core.errors import NotWritable
from pdm_desktop.core.issues import Conflict
from pdm_desktop.core.paths import version_path
from pdm_desktop.core.results import FileResult, Outcome
from pdm_desktop.sync import system
from server.protocol.vault import File
from tests.support.client import Client
from tests.support.fs_shim import WithoutNumbers
from tests.support.meanwhile import Meanwhiles, in_step, turns
from tests.support.one_file import FIRST, WORK, conflict_of, edited, on_disk, revised
from tests.support.seat_parts import Workplace, local_now, workplace
from tests.support.windows_programs import IN_WINE

SKIPPED_IN_WINE = pytest.mark.skipif(IN_WINE, reason="Wine 8 takes the call and leaves the name as it is")
LATER = b"what Tomas checked in\n"


class FailsAfterASwap(WithoutNumbers):
    """It swaps two files, and says then that it is in trouble."""

    exchanges = True

    def exchange(self, source: PurePath, target: PurePath) -> bool:
        super().exchange(source, target)
        raise NotWritable("The drive is in trouble.")


def beside(path: Path) -> list[bytes]:
    """What lies in the folder of a file."""
    return [each.read_bytes() for each in path.parent.iterdir()]


async def renamed_in_the_vault(place: Workplace, client: Client, file: File, name: str) -> None:
    await client.move(file.id, f"{file.folder}/{name}")
    await in_step(place, client)
    await turns(place)


async def two_versions(place: Workplace, client: Client, other: Client, file: File) -> Conflict:
    """Edited here without a lock, and revised by somebody else."""
    await edited(place, file)
    await client.undo(await client.file(file.id))
    await revised(other, file, LATER)
    await in_step(place, client)
    return conflict_of(place)


def second_name(path: Path) -> Path:
    """What a version gets that is kept beside a file's place."""
    saved = saved_at(path.stat().st_mtime_ns).astimezone(local_now().tzinfo)
    return path.with_name(version_path(path.name, "Anna", saved))


async def keep_both(place: Workplace, file: File, conflict: Conflict) -> FileResult:
    return await place.one(requests.DecideVersions(file=file.id, side=Side.BOTH, seen=conflict.seen, who="Anna"))


async def test_a_copy_that_follows_a_rename_covers_no_own_file(anna: Client, tmp_path: Path, file: File) -> None:
    async with workplace(anna, tmp_path, make_disk=WithoutNumbers) as place:
        await place.one(requests.GetLatest(files=(file.id,)))
        path = on_disk(place, file)
        path.with_name("moved.nc").write_bytes(WORK)
        await renamed_in_the_vault(place, anna, file, "moved.nc")
        assert sorted(beside(path)) == sorted([FIRST, WORK])
        path.with_name("moved.nc").rename(path.with_name("own.nc"))
        await turns(place)
        assert (path.with_name("moved.nc").read_bytes(), path.with_name("own.nc").read_bytes()) == (FIRST, WORK)


@pytest.mark.skipif(system.FOLDS_CASE, reason="two names that differ by case alone are one file there")
async def test_nor_one_whose_name_differs_by_case_alone(anna: Client, tmp_path: Path, file: File) -> None:
    async with workplace(anna, tmp_path, make_disk=WithoutNumbers) as place:
        await place.one(requests.GetLatest(files=(file.id,)))
        path = on_disk(place, file)
        path.with_name("PLATE.nc").write_bytes(WORK)
        await renamed_in_the_vault(place, anna, file, "PLATE.nc")
        assert sorted(beside(path)) == sorted([FIRST, WORK])


@pytest.mark.parametrize("name", ["moved.nc", pytest.param("PLATE.nc", marks=SKIPPED_IN_WINE)])
async def test_a_copy_follows_a_rename_to_a_free_name(anna: Client, tmp_path: Path, file: File, name: str) -> None:
    async with workplace(anna, tmp_path, make_disk=WithoutNumbers) as place:
        await place.one(requests.GetLatest(files=(file.id,)))
        await renamed_in_the_vault(place, anna, file, name)
        (only,) = on_disk(place, file).parent.iterdir()
        assert (only.name, only.read_bytes()) == (name, FIRST)


async def test_keep_both_finds_another_name_when_its_second_one_is_taken(
    anna: Client, tomas: Client, tmp_path: Path, file: File
) -> None:
    async with workplace(anna, tmp_path, make_disk=WithoutNumbers) as place:
        conflict = await two_versions(place, anna, tomas, file)
        path = on_disk(place, file)
        second_name(path).write_bytes(b"kept before\n")
        assert (await keep_both(place, file, conflict)).outcome is Outcome.DONE
        assert sorted(beside(path)) == sorted([LATER, WORK, b"kept before\n"])


async def test_keep_both_is_refused_when_its_second_name_is_taken_at_the_last_moment(
    anna: Client, tomas: Client, tmp_path: Path, file: File
) -> None:
    vaults = Meanwhiles()
    async with workplace(anna, tmp_path, around=vaults, make_disk=WithoutNumbers) as place:
        conflict = await two_versions(place, anna, tomas, file)
        path = on_disk(place, file)
        taken = second_name(path)

        async def take() -> None:
            taken.write_bytes(b"kept before\n")

        vaults[0].act = take
        result = await keep_both(place, file, conflict)
        assert sorted(beside(path)) == sorted([WORK, b"kept before\n"])
        assert (result.outcome, path.read_bytes()) == (Outcome.REFUSED, WORK)
        assert f"{taken.name} is there by now" in result.text


async def test_keep_both_goes_on_with_the_second_name_that_a_crash_has_left(
    anna: Client, tomas: Client, tmp_path: Path, file: File
) -> None:
    async with workplace(anna, tmp_path, make_disk=WithoutNumbers) as place:
        conflict = await two_versions(place, anna, tomas, file)
        path = on_disk(place, file)
        os.link(path, second_name(path))
        assert (await keep_both(place, file, conflict)).outcome is Outcome.DONE
        assert sorted(beside(path)) == sorted([LATER, WORK])


@pytest.mark.skipif(sys.platform == "win32", reason="Windows swaps no two files in one step")
async def test_work_stays_in_the_store_when_a_swap_has_happened_and_is_told_as_failed(
    anna: Client, tmp_path: Path, file: File
) -> None:
    async with workplace(anna, tmp_path, make_disk=FailsAfterASwap) as place:
        path = await edited(place, file)
        await place.one(requests.UndoCheckOut(files=(file.id,)))
        assert WORK in [*beside(path), *place.kept()]
