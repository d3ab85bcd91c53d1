"""A person decides: what becomes of both versions, of suspicious content, of the copies of very many deleted files."""

import os
import uuid
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest
from blake3 import blake3

from pdm_desktop.core import requests
from pdm_desktop.core.actions import Suspicion
from pdm_desktop.core.decisions import Seen, Side
from pdm_desktop.core.fold import Numbered
from pdm_desktop.core.issues import Absent, Conflict, Doubt, MassDeletion
from pdm_desktop.core.results import FileResult, Outcome
from pdm_desktop.net.vault import VaultCalls
from pdm_desktop.sync.events import StrangersSeen
from pdm_desktop.sync.ports import Vault
from pdm_desktop.sync.reconcile import Truth
from server.protocol.calls import FileState
from server.protocol.events import VAULT_EVENTS
from server.protocol.vault import File
from server.protocol.wire import from_plain
from tests.support.client import Client, signed_in
from tests.support.meanwhile import in_step
from tests.support.seat_parts import Workplace, workplace

FIRST, MINE, THEIRS = b"G0 X0 Y0\n" * 40, b"my idea\n", b"G1 X1\n" * 30


@pytest.fixture
async def place(anna: Client, tmp_path: Path) -> AsyncIterator[Workplace]:
    async with workplace(anna, tmp_path) as made:
        yield made


@pytest.fixture
async def file(anna: Client) -> File:
    return (await anna.add(await anna.vault(), f"Jobs/{uuid.uuid4().hex}/plate.nc", FIRST)).file


def on_disk(place: Workplace, file: File) -> Path:
    return place.root / "Production" / file.path


def force(place: Workplace, file: File, content: bytes) -> Path:
    """Edit a file without a lock, as some people do."""
    path = on_disk(place, file)
    os.chmod(path, 0o600)  # noqa: PTH101 - as a person would, by force
    path.write_bytes(content)
    return path


async def tell(place: Workplace, client: Client, since: int) -> None:
    """Tell the engine each event of the vault after a seq, as the connection does."""
    vault = await client.vault()
    for change in (await client.changes(vault, since=since)).changes:
        event = from_plain(change.data, VAULT_EVENTS[change.type])
        await place.engine.happened(Numbered(vault=vault, seq=change.seq, event=event))


async def nothing_cached(client: Client) -> Truth:
    """A seat in step whose cache says nothing: the server is asked."""
    head = (await client.tree(await client.vault())).head
    return Truth(epoch=head.epoch, vaults=frozenset({await client.vault()}), sightings={})


async def seq(client: Client) -> int:
    return (await client.tree(await client.vault())).head.seq


async def revised(client: Client, file: File, content: bytes) -> None:
    await client.check_in(await client.check_out(file.id), content)


async def two_versions(place: Workplace, tomas: Client, file: File) -> Conflict:
    """Edited here by force, and Tomas checks in the next revision."""
    await place.do(requests.GetLatest(files=(file.id,)))
    force(place, file, MINE)
    since = await seq(tomas)
    await revised(tomas, file, THEIRS)
    await tell(place, tomas, since)
    return conflict_of(place)


def conflict_of(place: Workplace) -> Conflict:
    (issue,) = place.issues()
    assert isinstance(issue, Conflict)
    return issue


async def decide(place: Workplace, conflict: Conflict, side: Side) -> FileResult:
    return await place.one(requests.DecideVersions(file=conflict.file, side=side, seen=conflict.seen, who="Anna"))


# Two versions


async def test_two_versions_are_told_with_all_that_is_known_and_nothing_is_touched(
    place: Workplace, tomas: Client, file: File
) -> None:
    conflict = await two_versions(place, tomas, file)
    assert conflict.path == file.path
    assert conflict.mine.full_path == str(on_disk(place, file))
    assert (conflict.mine.size, conflict.mine.hash) == (len(MINE), blake3(MINE).hexdigest())
    assert conflict.mine.base == (1, 0)
    assert conflict.theirs is not None
    assert (conflict.theirs.number, conflict.theirs.author, conflict.theirs.size) == ("1.1", "Tomas", len(THEIRS))
    assert on_disk(place, file).read_bytes() == MINE
    assert place.kept() == []


