"""New files are shown and offered, never sent; missing ones are shown, never deleted."""

import os
import sys
import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from pdm_desktop.core import requests
from pdm_desktop.core.copies import LocalCopy
from pdm_desktop.core.results import Outcome
from pdm_desktop.core.strangers import Stranger
from pdm_desktop.sync.events import StrangersSeen
from pdm_desktop.sync.scan import scan
from server.protocol.vault import File
from tests.support.client import Client
from tests.support.links import needs_links
from tests.support.seat_parts import Workplace, workplace

FOLDERS = {"p": "Production", "t": "Tool library"}


def put(root: Path, *places: str) -> None:
    for place in places:
        (root / place).parent.mkdir(parents=True, exist_ok=True)
        (root / place).write_bytes(b"G0\n")


def paths(root: Path, **places: str) -> list[tuple[str, str]]:
    seen = scan(root, folders=FOLDERS, places={place: file for file, place in places.items()})
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
    (one,) = scan(tmp_path, folders=FOLDERS, places={}).strangers
    assert one == Stranger(
        vault="p", path="Jobs/a.nc", full_path=str(tmp_path / "Production" / "Jobs" / "a.nc"), size=3
    )
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
    seen = scan(tmp_path, folders=FOLDERS, places={"Production/here.nc": "one", "Production/gone.nc": "two"})
    assert seen.missing == {"two"}


@pytest.mark.skipif(sys.platform == "win32", reason="a folder is closed to its owner by its mode on POSIX alone")
@pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() == 0, reason="root may read every folder")
def test_what_cannot_be_read_is_not_missing(tmp_path: Path) -> None:
    put(tmp_path, "Production/closed/a.nc")
    (tmp_path / "Production/closed").chmod(0)
    try:
        seen = scan(tmp_path, folders=FOLDERS, places={"Production/closed/a.nc": "one"})
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
    seen = scan(tmp_path, folders=FOLDERS, places={"Production/closed/a.nc": "one", "Production/c.nc": "two"})
    assert seen.missing == {"two"}
    assert [one.path for one in seen.strangers] == ["b.nc"]


# Through the engine


@pytest.fixture
async def place(anna: Client, tmp_path: Path) -> AsyncIterator[Workplace]:
    async with workplace(anna, tmp_path) as made:
        yield made


@pytest.fixture
async def file(anna: Client) -> File:
    return (await anna.add(await anna.vault(), f"Jobs/{uuid.uuid4().hex}/plate.nc", b"G0 X0\n")).file


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
