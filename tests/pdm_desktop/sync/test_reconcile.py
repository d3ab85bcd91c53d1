"""What other seats do, and what the workspace makes of it: clean copies follow, work never does."""

import os
from dataclasses import replace
from pathlib import Path, PurePath

import pytest

from pdm_desktop.core import requests
from pdm_desktop.core.actions import Suspicion
from pdm_desktop.core.copies import LocalCopy
from pdm_desktop.core.fold import Numbered
from pdm_desktop.core.issues import Doubt, MassDeletion
from pdm_desktop.core.results import Outcome
from pdm_desktop.core.sightings import Sighting
from pdm_desktop.sync.disk import LocalDisk
from pdm_desktop.sync.events import IssuesSeen, TroubleMet
from pdm_desktop.sync.news import Truth
from server.protocol.events import FileDeleted, FileMoved
from server.protocol.vault import File
from tests.support.client import Client, signed_in
from tests.support.meanwhile import seq, tell
from tests.support.one_file import FIRST, remove, revised
from tests.support.seat_parts import Workplace, workplace
from tests.support.windows_programs import IN_WINE


def on_disk(place: Workplace, path: str) -> Path:
    return place.root / "Production" / path


def force(place: Workplace, file: File, content: bytes) -> Path:
    """Edit a file without a lock, as some people do."""
    path = on_disk(place, file.path)
    os.chmod(path, 0o600)  # noqa: PTH101 - as a person would, by force
    path.write_bytes(content)
    return path


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
    assert path.exists()
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
    remove(on_disk(place, target))
    await place.engine.try_again()
    assert on_disk(place, target).exists(), "nobody tells that the place is free: it is looked at again"
    assert on_disk(place, target).read_bytes() == FIRST


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


async def test_a_lock_without_a_copy_is_let_go_of_when_it_was_taken_over(
    place: Workplace, anna: Client, file: File
) -> None:
    await place.do(requests.CheckOut(files=(file.id,)))
    place.journal.drop_copy(file.id)
    since = await seq(anna)
    async with signed_in(anna.address, "Anna") as elsewhere:
        await elsewhere.adopt(file.id)
    await tell(place, anna, since)
    assert place.journal.hold(file.id) is None


async def test_a_copy_that_is_missing_does_not_take_over_what_lies_where_it_goes(
    place: Workplace, tomas: Client, file: File
) -> None:
    second = (await tomas.add(await tomas.vault(), f"{file.folder}/vise.nc", b"the vise")).file
    await place.do(requests.GetLatest(files=(file.id, second.id)))
    os.chmod(on_disk(place, file.path), 0o600)  # noqa: PTH101 - Windows deletes it only then
    remove(on_disk(place, file.path))
    since = await seq(tomas)
    await tomas.delete(second.id)
    assert (await place.one(requests.Rename(file=file.id, path=second.path))).outcome is Outcome.DONE
    copies = {copy.file: copy.path for copy in place.journal.copies()}
    assert copies == {file.id: file.path, second.id: second.path}
    await tell(place, tomas, since)
    assert place.kept() == [b"the vise"]
    await place.do(requests.GetLatest(files=(file.id,)))
    assert on_disk(place, second.path).read_bytes() == FIRST


async def test_a_folder_that_is_moved_from_here_takes_work_along(place: Workplace, anna: Client, file: File) -> None:
    since = await seq(anna)
    await place.do(requests.CheckOut(files=(file.id,)))
    on_disk(place, file.path).write_bytes(b"work")
    target = f"{file.folder} old"
    await place.do(requests.MoveFolder(vault=await anna.vault(), path=file.folder, to=target))
    there = on_disk(place, f"{target}/plate.nc")
    assert there.exists()
    assert there.read_bytes() == b"work"
    assert not on_disk(place, file.path).exists()
    await tell(place, anna, since)
    assert (await place.one(requests.CheckIn(files=(file.id,)))).outcome is Outcome.DONE