async def test_who_has_it_is_told_and_follows(place: Workplace, tomas: Client, file: File) -> None:
    assert (await two_versions(place, tomas, file)).lock is None
    since = await seq(tomas)
    held = await tomas.check_out(file.id)
    await tell(place, tomas, since)
    lock = conflict_of(place).lock
    assert lock is not None
    assert lock.locked_by == "Tomas"
    await tomas.undo(held)
    await tell(place, tomas, since)
    assert conflict_of(place).lock is None


async def test_two_versions_are_there_again_after_a_restart(
    anna: Client, tomas: Client, tmp_path: Path, file: File
) -> None:
    async with workplace(anna, tmp_path) as place:
        conflict = await two_versions(place, tomas, file)
    async with workplace(anna, tmp_path) as place:
        assert place.issues() == ()
        await place.engine.compare(await nothing_cached(anna))
        assert place.issues() == (conflict,)


async def test_a_lost_lock_with_edits_and_a_newer_head_are_two_versions(
    place: Workplace, anna: Client, tomas: Client, file: File
) -> None:
    await place.do(requests.CheckOut(files=(file.id,)))
    on_disk(place, file).write_bytes(MINE)
    since = await seq(tomas)
    async with signed_in(anna.address, "Anna") as elsewhere:
        await elsewhere.undo(await elsewhere.adopt(file.id))
    await tell(place, tomas, since)
    assert place.issues() == (), "edits of the newest revision are no second version"
    await revised(tomas, file, THEIRS)
    await tell(place, tomas, since)
    assert conflict_of(place).mine.hash == blake3(MINE).hexdigest()


async def test_both_are_kept_mine_under_a_name_that_says_who_and_when(
    place: Workplace, anna: Client, tomas: Client, file: File
) -> None:
    conflict = await two_versions(place, tomas, file)
    result = await decide(place, conflict, Side.BOTH)
    assert result.outcome is Outcome.DONE
    saved = conflict.mine.at.astimezone()
    name = f"plate (Anna {saved:%Y-%m-%d %H.%M}).nc"
    folder = on_disk(place, file).parent
    assert {each.name: each.read_bytes() for each in folder.iterdir()} == {"plate.nc": THEIRS, name: MINE}
    assert not on_disk(place, file).stat().st_mode & 0o200
    assert (folder / name).stat().st_mode & 0o200
    assert (folder / name).stat().st_nlink == 1
    assert place.kept() == [], "mine is beside it, not in the recovery store"
    assert place.issues() == ()
    strangers = next(event.files for event in reversed(place.events) if isinstance(event, StrangersSeen))
    assert [each.filename for each in strangers] == [name]
    assert (await anna.file(file.id)).file.head.number == "1.1"


async def test_a_taken_name_gets_a_number(place: Workplace, tomas: Client, file: File) -> None:
    conflict = await two_versions(place, tomas, file)
    saved = conflict.mine.at.astimezone()
    taken = on_disk(place, file).with_name(f"plate (Anna {saved:%Y-%m-%d %H.%M}).nc")
    taken.write_bytes(b"somebody's own")
    await decide(place, conflict, Side.BOTH)
    assert {each.name: each.read_bytes() for each in taken.parent.iterdir()} == {
        "plate.nc": THEIRS,
        taken.name: b"somebody's own",
        f"plate (Anna {saved:%Y-%m-%d %H.%M}, 2).nc": MINE,
    }


async def test_the_vaults_is_taken_and_mine_is_in_the_recovery_store(
    place: Workplace, tomas: Client, file: File
) -> None:
    conflict = await two_versions(place, tomas, file)
    result = await decide(place, conflict, Side.THEIRS)
    assert "kept in .pdm-desktop/recovery" in result.text
    assert on_disk(place, file).read_bytes() == THEIRS
    assert not on_disk(place, file).stat().st_mode & 0o200
    assert place.kept() == [MINE]
    assert place.issues() == ()


async def test_mine_goes_on_from_the_head_and_is_the_next_revision(
    place: Workplace, anna: Client, tomas: Client, file: File
) -> None:
    conflict = await two_versions(place, tomas, file)
    result = await decide(place, conflict, Side.MINE)
    assert result.outcome is Outcome.DONE, result
    assert on_disk(place, file).read_bytes() == MINE
    assert on_disk(place, file).stat().st_mode & 0o200
    assert place.issues() == ()
    assert place.kept() == []
    lock = (await anna.file(file.id)).file.lock
    assert lock is not None
    assert lock.seat == anna.seat
    checked_in = await place.one(requests.CheckIn(files=(file.id,)))
    assert checked_in.text == "Checked in as Rev 1.2."
    assert await anna.content(file.id) == MINE


