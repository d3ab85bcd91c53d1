"""What other seats do, and what the workspace makes of it: clean copies follow, work never does."""

import os
import uuid
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from pdm_desktop.core import requests
from pdm_desktop.core.copies import LocalCopy
from pdm_desktop.core.results import Outcome
from pdm_desktop.sync.elsewhere import Truth
from server.protocol.events import VAULT_EVENTS, FileDeleted, FileMoved
from server.protocol.vault import File
from server.protocol.wire import from_plain
from tests.support.client import Client, signed_in
from tests.support.seat_parts import Workplace, workplace

FIRST = b"G0 X0 Y0\n" * 40


@pytest.fixture
async def place(anna: Client, tmp_path: Path) -> AsyncIterator[Workplace]:
    async with workplace(anna, tmp_path) as made:
        yield made


@pytest.fixture
async def file(anna: Client) -> File:
    return (await anna.add(await anna.vault(), f"Jobs/{uuid.uuid4().hex}/plate.nc", FIRST)).file


def on_disk(place: Workplace, path: str) -> Path:
    return place.root / "Production" / path


def force(place: Workplace, file: File, content: bytes) -> Path:
    """Edit a file without a lock, as some people do."""
    path = on_disk(place, file.path)
    os.chmod(path, 0o600)  # noqa: PTH101 - as a person would, by force
    path.write_bytes(content)
    return path


async def tell(place: Workplace, client: Client, since: int) -> None:
    """Tell the engine each event of the vault after a seq, as the connection does."""
    vault = await client.vault()
    for change in (await client.changes(vault, since=since)).changes:
        await place.engine.happened(vault, from_plain(change.data, VAULT_EVENTS[change.type]))


async def seq(client: Client) -> int:
    return (await client.tree(await client.vault())).head.seq


async def test_a_clean_copy_follows_a_rename_and_a_folder_move_in_their_order(
    place: Workplace, tomas: Client, file: File
) -> None:
    await place.do(requests.GetLatest(files=(file.id,)))
    since = await seq(tomas)
    await tomas.move_folder(await tomas.vault(), file.folder, f"{file.folder} old")
    target = f"{file.folder} old/Below/plate op10.nc"
    await tomas.move(file.id, target)
    await tell(place, tomas, since)
    assert on_disk(place, target).read_bytes() == FIRST
    assert not on_disk(place, file.path).exists()
    assert place.local(file.id) == LocalCopy(base=(1, 0), path=str(on_disk(place, target)))
    await tell(place, tomas, since)
    assert on_disk(place, target).read_bytes() == FIRST, "told twice is told once"


async def test_a_clean_copy_of_a_deleted_file_goes_to_the_recovery_store(
    place: Workplace, tomas: Client, file: File
) -> None:
    await place.do(requests.GetLatest(files=(file.id,)))
    since = await seq(tomas)
    await tomas.delete(file.id)
    await tell(place, tomas, since)
    assert not on_disk(place, file.path).exists()
    assert place.kept() == [FIRST]
    assert place.local(file.id) is None


@pytest.mark.parametrize("what", ["move", "delete"])
async def test_an_edited_copy_stays_where_it_is(place: Workplace, tomas: Client, file: File, what: str) -> None:
    await place.do(requests.GetLatest(files=(file.id,)))
    path = force(place, file, b"an idea")
    since = await seq(tomas)
    await (tomas.delete(file.id) if what == "delete" else tomas.move(file.id, f"{file.folder}/other.nc"))
    await tell(place, tomas, since)
    assert path.read_bytes() == b"an idea"
    assert place.kept() == []


async def test_an_edit_with_the_size_and_time_of_the_original_is_an_edit(
    place: Workplace, tomas: Client, file: File
) -> None:
    await place.do(requests.GetLatest(files=(file.id,)))
    before = on_disk(place, file.path).stat()
    path = force(place, file, FIRST[::-1])
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    since = await seq(tomas)
    await tomas.delete(file.id)
    await tell(place, tomas, since)
    assert path.read_bytes() == FIRST[::-1]


async def test_something_in_the_way_of_a_move_stays(place: Workplace, tomas: Client, file: File) -> None:
    await place.do(requests.GetLatest(files=(file.id,)))
    target = f"{file.folder}/plate op20.nc"
    on_disk(place, target).write_bytes(b"somebody's own")
    since = await seq(tomas)
    await tomas.move(file.id, target)
    await tell(place, tomas, since)
    assert on_disk(place, target).read_bytes() == b"somebody's own"
    assert on_disk(place, file.path).read_bytes() == FIRST


async def test_a_lock_that_was_taken_over_leaves_a_read_only_copy_with_the_work(
    place: Workplace, anna: Client, file: File
) -> None:
    await place.do(requests.CheckOut(files=(file.id,)))
    path = on_disk(place, file.path)
    path.write_bytes(b"work")
    since = await seq(anna)
    async with signed_in(anna.address, "Anna") as elsewhere:
        await elsewhere.adopt(file.id)
    await tell(place, anna, since)
    assert path.read_bytes() == b"work"
    assert not path.stat().st_mode & 0o200
    assert place.journal.hold(file.id) is None


@pytest.mark.parametrize("what", ["move", "delete"])
async def test_a_checked_out_copy_never_follows_by_itself(
    place: Workplace, anna: Client, file: File, what: str
) -> None:
    await place.do(requests.CheckOut(files=(file.id,)))
    elsewhere = replace(file, path=f"{file.folder}/other.nc")
    event = (
        FileDeleted(file=file, by="Anna") if what == "delete" else FileMoved(file=elsewhere, from_=file.path, by="Anna")
    )
    await place.engine.happened(await anna.vault(), event)
    assert on_disk(place, file.path).stat().st_mode & 0o200
    assert place.kept() == []


async def test_my_own_events_change_nothing(place: Workplace, anna: Client, file: File) -> None:
    since = await seq(anna)
    await place.do(requests.CheckOut(files=(file.id,)))
    target = f"{file.folder}/plate op20.nc"
    await place.do(requests.Rename(file=file.id, path=target))
    on_disk(place, target).write_bytes(b"work")
    await place.do(requests.CheckIn(files=(file.id,), keep=True))
    await place.do(requests.UndoCheckOut(files=(file.id,)))
    await place.do(requests.CheckOut(files=(file.id,)))
    await tell(place, anna, since)
    assert place.journal.hold(file.id) is not None
    assert on_disk(place, target).stat().st_mode & 0o200
    assert (await place.one(requests.CheckIn(files=(file.id,)))).outcome is Outcome.UNCHANGED


async def test_what_was_missed_is_followed_when_the_seat_is_in_step(
    place: Workplace, anna: Client, tomas: Client, file: File
) -> None:
    held = (await anna.add(await anna.vault(), f"{file.folder}/held.nc", FIRST)).file
    unseen = (await anna.add(await anna.vault(), f"{file.folder}/unseen.nc", FIRST)).file
    await place.do(requests.GetLatest(files=(file.id, unseen.id)))
    await place.do(requests.CheckOut(files=(held.id,)))
    await anna.undo(await anna.file(held.id))
    target = f"{file.folder}/plate op20.nc"
    await tomas.move(file.id, target)
    await place.engine.compare(Truth(paths={file.id: target, held.id: held.path}, tokens={}))
    assert on_disk(place, target).read_bytes() == FIRST
    assert place.journal.hold(held.id) is None
    assert not on_disk(place, held.path).stat().st_mode & 0o200
    assert on_disk(place, unseen.path).exists(), "what is out of sight is not deleted"
