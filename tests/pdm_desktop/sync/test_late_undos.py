"""An undo that waited for its answer: it has happened, or what is so by now is said."""

from pathlib import Path

import pytest

from pdm_desktop.core import requests
from pdm_desktop.core.errors import Missing, NotAllowed, Unreachable
from pdm_desktop.core.results import FileResult, Outcome
from pdm_desktop.sync.events import RequestFinished
from pdm_desktop.sync.intent import Kind
from server.protocol.vault import File
from tests.support.client import Client
from tests.support.file_sets import check_out, do, edit, holders, undo
from tests.support.line import Line
from tests.support.one_file import FIRST, on_disk
from tests.support.seat_parts import Workplace, workplace


async def test_an_undo_whose_answer_was_lost_keeps_the_work(anna: Client, tmp_path: Path, file: File) -> None:
    async with workplace(anna, tmp_path, around=Line(loses="undo")) as place:
        await place.one(requests.CheckOut(files=(file.id,)))
        path = on_disk(place, file)
        path.write_bytes(b"work")
        assert (await place.one(requests.UndoCheckOut(files=(file.id,)))).outcome is Outcome.UNFINISHED
        assert path.read_bytes() == b"work"
    async with workplace(anna, tmp_path) as place:
        await place.engine.go_on()
        assert path.read_bytes() == FIRST
        assert place.kept() == [b"work"]
        assert place.journal.unfinished() == []


@pytest.mark.parametrize("by", [None, "Tomas"])
async def test_an_undo_that_waited_while_its_lock_went_otherwise_says_what_is_so(
    anna: Client, tomas: Client, tmp_path: Path, file: File, by: str | None
) -> None:
    line = Line()
    async with workplace(anna, tmp_path, around=line) as place:
        await place.one(requests.CheckOut(files=(file.id,)))
        on_disk(place, file).write_bytes(b"work")
        line.refused = {"undo": Unreachable("The connection was cut.")}
        assert (await place.one(requests.UndoCheckOut(files=(file.id,)))).outcome is Outcome.UNFINISHED
        await anna.undo(await anna.file(file.id))
        if by is not None:
            await tomas.check_out(file.id)
        line.refused.clear()
        await place.engine.go_on()
        told = [event for event in place.events if isinstance(event, RequestFinished)][-1]
        (result,) = told.finished.results
        assert result.text.startswith(f"{file.filename} is not checked out here any more")
        assert (by is None) == result.text.endswith("any more; nobody has it.")
        assert by is None or f": {by} has it on " in result.text
        assert (result.outcome, result.advice) == (Outcome.UNCHANGED, None)
        assert place.journal.unfinished() == []
        assert place.journal.hold(file.id) is None
        assert b"work" in (on_disk(place, file).read_bytes(), *place.kept())


async def test_an_undo_that_waited_while_its_file_was_deleted_says_what_is_so(
    anna: Client, tomas: Client, tmp_path: Path, file: File
) -> None:
    line = Line()
    async with workplace(anna, tmp_path, around=line) as place:
        await place.one(requests.CheckOut(files=(file.id,)))
        on_disk(place, file).write_bytes(b"work")
        line.refused = {"undo": Unreachable("The connection was cut.")}
        assert (await place.one(requests.UndoCheckOut(files=(file.id,)))).outcome is Outcome.UNFINISHED
        await anna.undo(await anna.file(file.id))
        await tomas.delete(file.id)
        line.refused = {"file": Unreachable("The connection was cut.")}
        await place.engine.go_on()
        assert [each.kind for each in place.journal.unfinished()] == [Kind.UNDO], "nobody can say what is so"
        line.refused.clear()
        await place.engine.go_on()
        result = place.told_last()[file.id]
        assert (result.outcome, result.advice) == (Outcome.UNCHANGED, None)
        assert result.text == f"{file.filename} is not checked out here any more: it was deleted in the vault."
        assert place.journal.unfinished() == []
        assert place.journal.hold(file.id) is None
        assert b"work" in (on_disk(place, file).read_bytes(), *place.kept())


async def test_an_undo_that_the_server_refuses_for_another_reason_says_that(
    anna: Client, tmp_path: Path, file: File
) -> None:
    line = Line()
    async with workplace(anna, tmp_path, around=line) as place:
        await place.one(requests.CheckOut(files=(file.id,)))
        line.refused = {"undo": Unreachable("The connection was cut.")}
        await place.one(requests.UndoCheckOut(files=(file.id,)))
        line.refused = {"undo": NotAllowed("You may only read here.")}
        await place.engine.go_on()
        result = place.told_last()[file.id]
        assert result.text == "The undo from before did not happen: You may only read here."
        assert result.outcome is Outcome.REFUSED
        assert place.journal.unfinished() == []
        assert place.journal.hold(file.id) is not None


@pytest.mark.parametrize("is_edited", [True, False])
async def test_an_undo_that_has_happened_before_its_file_was_deleted_says_both(
    anna: Client, tomas: Client, tmp_path: Path, file: File, *, is_edited: bool
) -> None:
    async with workplace(anna, tmp_path, around=Line(loses="undo")) as place:
        await place.one(requests.CheckOut(files=(file.id,)))
        if is_edited:
            on_disk(place, file).write_bytes(b"work")
        assert (await place.one(requests.UndoCheckOut(files=(file.id,)))).outcome is Outcome.UNFINISHED
        await tomas.delete(file.id)
        await place.engine.go_on()
        result = place.told_last()[file.id]
        said = f"The check-out is undone; {file.filename} was deleted in the vault meanwhile."
        assert result.text.startswith(f"Gone on with from before: {said}")
        assert (result.outcome, place.journal.hold(file.id), place.journal.unfinished()) == (Outcome.DONE, None, [])
        assert not on_disk(place, file).exists()
        assert (b"work" in place.kept()) == is_edited