async def test_undoing_that_check_out_keeps_mine_and_brings_the_head(
    place: Workplace, tomas: Client, file: File
) -> None:
    await decide(place, await two_versions(place, tomas, file), Side.MINE)
    await place.one(requests.UndoCheckOut(files=(file.id,)))
    assert on_disk(place, file).read_bytes() == THEIRS
    assert place.kept() == [MINE]


async def test_while_somebody_has_it_mine_does_not_go_on(place: Workplace, tomas: Client, file: File) -> None:
    conflict = await two_versions(place, tomas, file)
    await tomas.check_out(file.id)
    result = await decide(place, conflict, Side.MINE)
    assert result.outcome is Outcome.REFUSED
    assert result.text == "Tomas has plate.nc on TOMAS-PC."
    assert on_disk(place, file).read_bytes() == MINE
    assert place.journal.unfinished() == []


async def test_what_is_checked_out_here_and_behind_goes_on_without_another_check_out(
    place: Workplace, anna: Client, file: File
) -> None:
    await place.one(requests.CheckOut(files=(file.id,)))
    await anna.check_in(await anna.file(file.id), THEIRS, keep=True)
    on_disk(place, file).write_bytes(MINE)
    await place.engine.compare(await nothing_cached(anna))
    conflict = conflict_of(place)
    assert conflict.held_here
    await decide(place, conflict, Side.MINE)
    assert place.issues() == ()
    assert (await place.one(requests.CheckIn(files=(file.id,)))).text == "Checked in as Rev 1.2."
    assert await anna.content(file.id) == MINE


@pytest.mark.parametrize("side", Side)
async def test_a_decision_about_other_content_or_another_head_is_refused_and_it_is_shown_anew(
    place: Workplace, anna: Client, tomas: Client, file: File, side: Side
) -> None:
    conflict = await two_versions(place, tomas, file)
    on_disk(place, file).write_bytes(b"saved again")
    result = await decide(place, conflict, side)
    assert result.outcome is Outcome.REFUSED
    assert result.text == "plate.nc was saved again meanwhile, so nothing was done."
    again = conflict_of(place)
    assert again.mine.hash == blake3(b"saved again").hexdigest()
    await revised(tomas, file, b"and another")
    result = await decide(place, again, side)
    assert result.text == "Tomas checked in Rev 1.2 of plate.nc meanwhile, so nothing was done."
    assert conflict_of(place).seen.head == (1, 2)
    assert on_disk(place, file).read_bytes() == b"saved again"
    assert place.kept() == []
    assert (await anna.file(file.id)).file.lock is None


async def test_a_head_that_comes_before_the_lock_gives_the_lock_back(
    anna: Client, tomas: Client, tmp_path: Path, file: File
) -> None:
    class Late:
        """A vault in which Tomas is quicker."""

        def __init__(self, real: VaultCalls) -> None:
            self._real = real

        def __getattr__(self, name: str) -> Any:
            return getattr(self._real, name)

        async def check_out(self, which: str, message: str | None, key: str) -> FileState:
            await revised(tomas, file, b"and another")
            return await self._real.check_out(which, message, key)

    async with workplace(anna, tmp_path, around=lambda calls: cast("Vault", Late(calls))) as place:
        conflict = await two_versions(place, tomas, file)
        result = await decide(place, conflict, Side.MINE)
        assert result.outcome is Outcome.REFUSED
        assert result.text == "Tomas checked in Rev 1.2 of plate.nc meanwhile, so nothing was done."
        assert (await anna.file(file.id)).file.lock is None
        assert place.journal.hold(file.id) is None
        assert place.journal.unfinished() == []
        assert on_disk(place, file).read_bytes() == MINE
        assert conflict_of(place).seen.head == (1, 2)


async def test_the_same_decision_once_more_changes_nothing(place: Workplace, tomas: Client, file: File) -> None:
    conflict = await two_versions(place, tomas, file)
    await decide(place, conflict, Side.THEIRS)
    assert (await decide(place, conflict, Side.THEIRS)).outcome is Outcome.UNCHANGED
    assert place.kept() == [MINE]


