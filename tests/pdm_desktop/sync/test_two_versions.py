"""A person decides between two versions: both are kept, the vault's is taken, or mine goes on."""

from pathlib import Path

import pytest
from blake3 import blake3

from pdm_desktop.core import requests
from pdm_desktop.core.decisions import Seen, Side
from pdm_desktop.core.issues import Conflict
from pdm_desktop.core.results import FileResult, Outcome
from pdm_desktop.net.vault import VaultCalls
from pdm_desktop.sync.events import StrangersSeen
from server.protocol.calls import FileState
from server.protocol.vault import File
from tests.support.client import Client, signed_in
from tests.support.meanwhile import nothing_cached, seq, tell
from tests.support.one_file import conflict_of, force, on_disk, revised
from tests.support.seat_parts import Workplace, workplace

MINE, THEIRS = b"my idea\n", b"G1 X1\n" * 30


async def two_versions(place: Workplace, tomas: Client, file: File) -> Conflict:
    """Edited here by force, and Tomas checks in the next revision."""
    await place.do(requests.GetLatest(files=(file.id,)))
    force(on_disk(place, file), MINE)
    since = await seq(tomas)
    await revised(tomas, file, THEIRS)
    await tell(place, tomas, since)
    return conflict_of(place)


async def decide(place: Workplace, conflict: Conflict, side: Side) -> FileResult:
    return await place.one(requests.DecideVersions(file=conflict.file, side=side, seen=conflict.seen, who="Anna"))


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


async def test_going_on_with_mine_once_more_is_done_while_it_is_checked_out_here_alone(
    place: Workplace, anna: Client, tomas: Client, file: File
) -> None:
    """A window still shows the question; the lock that came of the first answer was given back elsewhere."""
    conflict = await two_versions(place, tomas, file)
    assert (await decide(place, conflict, Side.MINE)).outcome is Outcome.DONE
    assert (await decide(place, conflict, Side.MINE)).outcome is Outcome.UNCHANGED
    since = await seq(anna)
    async with signed_in(anna.address, "Anna") as elsewhere:
        await elsewhere.undo(await elsewhere.adopt(file.id))
    await tell(place, anna, since)
    assert (await decide(place, conflict, Side.MINE)).outcome is Outcome.DONE
    lock = (await anna.file(file.id)).file.lock
    assert lock is not None
    assert lock.seat == anna.seat
    assert on_disk(place, file).read_bytes() == MINE


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
    class Late(VaultCalls):
        """A vault in which Tomas is quicker."""

        def __init__(self, inner: VaultCalls) -> None:
            self._http = inner._http

        async def check_out(self, which: str, message: str | None, key: str) -> FileState:
            await revised(tomas, file, b"and another")
            return await super().check_out(which, message, key)

    async with workplace(anna, tmp_path, around=Late) as place:
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
    force(on_disk(place, file), THEIRS)
    since = await seq(tomas)
    await revised(tomas, file, THEIRS)
    await tell(place, tomas, since)
    assert place.issues() == ()
    assert place.journal.copy(file.id) is not None
    assert not on_disk(place, file).stat().st_mode & 0o200


async def deleted(place: Workplace, tomas: Client, file: File) -> Conflict:
    await place.do(requests.GetLatest(files=(file.id,)))
    force(on_disk(place, file), MINE)
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


async def test_nobody_decides_about_a_file_that_was_never_here(place: Workplace, file: File) -> None:
    seen = Seen(hash="0" * 64, head=(1, 0))
    for request in (
        requests.DecideVersions(file=file.id, side=Side.THEIRS, seen=seen, who="Anna"),
        requests.DecideDoubt(file=file.id, right=False, seen=seen),
    ):
        assert (await place.one(request)).outcome is Outcome.REFUSED
    assert (await place.one(requests.DecideDeletion(files=(file.id,), remove=True))).outcome is Outcome.UNCHANGED
