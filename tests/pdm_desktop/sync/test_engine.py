"""The commands for single files, against a real server and a real folder."""

import asyncio
import os
import stat
import uuid
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from pdm_desktop.core import requests
from pdm_desktop.core.copies import LocalCopy
from pdm_desktop.core.results import Outcome
from pdm_desktop.sync.recovery import Record
from server.protocol.vault import File
from tests.support.client import PASSWORD, Client, signed_in
from tests.support.one_file import FIRST, on_disk
from tests.support.seat_parts import Workplace, workplace
from tests.support.server import RealServer, real_server


@pytest.fixture
async def file(anna: Client) -> File:
    """A new file of the vault that no other test knows."""
    return await new_file(anna)


async def new_file(client: Client, content: bytes = FIRST) -> File:
    path = f"Jobs/{uuid.uuid4().hex}/plate op10.nc"
    return (await client.add(await client.vault(), path, content)).file


def is_read_only(path: Path) -> bool:
    return not path.stat().st_mode & stat.S_IWUSR


async def test_check_out_brings_a_writable_head_and_holds_the_lock(place: Workplace, anna: Client, file: File) -> None:
    result = await place.one(requests.CheckOut(files=(file.id,), message="new mill"))
    assert result.outcome is Outcome.DONE
    assert on_disk(place, file).read_bytes() == FIRST
    assert not is_read_only(on_disk(place, file))
    lock = (await anna.file(file.id)).file.lock
    assert lock is not None
    assert (lock.locked_by, lock.seat, lock.message) == ("Anna", anna.seat, "new mill")
    assert place.local(file.id) == LocalCopy(base=(1, 0), path=str(on_disk(place, file)), writable=True)
    assert place.journal.unfinished() == []


async def test_check_in_stores_what_was_written_and_makes_it_read_only(
    place: Workplace, anna: Client, file: File
) -> None:
    await place.do(requests.CheckOut(files=(file.id,)))
    on_disk(place, file).write_bytes(b"M30\n")
    result = await place.one(requests.CheckIn(files=(file.id,), comment="shorter"))
    assert result.text == "Checked in as Rev 1.1."
    assert await anna.content(file.id) == b"M30\n"
    state = await anna.file(file.id)
    assert state.file.lock is None
    assert state.file.head.comment == "shorter"
    assert is_read_only(on_disk(place, file))
    assert place.local(file.id) == LocalCopy(base=(1, 1), path=str(on_disk(place, file)))


async def test_a_major_check_in_that_keeps_the_file_stays_writable(place: Workplace, anna: Client, file: File) -> None:
    await place.do(requests.CheckOut(files=(file.id,)))
    on_disk(place, file).write_bytes(b"one")
    await place.do(requests.CheckIn(files=(file.id,), major=True, keep=True))
    on_disk(place, file).write_bytes(b"two")
    result = await place.one(requests.CheckIn(files=(file.id,)))
    assert result.text == "Checked in as Rev 2.1."
    assert (await anna.file(file.id)).file.head.number == "2.1"
    assert is_read_only(on_disk(place, file))


async def test_a_check_in_of_nothing_new_only_releases_the_lock(place: Workplace, anna: Client, file: File) -> None:
    await place.do(requests.CheckOut(files=(file.id,)))
    result = await place.one(requests.CheckIn(files=(file.id,)))
    assert result.outcome is Outcome.UNCHANGED
    state = await anna.file(file.id)
    assert (state.file.lock, state.file.head.number) == (None, "1.0")
    assert is_read_only(on_disk(place, file))


async def test_undo_puts_edits_into_the_recovery_store_and_brings_the_head(
    place: Workplace, anna: Client, file: File
) -> None:
    await place.do(requests.CheckOut(files=(file.id,)))
    on_disk(place, file).write_bytes(b"an idea")
    result = await place.one(requests.UndoCheckOut(files=(file.id,)))
    assert result.outcome is Outcome.DONE
    assert "kept in .pdm-desktop/recovery" in result.text
    assert place.kept() == [b"an idea"]
    assert on_disk(place, file).read_bytes() == FIRST
    assert is_read_only(on_disk(place, file))
    assert (await anna.file(file.id)).file.lock is None