async def late_undo(anna: Client, place: Workplace, line: Line, files: list[File]) -> None:
    """All are worked on, and their undo as one has no answer."""
    await do(place, check_out(files), files)
    edit(place, *files)
    line.refused = {"undo_set": Unreachable("The connection was cut.")}
    assert {each.outcome for each in await do(place, undo(files), files)} == {Outcome.UNFINISHED}
    line.refused.clear()


async def test_an_undo_of_several_whose_locks_went_otherwise_says_of_each_what_is_so(
    anna: Client, tomas: Client, tmp_path: Path, files: list[File]
) -> None:
    line = Line()
    async with workplace(anna, tmp_path, around=line) as place:
        await late_undo(anna, place, line, files)
        for file in files:
            await anna.undo(await anna.file(file.id))
        await tomas.check_out(files[1].id)
        await tomas.delete(files[2].id)
        await place.engine.go_on()
        told = place.told_last()
        assert {(each.outcome, each.advice) for each in told.values()} == {(Outcome.UNCHANGED, None)}
        texts = [told[file.id].text for file in files]
        assert texts[0] == "block-op10.mcam is not checked out here any more; nobody has it."
        assert texts[1].startswith("block-op10.nc is not checked out here any more: Tomas has it on ")
        assert texts[2] == "block-setup.pdf is not checked out here any more: it was deleted in the vault."
        assert place.journal.unfinished() == []
        assert [place.journal.hold(file.id) for file in files] == [None] * 3
        here = [path.read_bytes() for file in files if (path := on_disk(place, file)).exists()]
        assert {b"edited " + file.filename.encode() for file in files} <= {*here, *place.kept()}


async def test_an_undo_of_several_of_which_one_went_otherwise_leaves_the_others_and_says_so(
    anna: Client, tomas: Client, tmp_path: Path, files: list[File]
) -> None:
    line = Line()
    async with workplace(anna, tmp_path, around=line) as place:
        await late_undo(anna, place, line, files)
        await anna.undo(await anna.file(files[0].id))
        await tomas.check_out(files[0].id)
        await place.engine.go_on()
        told = place.told_last()
        assert told[files[0].id].text.startswith("block-op10.mcam is not checked out here any more: Tomas has it on ")
        assert told[files[0].id].outcome is Outcome.UNCHANGED
        for file in files[1:]:
            assert told[file.id] == FileResult(
                file=file.id,
                path=file.path,
                outcome=Outcome.REFUSED,
                text=f"{file.filename} is still checked out by you. Nothing was done with it: several files are undone"
                " as one or not at all, and block-op10.mcam was not yours any more.",
                advice="Undo the check-out again if you do not want it any longer.",
            )
        assert await holders(anna, files[1:]) == [anna.seat] * 2
        assert [place.journal.hold(file.id) is None for file in files] == [True, False, False]
        assert all(on_disk(place, file).read_bytes().startswith(b"edited ") for file in files)
        assert place.journal.unfinished() == []
        results = await do(place, undo(files[1:]), files)
        assert {each.outcome for each in results} == {Outcome.DONE}


async def test_an_undo_of_several_is_not_forgotten_while_nobody_can_say_what_is_so(
    anna: Client, tmp_path: Path, files: list[File]
) -> None:
    line = Line()
    async with workplace(anna, tmp_path, around=line) as place:
        await late_undo(anna, place, line, files)
        for file in files:
            await anna.undo(await anna.file(file.id))
        line.refused = {"file": Unreachable("The connection was cut.")}
        await place.engine.go_on()
        assert [each.kind for each in place.journal.unfinished()] == [Kind.UNDO_SET]
        line.refused.clear()
        await place.engine.go_on()
        assert place.journal.unfinished() == []
        assert {each.text.partition(" ")[2] for each in place.told_last().values()} == {
            "is not checked out here any more; nobody has it."
        }


async def test_an_undo_of_several_that_the_server_refuses_for_another_reason_says_that(
    anna: Client, tmp_path: Path, files: list[File]
) -> None:
    line = Line()
    async with workplace(anna, tmp_path, around=line) as place:
        await late_undo(anna, place, line, files)
        line.refused = {"undo_set": NotAllowed("You may only read here.")}
        await place.engine.go_on()
        texts = {each.text for each in place.told_last().values()}
        assert texts == {"The undo of several files from before did not happen: You may only read here."}
        assert place.journal.unfinished() == []
        assert all(place.journal.hold(file.id) for file in files)


async def test_an_undo_of_several_in_a_vault_that_is_out_of_sight_by_now_says_that(
    anna: Client, tmp_path: Path, files: list[File]
) -> None:
    line = Line()
    async with workplace(anna, tmp_path, around=line) as place:
        await late_undo(anna, place, line, files)
        line.refused = dict.fromkeys(("undo_set", "file"), Missing("There is no such file."))
        await place.engine.go_on()
        texts = {each.text for each in place.told_last().values()}
        assert texts == {"The undo of several files from before did not happen: There is no such file."}
        assert place.journal.unfinished() == []
