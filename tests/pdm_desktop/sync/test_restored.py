"""The server says another epoch than the journal's: what is here is asked about, kept, and told (N19).

The journal is given a revision that the server never had, as after the return of an old backup.
"""

import shutil
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest

from pdm_desktop.core import requests
from pdm_desktop.core.errors import DiskFull, Missing
from pdm_desktop.core.results import Outcome, Trouble
from pdm_desktop.sync.events import StrangersSeen, TroubleMet
from pdm_desktop.sync.facts import Hold
from pdm_desktop.sync.journal import Journal, open_journal
from pdm_desktop.sync.transfer.reading import read_stably
from server.protocol.vault import File
from tests.support.client import Client, signed_in
from tests.support.meanwhile import Meanwhiles, in_step, seq, tell, turns
from tests.support.points import Ended, Points, Watched
from tests.support.seat_parts import Workplace, workplace
from tests.support.server import RealServer

FIRST, LATER, WORK = b"G0 X0\n" * 40, b"G1 X1\n" * 50, b"what the person saved\n"


@pytest.fixture
async def place(anna: Client, tmp_path: Path) -> AsyncIterator[Workplace]:
    async with workplace(anna, tmp_path) as made:
        yield made


@pytest.fixture
async def file(anna: Client, place: Workplace) -> File:
    """A file whose copy came from Rev 1.1, which the server does not have; so long ago that it was another epoch."""
    added = (await anna.add(await anna.vault(), f"Jobs/{uuid.uuid4().hex}/plate.nc", FIRST)).file
    await place.do(requests.GetLatest(files=(added.id,)))
    put(place, added, LATER)
    known = place.journal.copy(added.id)
    assert known is not None
    content = read_stably(place.engine._workspace.disk, known.where)
    look = content.look
    place.journal.put_copy(replace(known, minor=1, hash=content.hash, size=content.size, mtime_ns=look.mtime_ns))
    restore(place)
    return added


def restore(place: Workplace) -> None:
    """As if all that the journal knows were from before."""
    now = place.journal.epoch()
    assert now is not None
    place.journal.enter_epoch("before")
    place.journal.enter_epoch(now)


def put(place: Workplace, file: File, content: bytes) -> Path:
    path = on_disk(place, file)
    path.chmod(0o600)
    path.write_bytes(content)
    return path


def on_disk(place: Workplace, file: File) -> Path:
    return place.root / "Production" / file.path


def told(place: Workplace) -> list[Trouble]:
    troubles = [event.trouble for event in place.events if isinstance(event, TroubleMet)]
    return [each for each in troubles if each.title == "The server was restored from a backup"]


async def test_a_copy_that_the_server_lacks_is_kept_and_its_revision_comes(
    place: Workplace, anna: Client, file: File
) -> None:
    await in_step(place, anna)
    assert on_disk(place, file).read_bytes() == FIRST
    assert place.kept() == [LATER]
    [trouble] = told(place)
    assert trouble.advice == "Newer here than there, and kept in the recovery store (account menu): plate.nc."
    await in_step(place, anna)
    assert len(told(place)) == 1, "it is told once"


async def test_no_command_takes_for_stored_what_was_not_confirmed(place: Workplace, file: File) -> None:
    await place.one(requests.GetLatest(files=(file.id,)))
    assert on_disk(place, file).read_bytes() == FIRST
    assert place.kept() == [LATER]


async def test_work_stays_and_becomes_the_next_revision(place: Workplace, anna: Client, file: File) -> None:
    put(place, file, WORK)
    await in_step(place, anna)
    assert on_disk(place, file).read_bytes() == WORK
    assert told(place), "nothing is said of the restored server"
    [trouble] = told(place)
    assert trouble.advice is not None
    assert "Your work on plate.nc stays in the workspace" in trouble.advice
    await place.do(requests.CheckOut(files=(file.id,)))
    assert (await place.one(requests.CheckIn(files=(file.id,)))).outcome is Outcome.DONE
    assert await anna.content(file.id) == WORK


async def test_a_check_out_that_the_server_does_not_know_is_told_and_its_work_stays(
    place: Workplace, anna: Client, file: File
) -> None:
    place.journal.put_hold(Hold(file=file.id, vault=await anna.vault(), path=file.path, token=77), epoch="before")
    restore(place)
    put(place, file, WORK)
    await in_step(place, anna)
    assert place.journal.hold(file.id) is None
    assert on_disk(place, file).read_bytes() == WORK
    assert not on_disk(place, file).stat().st_mode & 0o200
    [trouble] = told(place)
    assert trouble.advice is not None
    assert "Your check-out of plate.nc is not known there any more: check out again to go on." in trouble.advice


