"""What goes from the recovery store: by its rule, nothing younger than a day, and nothing that is not in it."""

import os
from datetime import timedelta
from pathlib import Path

import pytest

from pdm_desktop.core.errors import Told
from pdm_desktop.core.recovery import Retention
from pdm_desktop.sync.disk import LocalDisk
from pdm_desktop.sync.recovery import FOLDER, Recovery
from tests.pdm_desktop.sync.test_own_faults import broken_by
from tests.support.client import Client
from tests.support.fs_shim import Fault, HeldByProgram, NoRoom, shimmed
from tests.support.kept import BESIDE, FIRST, NEW, Moment, days_pass, listed, saved_beside, shimmed_store, undone, write
from tests.support.seat_parts import Workplace, workplace


def test_a_clock_that_jumps_makes_nothing_old(disk: LocalDisk, store: Recovery, clock: Moment) -> None:
    store.move(write(disk, "Production/old.nc"), why="Get latest")
    store.purge(Retention())
    for jump in (timedelta(days=-365), timedelta(days=700)):
        clock.at += jump
        assert Recovery(disk, clock).purge(Retention(days=0)) == 0, "it is not a day old"


def test_what_was_kept_some_minutes_ago_stays_though_the_clock_was_set_right_since(
    disk: LocalDisk, store: Recovery, clock: Moment
) -> None:
    store.move(write(disk, "Production/plate.nc"), why="Undo check-out")
    too_much = Retention(most_bytes=1)
    for passes in (timedelta(), timedelta(days=365), timedelta(minutes=1), timedelta(hours=11)):
        clock.at += passes
        assert store.purge(too_much) == 0
    clock.at += timedelta(hours=2)
    assert store.purge(too_much) == 1


def test_what_was_saved_in_the_store_since_is_as_young_as_that(disk: LocalDisk, store: Recovery, clock: Moment) -> None:
    """Its person has it shown in its folder and goes on with it there; or a program had it open when it went."""
    kept = store.move(write(disk, "Production/plate.nc"), why="Undo check-out")
    days_pass(29, store, clock)
    (disk.root / kept.path).chmod(0o600)
    (disk.root / kept.path).write_bytes(b"new work of today")
    assert days_pass(30, store, clock) == 0
    assert days_pass(2, store, clock) == 1


def test_what_a_program_may_be_saving_stays(disk: LocalDisk, store: Recovery, clock: Moment) -> None:
    kept = store.move(write(disk, "Production/plate.nc"), why="Undo check-out")
    with (disk.root / kept.path).open("ab"):
        assert days_pass(40, store, clock) == 0
    assert days_pass(1, store, clock) == 1


def test_a_count_that_cannot_be_read_begins_anew(disk: LocalDisk, store: Recovery, clock: Moment) -> None:
    store.move(write(disk, "Production/old.nc"), why="Get latest")
    days_pass(29, store, clock)
    (disk.root / ".pdm-desktop/recovery-ages.json").write_bytes(b"{")
    assert days_pass(30, store, clock) == 0
    assert days_pass(2, store, clock) == 1


def test_what_is_too_old_goes_with_its_folders(disk: LocalDisk, store: Recovery, clock: Moment) -> None:
    store.move(write(disk, "Production/old.nc"), why="Get latest")
    assert days_pass(40, store, clock) == 1
    store.move(write(disk, "Production/old.nc"), why="Get latest")
    days_pass(20, store, clock)
    store.move(write(disk, "Production/new.nc"), why="Get latest")
    assert days_pass(20, store, clock) == 1
    assert [kept.name for kept in store.files()] == ["new.nc"]
    assert len(list((disk.root / ".pdm-desktop/recovery").iterdir())) == 1


def test_a_purge_follows_no_link_out_of_the_store(
    disk: LocalDisk, store: Recovery, clock: Moment, tmp_path: Path
) -> None:
    outside = tmp_path.parent / f"{tmp_path.name} outside" / "deep"
    outside.mkdir(parents=True)
    (outside / "precious.nc").write_bytes(FIRST)
    day = disk.root / ".pdm-desktop/recovery/2020-01-01"
    day.parent.mkdir(parents=True)
    day.symlink_to(outside.parent, target_is_directory=True)
    clock.at += timedelta(days=4_000)
    assert store.purge(Retention()) == 0
    assert (outside / "precious.nc").read_bytes() == FIRST


@pytest.mark.parametrize("name", BESIDE)
def test_what_was_saved_beside_it_is_as_young_as_that(
    disk: LocalDisk, store: Recovery, clock: Moment, name: str
) -> None:
    kept = store.move(write(disk, "Production/plate.nc"), why="Undo check-out")
    days_pass(29, store, clock)
    beside = saved_beside(disk, kept, name)
    assert days_pass(3, store, clock) == 1
    assert (beside.read_bytes(), disk.look(kept.path)) == (NEW, None)
    assert days_pass(30, store, clock) == 1
    assert list((disk.root / FOLDER).iterdir()) == []