async def test_what_is_kept_has_a_record_of_what_when_why_and_from_where(place: Workplace, file: File) -> None:
    await place.do(requests.CheckOut(files=(file.id,)))
    on_disk(place, file).write_bytes(b"an idea")
    before = datetime.now(UTC)
    await place.do(requests.UndoCheckOut(files=(file.id,)))
    (record,) = (place.root / ".pdm-desktop" / "recovery").rglob("*.json")
    told = msgspec.json.decode(record.read_bytes(), type=Record)
    assert (told.came_from, told.why) == (f"Production/{file.path}", "Undo check-out")
    assert before <= told.at <= datetime.now(UTC)
    assert (record.with_suffix("") / file.filename).read_bytes() == b"an idea"


NAMES = {
    "letters": "Prüfstück Ø50 – größe 1 (neu) & 100 % 'x'.nc",
    "scripts": "工件 деталь κομμάτι 🔩.nc",
    "two forms": "Mu\u0308ller #1; [2].nc",
    "longest": "ä" * 126 + ".nc",
    "no ending": "x" * 180,
}


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES.keys())
async def test_any_name_that_a_vault_takes_goes_all_the_way(place: Workplace, anna: Client, name: str) -> None:
    added = await anna.add(await anna.vault(), f"{uuid.uuid4().hex[:8]}/Höhe 1/{name}", FIRST)
    file = added.file
    assert (await place.one(requests.CheckOut(files=(file.id,)))).outcome is Outcome.DONE
    on_disk(place, file).write_bytes(b"M30\n")
    assert (await place.one(requests.CheckIn(files=(file.id,)))).text == "Checked in as Rev 1.1."
    assert await anna.content(file.id) == b"M30\n"
    opened = await place.one(requests.OpenRevision(file=file.id, major=1, minor=0))
    assert opened.outcome is Outcome.DONE
    assert place.opened.files[0].read_bytes() == FIRST
    await place.do(requests.CheckOut(files=(file.id,)))
    on_disk(place, file).write_bytes(b"an idea")
    await place.do(requests.UndoCheckOut(files=(file.id,)))
    assert place.kept() == [b"an idea"]


async def test_folders_of_the_same_name_in_two_vaults_are_two(
    place: Workplace, anna: Client, file: File, shop_server: RealServer, tmp_path: Path
) -> None:
    twin = tmp_path / "share" / file.path
    twin.parent.mkdir(parents=True)
    twin.write_bytes(b"of another vault")
    name = f"Tools {uuid.uuid4().hex}"
    await asyncio.to_thread(shop_server.run, "import", name, str(tmp_path / "share"))
    (other,) = (await anna.tree(await anna.vault(name))).files.values()
    await place.do(requests.GetLatest(files=(file.id, other.id)))
    assert on_disk(place, file).read_bytes() == FIRST
    assert (place.root / name / file.path).read_bytes() == b"of another vault"


async def test_only_commands_change_the_vault(place: Workplace, anna: Client, file: File) -> None:
    other = await new_file(anna)
    await place.do(requests.GetLatest(files=(file.id, other.id)))
    await place.do(requests.CheckOut(files=(other.id,)))
    vault = await anna.vault()
    before = await anna.tree(vault)
    os.chmod(on_disk(place, file), 0o600)  # noqa: PTH101 - as a person would, by force
    on_disk(place, file).unlink()
    on_disk(place, file).with_name("new.nc").write_bytes(b"new")
    on_disk(place, other).rename(on_disk(place, other).with_name("renamed.nc"))
    await place.engine.look_at_mine()
    await place.engine.look_at_all()
    await place.engine.go_on()
    local = place.local(other.id)
    assert isinstance(local, LocalCopy)
    assert local.missing
    after = await anna.tree(vault)
    assert (after.head.seq, after.files) == (before.head.seq, before.files)
    assert on_disk(place, other).with_name("renamed.nc").read_bytes() == FIRST


async def test_undo_of_an_untouched_file_keeps_nothing(place: Workplace, file: File) -> None:
    await place.do(requests.CheckOut(files=(file.id,)))
    await place.do(requests.UndoCheckOut(files=(file.id,)))
    assert place.kept() == []
    assert on_disk(place, file).read_bytes() == FIRST


