"""One place, one file: what is in a place, or comes there at the last moment, is neither lost nor taken for another."""

import sqlite3
import sys
import uuid
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path, PurePath

import pytest

from pdm_desktop.core import requests
from pdm_desktop.core.decisions import Side
from pdm_desktop.core.errors import NotWritable, Unreachable
from pdm_desktop.core.issues import Absent
from pdm_desktop.core.paths import version_path
from pdm_desktop.core.results import Outcome
from pdm_desktop.sync.facts import Copy
from pdm_desktop.sync.journal import open_journal
from server.protocol.vault import File
from tests.support.client import Client, signed_in
from tests.support.fs_shim import Between, shimmed
from tests.support.meanwhile import Meanwhiles, in_step, seq, tell, turns
from tests.support.one_file import FIRST, WORK, conflict_of, remove
from tests.support.power import Odds, Power
from tests.support.seat_parts import Workplace, workplace
from tests.support.server import RealServer

LATER = b"G1 X1\n" * 50


@pytest.fixture
def vaults() -> Meanwhiles:
    return Meanwhiles()


@pytest.fixture
async def place(anna: Client, tmp_path: Path, vaults: Meanwhiles) -> AsyncIterator[Workplace]:
    async with workplace(anna, tmp_path, around=vaults) as made:
        yield made


def on_disk(place: Workplace, path: str) -> Path:
    return place.root / "Production" / path


def force(place: Workplace, path: str, content: bytes) -> Path:
    """Edit a file without a lock, as some people do."""
    full = on_disk(place, path)
    full.chmod(0o600)
    full.write_bytes(content)
    return full


def beside(path: Path) -> list[bytes]:
    """What the folder of a file holds."""
    return [each.read_bytes() for each in path.parent.iterdir()]


# The second name, when both versions are kept


async def test_what_gets_the_second_name_first_is_not_taken_for_mine(
    place: Workplace, tomas: Client, file: File, vaults: Meanwhiles
) -> None:
    await place.do(requests.GetLatest(files=(file.id,)))
    since = await seq(tomas)
    path = force(place, file.path, WORK)
    await tomas.check_in(await tomas.check_out(file.id), LATER)
    await tell(place, tomas, since)
    conflict = conflict_of(place)
    both = requests.DecideVersions(file=file.id, side=Side.BOTH, seen=conflict.seen, who="Anna")
    name = version_path(path.name, "Anna", conflict.mine.at.astimezone())

    async def taken() -> None:
        path.with_name(name).write_bytes(b"another file")

    vaults[0].act = taken
    refused = await place.one(both)
    assert vaults[0].act is None
    assert WORK in beside(path) + place.kept(), "mine is gone"
    assert (refused.outcome, path.read_bytes()) == (Outcome.REFUSED, WORK)
    assert f"{name} is there by now" in refused.text
    assert list((place.root / PurePath(".pdm-desktop", "unfinished")).iterdir()) == []
    await place.one(both)
    assert sorted(beside(path)) == sorted([LATER, WORK, b"another file"])


# Another file's copy


async def renamed_and_added_anew(place: Workplace, other: Client, file: File) -> File:
    """A file has another path in the vault, and a new one has its own."""
    since = await seq(other)
    await other.move(file.id, f"{file.folder}/plate old.nc")
    new = (await other.add(await other.vault(), file.path, b"another file")).file
    await tell(place, other, since)
    return new


async def test_work_that_is_checked_out_is_not_exchanged_for_another_file(
    place: Workplace, anna: Client, file: File, shop_server: RealServer
) -> None:
    async with signed_in(shop_server.address, "Anna") as elsewhere:
        await place.do(requests.CheckOut(files=(file.id,)))
        path = on_disk(place, file.path)
        path.write_bytes(WORK)
        new = await renamed_and_added_anew(place, elsewhere, file)
        refused = await place.one(requests.GetLatest(files=(new.id,)))
        assert path.read_bytes() == WORK
        assert refused.outcome is Outcome.REFUSED
        assert "plate.nc Rev 1.0, is where plate.nc belongs" in refused.text
        assert place.journal.copy(new.id) is None
        await place.do(requests.CheckIn(files=(file.id,)))
        assert await anna.content(file.id) == WORK
        await in_step(place, anna)
        await place.do(requests.GetLatest(files=(new.id,)))
        assert path.read_bytes() == b"another file"
        assert path.with_name("plate old.nc").read_bytes() == WORK


async def test_a_decision_is_about_the_work_and_not_about_what_is_in_its_place(
    place: Workplace, tomas: Client, file: File
) -> None:
    await place.do(requests.GetLatest(files=(file.id,)))
    path = force(place, file.path, WORK)
    since = await seq(tomas)
    await tomas.delete(file.id)
    new = (await tomas.add(await tomas.vault(), file.path, b"added anew")).file
    await tell(place, tomas, since)
    assert (await place.one(requests.GetLatest(files=(new.id,)))).outcome is Outcome.REFUSED
    await place.engine.look_at_mine()
    conflict = conflict_of(place)
    theirs = requests.DecideVersions(file=file.id, side=Side.THEIRS, seen=conflict.seen, who="Anna")
    await place.one(theirs)
    assert place.kept() == [WORK]
    await place.do(requests.GetLatest(files=(new.id,)))
    await turns(place)
    assert path.read_bytes() == b"added anew"