@pytest.mark.parametrize("what", ["move", "delete"])
async def test_a_checked_out_copy_never_follows_by_itself(
    place: Workplace, anna: Client, file: File, what: str
) -> None:
    await place.do(requests.CheckOut(files=(file.id,)))
    elsewhere = replace(file, path=f"{file.folder}/other.nc")
    event = (
        FileDeleted(file=file, by="Anna") if what == "delete" else FileMoved(file=elsewhere, from_=file.path, by="Anna")
    )
    await place.engine.happened(Numbered(vault=await anna.vault(), seq=await seq(anna) + 1, event=event))
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
    await place.engine.compare(await truth(anna, file.id, held.id))
    assert on_disk(place, target).read_bytes() == FIRST
    assert place.journal.hold(held.id) is None
    assert not on_disk(place, held.path).stat().st_mode & 0o200
    assert on_disk(place, unseen.path).exists(), "what a cache does not know is not deleted"


async def truth(client: Client, *files: str, vaults: frozenset[str] | None = None) -> Truth:
    """What a seat's cache says of some files when it is in step."""
    states = [await client.file(file) for file in files]
    sightings = {each.file.id: Sighting(vault=each.vault, seq=each.seq, file=each.file) for each in states}
    vault = await client.vault()
    epoch = (await client.tree(vault)).head.epoch
    return Truth(epoch=epoch, vaults=frozenset({vault}) if vaults is None else vaults, sightings=sightings)


async def test_a_copy_that_has_stepped_aside_goes_on_when_its_place_is_free(
    place: Workplace, anna: Client, file: File
) -> None:
    """Nobody tells that what was in the way has gone: it is looked at again by itself (N18)."""
    await place.do(requests.GetLatest(files=(file.id,)))
    copy = place.journal.copy(file.id)
    assert copy is not None
    aside = copy.where.with_name(f"plate (moving {file.id[-6:]}).nc")
    (place.root / copy.where).rename(place.root / aside)
    place.journal.put_copy(replace(copy, place=aside.as_posix()))
    on_disk(place, file.path).write_bytes(b"somebody's own")
    await place.engine.compare(await truth(anna, file.id))
    assert (place.root / aside).read_bytes() == FIRST
    remove(on_disk(place, file.path))
    await place.engine.try_again()
    assert on_disk(place, file.path).exists()
    assert on_disk(place, file.path).read_bytes() == FIRST
    assert not (place.root / aside).exists()


async def test_a_deletion_that_was_missed_is_followed(
    place: Workplace, anna: Client, tomas: Client, file: File
) -> None:
    await place.do(requests.GetLatest(files=(file.id,)))
    await tomas.delete(file.id)
    await place.engine.compare(await truth(anna))
    assert not on_disk(place, file.path).exists()
    assert place.kept() == [FIRST]


async def test_a_vault_out_of_sight_takes_nothing_along(place: Workplace, tomas: Client, file: File) -> None:
    await place.do(requests.GetLatest(files=(file.id,)))
    await tomas.delete(file.id)
    await place.engine.compare(await truth(tomas, vaults=frozenset()))
    assert on_disk(place, file.path).exists()
    assert on_disk(place, file.path).read_bytes() == FIRST


async def test_a_clean_copy_follows_a_new_revision(place: Workplace, tomas: Client, file: File) -> None:
    await place.do(requests.GetLatest(files=(file.id,)))
    since = await seq(tomas)
    await revised(tomas, file, b"G0 Z9\n")
    await tell(place, tomas, since)
    path = on_disk(place, file.path)
    assert path.read_bytes() == b"G0 Z9\n"
    assert not path.stat().st_mode & 0o200
    assert place.local(file.id) == LocalCopy(base=(1, 1), path=str(path))
    assert place.kept() == [], "the revision before is in the vault"