async def test_a_held_file_is_refused_with_its_holder(place: Workplace, tomas: Client, file: File) -> None:
    await tomas.check_out(file.id, message="roughing")
    result = await place.one(requests.CheckOut(files=(file.id,)))
    assert result.outcome is Outcome.REFUSED
    assert result.text.startswith("Tomas has plate op10.nc on TOMAS-PC since ")
    assert result.text.endswith(": roughing.")
    assert not on_disk(place, file).exists()
    assert place.journal.unfinished() == []


async def test_get_latest_is_read_only_and_replaces_only_what_is_stored(
    place: Workplace, tomas: Client, file: File
) -> None:
    await place.do(requests.GetLatest(files=(file.id,)))
    assert is_read_only(on_disk(place, file))
    await tomas.check_in(await tomas.check_out(file.id), b"second")
    result = await place.one(requests.GetLatest(files=(file.id,)))
    assert result.text == "Rev 1.1 is here."
    assert on_disk(place, file).read_bytes() == b"second"
    assert place.kept() == []
    assert (await place.one(requests.GetLatest(files=(file.id,)))).outcome is Outcome.UNCHANGED


async def test_get_latest_keeps_edits_of_a_file_that_is_not_checked_out(place: Workplace, file: File) -> None:
    await place.do(requests.GetLatest(files=(file.id,)))
    os.chmod(on_disk(place, file), 0o600)  # noqa: PTH101 - as a person would, by force
    on_disk(place, file).write_bytes(b"without a lock")
    result = await place.one(requests.GetLatest(files=(file.id,)))
    assert "kept in .pdm-desktop/recovery" in result.text
    assert place.kept() == [b"without a lock"]
    assert on_disk(place, file).read_bytes() == FIRST


async def test_get_latest_never_touches_what_is_checked_out_here(place: Workplace, file: File) -> None:
    await place.do(requests.CheckOut(files=(file.id,)))
    on_disk(place, file).write_bytes(b"work")
    result = await place.one(requests.GetLatest(files=(file.id,)))
    assert result.outcome is Outcome.UNCHANGED
    assert on_disk(place, file).read_bytes() == b"work"


async def test_a_second_check_out_here_leaves_the_work_alone(place: Workplace, file: File) -> None:
    await place.do(requests.CheckOut(files=(file.id,)))
    on_disk(place, file).write_bytes(b"work")
    result = await place.one(requests.CheckOut(files=(file.id,)))
    assert result.outcome is Outcome.UNCHANGED
    assert on_disk(place, file).read_bytes() == b"work"


async def test_edits_of_the_newest_revision_are_still_there_after_a_check_out(
    place: Workplace, anna: Client, file: File
) -> None:
    await place.do(requests.GetLatest(files=(file.id,)))
    os.chmod(on_disk(place, file), 0o600)  # noqa: PTH101 - as a person would, by force
    on_disk(place, file).write_bytes(b"without a lock")
    result = await place.one(requests.CheckOut(files=(file.id,)))
    assert result.outcome is Outcome.DONE
    assert on_disk(place, file).read_bytes() == b"without a lock"
    await place.one(requests.CheckIn(files=(file.id,)))
    assert await anna.content(file.id) == b"without a lock"


@pytest.mark.parametrize("command", [requests.CheckOut, requests.GetLatest, requests.Adopt])
async def test_no_command_decides_between_two_versions_by_the_way(
    place: Workplace, tomas: Client, file: File, command: type[requests.CheckOut]
) -> None:
    await place.do(requests.GetLatest(files=(file.id,)))
    os.chmod(on_disk(place, file), 0o600)  # noqa: PTH101 - as a person would, by force
    on_disk(place, file).write_bytes(b"without a lock")
    await tomas.check_in(await tomas.check_out(file.id), b"second")
    result = await place.one(command(files=(file.id,)))
    assert result.outcome is Outcome.REFUSED
    assert result.text == "plate op10.nc was edited here from Rev 1.0, and Tomas checked in Rev 1.1."
    assert place.kept() == []
    assert on_disk(place, file).read_bytes() == b"without a lock"
    assert (await tomas.file(file.id)).file.lock is None
    assert place.journal.unfinished() == []


