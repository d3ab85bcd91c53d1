"""Check-ins that waited and cannot be done: it is told before a byte goes, and the work stays."""

import os
import sqlite3
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path, PurePath
from typing import cast

import pytest

from pdm_desktop.core import requests
from pdm_desktop.core.decisions import Side
from pdm_desktop.core.errors import Unreachable
from pdm_desktop.core.fold import Numbered
from pdm_desktop.core.issues import Conflict
from pdm_desktop.core.results import Outcome
from pdm_desktop.core.waiting import Stand
from pdm_desktop.sync.disk import LocalDisk
from pdm_desktop.sync.events import RequestFinished
from pdm_desktop.sync.journal import Journal
from server.protocol.events import VAULT_EVENTS
from server.protocol.vault import File
from server.protocol.wire import from_plain
from tests.support.client import Client
from tests.support.fs_shim import Fault, shimmed
from tests.support.line import Line
from tests.support.meanwhile import in_step, turns
from tests.support.one_file import FIRST, WORK, added, conflict_of, edited, on_disk, remove, revised
from tests.support.points import Call, Ended, Watched
from tests.support.queued import queued, results, waiting
from tests.support.seat_parts import workplace

pytestmark = pytest.mark.usefixtures("quick")


async def test_a_lost_lock_is_told_before_a_byte_is_sent_and_the_work_stays(
    anna: Client, tomas: Client, tmp_path: Path, file: File
) -> None:
    await queued(anna, tmp_path, file, requests.CheckIn(files=(file.id,)))
    await anna.undo(await anna.file(file.id))
    await tomas.check_out(file.id)
    line = Line()
    async with workplace(anna, tmp_path, around=line) as place:
        await place.engine.go_on()
        (result,) = results(place)
        assert result.outcome is Outcome.REFUSED
        assert result.text == "Your lock of plate.nc is gone: Tomas has it on TOMAS-PC."
        asked = [call.method for call in line.calls]
        assert asked[0] == "file"
        assert set(asked) <= {"file", "vaults"}, "nothing but questions"
        (one,) = waiting(place)
        assert (one.stand, one.why) == (Stand.NEEDS_YOU, result.text)
        assert on_disk(place, file).read_bytes() == WORK
        before = len(place.events)
        await place.engine.go_on()
        assert not [event for event in place.events[before:] if isinstance(event, RequestFinished)]
    assert await anna.content(file.id) == FIRST
    async with workplace(anna, tmp_path) as place:
        assert waiting(place) == (one,)


async def test_a_lost_lock_of_a_file_that_was_not_edited_leaves_nothing_to_do(
    anna: Client, tmp_path: Path, file: File
) -> None:
    async with workplace(anna, tmp_path) as place:
        await place.one(requests.CheckOut(files=(file.id,)))
        await place.engine.away()
        await place.one(requests.CheckIn(files=(file.id,)))
        await anna.undo(await anna.file(file.id))
        await place.engine.go_on()
        (result,) = results(place)
        assert result.advice == "Nothing was edited here, so nothing has to be done."
        assert waiting(place) == ()


async def test_a_deleted_file_and_a_newer_revision_are_told_and_the_others_go_on(
    anna: Client, tomas: Client, tmp_path: Path
) -> None:
    deleted, newer, good = [await added(anna, name) for name in ("deleted.nc", "newer.nc", "good.nc")]
    async with workplace(anna, tmp_path) as place:
        for file in (deleted, newer, good):
            await edited(place, file)
        await place.engine.away()
        await place.do(requests.CheckIn(files=(deleted.id, newer.id, good.id)))
        await anna.undo(await anna.file(deleted.id))
        await anna.delete(deleted.id)
        await anna.undo(await anna.file(newer.id))
        await tomas.check_in(await tomas.check_out(newer.id), b"came first")
        await place.engine.go_on()
        told = {result.file: result for result in results(place)}
        assert told[deleted.id].text == "deleted.nc was deleted in the vault meanwhile."
        assert "newer.nc has Rev 1.1 of Tomas now; yours comes from Rev 1.0." in told[newer.id].text
        assert told[good.id].outcome is Outcome.DONE
        assert {one.file: one.outdated for one in waiting(place)} == {deleted.id: False, newer.id: True}
        assert [on_disk(place, file).read_bytes() for file in (deleted, newer)] == [WORK, WORK]
    assert await anna.content(newer.id) == b"came first"


