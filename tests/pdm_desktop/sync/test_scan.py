"""New files are shown and offered, never sent; missing ones are shown, never deleted."""

import errno
import os
import sys
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any

import pytest

from pdm_desktop.core import requests
from pdm_desktop.core.copies import LocalCopy
from pdm_desktop.core.issues import Absent, Issue
from pdm_desktop.core.results import Outcome
from pdm_desktop.core.strangers import Stranger
from pdm_desktop.sync.disk import LocalDisk
from pdm_desktop.sync.events import IssuesSeen, LocalsRead, StrangersSeen
from pdm_desktop.sync.scan import Known, scan
from server.protocol.vault import File
from tests.pdm_desktop.sync.test_own_faults import broken_by
from tests.support.client import Client
from tests.support.links import needs_links
from tests.support.seat_parts import Workplace, workplace

FOLDERS = {"p": "Production", "t": "Tool library"}


def put(root: Path, *places: str) -> None:
    for place in places:
        (root / place).parent.mkdir(parents=True, exist_ok=True)
        (root / place).write_bytes(b"G0\n")


def known(**places: str) -> dict[str, Known]:
    """Copies as `put` puts them, by place. Their time is another one."""
    return {place: Known(file, 3, 1, held=True) for file, place in places.items()}


def paths(root: Path, **places: str) -> list[tuple[str, str]]:
    seen = scan(root, folders=FOLDERS, known=known(**places))
    return [(one.vault, one.path) for one in seen.strangers]


def test_what_the_journal_does_not_know_is_told_by_vault_and_path(tmp_path: Path) -> None:
    put(
        tmp_path,
        "Production/b.nc",
        "Production/Jobs/a.nc",
        "Production/known.nc",
        "Tool library/mill.tooldb",
        "mine.txt",
    )
    assert paths(tmp_path, one="Production/known.nc") == [("p", "Jobs/a.nc"), ("p", "b.nc"), ("t", "mill.tooldb")]


def test_a_stranger_says_where_it_is_and_how_large(tmp_path: Path) -> None:
    put(tmp_path, "Production/Jobs/a.nc")
    path = tmp_path / "Production" / "Jobs" / "a.nc"
    (one,) = scan(tmp_path, folders=FOLDERS, known={}).strangers
    at = path.stat().st_mtime_ns
    assert one == Stranger(vault="p", path="Jobs/a.nc", full_path=str(path), size=3, mtime_ns=at)
    assert (one.folder, one.filename) == ("Jobs", "a.nc")


def test_what_programs_and_this_one_keep_is_passed_over(tmp_path: Path) -> None:
    put(
        tmp_path, "Production/~$a.sldprt", "Production/a.bak", "Production/.pdm-desktop/x", ".pdm-desktop/recovery/a.nc"
    )
    assert paths(tmp_path) == []


@needs_links
def test_no_link_is_followed(tmp_path: Path) -> None:
    put(tmp_path / "outside", "secret.nc")
    put(tmp_path / "w", "Production/a.nc")
    (tmp_path / "w/Production/link").symlink_to(tmp_path / "outside", target_is_directory=True)
    (tmp_path / "w/Production/file.nc").symlink_to(tmp_path / "outside/secret.nc")
    assert paths(tmp_path / "w") == [("p", "a.nc")]


def test_what_should_be_there_and_is_not_is_missing(tmp_path: Path) -> None:
    put(tmp_path, "Production/here.nc")
    seen = scan(tmp_path, folders=FOLDERS, known=known(one="Production/here.nc", two="Production/gone.nc"))
    assert seen.missing == {"two"}


@pytest.mark.skipif(sys.platform == "win32", reason="a folder is closed to its owner by its mode on POSIX alone")
@pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() == 0, reason="root may read every folder")
def test_what_cannot_be_read_is_not_missing(tmp_path: Path) -> None:
    put(tmp_path, "Production/closed/a.nc")
    (tmp_path / "Production/closed").chmod(0)
    try:
        seen = scan(tmp_path, folders=FOLDERS, known=known(one="Production/closed/a.nc"))
    finally:
        (tmp_path / "Production/closed").chmod(0o700)
    assert seen.missing == frozenset()


