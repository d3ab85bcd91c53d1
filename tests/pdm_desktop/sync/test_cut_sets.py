"""Several files as one, and a call or a disk that fails: it is asked for again, and each file goes on."""

from collections.abc import Callable
from pathlib import Path, PurePath

import pytest

from pdm_desktop.core import requests
from pdm_desktop.core.errors import Unreachable
from pdm_desktop.core.requests import FileRequest
from pdm_desktop.core.results import Outcome
from pdm_desktop.sync.disk import LocalDisk
from pdm_desktop.sync.events import RequestFinished
from pdm_desktop.sync.os_errors import from_os_error
from server.protocol.vault import File
from tests.support.client import Client
from tests.support.file_sets import check_in, check_out, delete, do, edit, heads, holders, ids, made, undo
from tests.support.line import Line
from tests.support.one_file import FIRST, on_disk
from tests.support.seat_parts import workplace


class FullFor(LocalDisk):
    """A disk that is full when one file is to find its place."""

    name = ""

    def place(self, source: PurePath, target: PurePath) -> None:
        if target.name == self.name:
            raise from_os_error(OSError(28, "No space left on device"), target.name)
        super().place(source, target)

    def place_new(self, source: PurePath, target: PurePath) -> bool:
        if target.name == self.name:
            raise from_os_error(OSError(28, "No space left on device"), target.name)
        return super().place_new(source, target)


async def test_a_content_that_cannot_be_brought_leaves_that_check_out_unfinished(
    anna: Client, tmp_path: Path, files: list[File]
) -> None:
    class Full(FullFor):
        name = files[1].filename

    async with workplace(anna, tmp_path, make_disk=Full) as place:
        results = await do(place, check_out(files), files)
        assert [each.outcome for each in results] == [Outcome.DONE, Outcome.REFUSED, Outcome.DONE]
        assert "You have the lock of block-op10.nc" in results[1].text
        assert await holders(anna, files) == [anna.seat] * 3
        assert [left.file for left in place.journal.unfinished()] == [files[1].id]
    async with workplace(anna, tmp_path) as place:
        await place.engine.go_on()
        assert on_disk(place, files[1]).read_bytes() == FIRST + files[1].filename.encode()
        assert place.journal.unfinished() == []
        assert place.journal.hold(files[1].id) is not None


async def test_a_check_out_that_is_unfinished_goes_on_when_it_is_asked_for_alone(
    anna: Client, tmp_path: Path, files: list[File]
) -> None:
    class Full(FullFor):
        name = files[1].filename

    async with workplace(anna, tmp_path, make_disk=Full) as place:
        await do(place, check_out(files), files)
    async with workplace(anna, tmp_path) as place:
        (result,) = await do(place, requests.CheckOut(files=(files[1].id,)), files)
        assert result.outcome is Outcome.DONE
        assert on_disk(place, files[1]).exists()
        assert place.journal.unfinished() == []


LOST: dict[str, Callable[[list[File]], FileRequest]] = {
    "check_out_set": check_out,
    "check_in_set": check_in,
    "undo_set": undo,
    "delete_set": delete,
}


@pytest.mark.parametrize("call", LOST)
async def test_a_lost_answer_is_asked_for_again_and_each_file_goes_on(
    anna: Client, tmp_path: Path, files: list[File], call: str
) -> None:
    async with workplace(anna, tmp_path) as place:
        if call != "check_out_set":
            await do(place, check_out(files), files)
            edit(place, *files)
    line = Line(loses=call)
    async with workplace(anna, tmp_path, around=line) as place:
        results = await do(place, LOST[call](files), files)
        told = Outcome.WAITS if call == "check_in_set" else Outcome.UNFINISHED
        assert [each.outcome for each in results] == [told] * 3
        (left,) = place.journal.unfinished()
        assert (left.files, left.key) == (ids(files), made(line)[0][1])
    vault = await anna.vault()
    seq = (await anna.tree(vault)).head.seq
    async with workplace(anna, tmp_path) as place:
        await place.engine.go_on()
        (done,) = [event for event in place.events if isinstance(event, RequestFinished)]
        assert [each.outcome for each in done.finished.results] == [Outcome.DONE] * 3
        assert place.journal.unfinished() == []
        match call:
            case "check_out_set":
                assert len(place.journal.holds()) == 3
                assert all(on_disk(place, file).exists() for file in files)
            case "check_in_set":
                assert await heads(anna, files) == ["1.1"] * 3
                assert (place.journal.holds(), place.journal.waiting()) == ([], [])
            case "undo_set":
                assert len(place.kept()) == 3
            case _:
                assert not any(on_disk(place, file).exists() for file in files)
    assert (await anna.tree(vault)).head.seq == seq


async def test_a_check_in_that_got_no_answer_is_the_one_that_is_asked_for_again(
    anna: Client, tmp_path: Path, files: list[File]
) -> None:
    async with workplace(anna, tmp_path) as place:
        await do(place, check_out(files), files)
        edit(place, *files)
    line = Line(loses="check_in_set")
    async with workplace(anna, tmp_path, around=line) as place:
        await do(place, check_in(files), files)
        single = (await do(place, requests.CheckIn(files=(files[0].id,)), files))[0]
        assert single.outcome is Outcome.DONE
        assert await heads(anna, files) == ["1.1"] * 3
        assert (place.journal.unfinished(), place.journal.holds()) == ([], [])
        assert [key for _, key in made(line)] == [made(line)[0][1]] * 2


async def test_a_set_that_never_reached_the_server_leaves_no_trace(
    anna: Client, tmp_path: Path, files: list[File]
) -> None:
    line = Line()
    line.refused["check_out_set"] = Unreachable("No connection.", sent=False)
    async with workplace(anna, tmp_path, around=line) as place:
        results = await do(place, check_out(files), files)
        assert [each.outcome for each in results] == [Outcome.UNFINISHED] * 3
        assert place.journal.unfinished() == []
    assert await holders(anna, files) == [None] * 3


async def test_a_set_is_known_as_busy_while_it_is_unanswered(anna: Client, tmp_path: Path, files: list[File]) -> None:
    line = Line(loses="check_out_set")
    async with workplace(anna, tmp_path, around=line) as place:
        await do(place, check_out(files), files)
        intents = place.engine._commands.intents
        assert [bool(intents.begun_takes(file.id)) for file in files] == [True] * 3
        await do(place, requests.UndoCheckOut(files=(files[0].id,)), files)
        (left,) = place.journal.unfinished()
        assert left.files == ids(files)
        await place.engine.go_on()
        assert place.journal.unfinished() == []
        assert [place.journal.hold(file.id) is not None for file in files] == [False, True, True]
        assert await holders(anna, files) == [None, anna.seat, anna.seat]