async def test_a_file_that_the_server_never_had_is_only_here_and_is_offered(
    place: Workplace, anna: Client, file: File
) -> None:
    known = place.journal.copy(file.id)
    assert known is not None
    place.journal.drop_copy(file.id)
    place.journal.put_copy(replace(known, file="unheard-of"))
    restore(place)
    await in_step(place, anna)
    assert on_disk(place, file).read_bytes() == LATER
    assert place.journal.copies() == []
    seen = [event for event in place.events if isinstance(event, StrangersSeen)]
    assert [one.path for one in seen[-1].files] == [file.path]
    [trouble] = told(place)
    assert trouble.advice == "Only on this computer now, and yours to add to the vault again: plate.nc."


async def test_what_is_out_of_sight_is_not_judged(place: Workplace, anna: Client, file: File) -> None:
    known = place.journal.copy(file.id)
    assert known is not None
    place.journal.drop_copy(file.id)
    place.journal.put_copy(replace(known, file="unheard-of", vault="another-vault"))
    restore(place)
    await in_step(place, anna)
    with pytest.raises(Missing):
        await place.engine._confirmer.confirm("unheard-of")
    assert on_disk(place, file).read_bytes() == LATER
    assert place.journal.copy("unheard-of") is not None


async def test_a_copy_that_is_open_waits_until_it_is_closed(place: Workplace, anna: Client, file: File) -> None:
    with on_disk(place, file).open("rb+"):
        await in_step(place, anna)
        assert on_disk(place, file).read_bytes() == LATER
        assert not place.journal.is_confirmed(file.id)
    await place.engine.look_at_mine()
    assert on_disk(place, file).read_bytes() == FIRST
    assert place.kept() == [LATER]
    assert len(told(place)) == 1


async def test_what_the_server_has_is_confirmed_in_silence(place: Workplace, anna: Client) -> None:
    added = (await anna.add(await anna.vault(), f"Jobs/{uuid.uuid4().hex}/plate.nc", FIRST)).file
    await place.do(requests.GetLatest(files=(added.id,)))
    restore(place)
    await in_step(place, anna)
    assert place.journal.unconfirmed() == []
    assert told(place) == []
    assert on_disk(place, added).read_bytes() == FIRST


def test_the_first_epoch_that_is_heard_voids_nothing(tmp_path: Path) -> None:
    journal = open_journal(tmp_path / "journal.sqlite3")
    journal.put_hold(Hold(file="f", vault="v", path="a.nc", token=1), epoch="first")
    journal.enter_epoch("first")
    assert journal.is_confirmed("f")
    journal.enter_epoch("second")
    assert journal.unconfirmed() == ["f"]
    journal.close()


def test_a_lock_of_which_an_earlier_epoch_told_is_still_to_be_confirmed(tmp_path: Path) -> None:
    journal = open_journal(tmp_path / "journal.sqlite3")
    for epoch in ("first", "second"):
        journal.enter_epoch(epoch)
    journal.put_hold(Hold(file="new", vault="v", path="a.nc", token=1), epoch="second")
    journal.put_hold(Hold(file="old", vault="v", path="b.nc", token=2), epoch="first")
    assert journal.unconfirmed() == ["old"]
    journal.close()


# The program ends before all files are confirmed

SENTENCES = {
    "a check-out": "Your check-out of plate.nc is not known there any more: check out again to go on.",
    "a left-over copy": "Newer here than there, and kept in the recovery store (account menu): plate.nc.",
    "work": "Your work on plate.nc stays in the workspace; check it out and in again.",
    "a file": "Only on this computer now, and yours to add to the vault again: plate.nc.",
}


async def lacking(place: Workplace, anna: Client, what: str) -> str:
    """A file of which the server lacks that. Returns its id in the journal."""
    file = (await anna.add(await anna.vault(), f"Jobs/{uuid.uuid4().hex}/plate.nc", FIRST)).file
    await place.do(requests.GetLatest(files=(file.id,)))
    known = place.journal.copy(file.id)
    assert known is not None
    match what:
        case "a check-out":
            hold = Hold(file=file.id, vault=known.vault, path=file.path, token=77)
            place.journal.put_hold(hold, epoch=str(place.journal.epoch()))
        case "a file":
            place.journal.drop_copy(file.id)
            known = replace(known, file=f"unheard-of {file.id}")
            place.journal.put_copy(known)
        case _:
            put(place, file, LATER)
            content = read_stably(place.engine._workspace.disk, known.where)
            known = replace(known, minor=1, hash=content.hash, size=content.size, mtime_ns=content.look.mtime_ns)
            place.journal.put_copy(known)
            if what == "work":
                put(place, file, WORK)
    restore(place)
    return known.file


