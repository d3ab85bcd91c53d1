"""The recovery store: everything in it can be found, put back and shown."""

import errno
import os
from contextlib import suppress
from datetime import timedelta
from pathlib import Path, PurePath
from typing import Any

import pytest

from pdm_desktop import log
from pdm_desktop.core import requests
from pdm_desktop.core.errors import Told
from pdm_desktop.core.results import Outcome
from pdm_desktop.sync.disk import LocalDisk
from pdm_desktop.sync.recovery import FOLDER, REVISIONS, Recovery
from tests.support.client import Client
from tests.support.fs_shim import Refuses, shimmed
from tests.support.kept import (
    BESIDE,
    FIRST,
    NEW,
    Moment,
    days_pass,
    listed,
    put_back,
    saved_beside,
    undone,
    write,
)
from tests.support.seat_parts import Workplace, workplace


def test_what_was_kept_is_listed_with_its_story(disk: LocalDisk, store: Recovery, clock: Moment) -> None:
    store.move(write(disk, "Production/a/plate.nc"), why="Get latest")
    clock.at += timedelta(minutes=1)
    store.move(write(disk, "Production/b/cover.nc", b"12345"), why="Undo check-out")
    cover, plate = store.files()
    assert (cover.name, cover.came_from, cover.why, cover.size) == (
        "cover.nc", "Production/b/cover.nc", "Undo check-out", 5,
    )  # fmt: skip
    assert (plate.name, plate.at) == ("plate.nc", clock.at - timedelta(minutes=1))


@pytest.mark.parametrize("name", ["record.json", "x.json", ".hidden", "ä ö.nc"])
def test_a_file_of_any_name_is_kept(disk: LocalDisk, store: Recovery, name: str) -> None:
    store.move(write(disk, f"Production/{name}"), why="Delete")
    (kept,) = store.files()
    assert kept.name == name
    assert put_back(store, disk, kept.id) == PurePath("Production", name)


def test_it_goes_back_where_it_was_and_the_store_is_empty(disk: LocalDisk, store: Recovery) -> None:
    store.move(write(disk, "Production/a/plate.nc"), why="Get latest")
    (kept,) = store.files()
    assert put_back(store, disk, kept.id) == PurePath("Production/a/plate.nc")
    assert (disk.root / "Production/a/plate.nc").read_bytes() == FIRST
    assert store.files() == []
    assert list((disk.root / ".pdm-desktop/recovery").iterdir()) == []


def test_what_is_there_now_stays_and_it_goes_beside_it(disk: LocalDisk, store: Recovery, clock: Moment) -> None:
    clock.at = clock.at.replace(year=2026, month=11, day=24, hour=10, minute=15, second=0)
    for content in (b"first", b"second"):
        store.move(write(disk, "Production/plate.nc", content), why="Get latest")
        clock.at += timedelta(seconds=1)
    write(disk, "Production/plate.nc", b"now")
    places = [put_back(store, disk, kept.id).name for kept in store.files()]
    assert places == ["plate (kept 2026-11-24 10.15).nc", "plate (kept 2026-11-24 10.15, 2).nc"]
    there = {each.name: each.read_bytes() for each in (disk.root / "Production").iterdir()}
    assert there == {"plate.nc": b"now", places[0]: b"second", places[1]: b"first"}


def test_what_is_put_back_may_be_written(disk: LocalDisk, store: Recovery) -> None:
    path = write(disk, "Production/plate.nc")
    disk.set_writable(path, False)
    store.move(path, why="Delete")
    place = put_back(store, disk, store.files()[0].id)
    look = disk.look(place)
    assert look is not None
    assert look.writable


@pytest.mark.parametrize("left", [b"", b"{", b"[]", None])
def test_without_its_record_a_file_is_still_there(disk: LocalDisk, store: Recovery, left: bytes | None) -> None:
    store.move(write(disk, "Production/a/plate.nc"), why="Get latest")
    (record,) = (disk.root / ".pdm-desktop/recovery").glob("*/*.json")
    record.unlink()
    if left is not None:
        record.write_bytes(left)
    (kept,) = store.files()
    assert (kept.name, kept.why) == ("plate.nc", "")
    assert put_back(store, disk, kept.id) == PurePath("plate.nc")


def test_a_record_without_its_file_is_nothing(disk: LocalDisk, store: Recovery) -> None:
    kept = store.move(write(disk, "Production/a/plate.nc"), why="Get latest")
    disk.remove(kept.path)
    assert store.files() == []


@pytest.mark.parametrize("name", BESIDE)
def test_what_was_kept_goes_back_and_not_what_lies_beside_it(disk: LocalDisk, store: Recovery, name: str) -> None:
    kept = store.move(write(disk, "Production/plate.nc"), why="Undo check-out")
    saved_beside(disk, kept, name)
    ids = {each.size: each.id for each in store.files()}
    assert len(set(ids.values())) == 2
    assert store.path_of(ids[len(FIRST)]) == kept.path
    assert put_back(store, disk, ids[len(FIRST)]) == kept.came_from
    assert (disk.root / kept.came_from).read_bytes() == FIRST
    (left,) = store.files()
    assert (left.why, left.came_from) == (kept.why, f"Production/{name}"), "it has its story as before"
    place = put_back(store, disk, left.id)
    assert (disk.root / place).read_bytes() == NEW
    assert list((disk.root / FOLDER).iterdir()) == []


