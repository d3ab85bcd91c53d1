"""A file has a date that no calendar has, as some file systems can hold: it stops nothing, and is as any other."""

import os
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pdm_desktop.core import requests
from pdm_desktop.core.copies import saved_at
from pdm_desktop.core.decisions import Side
from pdm_desktop.core.issues import Doubt
from pdm_desktop.core.results import Outcome
from pdm_desktop.sync import system
from server.protocol.vault import File
from tests.support.client import Client
from tests.support.meanwhile import in_step, turns
from tests.support.one_file import WORK, conflict_of, force, on_disk, revised
from tests.support.seat_parts import workplace

YEARS = {"year 14645": 400_000_000_000, "year -566": -80_000_000_000, "year 1901": -2_177_452_800}
FAR = pytest.mark.parametrize("seconds", YEARS.values(), ids=YEARS.keys())


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """On a file system with wide dates, where there is one."""
    memory = Path("/dev/shm")
    made = (memory if memory.is_dir() else tmp_path) / f"far-{uuid.uuid4().hex}"
    made.mkdir()
    yield made
    shutil.rmtree(made, ignore_errors=True)


async def edited_at(seconds: int, anna: Client, folder: Path, file: File) -> Path:
    """A copy that was edited without a check-out before the next start. Skips where no file can have such a date."""
    async with workplace(anna, folder) as place:
        await place.do(requests.GetLatest(files=(file.id,)))
        path = on_disk(place, file)
        force(path, WORK)
        date(path, seconds)
    return path


def date(path: Path, seconds: int) -> None:
    try:
        os.utime(path, (seconds, seconds))
    except (OSError, OverflowError):
        pytest.skip("no such date here")
    if path.stat().st_mtime_ns != seconds * 10**9:
        pytest.skip("this file system keeps no such date")


@FAR
async def test_it_is_checked_out_and_in(anna: Client, folder: Path, file: File, seconds: int) -> None:
    path = await edited_at(seconds, anna, folder, file)
    async with workplace(anna, folder) as place:
        await in_step(place, anna)
        await turns(place)
        assert (await place.one(requests.CheckOut(files=(file.id,)))).outcome is Outcome.DONE
        assert (await place.one(requests.CheckIn(files=(file.id,)))).text == "Checked in as Rev 1.1."
        assert not os.access(path, os.W_OK) or os.geteuid() == 0
    async with workplace(anna, folder) as place:
        await in_step(place, anna)
        assert place.issues() == ()
        await place.do(requests.GetLatest(files=(file.id,)))
        assert place.kept() == []


@FAR
async def test_it_is_asked_about_after_a_sudden_stop(anna: Client, folder: Path, file: File, seconds: int) -> None:
    await edited_at(seconds, anna, folder, file)
    async with workplace(anna, folder, after_crash=True) as place:
        (issue,) = place.issues()
        assert isinstance(issue, Doubt)
        assert (
            await place.one(requests.DecideDoubt(file=file.id, right=False, seen=issue.seen))
        ).outcome is Outcome.DONE
        assert place.kept() == [WORK]


@FAR
async def test_both_versions_are_kept(anna: Client, tomas: Client, folder: Path, file: File, seconds: int) -> None:
    path = await edited_at(seconds, anna, folder, file)
    await revised(tomas, file, b"theirs")
    async with workplace(anna, folder) as place:
        await in_step(place, anna)
        seen = conflict_of(place).seen
        both = requests.DecideVersions(file=file.id, side=Side.BOTH, seen=seen, who="Anna")
        assert (await place.one(both)).outcome is Outcome.DONE
        (beside,) = path.parent.glob("plate (Anna *).nc")
        assert (path.read_bytes(), beside.read_bytes()) == (b"theirs", WORK)


@FAR
async def test_a_kept_file_without_its_record_is_listed(anna: Client, folder: Path, file: File, seconds: int) -> None:
    async with workplace(anna, folder) as place:
        await place.do(requests.CheckOut(files=(file.id,)))
        on_disk(place, file).write_bytes(WORK)
        date(on_disk(place, file), seconds)
        await place.do(requests.UndoCheckOut(files=(file.id,)))
        (record,) = (place.root / ".pdm-desktop" / "recovery").glob("*/*.json")
        record.unlink()
        await place.engine.run(requests.ListKept(), {})
        assert "plate.nc" in repr(place.events[-1])


@pytest.mark.parametrize("seconds", [*YEARS.values(), 0, 1_800_000_000])
def test_every_date_is_one_of_a_calendar(seconds: int) -> None:
    found: Any = SimpleNamespace(st_mtime_ns=seconds * 10**9)
    time = system.time_of(found)
    assert -(2**63) <= time < 2**63, "the journal can hold it"
    assert saved_at(time).year in range(1677, 2263)
    if abs(seconds) < 2**33:
        assert saved_at(time).timestamp() == seconds