async def test_a_copy_that_a_program_has_open_follows_when_it_is_closed(
    place: Workplace, tomas: Client, file: File
) -> None:
    await place.do(requests.GetLatest(files=(file.id,)))
    path = force(place, file, FIRST)
    os.utime(path, ns=(0, place_time(place, file)))
    since = await seq(tomas)
    await revised(tomas, file, b"G0 Z9\n")
    with path.open("rb+"):
        await tell(place, tomas, since)
        assert path.read_bytes() == FIRST
    await place.engine.look_at_mine()
    assert path.read_bytes() == b"G0 Z9\n"


async def test_an_edited_copy_keeps_its_edits_when_a_new_revision_comes(
    place: Workplace, tomas: Client, file: File
) -> None:
    await place.do(requests.GetLatest(files=(file.id,)))
    path = force(place, file, b"an idea")
    since = await seq(tomas)
    await revised(tomas, file, b"G0 Z9\n")
    await tell(place, tomas, since)
    assert path.read_bytes() == b"an idea"
    local = place.local(file.id)
    assert isinstance(local, LocalCopy)
    assert local.edited
    assert local.base == (1, 0)


async def test_what_is_saved_while_a_new_revision_comes_is_kept_and_said(
    anna: Client, tomas: Client, tmp_path: Path, file: File
) -> None:
    class SavedAtTheLastMoment(LocalDisk):
        """A disk on which a program saves just before the file is replaced."""

        def place(self, source: PurePath, target: PurePath) -> None:
            if target.match(f"recovery/*/*/{file.filename}"):
                path = self.root / "Production" / file.path
                path.chmod(0o600)
                path.write_bytes(b"at the last moment")
            super().place(source, target)

    async with workplace(anna, tmp_path, make_disk=SavedAtTheLastMoment) as place:
        await place.do(requests.GetLatest(files=(file.id,)))
        since = await seq(tomas)
        await revised(tomas, file, b"G0 Z9\n")
        await tell(place, tomas, since)
        assert on_disk(place, file.path).read_bytes() == b"G0 Z9\n"
        assert place.kept() == [b"at the last moment"]
        told = [event.trouble.title for event in place.events if isinstance(event, TroubleMet)]
        assert told == ["plate.nc was saved while a newer revision came"]


async def test_files_that_trade_names_trade_places(place: Workplace, anna: Client, tomas: Client, file: File) -> None:
    other = (await anna.add(await anna.vault(), f"{file.folder}/cover.nc", b"the cover")).file
    await place.do(requests.GetLatest(files=(file.id, other.id)))
    between = f"{file.folder}/between.nc"
    await tomas.move(file.id, between)
    await tomas.move(other.id, file.path)
    await tomas.move(file.id, other.path)
    await place.engine.compare(await truth(anna, file.id, other.id))
    assert on_disk(place, other.path).read_bytes() == FIRST
    assert on_disk(place, file.path).read_bytes() == b"the cover"
    left = sorted(each.name for each in on_disk(place, file.folder).iterdir())
    assert left == ["cover.nc", "plate.nc"]
    assert place.kept() == []


@pytest.mark.skipif(IN_WINE, reason="Wine 8 takes the call and leaves the name as it is")
async def test_a_name_that_differs_by_case_alone_is_followed(place: Workplace, tomas: Client, file: File) -> None:
    await place.do(requests.GetLatest(files=(file.id,)))
    since = await seq(tomas)
    target = f"{file.folder}/PLATE.nc"
    await tomas.move(file.id, target)
    await tell(place, tomas, since)
    assert [each.name for each in on_disk(place, file.folder).iterdir()] == ["PLATE.nc"]
    assert on_disk(place, target).read_bytes() == FIRST
    assert not on_disk(place, target).stat().st_mode & 0o200, "it is as read-only as it was"


async def test_when_very_much_is_deleted_a_person_is_asked_first(
    place: Workplace, anna: Client, tomas: Client, file: File
) -> None:
    vault = await anna.vault()
    many = [(await anna.add(vault, f"{file.folder}/{n:02}.nc", f"{n}".encode())).file for n in range(25)]
    await place.do(requests.GetLatest(files=tuple(each.id for each in many)))
    for each in many:
        await tomas.delete(each.id)
    await place.engine.compare(await truth(anna))
    assert all(on_disk(place, each.path).exists() for each in many)
    assert place.kept() == []
    (asked,) = place.issues()
    assert isinstance(asked, MassDeletion)
    assert {each.file for each in asked.copies} == {each.id for each in many}