async def test_a_copy_that_comes_to_the_place_meanwhile_is_not_displaced(
    place: Workplace, tomas: Client, file: File, vaults: Meanwhiles
) -> None:
    coming = (await tomas.add(await tomas.vault(), f"{file.folder}/coming.nc", b"coming")).file
    await place.do(requests.GetLatest(files=(file.id,)))

    async def renamed() -> None:
        since = await seq(tomas)
        await tomas.move(coming.id, f"{file.folder}/elsewhere.nc")
        await tomas.move(file.id, coming.path)
        await tell(place, tomas, since)

    vaults[0].act = renamed
    await place.do(requests.GetLatest(files=(coming.id,)))
    assert vaults[0].act is None
    there = place.journal.copy_at(PurePath("Production", coming.path))
    assert there is not None
    assert (there.file, on_disk(place, coming.path).read_bytes(), place.kept()) == (file.id, FIRST, [])


async def test_a_copy_that_is_not_on_the_disk_any_more_is_in_nobodys_way(
    place: Workplace, tomas: Client, file: File
) -> None:
    await place.do(requests.GetLatest(files=(file.id,)))
    path = on_disk(place, file.path)
    remove(path)
    await tomas.move(file.id, f"{file.folder}/plate old.nc")
    new = (await tomas.add(await tomas.vault(), file.path, b"another file")).file
    await place.do(requests.GetLatest(files=(new.id,)))
    assert path.read_bytes() == b"another file"
    assert [each.file for each in place.journal.copies()] == [new.id]


def test_of_two_copies_that_an_earlier_journal_has_at_one_place_neither_is_known(tmp_path: Path) -> None:
    path, one = tmp_path / "journal.sqlite3", copy_at("Production/a.nc", "f1")
    with closing(open_journal(path)) as journal:
        for each in (one, copy_at("Production/b.nc", "f2"), copy_at("Production/c.nc", "f3")):
            journal.put_copy(each)
    with closing(sqlite3.connect(path)) as earlier:
        earlier.execute("DROP INDEX one_at_each_place")
        earlier.execute("UPDATE copies SET place = 'Production/a.nc' WHERE file = 'f2'")
        earlier.commit()
    with closing(open_journal(path)) as journal:
        assert [each.file for each in journal.copies()] == ["f3"]
        journal.put_copy(replace(one, place="Production/c.nc"))
        assert [each.file for each in journal.copies()] == ["f1"], "a place has one file"


def copy_at(place: str, file: str) -> Copy:
    """A copy of Rev 1.0."""
    return Copy(
        file=file,
        vault="v",
        path=PurePath(place).name,
        place=place,
        major=1,
        minor=0,
        hash="0" * 64,
        size=1,
        mtime_ns=1,
    )


# On the disk itself


needs_fsync = pytest.mark.skipif(sys.platform == "win32", reason="Windows flushes a file only for who may write to it")


@needs_fsync
async def test_what_is_checked_in_is_on_the_disk_before_the_journal_says_so(
    place: Workplace, anna: Client, file: File, tmp_path: Path
) -> None:
    """A program saves and does not sync, as most do; the check-in is done; the power fails; the seat starts again."""
    await place.do(requests.CheckOut(files=(file.id,)))
    path = on_disk(place, file.path)
    with Power(place.root) as power:
        path.write_bytes(WORK * 1000)
        assert (await place.one(requests.CheckIn(files=(file.id,)))).outcome is Outcome.DONE
        power.fail(place.root, Odds(names=1.0, bytes=0.0))
    async with workplace(anna, tmp_path, after_crash=True):
        assert path.read_bytes() == WORK * 1000


@needs_fsync
async def test_what_was_added_from_its_place_is_on_the_disk_before_the_journal_says_so(
    place: Workplace, anna: Client
) -> None:
    name = f"{uuid.uuid4().hex}.nc"
    source = on_disk(place, name)
    source.parent.mkdir(parents=True, exist_ok=True)
    with Power(place.root) as power:
        source.write_bytes(WORK * 1000)
        await place.do(requests.AddFiles(vault=await anna.vault(), folder="", sources=(str(source),)))
        power.fail(place.root, Odds(names=1.0, bytes=0.0))
    assert place.journal.copy_at(PurePath("Production", name)) is not None
    assert source.read_bytes() == WORK * 1000