def test_a_listing_that_fails_in_the_middle_hides_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path, "Production/closed/a.nc", "Production/b.nc")
    real = os.scandir

    def scandir(path: str) -> object:
        if path.endswith("closed"):
            raise PermissionError(13, "closed", path)
        return real(path)

    monkeypatch.setattr("pdm_desktop.sync.scan.os.scandir", scandir)
    seen = scan(tmp_path, folders=FOLDERS, known=known(one="Production/closed/a.nc", two="Production/c.nc"))
    assert seen.missing == {"two"}
    assert [one.path for one in seen.strangers] == ["b.nc"]


def test_a_folder_that_goes_while_the_workspace_is_walked_hides_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A CAM program makes a folder for what it calculates, and removes it."""
    put(tmp_path, "Production/a.nc")
    temporary = tmp_path / "Production" / "cam-temp"
    temporary.mkdir()

    def then_removed(entries: list[Any]) -> list[Any]:
        temporary.rmdir()
        return entries

    listed_as(monkeypatch, temporary.parent, then_removed)
    seen = scan(tmp_path, folders=FOLDERS, known=known(one="Production/gone.nc"))
    assert not temporary.exists()
    assert [one.path for one in seen.strangers] == ["a.nc"]
    assert seen.missing == {"one"}
    assert seen.unread == {}


class Unsearchable:
    """What lies in a folder whose names may be read and not looked up: `chmod -R 644`, or a drive in trouble."""

    def __init__(self, real: "os.DirEntry[str]") -> None:
        self.name = real.name
        self.is_dir, self.is_file = real.is_dir, real.is_file  # told with the name

    def stat(self, *, follow_symlinks: bool) -> os.stat_result:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), self.name)


def unsearchable(entries: list["os.DirEntry[str]"]) -> list[Unsearchable]:
    return [Unsearchable(each) for each in entries]


def listed_as(monkeypatch: pytest.MonkeyPatch, folder: Path, then: Callable[[Any], Any]) -> None:
    """What is listed of a folder goes through `then`."""
    real = os.scandir

    @contextmanager
    def scandir(path: str) -> Iterator[Any]:
        with real(path) as entries:
            found = list(entries)
        yield then(found) if Path(path) == folder else found

    monkeypatch.setattr("pdm_desktop.sync.scan.os.scandir", scandir)


def test_what_may_be_listed_and_not_looked_up_is_told_and_hides_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path, "Production/shut/inner/a.nc", "Production/shut/b.nc", "Production/c.nc")
    listed_as(monkeypatch, tmp_path / "Production" / "shut", unsearchable)
    seen = scan(tmp_path, folders=FOLDERS, known=known(one="Production/shut/inner/a.nc", two="Production/gone.nc"))
    assert [one.path for one in seen.strangers] == ["c.nc"]
    assert sorted(seen.unread) == ["Production/shut/b.nc", "Production/shut/inner"]
    assert seen.missing == {"two"}


# Through the engine


@pytest.fixture
async def place(anna: Client, tmp_path: Path) -> AsyncIterator[Workplace]:
    async with workplace(anna, tmp_path) as made:
        yield made


@pytest.fixture
async def file(anna: Client) -> File:
    return (await anna.add(await anna.vault(), f"Jobs/{uuid.uuid4().hex}/plate.nc", b"G0 X0\n")).file


async def test_a_folder_that_cannot_be_read_is_told_and_its_copies_stay_what_they_were(
    place: Workplace, file: File, monkeypatch: pytest.MonkeyPatch
) -> None:
    await place.do(requests.GetLatest(files=(file.id,)))
    closed = place.root / "Production" / file.folder
    real = os.scandir

    def scandir(path: str) -> object:
        if Path(path) == closed:
            raise PermissionError(13, "closed", path)
        return real(path)

    with monkeypatch.context() as patch:
        patch.setattr("pdm_desktop.sync.scan.os.scandir", scandir)
        await place.engine.scan()
    why = f"You may not read Production/{file.folder} on this computer."
    assert asked(place) == (Absent(folder=str(closed), why=why, whole=False),)
    local = place.local(file.id)
    assert isinstance(local, LocalCopy)
    assert not local.missing
    await place.engine.changed([f"Production/{file.folder}"])
    assert asked(place) == ()


async def test_the_engine_starts_although_a_folder_may_not_be_searched(
    anna: Client, tmp_path: Path, file: File, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with workplace(anna, tmp_path) as place:
        await place.do(requests.GetLatest(files=(file.id,)))
    put(tmp_path / "workspace", "Production/shut/inner/a.nc")
    listed_as(monkeypatch, tmp_path / "workspace" / "Production" / "shut", unsearchable)
    async with workplace(anna, tmp_path, start=False) as place:
        assert await broken_by(place.engine.look_at_all()) is None
        (read,) = [event for event in place.events if isinstance(event, LocalsRead)]
        assert not read.copies[file.id].missing


def asked(place: Workplace) -> tuple[Issue, ...]:
    return [event.issues for event in place.events if isinstance(event, IssuesSeen)][-1]


def told(place: Workplace) -> list[list[str]]:
    return [[one.path for one in event.files] for event in place.events if isinstance(event, StrangersSeen)]


async def test_a_new_file_is_told_once_and_sent_by_nobody(place: Workplace, anna: Client, file: File) -> None:
    await place.do(requests.GetLatest(files=(file.id,)))
    before = (await anna.tree(await anna.vault())).head
    path = f"{file.folder}/new.nc"
    put(place.root, f"Production/{path}")
    await place.engine.scan()
    await place.engine.scan()
    assert told(place) == [[path]]
    assert (await anna.tree(await anna.vault())).head == before


async def test_an_added_one_is_a_read_only_copy_and_no_stranger(place: Workplace, anna: Client, file: File) -> None:
    path = f"{file.folder}/new.nc"
    put(place.root, f"Production/{path}")
    await place.engine.scan()
    source = place.root / "Production" / path
    vault = await anna.vault()
    result = await place.one(requests.AddFiles(vault=vault, folder=file.folder, sources=(str(source),)))
    assert result.outcome is Outcome.DONE
    assert told(place) == [[path], []]
    (copy,) = place.journal.copies()
    assert (copy.path, copy.number) == (path, "1.0")
    assert isinstance(place.local(copy.file), LocalCopy), "the window has to know, or no event of it is followed"
    assert not source.stat().st_mode & 0o200


async def test_a_file_added_from_elsewhere_makes_no_copy(
    place: Workplace, anna: Client, file: File, tmp_path: Path
) -> None:
    put(tmp_path, "drive/new.nc")
    source = tmp_path / "drive" / "new.nc"
    await place.one(requests.AddFiles(vault=await anna.vault(), folder=file.folder, sources=(str(source),)))
    assert place.journal.copies() == []
    assert source.stat().st_mode & 0o200


async def test_a_missing_copy_is_shown_and_comes_back(place: Workplace, anna: Client, file: File) -> None:
    await place.do(requests.GetLatest(files=(file.id,)))
    path = place.root / "Production" / file.path
    path.rename(path.with_name("elsewhere.nc"))
    await place.engine.scan()
    local = place.local(file.id)
    assert isinstance(local, LocalCopy)
    assert local.missing
    assert not (await anna.file(file.id)).deleted
    path.with_name("elsewhere.nc").rename(path)
    await place.engine.scan()
    local = place.local(file.id)
    assert isinstance(local, LocalCopy)
    assert not local.missing


async def test_without_its_folder_a_workspace_is_not_scanned(place: Workplace, file: File) -> None:
    await place.do(requests.GetLatest(files=(file.id,)))
    place.root.rename(place.root.with_name("away"))
    count = len(place.events)
    await place.engine.scan()
    assert len(place.events) == count


# A look at single places


async def test_a_change_is_looked_at_where_it_is(place: Workplace, anna: Client, file: File) -> None:
    await place.do(requests.GetLatest(files=(file.id,)))
    before = (await anna.tree(await anna.vault())).head
    folder = f"Production/{file.folder}"
    put(place.root, f"{folder}/new.nc", f"{folder}/deep/other.nc", f"{folder}/~$plate.nc")
    await place.engine.changed([f"{folder}/new.nc", f"{folder}/~$plate.nc"])
    assert told(place) == [[f"{file.folder}/new.nc"]]
    await place.engine.changed([f"{folder}/deep"])
    assert told(place)[-1] == [f"{file.folder}/deep/other.nc", f"{file.folder}/new.nc"]
    (place.root / folder / "new.nc").unlink()
    await place.engine.changed([f"{folder}/new.nc"])
    assert told(place)[-1] == [f"{file.folder}/deep/other.nc"]
    assert (await anna.tree(await anna.vault())).head == before, "nothing of it is sent (N20)"


async def test_a_save_and_its_undoing_are_told_at_once(place: Workplace, file: File) -> None:
    await place.do(requests.CheckOut(files=(file.id,)))
    where = f"Production/{file.path}"
    full = place.root / where
    was = full.stat()
    for content, edited in ((b"G1 X1\n", True), (b"longer than before\n", True), (b"G0 X0\n", False)):
        full.write_bytes(content)
        if not edited:
            os.utime(full, ns=(was.st_atime_ns, was.st_mtime_ns))
        await place.engine.changed([where])
        local = place.local(file.id)
        assert isinstance(local, LocalCopy)
        assert local.edited is edited


async def test_a_renamed_folder_loses_and_sends_nothing(place: Workplace, anna: Client, file: File) -> None:
    await place.do(requests.GetLatest(files=(file.id,)))
    before = (await anna.tree(await anna.vault())).head
    old = place.root / "Production" / file.folder
    new = old.with_name("renamed")
    both = [f"Production/{file.folder}", f"Production/{PurePosixPath(file.folder).parent}/renamed"]
    old.rename(new)
    await place.engine.changed(both)
    local = place.local(file.id)
    assert isinstance(local, LocalCopy)
    assert local.missing
    assert [path.rpartition("/")[2] for path in told(place)[-1]] == ["plate.nc"]
    new.rename(old)
    await place.engine.changed(both)
    local = place.local(file.id)
    assert isinstance(local, LocalCopy)
    assert not local.missing
    assert told(place)[-1] == []
    assert (await anna.tree(await anna.vault())).head == before


@needs_links
async def test_what_changes_behind_a_link_is_nobodys(place: Workplace, tmp_path: Path) -> None:
    put(tmp_path / "outside", "secret.nc")
    put(place.root, "Production/a.nc")
    (place.root / "Production/link").symlink_to(tmp_path / "outside", target_is_directory=True)
    await place.engine.changed(["Production/a.nc", "Production/link/secret.nc"])
    assert told(place) == [["a.nc"]]


# What it costs


async def test_a_workspace_in_which_nothing_changed_costs_one_stat_a_file(
    place: Workplace, file: File, monkeypatch: pytest.MonkeyPatch
) -> None:
    await place.do(requests.GetLatest(files=(file.id,)))
    counted: Counter[str] = Counter()

    class Entry:
        def __init__(self, entry: "os.DirEntry[str]") -> None:
            self._entry = entry
            self.name = entry.name

        def stat(self, *, follow_symlinks: bool) -> os.stat_result:
            counted["stat of a file" if self._entry.is_file() else "stat of a folder"] += 1
            return self._entry.stat(follow_symlinks=follow_symlinks)

        def __getattr__(self, name: str) -> object:
            return getattr(self._entry, name)

    real = os.scandir

    @contextmanager
    def scandir(path: str) -> Iterator[list[Entry]]:
        with real(path) as entries:
            yield [Entry(entry) for entry in entries]

    def never(*arguments: object, **_named: object) -> object:
        raise AssertionError(f"a closer look at {arguments}")

    monkeypatch.setattr("pdm_desktop.sync.scan.os.scandir", scandir)
    monkeypatch.setattr(LocalDisk, "look", never)
    monkeypatch.setattr(LocalDisk, "blocks", never)
    for look in (place.engine.look_at_all, place.engine.scan):
        counted.clear()
        await look()
        assert counted == {"stat of a file": 1, "stat of a folder": 2}