async def test_each_file_of_a_selection_has_its_own_result(place: Workplace, anna: Client, tomas: Client) -> None:
    files = [await new_file(anna) for _ in range(6)]
    await tomas.check_out(files[2].id)
    results = await place.do(requests.CheckOut(files=tuple(each.id for each in files)))
    assert [each.outcome for each in results] == [
        Outcome.REFUSED if number == 2 else Outcome.DONE for number in range(6)
    ]


async def test_a_check_in_without_the_lock_is_refused(place: Workplace, file: File) -> None:
    await place.do(requests.GetLatest(files=(file.id,)))
    result = await place.one(requests.CheckIn(files=(file.id,)))
    assert result.outcome is Outcome.REFUSED
    assert "is not checked out" in result.text


async def test_an_unknown_file_is_refused_in_words(place: Workplace) -> None:
    result = await place.one(requests.CheckOut(files=("no-such-file",)))
    assert result.outcome is Outcome.REFUSED
    assert result.text
    assert place.journal.unfinished() == []


async def test_a_file_that_is_suddenly_empty_is_not_checked_in(place: Workplace, anna: Client, file: File) -> None:
    await place.do(requests.CheckOut(files=(file.id,)))
    on_disk(place, file).write_bytes(b"")
    result = await place.one(requests.CheckIn(files=(file.id,)))
    assert result.outcome is Outcome.REFUSED
    assert "is suddenly empty" in result.text
    assert (await anna.file(file.id)).file.head.number == "1.0"


async def test_opening_gets_a_copy_first_and_never_writes_to_the_vault(
    place: Workplace, anna: Client, file: File
) -> None:
    await place.do(requests.OpenFile(file=file.id))
    assert place.opened.files == [on_disk(place, file)]
    assert is_read_only(on_disk(place, file))
    await place.do(requests.ShowInFolder(file=file.id))
    assert place.opened.shown == [on_disk(place, file)]
    assert (await anna.file(file.id)).file.head.number == "1.0"


async def test_an_old_revision_opens_beside_the_workspace(place: Workplace, tomas: Client, file: File) -> None:
    await tomas.check_in(await tomas.check_out(file.id), b"second")
    await place.do(requests.OpenRevision(file=file.id, major=1, minor=0))
    (path,) = place.opened.files
    assert path.name == "plate op10 (Rev 1.0).nc"
    assert path.read_bytes() == FIRST
    assert is_read_only(path)
    assert not on_disk(place, file).exists()


async def test_a_rename_takes_the_local_copy_along(place: Workplace, file: File) -> None:
    await place.do(requests.CheckOut(files=(file.id,)))
    on_disk(place, file).write_bytes(b"work")
    target = f"{file.folder}/plate op20.nc"
    result = await place.one(requests.Rename(file=file.id, path=target))
    assert result.outcome is Outcome.DONE
    assert (place.root / "Production" / target).read_bytes() == b"work"
    assert not on_disk(place, file).exists()
    assert (await place.one(requests.CheckIn(files=(file.id,)))).text == "Checked in as Rev 1.1."


async def test_a_folder_move_takes_local_copies_along(place: Workplace, anna: Client, file: File) -> None:
    await place.do(requests.GetLatest(files=(file.id,)))
    target = f"{file.folder} moved"
    request = requests.MoveFolder(vault=await anna.vault(), path=file.folder, to=target)
    assert (await place.one(request)).outcome is Outcome.DONE
    assert (place.root / "Production" / target / file.filename).read_bytes() == FIRST


async def test_delete_and_restore(place: Workplace, anna: Client, file: File) -> None:
    await place.do(requests.GetLatest(files=(file.id,)))
    assert (await place.one(requests.Delete(files=(file.id,)))).outcome is Outcome.DONE
    assert not on_disk(place, file).exists()
    assert place.kept() == [FIRST]
    restore = requests.RestoreFile(vault=await anna.vault(), file=file.id)
    assert (await place.one(restore)).outcome is Outcome.DONE
    assert (await anna.file(file.id)).file.path == file.path


async def test_adding_a_file_of_this_computer(place: Workplace, anna: Client, tmp_path: Path) -> None:
    folder = f"New {uuid.uuid4().hex}"
    source = tmp_path / "setup.txt"
    source.write_bytes(b"zero at the corner")
    vault = await anna.vault()
    request = requests.AddFiles(vault=vault, folder=folder, sources=(str(source), str(tmp_path / "missing.txt")))
    added, missing = await place.do(request)
    assert added.outcome is Outcome.DONE
    assert missing.outcome is Outcome.REFUSED
    assert source.read_bytes() == b"zero at the corner"
    paths = {each.path for each in (await anna.tree(vault)).files.values()}
    assert f"{folder}/setup.txt" in paths