async def test_what_was_renamed_meanwhile_goes_there_with_both(place: Workplace, tomas: Client, file: File) -> None:
    conflict = await two_versions(place, tomas, file)
    await tomas.move(file.id, f"{file.folder}/cover.nc")
    await decide(place, conflict, Side.BOTH)
    folder = on_disk(place, file).parent
    saved = conflict.mine.at.astimezone()
    assert {each.name: each.read_bytes() for each in folder.iterdir()} == {
        "cover.nc": THEIRS,
        f"cover (Anna {saved:%Y-%m-%d %H.%M}).nc": MINE,
    }


async def test_equal_content_is_no_second_version(place: Workplace, tomas: Client, file: File) -> None:
    await place.do(requests.GetLatest(files=(file.id,)))
    force(place, file, THEIRS)
    since = await seq(tomas)
    await revised(tomas, file, THEIRS)
    await tell(place, tomas, since)
    assert place.issues() == ()
    assert place.journal.copy(file.id) is not None
    assert not on_disk(place, file).stat().st_mode & 0o200


# Deleted in the vault


async def deleted(place: Workplace, tomas: Client, file: File) -> Conflict:
    await place.do(requests.GetLatest(files=(file.id,)))
    force(place, file, MINE)
    since = await seq(tomas)
    await tomas.delete(file.id)
    await tell(place, tomas, since)
    return conflict_of(place)


async def test_edits_of_a_deleted_file_stay_as_a_file_of_my_own(place: Workplace, tomas: Client, file: File) -> None:
    conflict = await deleted(place, tomas, file)
    assert (conflict.theirs, conflict.deleted_by) == (None, "Tomas")
    await decide(place, conflict, Side.BOTH)
    saved = conflict.mine.at.astimezone()
    folder = on_disk(place, file).parent
    assert [each.name for each in folder.iterdir()] == [f"plate (Anna {saved:%Y-%m-%d %H.%M}).nc"]
    assert place.journal.copy(file.id) is None
    assert place.issues() == ()


async def test_edits_of_a_deleted_file_go_to_the_recovery_store_by_decision_alone(
    place: Workplace, tomas: Client, file: File
) -> None:
    conflict = await deleted(place, tomas, file)
    assert (await decide(place, conflict, Side.MINE)).outcome is Outcome.REFUSED
    assert on_disk(place, file).read_bytes() == MINE
    await decide(place, conflict, Side.THEIRS)
    assert not on_disk(place, file).exists()
    assert place.kept() == [MINE]
    assert place.issues() == ()


# Suspicious content


async def emptied(place: Workplace, file: File) -> Doubt:
    await place.do(requests.CheckOut(files=(file.id,)))
    on_disk(place, file).write_bytes(b"")
    await place.engine.look_at_mine()
    (issue,) = place.issues()
    assert isinstance(issue, Doubt)
    return issue


async def test_a_file_that_is_meant_to_be_empty_can_be_checked_in(place: Workplace, anna: Client, file: File) -> None:
    doubt = await emptied(place, file)
    assert (doubt.why, doubt.held_here) == (Suspicion.EMPTY, True)
    refused = await place.one(requests.CheckIn(files=(file.id,)))
    assert refused.outcome is Outcome.REFUSED
    assert refused.advice is not None
    assert "Needs you" in refused.advice
    await place.one(requests.DecideDoubt(file=file.id, right=True, seen=doubt.seen))
    assert place.issues() == ()
    assert (await place.one(requests.CheckIn(files=(file.id,)))).text == "Checked in as Rev 1.1."
    assert await anna.content(file.id) == b""


async def test_content_that_is_doubted_is_not_checked_in_before_a_person_calls_it_right(
    place: Workplace, anna: Client, file: File
) -> None:
    await place.do(requests.CheckOut(files=(file.id,)))
    path = on_disk(place, file)
    before = path.stat()
    path.write_bytes(b"torn")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    for together in (False, True):
        refused = await place.one(requests.CheckIn(files=(file.id,), together=together))
        assert refused.outcome is Outcome.REFUSED
        assert refused.text == "plate.nc has another size but the same time as before."
        assert refused.advice is not None
        assert "Needs you" in refused.advice
    (doubt,) = place.issues()
    assert isinstance(doubt, Doubt)
    assert (doubt.why, doubt.held_here) == (Suspicion.SAME_TIME, True)
    assert (await anna.file(file.id)).file.head.number == "1.0"
    await place.one(requests.DecideDoubt(file=file.id, right=True, seen=doubt.seen))
    assert (await place.one(requests.CheckIn(files=(file.id,)))).text == "Checked in as Rev 1.1."
    assert await anna.content(file.id) == b"torn"


