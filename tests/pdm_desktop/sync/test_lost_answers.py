"""The answer to a call never arrives: what may have happened is asked for again, and happens once."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from pdm_desktop.core import requests
from pdm_desktop.core.errors import Missing, NotAllowed, NotSignedIn, Stranger, Told, Unreachable
from pdm_desktop.core.results import FileResult, Outcome
from pdm_desktop.net.vault import VaultCalls
from pdm_desktop.sync.events import RequestFinished
from pdm_desktop.sync.intent import Kind
from server.protocol.vault import File
from tests.support.client import Client
from tests.support.file_sets import check_out, do, edit, holders, undo
from tests.support.line import Line
from tests.support.one_file import FIRST, on_disk, remove
from tests.support.seat_parts import Workplace, until, workplace


def refusing(error: Told) -> Line:
    """A line on which every change gets one error for an answer."""
    line = Line()
    line.refused = dict.fromkeys(("check_in", "check_out"), error)
    return line


class Slow(VaultCalls):
    """A vault whose content waits at the gate."""

    def __init__(self, inner: VaultCalls) -> None:
        self._http = inner._http
        self.asked = 0
        self.gate = asyncio.Event()

    @asynccontextmanager
    async def content(self, file: str, revision: str, *, start: int = 0) -> AsyncIterator[AsyncIterator[bytes]]:
        self.asked += 1
        await self.gate.wait()
        async with super().content(file, revision) as blocks:
            yield blocks


async def test_a_check_in_whose_answer_was_lost_is_not_sent_as_another(
    anna: Client, tmp_path: Path, file: File
) -> None:
    async with workplace(anna, tmp_path, around=Line(loses="check_in")) as place:
        await place.one(requests.CheckOut(files=(file.id,)))
        on_disk(place, file).write_bytes(b"work")
        assert (await place.one(requests.CheckIn(files=(file.id,)))).outcome is Outcome.WAITS
        again = await place.one(requests.CheckIn(files=(file.id,)))
        assert again.outcome is Outcome.DONE
        assert "Checked in as Rev 1.1." in again.text
        assert place.journal.unfinished() == []
        assert place.journal.hold(file.id) is None


async def test_a_check_in_whose_answer_was_lost_happens_once(anna: Client, tmp_path: Path, file: File) -> None:
    async with workplace(anna, tmp_path, around=Line(loses="check_in")) as place:
        await place.one(requests.CheckOut(files=(file.id,)))
        path = on_disk(place, file)
        path.write_bytes(b"work")
        result = await place.one(requests.CheckIn(files=(file.id,), comment="once"))
        assert result.outcome is Outcome.WAITS
        path.write_bytes(b"and on")
    async with workplace(anna, tmp_path) as place:
        await place.engine.go_on()
        assert place.journal.unfinished() == []
        assert place.journal.hold(file.id) is None
        assert path.read_bytes() == b"and on"
        local = place.local(file.id)
        assert local is not None
        assert local.edited  # type: ignore[attr-defined]  # a LocalCopy
    assert (await anna.file(file.id)).file.head.number == "1.1"
    assert await anna.content(file.id) == b"work"


@pytest.mark.parametrize("is_forgotten", [False, True])
async def test_a_check_in_whose_answer_was_lost_ends_although_its_copy_is_gone(
    anna: Client, tmp_path: Path, file: File, *, is_forgotten: bool
) -> None:
    async with workplace(anna, tmp_path, around=Line(loses="check_in")) as place:
        await place.one(requests.CheckOut(files=(file.id,)))
        path = on_disk(place, file)
        path.write_bytes(b"work")
        await place.one(requests.CheckIn(files=(file.id,)))
        remove(path)
        if is_forgotten:
            place.journal.drop_copy(file.id)
    async with workplace(anna, tmp_path) as place:
        await place.engine.go_on()
        assert place.journal.unfinished() == []
        assert place.journal.waiting() == []
        assert place.journal.hold(file.id) is None
        said = [event.finished.results[0].text for event in place.events if isinstance(event, RequestFinished)]
        assert said[-1] == "Gone on with from before: Checked in as Rev 1.1. Its copy here is gone."
        assert (await place.one(requests.GetLatest(files=(file.id,)))).outcome is Outcome.DONE
        assert path.read_bytes() == b"work"


@pytest.mark.parametrize("back", [True, False])
async def test_a_check_in_from_before_ends_no_newer_check_out(
    anna: Client, tmp_path: Path, file: File, *, back: bool
) -> None:
    path = tmp_path / "workspace" / "Production" / file.path
    async with workplace(anna, tmp_path, around=Line(loses="check_in")) as place:
        await place.one(requests.CheckOut(files=(file.id,)))
        path.write_bytes(b"work")
        await place.one(requests.CheckIn(files=(file.id,)))
        assert (await place.one(requests.CheckOut(files=(file.id,)))).outcome is Outcome.DONE
        path.write_bytes(b"more work")
        if back:
            await place.engine.go_on()
            assert place.journal.hold(file.id) is not None
            assert path.stat().st_mode & 0o200
        assert (await place.one(requests.CheckIn(files=(file.id,)))).text == "Checked in as Rev 1.2."
        assert place.journal.unfinished() == []
    assert await anna.content(file.id) == b"more work"


@pytest.mark.parametrize("restart", [True, False])
async def test_a_check_out_whose_answer_was_lost_converges(
    anna: Client, tmp_path: Path, file: File, *, restart: bool
) -> None:
    async with workplace(anna, tmp_path, around=Line(loses="check_out")) as place:
        result = await place.one(requests.CheckOut(files=(file.id,)))
        assert result.outcome is Outcome.UNFINISHED
        assert len(place.journal.unfinished()) == 1
        if not restart:
            assert (await place.one(requests.CheckOut(files=(file.id,)))).outcome is Outcome.DONE
            assert place.journal.unfinished() == []
    async with workplace(anna, tmp_path) as place:
        await place.engine.go_on()
        assert place.journal.unfinished() == []
        assert on_disk(place, file).stat().st_mode & 0o200
        assert place.journal.hold(file.id) is not None
        on_disk(place, file).write_bytes(b"work")
        assert (await place.one(requests.CheckIn(files=(file.id,)))).text == "Checked in as Rev 1.1."


async def test_a_check_out_that_somebody_ended_meanwhile_is_closed_with_a_word(
    anna: Client, tmp_path: Path, file: File
) -> None:
    async with workplace(anna, tmp_path, around=Line(loses="check_out")) as place:
        await place.one(requests.CheckOut(files=(file.id,)))
    await anna.undo(await anna.file(file.id))
    async with workplace(anna, tmp_path) as place:
        await place.engine.go_on()
        assert place.journal.unfinished() == []
        assert place.journal.hold(file.id) is None
        assert not on_disk(place, file).exists()


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
        result = told_last(place)[file.id]
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
        result = told_last(place)[file.id]
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
        result = told_last(place)[file.id]
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


def told_last(place: Workplace) -> dict[str, FileResult]:
    """What was told last of each file."""
    told = [event for event in place.events if isinstance(event, RequestFinished)][-1]
    return {each.file: each for each in told.finished.results}


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
        told = told_last(place)
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
        told = told_last(place)
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
        assert {each.text.partition(" ")[2] for each in told_last(place).values()} == {
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
        texts = {each.text for each in told_last(place).values()}
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
        texts = {each.text for each in told_last(place).values()}
        assert texts == {"The undo of several files from before did not happen: There is no such file."}
        assert place.journal.unfinished() == []


@pytest.mark.parametrize("error", [NotSignedIn("Your sign-in has ended."), Stranger("A portal answers.")])
async def test_what_may_have_happened_is_not_forgotten_without_a_verdict(
    anna: Client, tmp_path: Path, file: File, error: Told
) -> None:
    async with workplace(anna, tmp_path, around=Line(loses="check_in")) as place:
        await place.one(requests.CheckOut(files=(file.id,)))
        on_disk(place, file).write_bytes(b"work")
        await place.one(requests.CheckIn(files=(file.id,)))
    async with workplace(anna, tmp_path, around=refusing(error)) as place:
        await place.engine.go_on()
        await place.one(requests.CheckIn(files=(file.id,)))
        assert len(place.journal.unfinished()) == 1
    async with workplace(anna, tmp_path) as place:
        await place.engine.go_on()
        assert place.journal.unfinished() == []
        assert place.journal.hold(file.id) is None


@pytest.mark.parametrize(
    "error", [Unreachable("No server answers.", sent=False), NotSignedIn("Your sign-in has ended.")]
)
async def test_what_was_sent_before_is_not_forgotten_by_a_call_that_did_not_arrive(
    anna: Client, tmp_path: Path, file: File, error: Told
) -> None:
    async with workplace(anna, tmp_path, around=Line(loses="check_out")) as place:
        await place.one(requests.CheckOut(files=(file.id,)))
    async with workplace(anna, tmp_path, around=refusing(error)) as place:
        await place.one(requests.CheckOut(files=(file.id,)))
        assert len(place.journal.unfinished()) == 1


async def test_a_command_that_still_runs_is_not_gone_on_with(anna: Client, tmp_path: Path, file: File) -> None:
    vaults: list[Slow] = []

    def around(calls: VaultCalls) -> Slow:
        vaults.append(Slow(calls))
        return vaults[0]

    async with workplace(anna, tmp_path, around=around) as place, asyncio.TaskGroup() as group:
        running = group.create_task(place.one(requests.CheckOut(files=(file.id,))), name="check out")
        await until(lambda: vaults[0].asked == 1)
        back = group.create_task(place.engine.go_on(), name="connected again")
        await anna.file(file.id)  # a trip to the server: time enough to begin a second download
        vaults[0].gate.set()
        assert (await running).outcome is Outcome.DONE
        await back
        assert vaults[0].asked == 1
        assert len([each for each in place.events if isinstance(each, RequestFinished)]) == 1


async def add_without_answer(anna: Client, place: Workplace) -> Path:
    source = place.root / "Production" / f"{uuid.uuid4().hex}.nc"
    source.parent.mkdir(parents=True, exist_ok=True)
    source.write_bytes(FIRST)
    result = await place.one(requests.AddFiles(vault=await anna.vault(), folder="", sources=(str(source),)))
    assert result.outcome is Outcome.UNFINISHED
    return source


async def test_a_file_whose_adding_got_no_answer_is_a_copy(anna: Client, tomas: Client, tmp_path: Path) -> None:
    async with workplace(anna, tmp_path, around=Line(loses="add")) as place:
        source = await add_without_answer(anna, place)
        tree = await anna.tree(await anna.vault())
        added = next(each for each in tree.files.values() if each.path == source.name)
        await tomas.check_in(await tomas.check_out(added.id), b"the next revision")
        await place.engine.go_on()
        assert place.journal.unfinished() == []
        copy = place.journal.copy(added.id)
        assert copy is not None
        assert (copy.number, source.read_bytes()) == ("1.1", b"the next revision")


async def test_a_file_that_was_saved_since_its_adding_got_no_answer_stays_as_it_is(
    anna: Client, tmp_path: Path
) -> None:
    async with workplace(anna, tmp_path, around=Line(loses="add")) as place:
        source = await add_without_answer(anna, place)
        source.write_bytes(b"saved since")
        await place.engine.go_on()
        assert place.journal.unfinished() == []
        assert place.journal.copies() == []
        assert source.read_bytes() == b"saved since"


async def add_unheard(anna: Client, place: Workplace, line: Line) -> Path:
    """What was sent to be added is on the server, and nobody knows whether it was added."""
    line.refused = {"add": Unreachable("The connection was cut.")}
    source = await add_without_answer(anna, place)
    line.refused.clear()
    return source


async def give_up_what_was_sent(anna: Client, place: Workplace) -> None:
    """The server keeps it no longer, as after a day."""
    (intent,) = place.journal.unfinished()
    await anna.give_up_upload(intent.fields["upload"])


def told_of(place: Workplace, source: Path) -> FileResult:
    return told_last(place)[str(source)]


@pytest.mark.parametrize("is_here", [True, False], ids=["here", "gone"])
async def test_a_file_that_was_added_so_long_ago_that_the_answer_is_gone_is_in_the_vault_already(
    anna: Client, tmp_path: Path, *, is_here: bool
) -> None:
    line = Line()
    async with workplace(anna, tmp_path, around=line) as place:
        source = await add_unheard(anna, place, line)
        file = (await anna.add(await anna.vault(), source.name, FIRST)).file
        await anna.check_in(await anna.check_out(file.id), b"the next revision")
        if not is_here:
            remove(source)
        await place.engine.go_on()
        told, there = told_of(place, source), f"Gone on with from before: {source.name} is in the vault already"
        if is_here:
            assert (told.outcome, told.text) == (Outcome.DONE, f"{there}.")
            assert source.read_bytes() == b"the next revision", "it is a copy and follows"
        else:
            assert (told.outcome, told.advice) == (Outcome.DONE, "Get latest brings it.")
            assert told.text == f"{there}; its content is not at {source} any more."
        assert place.journal.unfinished() == []


async def test_a_file_is_not_added_where_another_one_is_and_that_is_said(anna: Client, tmp_path: Path) -> None:
    line = Line()
    async with workplace(anna, tmp_path, around=line) as place:
        source = await add_unheard(anna, place, line)
        await anna.add(await anna.vault(), source.name, b"another one")
        await place.engine.go_on()
        told = told_of(place, source)
        assert told.outcome is Outcome.REFUSED
        assert told.text.startswith("The add from before did not happen: ")
        assert place.journal.unfinished() == []
        assert place.journal.copies() == []
        assert source.read_bytes() == FIRST


async def test_a_file_whose_content_is_gone_here_and_there_was_not_added_and_its_place_is_named(
    anna: Client, tmp_path: Path
) -> None:
    line = Line()
    async with workplace(anna, tmp_path, around=line) as place:
        source = await add_unheard(anna, place, line)
        await give_up_what_was_sent(anna, place)
        remove(source)
        await place.engine.go_on()
        assert told_of(place, source) == FileResult(
            file=str(source),
            path=source.name,
            outcome=Outcome.REFUSED,
            text="The add from before did not happen: the server did not keep what was sent of it so long, and its"
            f" content is not at {source} any more.",
            advice="Add it again when it is back there.",
        )
        assert place.journal.unfinished() == []


async def test_a_file_whose_content_the_server_did_not_keep_is_sent_again(anna: Client, tmp_path: Path) -> None:
    line = Line()
    async with workplace(anna, tmp_path, around=line) as place:
        source = await add_unheard(anna, place, line)
        await give_up_what_was_sent(anna, place)
        await place.engine.go_on()
        assert told_of(place, source).outcome is Outcome.DONE
        assert place.journal.unfinished() == []
        (copy,) = place.journal.copies()
        assert await anna.content(copy.file) == FIRST


async def test_a_file_that_was_saved_since_is_not_sent_in_place_of_what_the_server_did_not_keep(
    anna: Client, tmp_path: Path
) -> None:
    line = Line()
    async with workplace(anna, tmp_path, around=line) as place:
        source = await add_unheard(anna, place, line)
        await give_up_what_was_sent(anna, place)
        source.write_bytes(b"saved since")
        await place.engine.go_on()
        told = told_of(place, source)
        assert (told.outcome, place.journal.unfinished()) == (Outcome.REFUSED, [])
        assert told.text.endswith(f" and {source.name} was saved since.")
        assert source.read_bytes() == b"saved since"


async def test_an_add_is_not_forgotten_while_nobody_can_say_whether_it_happened(anna: Client, tmp_path: Path) -> None:
    line = Line()
    async with workplace(anna, tmp_path, around=line) as place:
        source = await add_unheard(anna, place, line)
        await anna.add(await anna.vault(), source.name, FIRST)
        line.refused = {"tree": Unreachable("The connection was cut.")}
        await place.engine.go_on()
        assert [each.kind for each in place.journal.unfinished()] == [Kind.ADD]
        line.refused.clear()
        await place.engine.go_on()
        assert place.journal.unfinished() == []
        assert "is in the vault already" in told_of(place, source).text
