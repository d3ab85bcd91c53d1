"""The recovery store: everything in it can be found, put back and shown, and it keeps to its rule."""

import errno
import os
import uuid
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path, PurePath
from typing import Any, cast

import pytest

from pdm_desktop import log
from pdm_desktop.core import requests
from pdm_desktop.core.errors import Told, Unreachable
from pdm_desktop.core.recovery import KeptFile, Retention
from pdm_desktop.core.results import Outcome
from pdm_desktop.net.vault import VaultCalls
from pdm_desktop.sync.disk import LocalDisk
from pdm_desktop.sync.events import KeptRead
from pdm_desktop.sync.ports import Disk
from pdm_desktop.sync.recovery import FOLDER, REVISIONS, Kept, Recovery
from server.protocol.vault import File, Revision
from tests.pdm_desktop.sync.test_own_faults import broken_by
from tests.support.client import Client
from tests.support.fs_shim import Fault, FsShim, HeldByProgram, NoRoom, Refuses, shimmed
from tests.support.points import Call, Ended, Watcher
from tests.support.seat_parts import Workplace, local_now, lose_journal, workplace

FIRST = b"G0 X0 Y0\n"


class Moment:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.at = local_now()

    def now(self) -> datetime:
        return self.at


@pytest.fixture
def clock() -> Moment:
    return Moment()


@pytest.fixture
def disk(tmp_path: Path) -> LocalDisk:
    disk = LocalDisk(tmp_path)
    disk.prepare()
    return disk


@pytest.fixture
def store(disk: LocalDisk, clock: Moment) -> Recovery:
    return Recovery(disk, clock)


def write(disk: LocalDisk, path: str, content: bytes = FIRST) -> PurePath:
    full = disk.root / path
    full.parent.mkdir(parents=True, exist_ok=True)
    full.write_bytes(content)
    return PurePath(path)


def put_back(store: Recovery, disk: LocalDisk, kept: str) -> PurePath:
    place = next(each for each in store.places_of(kept) if disk.look(each) is None)
    store.put_back(kept, place)
    return place


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


def days_pass(days: int, store: Recovery, clock: Moment) -> int:
    """The program looks at its store twice a day. Returns how much went."""
    gone = 0
    for _ in range(days * 2):
        gone += store.purge(Retention())
        clock.at += timedelta(hours=12)
    return gone


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


# What people and their programs put beside what is kept: the store is a folder that the window shows


BESIDE = ["a.nc", "plate fixed.nc", "plate.nc.bak", ".~lock.plate.nc#", "zz.nc", "more/plate.nc"]
"""Names before and after that of what was kept there."""
NEW = b"new work of today"


def saved_beside(disk: LocalDisk, kept: Kept, name: str) -> Path:
    """Its person has it shown in its folder, goes on with it, and saves under another name."""
    return disk.root / write(disk, f"{kept.path.parent.as_posix()}/{name}", NEW)


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


# What is not as it should be hides and keeps nothing else


def shimmed_store(disk: LocalDisk, clock: Moment, watcher: Watcher) -> Recovery:
    return Recovery(cast("Disk", FsShim(disk, watcher)), clock)


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


# Through the engine


@pytest.fixture
async def place(anna: Client, tmp_path: Path) -> AsyncIterator[Workplace]:
    async with workplace(anna, tmp_path) as made:
        yield made


class NoHistory(VaultCalls):
    """A server that is away when somebody asks what a revision is."""

    def __init__(self, inner: VaultCalls) -> None:
        self._http = inner._http

    async def revision(self, file: str, number: str) -> Revision:
        raise Unreachable("No server answers.")


class EndsOnceOpened:
    """Ends the program as an old revision has got its place."""

    def __init__(self) -> None:
        self._is_over = False

    def before(self, _call: Call) -> None:
        if self._is_over:
            raise Ended

    def after(self, call: Call) -> None:
        self._is_over |= call.method == "place_new" and call.path is not None and call.path.is_relative_to(REVISIONS)


async def listed(place: Workplace) -> tuple[KeptFile, ...]:
    await place.engine.run(requests.ListKept(), {})
    told = place.events[-1]
    assert isinstance(told, KeptRead)
    return told.files


async def undone(place: Workplace, anna: Client) -> File:
    """A check-out with work in it, undone."""
    file = (await anna.add(await anna.vault(), f"Jobs/{uuid.uuid4().hex}/plate.nc", FIRST)).file
    await place.do(requests.CheckOut(files=(file.id,)))
    (place.root / "Production" / file.path).write_bytes(b"an idea")
    await place.do(requests.UndoCheckOut(files=(file.id,)))
    return file


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


# What is saved at old revisions that were opened to be read