async def test_what_was_doubted_and_is_saved_again_is_checked_in(place: Workplace, anna: Client, file: File) -> None:
    await emptied(place, file)
    on_disk(place, file).write_bytes(MINE)
    assert (await place.one(requests.CheckIn(files=(file.id,)))).text == "Checked in as Rev 1.1."
    assert place.issues() == ()


async def test_what_is_right_stays_right_after_a_restart_and_other_content_is_asked_about(
    anna: Client, tmp_path: Path, file: File
) -> None:
    async with workplace(anna, tmp_path) as place:
        doubt = await emptied(place, file)
        await place.one(requests.DecideDoubt(file=file.id, right=True, seen=doubt.seen))
    async with workplace(anna, tmp_path) as place:
        assert place.issues() == ()
        await place.engine.look_at_mine()
        assert place.issues() == ()
        on_disk(place, file).write_bytes(MINE)
        await place.engine.look_at_all()
        on_disk(place, file).write_bytes(b"")
        await place.engine.look_at_mine()
        assert [type(each) for each in place.issues()] == [Doubt]


async def test_the_revision_comes_back_and_what_was_here_is_kept(anna: Client, tmp_path: Path, file: File) -> None:
    async with workplace(anna, tmp_path) as place:
        await place.do(requests.GetLatest(files=(file.id,)))
        force(place, file, b"torn")
    async with workplace(anna, tmp_path, after_crash=True) as place:
        (doubt,) = place.issues()
        assert isinstance(doubt, Doubt)
        await place.one(requests.DecideDoubt(file=file.id, right=False, seen=doubt.seen))
        assert on_disk(place, file).read_bytes() == FIRST
        assert place.kept() == [b"torn"]
        assert place.issues() == ()


async def test_torn_content_that_is_right_is_my_edit(anna: Client, tmp_path: Path, file: File) -> None:
    async with workplace(anna, tmp_path) as place:
        await place.do(requests.GetLatest(files=(file.id,)))
        force(place, file, MINE)
    async with workplace(anna, tmp_path, after_crash=True) as place:
        (doubt,) = place.issues()
        assert isinstance(doubt, Doubt)
        await place.one(requests.DecideDoubt(file=file.id, right=True, seen=doubt.seen))
        assert place.issues() == ()
        assert on_disk(place, file).read_bytes() == MINE
    async with workplace(anna, tmp_path, after_crash=True) as place:
        assert place.issues() == (), "it is not asked about again"


async def test_a_word_about_other_content_counts_for_nothing(place: Workplace, file: File) -> None:
    doubt = await emptied(place, file)
    other = replace(doubt.seen, hash=blake3(MINE).hexdigest())
    assert (await place.one(requests.DecideDoubt(file=file.id, right=True, seen=other))).outcome is Outcome.REFUSED
    assert [type(each) for each in place.issues()] == [Doubt]
    on_disk(place, file).write_bytes(MINE)
    result = await place.one(requests.DecideDoubt(file=file.id, right=False, seen=doubt.seen))
    assert result.text == "plate.nc was saved again meanwhile, so nothing was done."
    assert on_disk(place, file).read_bytes() == MINE


# Very many deletions


async def mass_deletion(place: Workplace, anna: Client, tomas: Client, folder: str) -> tuple[list[File], MassDeletion]:
    vault = await anna.vault()
    many = [(await anna.add(vault, f"{folder}/{n:02}.nc", f"{n}".encode())).file for n in range(22)]
    await place.do(requests.GetLatest(files=tuple(each.id for each in many)))
    for each in many:
        await tomas.delete(each.id)
    await place.engine.compare(await nothing_cached(anna))
    (asked,) = place.issues()
    assert isinstance(asked, MassDeletion)
    return many, asked


async def test_the_copies_go_to_the_recovery_store_when_a_person_says_so(
    place: Workplace, anna: Client, tomas: Client, file: File
) -> None:
    many, asked = await mass_deletion(place, anna, tomas, file.folder)
    force(place, many[0], MINE)
    await tomas.restore(many[1].id)
    files = tuple(each.file for each in asked.copies)
    results = {each.file: each for each in await place.do(requests.DecideDeletion(files=files, remove=True))}
    assert results[many[0].id].outcome is Outcome.REFUSED
    assert results[many[1].id].text == "It is in the vault again, so its copy stays."
    assert on_disk(place, many[0]).read_bytes() == MINE
    assert on_disk(place, many[1]).exists()
    assert not any(on_disk(place, each).exists() for each in many[2:])
    assert len(place.kept()) == 20
    assert conflict_of(place).file == many[0].id, "what was edited here is a question of its own"