@pytest.mark.parametrize("name", ["a copy/of it/plate.nc", "2026-11-24 - Copy/101530-ab12cd/b.nc", "a/b/c/d.nc"])
def test_what_lies_elsewhere_in_the_store_hides_nothing(
    disk: LocalDisk, store: Recovery, clock: Moment, name: str
) -> None:
    kept = store.move(write(disk, "Production/plate.nc"), why="Undo check-out")
    write(disk, f"{FOLDER.as_posix()}/{name}", NEW)
    ids = {each.size: each.id for each in store.files()}
    assert store.path_of(ids[len(FIRST)]) == kept.path
    assert (disk.root / put_back(store, disk, ids[len(NEW)])).read_bytes() == NEW
    assert days_pass(31, store, clock) == 1, "and it is purged by its rule"


@pytest.mark.parametrize("call", ["iterdir", "lstat"])
def test_what_cannot_be_read_hides_no_other_kept_file(
    disk: LocalDisk, store: Recovery, clock: Moment, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    """A bad sector, or a folder whose rights somebody took away."""
    kept = store.move(write(disk, "Production/plate.nc"), why="Undo check-out")
    opened = write(disk, f"{REVISIONS.as_posix()}/f/plate.nc", NEW)
    bad = {disk.root / FOLDER / "2026-01-01" / "101530-ab12cd", disk.root / REVISIONS / "bad"}
    for each in bad:
        each.mkdir(parents=True)
    real = getattr(Path, call)

    def refused(path: Path) -> Any:
        if path in bad:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return real(path)

    with monkeypatch.context() as patch:
        patch.setattr(Path, call, refused)
        found: set[str] = set()
        try:
            found = {each.id for each in store.listed({})}
        except Told as error:
            log.note("not listed", why=error.text)
        assert found == {kept.path.relative_to(FOLDER).as_posix(), opened.as_posix()}
        assert days_pass(31, store, clock) == 1


def test_one_damaged_record_hides_no_other_kept_file(disk: LocalDisk, store: Recovery) -> None:
    """One byte of a bad disk, which makes it no text any more."""
    for name in ("one.nc", "two.nc"):
        kept = store.move(write(disk, f"Production/{name}"), why="Get latest")
    record = disk.root / kept.path.parent.with_suffix(".json")
    record.chmod(0o644)
    record.write_bytes(record.read_bytes().replace(b"Get", b"G\xe9t"))
    found: dict[str, str] = {}
    with suppress(UnicodeDecodeError):
        found = {one.name: one.why for one in store.files()}
    assert found == {"one.nc": "Get latest", "two.nc": ""}


@pytest.mark.parametrize("name", ["saved by a person.nc", "notes.json", "../saved higher.nc", "../notes.json"])
def test_what_was_saved_in_a_days_folder_of_the_store_is_listed_and_put_back(
    disk: LocalDisk, store: Recovery, name: str
) -> None:
    """“What you or a program have saved in its folders is listed too, each file by itself”."""
    kept = store.move(write(disk, "Production/plate.nc"), why="Get latest")
    saved = disk.root / write(disk, os.path.normpath(kept.path.parent.parent / name), NEW)
    ids = {one.size: one.id for one in store.files()}
    assert sorted(ids) == sorted((len(FIRST), len(NEW)))
    assert (disk.root / put_back(store, disk, ids[len(NEW)])).read_bytes() == NEW
    assert not saved.exists()
    assert [one.why for one in store.files()] == ["Get latest"], "it has its record still"


async def test_undone_work_is_found_and_comes_back_beside_the_revision(place: Workplace, anna: Client) -> None:
    file = await undone(place, anna)
    (kept,) = await listed(place)
    assert (kept.came_from, kept.why) == (f"Production/{file.path}", "Undo check-out")
    result = await place.one(requests.PutBack(kept=(kept.id,)))
    assert result.outcome is Outcome.DONE
    folder = (place.root / "Production" / file.path).parent
    assert sorted(each.read_bytes() for each in folder.iterdir()) == [FIRST, b"an idea"]
    assert await listed(place) == ()


async def test_what_is_gone_from_the_store_is_said(place: Workplace, anna: Client) -> None:
    await undone(place, anna)
    (kept,) = await listed(place)
    await place.one(requests.PutBack(kept=(kept.id,)))
    result = await place.one(requests.PutBack(kept=(kept.id,)))
    assert result.outcome is Outcome.REFUSED
    assert result.text == "That file is not in the recovery store any more."


async def test_a_kept_file_is_shown_where_it_lies(place: Workplace, anna: Client) -> None:
    await undone(place, anna)
    (kept,) = await listed(place)
    await place.one(requests.ShowKept(kept=kept.id))
    (shown,) = place.opened.shown
    assert shown.read_bytes() == b"an idea"


@pytest.mark.parametrize(
    "name", ["../../escape", "2026-11-24", "", "..", "/", "/etc/hosts", f"/{b'../../escape'.hex()}", "/ff", "/00"]
)
async def test_no_name_leads_out_of_the_store(place: Workplace, anna: Client, name: str) -> None:
    await undone(place, anna)
    before = sorted(os.fspath(each) for each in place.root.rglob("*"))
    result = await place.one(requests.PutBack(kept=(name,)))
    assert result.outcome is Outcome.REFUSED
    assert sorted(os.fspath(each) for each in place.root.rglob("*")) == before


async def test_what_is_back_and_could_not_be_made_writable_is_told_as_that(anna: Client, tmp_path: Path) -> None:
    refuses = Refuses("set_writable")
    async with workplace(anna, tmp_path, make_disk=shimmed(refuses)) as place:
        file = await undone(place, anna)
        path = place.root / "Production" / file.path
        (kept,) = await listed(place)
        refuses.is_on = True
        result = await place.one(requests.PutBack(kept=(kept.id,)))
        (back,) = [each for each in path.parent.iterdir() if each.read_bytes() == b"an idea"]
        assert result.outcome is Outcome.UNFINISHED
        assert result.text == f"Put back as {back}. The drive is in trouble."
        assert result.advice == "Look after it."
        assert list((place.root / FOLDER).iterdir()) == [], "its record as well"