async def test_a_check_in_is_recorded_also_where_its_copy_cannot_be_made_durable(
    anna: Client, file: File, tmp_path: Path
) -> None:
    def refuse() -> None:
        raise NotWritable("The disk is in trouble.")

    async with workplace(anna, tmp_path, make_disk=shimmed(Between("make_durable", 1, refuse))) as place:
        await place.do(requests.CheckOut(files=(file.id,)))
        on_disk(place, file.path).write_bytes(WORK)
        assert (await place.one(requests.CheckIn(files=(file.id,)))).outcome is Outcome.DONE
        copy = place.journal.copy(file.id)
        assert copy is not None
        assert (copy.number, place.journal.hold(file.id), place.journal.unfinished()) == ("1.1", None, [])


async def test_what_is_recognised_is_what_was_read(anna: Client, tomas: Client, file: File, tmp_path: Path) -> None:
    """The new revision is here already, from a stick, and a program saves when it has been read."""
    path = tmp_path / "workspace" / "Production" / file.path
    saved = Between("make_durable", 1, lambda: path.write_bytes(WORK))
    async with workplace(anna, tmp_path, make_disk=shimmed(saved)) as place:
        await place.do(requests.GetLatest(files=(file.id,)))
        since = await seq(tomas)
        await tomas.check_in(await tomas.check_out(file.id), LATER)
        force(place, file.path, LATER)
        await tell(place, tomas, since)
        assert saved.was
        await turns(place)
        copy = place.journal.copy(file.id)
        assert copy is not None
        assert copy.number == "1.0", "edited, and told to be in step"
        assert path.read_bytes() == WORK


# A workspace that goes


@pytest.mark.parametrize("count", [1, 2])
async def test_a_workspace_that_goes_while_content_comes_is_not_made_anew(
    place: Workplace, anna: Client, file: File, vaults: Meanwhiles, count: int
) -> None:
    """One file comes alone, two come in a bundle."""
    vault = await anna.vault()
    added = [(await anna.add(vault, f"{file.folder}/{n}.nc", FIRST + b"%d" % n)).file.id for n in range(2)]
    await place.do(requests.GetLatest(files=(file.id,)))

    async def renamed() -> None:
        place.root.rename(place.root.with_name("my old workspace"))

    vaults[0].act = renamed
    await place.engine.run(requests.GetLatest(files=tuple(added[:count])), {})
    assert vaults[0].act is None
    await turns(place)
    assert [type(each) for each in place.issues()] == [Absent], "nobody is told that the workspace has gone"
    assert not place.root.exists()
    place.root.with_name("my old workspace").rename(place.root)
    await turns(place)
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


async def test_the_place_of_held_work_stays_its_own_while_a_program_saves_by_a_rename(
    anna: Client, tmp_path: Path, shop_server: RealServer, file: File
) -> None:
    async with workplace(anna, tmp_path) as place, signed_in(shop_server.address, "Anna") as elsewhere:
        second = (await anna.add(await anna.vault(), f"{file.folder}/second.nc", b"the second")).file
        await place.do(requests.GetLatest(files=(second.id,)))
        await place.do(requests.CheckOut(files=(file.id,)))
        since = await seq(anna)
        await elsewhere.move(file.id, f"{file.folder}/elsewhere.nc")
        await elsewhere.move(second.id, file.path)
        saved = place.root / "Production" / file.path
        saved.unlink()  # and then comes what the program has written beside it
        await tell(place, anna, since)
        held, other = place.journal.copy(file.id), place.journal.copy(second.id)
        assert held is not None
        assert other is not None
        assert (held.path, other.path) == (file.path, second.path)
        saved.write_bytes(b"saved work")
        assert (await place.one(requests.CheckIn(files=(file.id,)))).outcome is Outcome.DONE
        assert await anna.content(file.id) == b"saved work"


async def test_a_check_out_whose_place_is_another_files_gives_its_lock_back(
    anna: Client, tomas: Client, tmp_path: Path, file: File
) -> None:
    vaults = Meanwhiles()
    async with workplace(anna, tmp_path, around=vaults) as place:
        await place.do(requests.GetLatest(files=(file.id,)))
        path = place.root / "Production" / file.path
        path.chmod(0o600)
        path.write_bytes(b"work by force")
        since = await seq(tomas)
        await tomas.delete(file.id)
        new = (await tomas.add(await tomas.vault(), file.path, b"added anew")).file
        await tell(place, tomas, since)
        result = await place.one(requests.CheckOut(files=(new.id,)))
        assert result.text.startswith("plate.nc is not checked out here. Another file's copy")
        assert (await tomas.file(new.id)).file.lock is None
        assert place.journal.unfinished() == []
        assert place.journal.hold(new.id) is None
        assert path.read_bytes() == b"work by force"
        vaults[0].errors["undo"] = Unreachable("No server answers.", sent=False)
        result = await place.one(requests.CheckOut(files=(new.id,)))
        assert "stays checked out by you until the server answers" in result.text
        vaults[0].errors.clear()
        await place.engine.go_on()
        assert (await tomas.file(new.id)).file.lock is None
