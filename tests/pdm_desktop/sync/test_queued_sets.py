"""Several files whose check-in waits as one: all of them go, or none."""

from pathlib import Path

from pdm_desktop.core import requests
from pdm_desktop.core.errors import Unreachable
from pdm_desktop.core.results import Outcome
from pdm_desktop.core.waiting import Stand
from pdm_desktop.sync.events import RequestFinished
from server.protocol.vault import File
from tests.support.client import Client
from tests.support.file_sets import NOTHING, check_in, check_out, do, edit, heads, holders, made
from tests.support.line import Line
from tests.support.one_file import added, edited, on_disk
from tests.support.queued import waiting
from tests.support.seat_parts import Workplace, workplace


async def test_a_check_in_waits_as_one_while_the_server_is_away(
    anna: Client, tmp_path: Path, files: list[File]
) -> None:
    line = Line()
    async with workplace(anna, tmp_path, around=line) as place:
        await do(place, check_out(files), files)
        edit(place, *files[:2])
        await place.engine.away()
        results = await do(place, check_in(files, comment="later"), files)
        assert [each.outcome for each in results] == [Outcome.WAITS] * 3
        assert len({one.of_set for one in place.journal.waiting()}) == 1
        edit(place, files[0], what=b"saved while it waits ")
    async with workplace(anna, tmp_path, around=line) as place:
        await place.engine.go_on()
        assert (place.journal.waiting(), place.journal.unfinished(), place.journal.holds()) == ([], [], [])
    assert [call for call, _ in made(line)] == ["check_out_set", "check_in_set", "undo_set"]
    assert await heads(anna, files) == ["1.1", "1.1", "1.0"]
    assert await anna.content(files[0].id) == b"saved while it waits block-op10.mcam"
    assert await holders(anna, files) == [None] * 3


async def test_a_lock_that_was_lost_meanwhile_keeps_the_whole_waiting_set_here(
    anna: Client, tomas: Client, tmp_path: Path, files: list[File]
) -> None:
    line = Line()
    async with workplace(anna, tmp_path, around=line) as place:
        await do(place, check_out(files), files)
        edit(place, *files)
        await place.engine.away()
        await do(place, check_in(files), files)
        await anna.undo(await anna.file(files[1].id))
        await tomas.check_out(files[1].id)
        await place.engine.go_on()
        stands = {one.file: one for one in place.journal.waiting()}
        assert [one.stand for one in stands.values()] == [Stand.NEEDS_YOU] * 3
        assert "Tomas has it" in (stands[files[1].id].why or "")
        assert stands[files[0].id].why == NOTHING
        assert [call for call, _ in made(line)] == ["check_out_set"]
        assert await heads(anna, files) == ["1.0"] * 3
        results = await do(place, check_in([files[0], files[2]]), files)
        assert [each.outcome for each in results] == [Outcome.DONE] * 2
        assert [one.file for one in place.journal.waiting()] == [files[1].id]


async def test_a_set_that_was_sent_without_an_answer_and_refused_is_told_once(
    anna: Client, tmp_path: Path, files: list[File]
) -> None:
    async with workplace(anna, tmp_path) as place:
        await do(place, check_out(files), files)
        edit(place, *files)
    line = Line()
    line.refused["check_in_set"] = Unreachable("No answer came.")
    async with workplace(anna, tmp_path, around=line) as place:
        assert {each.outcome for each in await do(place, check_in(files), files)} == {Outcome.WAITS}
        await anna.undo(await anna.file(files[1].id))
    async with workplace(anna, tmp_path) as place:
        await place.engine.go_on()
        await place.engine.go_on()
        (told,) = [event for event in place.events if isinstance(event, RequestFinished)]
        assert [each.file for each in told.finished.results] == [files[1].id, files[0].id, files[2].id]
        assert {each.outcome for each in told.finished.results} == {Outcome.REFUSED}
        assert "from before did not happen" in told.finished.results[0].text
        assert [one.stand for one in place.journal.waiting()] == [Stand.NEEDS_YOU] * 3
        assert place.journal.unfinished() == []


async def test_one_that_is_taken_out_of_a_waiting_set_takes_the_others_along(
    anna: Client, tmp_path: Path, files: list[File]
) -> None:
    """All or none: without one of them it would be another set than the person asked for."""
    async with workplace(anna, tmp_path) as place:
        await do(place, check_out(files), files)
        edit(place, *files)
        await place.engine.away()
        await do(place, check_in(files), files)
        await do(place, requests.TakeOut(files=(files[0].id,)), files)
        await place.engine.go_on()
        assert await heads(anna, files) == ["1.0"] * 3
        assert place.journal.waiting() == []
        assert {hold.file for hold in place.journal.holds()} == {file.id for file in files}


async def test_what_became_empty_while_it_waited_keeps_the_whole_set_here(
    anna: Client, tmp_path: Path, files: list[File]
) -> None:
    async with workplace(anna, tmp_path) as place:
        await do(place, check_out(files), files)
        edit(place, *files)
        await place.engine.away()
        await do(place, check_in(files), files)
        on_disk(place, files[2]).write_bytes(b"")
        await place.engine.go_on()
        assert await heads(anna, files) == ["1.0"] * 3
        assert {one.stand for one in place.journal.waiting()} == {Stand.NEEDS_YOU}


async def set_queued(place: Workplace, files: list[File]) -> None:
    """A check-in of all of them as one, asked for while the server is away."""
    for file in files:
        await edited(place, file)
    await place.engine.away()
    together = requests.CheckIn(files=tuple(file.id for file in files), comment="as one", together=True)
    assert [result.outcome for result in await place.do(together)] == [Outcome.WAITS] * len(files)


async def test_taking_one_of_a_set_out_takes_them_all_out(anna: Client, tmp_path: Path) -> None:
    files = [await added(anna, name) for name in ("plate.mcam", "plate.nc")]
    async with workplace(anna, tmp_path) as place:
        await set_queued(place, files)
        result = await place.one(requests.TakeOut(files=(files[1].id,)))
        assert result.text.startswith("plate.nc is not checked in by itself any more. You keep it.")
        assert result.text.endswith("Nor are the others of its set.")
        assert waiting(place) == ()


async def test_of_a_set_with_an_empty_file_none_joins(anna: Client, tmp_path: Path) -> None:
    files = [await added(anna, name) for name in ("plate.mcam", "plate.nc")]
    async with workplace(anna, tmp_path) as place:
        await edited(place, files[0])
        await edited(place, files[1], b"")
        await place.engine.away()
        together = requests.CheckIn(files=tuple(file.id for file in files), together=True)
        assert {result.outcome for result in await place.do(together)} == {Outcome.REFUSED}
        assert waiting(place) == ()