async def test_the_copies_stay_as_my_own_files_when_a_person_says_so(
    place: Workplace, anna: Client, tomas: Client, file: File
) -> None:
    many, asked = await mass_deletion(place, anna, tomas, file.folder)
    files = tuple(each.file for each in asked.copies)
    await place.do(requests.DecideDeletion(files=files, remove=False))
    assert all(on_disk(place, each).stat().st_mode & 0o200 for each in many)
    assert place.kept() == []
    assert place.issues() == ()
    assert all(place.journal.copy(each.id) is None for each in many)
    await place.engine.compare(await nothing_cached(anna))
    assert place.issues() == (), "it is not asked about again"


async def many_deleted(place: Workplace, tomas: Client, folder: str, count: int) -> tuple[list[str], Path]:
    """Tomas deletes so many files that are here, and nobody tells the engine."""
    vault = await tomas.vault()
    files = [each.id for each in (await tomas.add_set(vault, [f"{folder}/{n}.nc" for n in range(count)])).files]
    await place.do(requests.GetLatest(files=tuple(files)))
    for each in files:
        await tomas.delete(each)
    return files, place.root / "Production" / folder


@pytest.mark.parametrize("together", [True, False], ids=["together", "one by one"])
async def test_very_many_deletions_of_which_get_latest_hears_wait_as_well(
    place: Workplace, tomas: Client, file: File, together: bool
) -> None:
    files, folder = await many_deleted(place, tomas, file.folder, 30)
    for some in [tuple(files)] if together else [(each,) for each in files]:
        await place.do(requests.GetLatest(files=some))
    waiting = 30 if together else 10
    assert len(list(folder.iterdir())) == waiting
    (asked,) = place.issues()
    assert isinstance(asked, MassDeletion)
    assert len(asked.copies) == waiting


async def test_deletions_that_wait_for_a_person_do_so_after_a_restart_as_well(
    anna: Client, tomas: Client, tmp_path: Path, file: File
) -> None:
    async with workplace(anna, tmp_path) as place:
        files, folder = await many_deleted(place, tomas, file.folder, 25)
        await place.engine.compare(await nothing_cached(anna))
        await place.do(requests.DecideDeletion(files=tuple(files[:6]), remove=True))
        (before,) = place.issues()
    async with workplace(anna, tmp_path) as place:
        assert place.issues() == (before,), "it is asked again before the server is"
        await in_step(place, anna)
        assert len(list(folder.iterdir())) == 19
        assert isinstance(before, MassDeletion)
        await place.do(requests.DecideDeletion(files=tuple(each.file for each in before.copies), remove=True))
        assert place.issues() == ()
        assert not list(folder.iterdir())
    async with workplace(anna, tmp_path) as place:
        assert place.issues() == ()


async def test_an_empty_folder_where_the_drive_was_is_no_workspace(place: Workplace, file: File) -> None:
    await place.do(requests.GetLatest(files=(file.id,)))
    away = place.root.with_name("unplugged")
    place.root.rename(away)
    place.root.mkdir()
    await place.engine.look_at_mine()
    assert [type(each) for each in place.issues()] == [Absent]
    await place.engine.run(requests.GetLatest(files=(file.id,)), {})
    await place.engine.look_at_all()
    assert list(place.root.iterdir()) == []
    assert place.journal.copy(file.id) is not None
    place.root.rmdir()
    away.rename(place.root)
    await place.engine.look_at_mine()
    assert place.issues() == ()
    assert place.local(file.id) is not None


async def test_nobody_decides_about_a_file_that_was_never_here(place: Workplace, file: File) -> None:
    seen = Seen(hash="0" * 64, head=(1, 0))
    for request in (
        requests.DecideVersions(file=file.id, side=Side.THEIRS, seen=seen, who="Anna"),
        requests.DecideDoubt(file=file.id, right=False, seen=seen),
    ):
        assert (await place.one(request)).outcome is Outcome.REFUSED
    assert (await place.one(requests.DecideDeletion(files=(file.id,), remove=True))).outcome is Outcome.UNCHANGED