@pytest.mark.parametrize("name", ["plate.nc", "101530-ab12cd.nc", "notes.json"])
def test_what_was_saved_in_a_days_folder_goes_by_the_same_rule(
    disk: LocalDisk, store: Recovery, clock: Moment, name: str
) -> None:
    """However old its own time says it is, and whatever its person calls it."""
    day = FOLDER / "2020-01-01"
    path = disk.root / write(disk, f"{day.as_posix()}/{name}", NEW)
    beside = disk.root / write(disk, f"{day.as_posix()}/{name}.json", FIRST)
    os.utime(path, (0, 0))
    for _ in range(2):
        assert store.purge(Retention(days=0, most_bytes=0)) == 0
        clock.at += timedelta(hours=12)
    assert path.exists()
    days_pass(29, store, clock)
    beside.write_bytes(NEW)
    assert days_pass(2, store, clock) == 1
    assert (path.exists(), beside.exists()) == (False, True), "it is nobody's record"
    assert days_pass(30, store, clock) == 1
    assert list((disk.root / FOLDER).iterdir()) == []


def test_a_count_that_is_no_text_begins_anew(disk: LocalDisk, store: Recovery, clock: Moment) -> None:
    store.move(write(disk, "Production/old.nc"), why="Get latest")
    days_pass(29, store, clock)
    (disk.root / ".pdm-desktop/recovery-ages.json").write_bytes(b'{"counted_at": "\xe9"}')
    assert days_pass(30, store, clock) == 0


def test_on_a_full_disk_what_may_go_goes(disk: LocalDisk, clock: Moment) -> None:
    """The store itself may be what has filled it."""
    full = NoRoom()
    store = shimmed_store(disk, clock, full)
    for name in ("one.nc", "two.nc"):
        store.move(write(disk, f"Production/{name}"), why="Get latest")
    assert days_pass(29, store, clock) == 0
    full.first = 1
    assert days_pass(2, store, clock) == 2
    assert store.files() == []


def test_on_a_full_disk_what_is_too_much_goes_once_it_is_a_day_old(disk: LocalDisk, clock: Moment) -> None:
    full = NoRoom()
    store = shimmed_store(disk, clock, full)
    store.move(write(disk, "Production/one.nc"), why="Get latest")
    full.first = 1
    gone = []
    for _ in range(4):
        gone.append(store.purge(Retention(most_bytes=0)))
        clock.at += timedelta(hours=12)
    assert gone == [0, 0, 0, 1]


def test_an_age_that_could_not_be_written_is_after_a_restart_what_it_was(disk: LocalDisk, clock: Moment) -> None:
    full = NoRoom()
    Recovery(disk, clock).move(write(disk, "Production/one.nc"), why="Get latest")
    Recovery(disk, clock).purge(Retention(days=0))
    full.first = 1
    for _ in range(10):
        clock.at += timedelta(hours=12)
        assert shimmed_store(disk, clock, full).purge(Retention(days=0)) == 0, "it may not be a day old"
    store = shimmed_store(disk, clock, full)
    full.free()
    clock.at += timedelta(hours=12)
    assert store.purge(Retention(days=0)) == 0
    clock.at += timedelta(hours=12)
    assert store.purge(Retention(days=0)) == 0
    clock.at += timedelta(hours=12)
    assert store.purge(Retention(days=0)) == 1


def test_what_a_program_shows_keeps_nothing_else_from_going(disk: LocalDisk, clock: Moment) -> None:
    """A viewer that lets others read has the oldest open."""
    held = HeldByProgram(reads=True)
    store = shimmed_store(disk, clock, held)
    for name in ("shown.nc", "other.nc"):
        store.move(write(disk, f"Production/{name}"), why="Get latest")
        clock.at += timedelta(minutes=1)
    held.names.add("shown.nc")
    gone, refused = 0, None
    try:
        gone = days_pass(40, store, clock)
    except Told as error:
        refused = error
    assert refused is None
    assert gone == 1
    assert [one.name for one in store.files()] == ["shown.nc"]
    held.names.clear()
    assert days_pass(1, store, clock) == 1


async def test_whatever_breaks_while_it_purges_the_engine_goes_on(anna: Client, tmp_path: Path) -> None:
    fault = Fault("look")
    async with workplace(anna, tmp_path, make_disk=shimmed(fault)) as place:
        await undone(place, anna)
        fault.name = "plate.nc"
        assert await broken_by(place.engine.purge(Retention())) is None
        assert fault.met == 1


async def test_the_engine_purges_by_its_rule(place: Workplace, anna: Client) -> None:
    await undone(place, anna)
    await place.engine.purge(Retention(days=0, most_bytes=0))
    assert len(await listed(place)) == 1, "nothing younger than a day goes"


def test_what_is_saved_at_an_opened_old_revision_is_never_purged(
    disk: LocalDisk, store: Recovery, clock: Moment
) -> None:
    write(disk, ".pdm-desktop/revisions/f/plate.nc", NEW)
    store.move(write(disk, "Production/plate.nc"), why="Undo check-out")
    assert days_pass(40, store, clock) == 1
    (kept,) = store.listed({})
    assert kept.size == len(NEW)