async def test_very_many_deletions_that_are_told_one_by_one_stop_as_well(
    place: Workplace, anna: Client, tomas: Client, file: File
) -> None:
    vault = await anna.vault()
    many = [(await anna.add(vault, f"{file.folder}/{n:02}.nc", f"{n}".encode())).file for n in range(25)]
    await place.do(requests.GetLatest(files=tuple(each.id for each in many)))
    since = await seq(tomas)
    for each in many:
        await tomas.delete(each.id)
    await tell(place, tomas, since)
    left = {each.id for each in many if on_disk(place, each.path).exists()}
    assert len(left) == 5, "more than 20 need a person"
    (asked,) = place.issues()
    assert isinstance(asked, MassDeletion)
    assert {each.file for each in asked.copies} == left
    assert asked.people == ("Tomas",)


async def test_a_file_that_is_restored_is_not_asked_about_any_more(
    place: Workplace, anna: Client, tomas: Client, file: File
) -> None:
    vault = await anna.vault()
    many = [(await anna.add(vault, f"{file.folder}/{n:02}.nc", f"{n}".encode())).file for n in range(22)]
    await place.do(requests.GetLatest(files=tuple(each.id for each in many)))
    for each in many:
        await tomas.delete(each.id)
    await place.engine.compare(await truth(anna))
    since = await seq(tomas)
    await tomas.restore(many[0].id)
    await tell(place, tomas, since)
    (asked,) = place.issues()
    assert isinstance(asked, MassDeletion)
    assert {each.file for each in asked.copies} == {each.id for each in many[1:]}


async def test_a_file_that_is_suddenly_empty_is_asked_about_once(place: Workplace, tomas: Client, file: File) -> None:
    await place.do(requests.GetLatest(files=(file.id,)))
    path = force(place, file, b"")
    since = await seq(tomas)
    await revised(tomas, file, b"G0 Z9\n")
    await tell(place, tomas, since)
    await place.engine.compare(await truth(tomas, file.id))
    assert path.read_bytes() == b""
    (asked,) = place.issues()
    assert isinstance(asked, Doubt)
    assert (asked.file, asked.why, asked.expected_size) == (file.id, Suspicion.EMPTY, len(FIRST))
    assert sum(isinstance(event, IssuesSeen) for event in place.events) == 1


async def test_after_a_crash_other_content_is_asked_about_once(anna: Client, tmp_path: Path, file: File) -> None:
    held = (await anna.add(await anna.vault(), f"{file.folder}/held.nc", FIRST)).file
    async with workplace(anna, tmp_path) as place:
        await place.do(requests.GetLatest(files=(file.id,)))
        await place.do(requests.CheckOut(files=(held.id,)))
        path = force(place, file, b"torn")
        on_disk(place, held.path).write_bytes(b"work")
    async with workplace(anna, tmp_path, after_crash=True) as place:
        (asked,) = place.issues()
        assert isinstance(asked, Doubt)
        assert (asked.file, asked.why) == (file.id, Suspicion.AFTER_CRASH)
        await place.engine.look_at_all()
        assert sum(isinstance(event, IssuesSeen) for event in place.events) == 1
        assert path.read_bytes() == b"torn"
        assert on_disk(place, held.path).read_bytes() == b"work"
    async with workplace(anna, tmp_path) as place:
        assert place.issues() == (asked,), "a start in order does not make it an edit"
        path.write_bytes(b"saved again")
        await place.engine.look_at_mine()
        assert place.issues() == (), "other content is an edit"


def place_time(place: Workplace, file: File) -> int:
    """The time that the journal has for a copy."""
    copy = place.journal.copy(file.id)
    assert copy is not None
    return copy.mtime_ns