@pytest.mark.parametrize("what", SENTENCES)
async def test_what_was_found_is_told_wherever_the_program_ends_in_between(
    anna: Client, tmp_path: Path, what: str
) -> None:
    """It is told once all are confirmed, and until then the journal has it."""
    point, is_over = 0, True
    while is_over:
        point += 1
        points, folder = Points(), tmp_path / str(point)
        async with workplace(
            anna,
            folder,
            wrap_journal=lambda real: cast("Journal", Watched(real, "journal", points)),  # noqa: B023 - it is begun at once
        ) as place:
            file = await lacking(place, anna, what)
            points.end_in(point)
            with suppress(Ended):
                await place.engine._confirmer.confirm(file)
            is_over = points.is_over
            assert told(place) == []
        async with workplace(anna, folder) as place:
            await in_step(place, anna)
            await turns(place)
            assert SENTENCES[what] in "".join(each.advice or "" for each in told(place)), (
                f"it ended at {points.names[-1]}"
            )
            assert len(told(place)) == 1
        async with workplace(anna, folder) as place:
            await turns(place)
            assert told(place) == [], "it is told once"
    assert point > 3, "there is more than one place where it may end"


async def test_nothing_is_told_of_a_copy_before_it_is_kept(place: Workplace, anna: Client, file: File) -> None:
    """A program has it open: what becomes of it is not known yet."""
    with on_disk(place, file).open("rb+"):
        await in_step(place, anna)
        await turns(place)
        assert told(place) == []


async def test_on_a_full_disk_it_is_told_once_as_well(place: Workplace, anna: Client, file: File) -> None:
    with pytest.MonkeyPatch.context() as full:

        def refuse(*_: object) -> None:
            raise DiskFull("There is no room.")

        full.setattr(Journal, "drop_finding", refuse)
        await in_step(place, anna)
        await turns(place)
        assert on_disk(place, file).read_bytes() == FIRST
        assert len(told(place)) == 1


# Restored while a command is on its way


@asynccontextmanager
async def restored_meanwhile(
    server: RealServer, folder: Path
) -> AsyncIterator[tuple[Workplace, Client, Client, list[File]]]:
    """Rev 1.1 of two files comes; before it is taken down the server is one that has only 1.0."""
    vaults = Meanwhiles()
    async with signed_in(server.address, "Anna") as anna, signed_in(server.address, "Tomas") as tomas:
        vault = await anna.vault()
        files = [(await anna.add(vault, f"Jobs/{n}.nc", FIRST + b"%d" % n)).file for n in range(2)]
        server.kill()  # a program without a console, as on Windows, can be asked nothing
        shutil.copytree(server.data, folder / "backup")
        server.start()
        for each in files:
            await tomas.check_in(await tomas.check_out(each.id), LATER + each.id.encode())
        async with workplace(anna, folder, around=vaults) as place:
            await in_step(place, anna)

            async def restored() -> None:
                server.kill()
                shutil.rmtree(server.data)
                shutil.copytree(folder / "backup", server.data)
                server.start()
                await anna.sign_in_again()
                await tomas.sign_in_again()
                vaults[0].goes_on_as(anna)
                await in_step(place, anna)

            vaults[0].act = restored
            yield place, anna, tomas, files


@pytest.mark.parametrize("count", [1, 2], ids=["alone", "in a bundle"])
async def test_content_that_came_before_a_restore_is_confirmed_after_it(
    own_server: RealServer, tmp_path: Path, count: int
) -> None:
    async with restored_meanwhile(own_server, tmp_path) as (place, anna, _, files):
        asked = files[:count]
        await place.do(requests.GetLatest(files=tuple(each.id for each in asked)))
        await turns(place)
        assert place.journal.unconfirmed() == []
        assert [on_disk(place, each).read_bytes() for each in asked] == [await anna.content(each.id) for each in asked]
        assert sorted(place.kept()) == sorted(LATER + each.id.encode() for each in asked)
        assert told(place), "nothing is said of the restored server"


async def test_content_that_came_before_a_restore_is_kept_when_other_revisions_have_its_number(
    own_server: RealServer, tmp_path: Path
) -> None:
    async with restored_meanwhile(own_server, tmp_path) as (place, anna, tomas, files):
        await place.do(requests.GetLatest(files=tuple(each.id for each in files)))
        since = await seq(anna)
        for content in (b"other 1.1", b"other 1.2"):
            for each in files:
                await tomas.check_in(await tomas.check_out(each.id), content + each.id.encode())
        await tell(place, tomas, since)
        here = {on_disk(place, each).read_bytes() for each in files}
        assert here == {b"other 1.2" + each.id.encode() for each in files}
        assert {LATER + each.id.encode() for each in files} <= set(place.kept())


async def test_a_check_out_that_was_given_before_a_restore_is_let_go_of(own_server: RealServer, tmp_path: Path) -> None:
    async with restored_meanwhile(own_server, tmp_path) as (place, anna, _, files):
        await place.one(requests.CheckOut(files=(files[0].id,)))
        await turns(place)
        assert (await anna.file(files[0].id)).file.lock is None
        assert place.journal.hold(files[0].id) is None, "held here, free in the vault"
        [trouble] = told(place)
        assert trouble.advice is not None
        assert "Your check-out of 0.nc is not known there any more: check out again to go on." in trouble.advice