@pytest.mark.parametrize("side", Side)
async def test_who_decides_between_the_versions_has_nothing_left_in_the_queue(
    anna: Client, tomas: Client, tmp_path: Path, file: File, side: Side
) -> None:
    await queued(anna, tmp_path, file, requests.CheckIn(files=(file.id,)))
    await anna.undo(await anna.file(file.id))
    await tomas.check_in(await tomas.check_out(file.id), b"came first")
    async with workplace(anna, tmp_path) as place:
        await place.engine.go_on()
        assert waiting(place)[0].stand is Stand.NEEDS_YOU
        (conflict,) = place.issues()
        assert isinstance(conflict, Conflict)
        seen = replace(conflict.seen, hash="f" * 64)
        await place.one(requests.DecideVersions(file=file.id, side=side, seen=seen, who="Anna"))
        assert len(waiting(place)) == 1, "nothing was decided about what is there"
        decided = requests.DecideVersions(file=file.id, side=side, seen=conflict.seen, who="Anna")
        assert (await place.one(decided)).outcome is Outcome.DONE
        assert (waiting(place), place.issues()) == ((), ())


async def test_a_decision_that_goes_on_by_itself_leaves_nothing_in_the_queue(
    anna: Client, tomas: Client, tmp_path: Path, file: File
) -> None:
    await queued(anna, tmp_path, file, requests.CheckIn(files=(file.id,)))
    await anna.undo(await anna.file(file.id))
    await revised(tomas, file, b"came first")
    fault = Fault("set_writable")
    async with workplace(anna, tmp_path, make_disk=shimmed(fault)) as place:
        await place.engine.go_on()
        await in_step(place, anna)
        assert waiting(place)[0].stand is Stand.NEEDS_YOU
        seen = conflict_of(place).seen
        fault.name = file.filename
        decided = requests.DecideVersions(file=file.id, side=Side.MINE, seen=seen, who="Anna")
        assert (await place.one(decided)).outcome is Outcome.GOES_ON
        fault.name = None
        await turns(place)
        await place.engine.go_on()
        assert place.journal.unfinished() == []
        assert place.journal.hold(file.id) is not None
        assert on_disk(place, file).read_bytes() == WORK
        assert (waiting(place), place.issues()) == ((), ())


class EndsOnceKnown:
    """Ends the program when the journal on the disk has come to know a revision of a file, before anything else."""

    def __init__(self, journal: Path, file: File) -> None:
        self._known = partial(self._look, journal, file.id)
        self.number: tuple[int, int] | None = None

    @staticmethod
    def _look(journal: Path, file: str) -> list[tuple[int, int]]:
        with closing(sqlite3.connect(journal)) as connection:
            return connection.execute("SELECT major, minor FROM copies WHERE file = ?", (file,)).fetchall()

    def before(self, _call: Call) -> None:
        if self.number is not None and self._known() == [self.number]:
            raise Ended

    def after(self, _call: Call) -> None:
        """Nothing."""


@pytest.mark.parametrize("side", [Side.BOTH, Side.THEIRS])
async def test_a_decision_after_which_the_program_ends_at_once_leaves_nothing_in_the_queue(
    anna: Client, tomas: Client, tmp_path: Path, file: File, side: Side
) -> None:
    await queued(anna, tmp_path, file, requests.CheckIn(files=(file.id,)))
    await anna.undo(await anna.file(file.id))
    await revised(tomas, file, b"came first")
    ends = EndsOnceKnown(tmp_path / "journal.sqlite3", file)
    async with workplace(
        anna,
        tmp_path,
        make_disk=shimmed(ends),
        wrap_journal=lambda real: cast("Journal", Watched(real, "journal", ends)),
    ) as place:
        await place.engine.go_on()
        decided = requests.DecideVersions(file=file.id, side=side, seen=conflict_of(place).seen, who="Anna")
        ends.number = (1, 1)
        with pytest.raises(BaseExceptionGroup):
            await place.do(decided)
    async with workplace(anna, tmp_path) as place:
        await in_step(place, anna)
        assert on_disk(place, file).read_bytes() == b"came first"
        assert (place.journal.waiting(), place.issues()) == ([], ())


async def test_a_lock_that_is_lost_while_it_waits_online_is_told_at_once(
    anna: Client, tmp_path: Path, file: File
) -> None:
    async with workplace(anna, tmp_path) as place:
        await edited(place, file)
        await place.engine.away()
        await place.one(requests.CheckIn(files=(file.id,)))
        vault = await anna.vault()
        seq = (await anna.tree(vault)).head.seq
        await anna.undo(await anna.file(file.id))
        for change in (await anna.changes(vault, since=seq)).changes:
            event = from_plain(change.data, VAULT_EVENTS[change.type])
            await place.engine.happened(Numbered(vault=vault, seq=change.seq, event=event))
        assert waiting(place)[0].stand is Stand.NEEDS_YOU
        assert results(place)[0].text == "Your lock of plate.nc was taken away meanwhile."


async def test_a_check_in_that_was_sent_and_refused_is_told_once(
    anna: Client, tomas: Client, tmp_path: Path, file: File
) -> None:
    line = Line()
    async with workplace(anna, tmp_path, around=line) as place:
        await edited(place, file)
        line.refused["check_in"] = Unreachable("The connection was cut.")
        await place.one(requests.CheckIn(files=(file.id,)))
        line.refused.clear()
        await anna.undo(await anna.file(file.id))
        before = len(place.events)
        await place.engine.go_on()
        told = [event for event in place.events[before:] if isinstance(event, RequestFinished)]
        assert [each.finished.results[0].outcome for each in told] == [Outcome.REFUSED]
        assert waiting(place)[0].stand is Stand.NEEDS_YOU
    (parked,) = [one for one in await anna.parked() if one.file == file.id]
    assert await anna.parked_content(parked.id) == WORK