async def test_a_name_that_no_vault_takes_is_refused_before_anything_changes(
    place: Workplace, anna: Client, tmp_path: Path
) -> None:
    source = tmp_path / "COM1 .nc"
    source.write_bytes(FIRST)
    vault = await anna.vault()
    before = (await anna.tree(vault)).head.seq
    result = await place.one(requests.AddFiles(vault=vault, folder="Jobs", sources=(str(source),)))
    assert result.outcome is Outcome.REFUSED
    assert "a name that Windows keeps for devices" in result.text
    assert (await anna.tree(vault)).head.seq == before
    assert place.journal.unfinished() == []


async def test_a_file_over_the_size_limit_is_refused_and_the_work_stays(tmp_path: Path) -> None:
    with real_server(tmp_path / "server", settings={"PDM_MAX_FILE_BYTES": "1000000"}) as small:
        small.add_person("Anna", PASSWORD)
        async with signed_in(small.address, "Anna") as anna, workplace(anna, tmp_path) as place:
            file = await new_file(anna)
            await place.do(requests.CheckOut(files=(file.id,)))
            work = b"G1 X1\n" * 1_500_000
            on_disk(place, file).write_bytes(work)
            result = await place.one(requests.CheckIn(files=(file.id,)))
            assert result.outcome is Outcome.REFUSED
            assert "more than 1,000,000 bytes, which is the most that this server takes" in result.text
            assert result.advice == "Ask an administrator about the size limit."
            state = await anna.file(file.id)
            assert state.file.head.number == "1.0"
            assert state.file.lock is not None
            assert on_disk(place, file).read_bytes() == work
            assert not is_read_only(on_disk(place, file))


async def test_adopting_takes_the_lock_from_my_other_seat(place: Workplace, anna: Client, file: File) -> None:
    async with signed_in(anna.address, "Anna") as elsewhere:
        await elsewhere.check_out(file.id)
        result = await place.one(requests.Adopt(files=(file.id,)))
    assert result.outcome is Outcome.DONE
    lock = (await anna.file(file.id)).file.lock
    assert lock is not None
    assert lock.seat == anna.seat


async def test_edits_are_seen_and_put_right_at_the_next_start(anna: Client, tmp_path: Path, file: File) -> None:
    async with workplace(anna, tmp_path) as place:
        await place.do(requests.CheckOut(files=(file.id,)))
        on_disk(place, file).write_bytes(b"work")
        await place.engine.look_at_mine()
        local = place.local(file.id)
        assert isinstance(local, LocalCopy)
        assert local.edited
        os.chmod(on_disk(place, file), 0o400)  # noqa: PTH101 - somebody clears it
    async with workplace(anna, tmp_path) as place:
        assert not is_read_only(on_disk(place, file))


async def test_a_workspace_that_is_gone_stops_everything(place: Workplace, anna: Client, file: File) -> None:
    place.root.rename(place.root.with_name("unplugged"))
    await place.engine.run(requests.CheckOut(files=(file.id,)), {})
    assert "is not there" in place.events[-1].trouble.text  # type: ignore[union-attr]  # a TroubleMet
    assert (await anna.file(file.id)).file.lock is None
    assert not place.root.exists()


async def test_an_edited_copy_says_when_it_was_saved_and_how_much_it_is(place: Workplace, file: File) -> None:
    await place.do(requests.CheckOut(files=(file.id,)))
    on_disk(place, file).write_bytes(b"M30\n")
    os.utime(on_disk(place, file), (1_790_000_000, 1_790_000_000))
    await place.engine.look_at_mine()
    copy = place.local(file.id)
    assert isinstance(copy, LocalCopy)
    assert (copy.edited, copy.modified, copy.size) == (True, datetime.fromtimestamp(1_790_000_000, UTC), 4)
    on_disk(place, file).write_bytes(FIRST)
    await place.engine.look_at_mine()
    again = place.local(file.id)
    assert isinstance(again, LocalCopy)
    assert (again.edited, again.modified, again.size) == (False, None, None)
