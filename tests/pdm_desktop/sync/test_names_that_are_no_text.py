"""Names of files that are no text, as an old control writes them in Latin-1 on a stick: they stop and hide nothing."""

import sys
from datetime import timedelta
from pathlib import Path, PurePath

import pytest

from pdm_desktop.core import requests
from pdm_desktop.core.issues import Absent, Issue
from pdm_desktop.core.recovery import Retention
from pdm_desktop.core.results import Outcome
from pdm_desktop.sync.disk import LocalDisk
from pdm_desktop.sync.events import IssuesSeen, KeptRead, StrangersSeen
from pdm_desktop.sync.recovery import FOLDER, Recovery
from server.protocol.vault import File
from tests.pdm_desktop.sync.test_own_faults import broken_by
from tests.support.client import Client
from tests.support.kept import Moment
from tests.support.meanwhile import in_step
from tests.support.one_file import on_disk
from tests.support.seat_parts import Workplace, lose_journal, workplace

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="who else has such names writes them otherwise")

LATIN = "Grundtr\udce4ger"
READABLE = r"Grundtr\udce4ger"


def put(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"G0\n")
    return path


def offered(place: Workplace) -> list[str]:
    return [[one.path for one in event.files] for event in place.events if isinstance(event, StrangersSeen)][-1]


def asked(place: Workplace) -> tuple[Issue, ...]:
    return [event.issues for event in place.events if isinstance(event, IssuesSeen)][-1]


@pytest.mark.parametrize("name", [f"{LATIN}.nc", f"{LATIN}/of a control.nc"])
async def test_they_are_told_and_hide_nothing_from_a_walk(place: Workplace, file: File, name: str) -> None:
    await place.do(requests.GetLatest(files=(file.id,)))
    theirs = put(on_disk(place, file).parent / name)
    other = put(on_disk(place, file).with_name("other.nc"))
    assert await broken_by(place.engine.scan()) is None
    assert offered(place) == [f"{file.folder}/{other.name}"]
    readable = f"Production/{file.folder}/{READABLE}{'.nc' if theirs.parent == other.parent else ''}"
    why = f"No vault can hold the name of {readable}: not all of it is text. Rename it."
    assert asked(place) == (Absent(folder=str(place.root / readable), why=why, whole=False),)


async def test_what_programs_keep_for_themselves_is_passed_over_here_too(place: Workplace, file: File) -> None:
    await place.do(requests.GetLatest(files=(file.id,)))
    put(on_disk(place, file).with_name(f"~${LATIN}.nc"))
    assert await broken_by(place.engine.scan()) is None
    assert [event for event in place.events if isinstance(event, IssuesSeen)] == []


@pytest.mark.parametrize("name", [f"{LATIN}.nc", f"{LATIN}/of a control.nc"])
async def test_a_change_of_one_breaks_nothing_and_is_told_until_it_has_gone(
    place: Workplace, file: File, name: str
) -> None:
    await place.do(requests.GetLatest(files=(file.id,)))
    folder = on_disk(place, file).parent
    put(folder / name)
    put(folder / "other.nc")
    changed = [f"Production/{file.folder}/{each}" for each in (name, "other.nc")]
    assert await broken_by(place.engine.changed(changed)) is None
    assert offered(place) == [f"{file.folder}/other.nc"]
    assert len(asked(place)) == 1
    top = name.partition("/")[0]
    (folder / top).rename(folder / "renamed")
    changed = [f"Production/{file.folder}/{each}" for each in (top, "renamed")]
    assert await broken_by(place.engine.changed(changed)) is None
    assert asked(place) == ()
    assert len(offered(place)) == 2


async def test_beside_one_copies_are_known_again_after_the_journal_was_lost(
    anna: Client, tmp_path: Path, file: File
) -> None:
    async with workplace(anna, tmp_path) as place:
        await place.one(requests.GetLatest(files=(file.id,)))
    lose_journal(tmp_path)
    put(tmp_path / "workspace" / "Production" / f"{LATIN}.nc")
    async with workplace(anna, tmp_path) as place:
        assert await broken_by(in_step(place, anna)) is None
        assert place.journal.copy(file.id) is not None


def test_one_in_the_recovery_store_is_listed_and_goes_as_any_other(tmp_path: Path) -> None:
    """Somebody has copied it there, beside one that was kept."""
    clock, disk = Moment(), LocalDisk(tmp_path)
    disk.prepare()
    store = Recovery(disk, clock)
    put(tmp_path / "Production" / "plate.nc")
    kept = store.move(PurePath("Production/plate.nc"), why="Undo check-out")
    put(tmp_path / kept.path.with_name(f"{LATIN}.nc"))
    assert sorted(each.name for each in store.files()) == [f"{READABLE}.nc", "plate.nc"]
    gone, broke = 0, None
    try:
        for _ in range(31 * 2):
            gone += store.purge(Retention())
            clock.at += timedelta(hours=12)
    except UnicodeEncodeError as error:
        broke = error
    assert (gone, broke) == (2, None)


@pytest.mark.parametrize("is_taken", [False, True])
async def test_one_comes_back_from_the_recovery_store(place: Workplace, *, is_taken: bool) -> None:
    put(place.root / FOLDER / "2026-11-24" / "101530-ab12cd" / f"{LATIN}.nc")
    if is_taken:
        put(place.root / f"{LATIN}.nc")
    await place.engine.run(requests.ListKept(), {})
    (kept,) = next(event.files for event in place.events if isinstance(event, KeptRead))
    result = await place.one(requests.PutBack(kept=(kept.id,)))
    assert result.outcome is Outcome.DONE, result.text
    assert len(list(place.root.glob("Grund*.nc"))) == 1 + is_taken