async def test_what_was_saved_by_nobody_is_not_sent(anna: Client, tmp_path: Path, file: File) -> None:
    await queued(anna, tmp_path, file, requests.CheckIn(files=(file.id,)))
    path = tmp_path / "workspace" / "Production" / file.path
    look = path.stat()
    path.write_bytes(WORK[::-1])
    os.utime(path, ns=(look.st_atime_ns, look.st_mtime_ns))
    async with workplace(anna, tmp_path, after_crash=True) as place:
        await place.engine.go_on()
        assert "does not look as if it was saved since" in results(place)[0].text
        assert waiting(place)[0].stand is Stand.NEEDS_YOU
    assert await anna.content(file.id) == FIRST


@pytest.mark.parametrize("left", ["an earlier save", "the revision"])
async def test_what_a_power_cut_brought_back_is_not_sent(anna: Client, tmp_path: Path, file: File, left: str) -> None:
    """Content and time are those of before the last save. The check-in stays asked for, and the lock is kept."""
    async with workplace(anna, tmp_path) as place:
        await place.do(requests.CheckOut(files=(file.id,)))
        path = on_disk(place, file)
        if left == "an earlier save":
            path.write_bytes(WORK[:5])
        before, look = path.read_bytes(), path.stat()
        path.write_bytes(WORK)
        os.utime(path, ns=(look.st_atime_ns, look.st_mtime_ns + 60 * 10**9))
        await place.engine.away()
        assert (await place.one(requests.CheckIn(files=(file.id,)))).outcome is Outcome.WAITS
    path.write_bytes(before)
    os.utime(path, ns=(look.st_atime_ns, look.st_mtime_ns))
    async with workplace(anna, tmp_path, after_crash=True) as place:
        await place.engine.go_on()
        assert "does not look as if it was saved since" in results(place)[0].text
        assert [one.stand for one in waiting(place)] == [Stand.NEEDS_YOU]
        assert place.journal.hold(file.id) is not None
        assert await anna.content(file.id) == FIRST
        on_disk(place, file).write_bytes(WORK)
        assert (await place.one(requests.CheckIn(files=(file.id,)))).text == "Checked in as Rev 1.1."
        assert waiting(place) == ()


async def test_what_waits_is_on_the_disk_itself(anna: Client, tmp_path: Path, file: File) -> None:
    made: list[PurePath] = []

    class Durable(LocalDisk):
        def make_durable(self, path: PurePath) -> None:
            super().make_durable(path)
            made.append(path)

    async with workplace(anna, tmp_path, make_disk=Durable) as place:
        await edited(place, file)
        await place.engine.away()
        made.clear()
        assert (await place.one(requests.CheckIn(files=(file.id,)))).outcome is Outcome.WAITS
    assert made == [PurePath("Production", file.path)]


async def test_content_with_another_size_and_the_old_time_is_not_sent(anna: Client, tmp_path: Path, file: File) -> None:
    async with workplace(anna, tmp_path) as place:
        await edited(place, file)
        copy = place.journal.copy(file.id)
        assert copy is not None
        os.utime(on_disk(place, file), ns=(copy.mtime_ns, copy.mtime_ns - 10**9))  # saved by a wrong clock
        await place.engine.away()
        assert (await place.one(requests.CheckIn(files=(file.id,)))).outcome is Outcome.WAITS
        on_disk(place, file).write_bytes(b"torn")
        os.utime(on_disk(place, file), ns=(copy.mtime_ns, copy.mtime_ns))
        await place.engine.go_on()
        (result,) = results(place)
        assert result.text == "plate.nc has another size but the same time as before."
        assert waiting(place)[0].stand is Stand.NEEDS_YOU
        assert result.advice == waiting(place)[0].advice
    assert await anna.content(file.id) == FIRST


async def test_a_file_that_is_gone_needs_a_person(anna: Client, tmp_path: Path, file: File) -> None:
    await queued(anna, tmp_path, file, requests.CheckIn(files=(file.id,)))
    async with workplace(anna, tmp_path) as place:
        remove(on_disk(place, file))
        await place.engine.go_on()
        assert results(place)[0].text == "plate.nc is not in the workspace."
        assert waiting(place)[0].stand is Stand.NEEDS_YOU


async def test_an_empty_file_does_not_join(anna: Client, tmp_path: Path, file: File) -> None:
    async with workplace(anna, tmp_path) as place:
        await edited(place, file, b"")
        await place.engine.away()
        result = await place.one(requests.CheckIn(files=(file.id,)))
        assert result.text == "plate.nc is suddenly empty."
        assert waiting(place) == ()