async def opened_revision(place: Workplace, anna: Client) -> tuple[File, Path]:
    file = (await anna.add(await anna.vault(), f"Jobs/{uuid.uuid4().hex}/plate.nc", FIRST)).file
    await place.one(requests.OpenRevision(file=file.id, major=1, minor=0))
    return file, place.opened.files[-1]


def test_what_is_saved_at_an_opened_old_revision_is_never_purged(
    disk: LocalDisk, store: Recovery, clock: Moment
) -> None:
    write(disk, ".pdm-desktop/revisions/f/plate.nc", NEW)
    store.move(write(disk, "Production/plate.nc"), why="Undo check-out")
    assert days_pass(40, store, clock) == 1
    (kept,) = store.listed({})
    assert kept.size == len(NEW)


async def test_an_old_revision_that_was_only_read_is_no_work(place: Workplace, anna: Client) -> None:
    await opened_revision(place, anna)
    assert await listed(place) == ()


@pytest.mark.parametrize("name", ["plate (Rev 1.0).nc", "an idea.nc", "deeper/an idea.nc"])
@pytest.mark.parametrize("read_only", [False, True])
async def test_what_is_saved_at_an_opened_old_revision_is_listed_and_comes_back(
    place: Workplace, anna: Client, name: str, read_only: bool
) -> None:
    """Beside it or over it, and also by programs that leave a file as read-only as it was."""
    _, opened = await opened_revision(place, anna)
    saved = opened.parent / name
    saved.parent.mkdir(exist_ok=True)
    if saved.exists():
        saved.chmod(0o600)
    saved.write_bytes(NEW)
    saved.chmod(0o400 if read_only else 0o600)
    await place.engine.purge(Retention(days=0, most_bytes=0))
    found = await listed(place)
    assert [(each.name, each.why, each.size) for each in found] == [
        (saved.name, "Saved at an opened old revision", len(NEW))
    ]
    (kept,) = found
    await place.one(requests.ShowKept(kept=kept.id))
    assert place.opened.shown == [saved]
    assert (await place.one(requests.PutBack(kept=(kept.id,)))).outcome is Outcome.DONE
    assert (place.root / saved.name).read_bytes() == NEW
    assert await listed(place) == ()


async def test_what_was_saved_over_an_old_revision_is_kept_when_that_is_opened_again(
    place: Workplace, anna: Client
) -> None:
    file, opened = await opened_revision(place, anna)
    opened.chmod(0o600)
    opened.write_bytes(NEW)
    await place.one(requests.OpenRevision(file=file.id, major=1, minor=0))
    assert opened.read_bytes() == FIRST
    (kept,) = await listed(place)
    assert (kept.why, kept.size) == ("Open an old revision", len(NEW))


@pytest.mark.parametrize("content", [FIRST, NEW])
async def test_without_a_journal_an_opened_revision_is_known_by_its_content(
    anna: Client, tmp_path: Path, content: bytes
) -> None:
    """Work is listed, also while the server does not say which revisions there are; then it is all listed."""
    async with workplace(anna, tmp_path) as place:
        _, opened = await opened_revision(place, anna)
    opened.chmod(0o600)
    opened.write_bytes(content)
    opened.chmod(0o400)
    (opened.parent / "an idea.nc").write_bytes(FIRST)
    (opened.parent / "an idea (Rev 7.0).nc").write_bytes(FIRST)
    lose_journal(tmp_path)
    work = ["an idea (Rev 7.0).nc", "an idea.nc", *([] if content == FIRST else [opened.name])]
    async with workplace(anna, tmp_path, around=NoHistory) as place:
        assert sorted(each.name for each in await listed(place)) == sorted({*work, opened.name})
    async with workplace(anna, tmp_path) as place:
        assert sorted(each.name for each in await listed(place)) == work
    async with workplace(anna, tmp_path, around=NoHistory) as place:
        assert sorted(each.name for each in await listed(place)) == work, "the journal knows it again"


async def test_a_revision_at_whose_opening_the_program_ended_is_no_work(anna: Client, tmp_path: Path) -> None:
    ends = EndsOnceOpened()
    async with workplace(anna, tmp_path, make_disk=shimmed(ends)) as place:
        with pytest.raises(BaseExceptionGroup):
            await opened_revision(place, anna)
    async with workplace(anna, tmp_path, around=NoHistory) as place:
        assert list(place.root.glob(".pdm-desktop/revisions/*/*"))
        assert await listed(place) == ()


@pytest.mark.parametrize("name", [".pdm-desktop/revisions/../owner.json", ".pdm-desktop/revisions"])
async def test_no_name_leads_out_of_the_opened_revisions(place: Workplace, anna: Client, name: str) -> None:
    await opened_revision(place, anna)
    before = sorted(os.fspath(each) for each in place.root.rglob("*"))
    assert (await place.one(requests.PutBack(kept=(name,)))).outcome is Outcome.REFUSED
    assert sorted(os.fspath(each) for each in place.root.rglob("*")) == before
