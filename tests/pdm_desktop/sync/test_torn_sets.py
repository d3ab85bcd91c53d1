"""Several files wait as one, and some of them leave: the others do not go as less than the set (N15)."""

from collections.abc import Callable
from pathlib import Path

import pytest

from pdm_desktop.core import requests
from pdm_desktop.core.errors import ServerTrouble, Unreachable
from pdm_desktop.core.requests import FileRequest
from pdm_desktop.core.results import Outcome
from pdm_desktop.core.waiting import Stand, in_sets, need_words
from pdm_desktop.sync.events import WaitingChanged
from server.protocol.vault import File
from tests.support.client import Client
from tests.support.file_sets import check_in, check_out, delete, do, edit, heads, new_set, undo
from tests.support.line import Line, over
from tests.support.one_file import on_disk
from tests.support.points import Call
from tests.support.seat_parts import Workplace, workplace

FULL = ServerTrouble("The server is full.")


async def put_off(place: Workplace, line: Line, files: list[File]) -> None:
    """All are edited, and their check-in as one waits: the server has no room for a while."""
    await do(place, check_out(files), files)
    edit(place, *files)
    line.refused["upload"] = FULL
    assert {each.outcome for each in await do(place, check_in(files), files)} == {Outcome.WAITS}


def said(place: Workplace) -> dict[str, str]:
    """What is said of each file whose check-in needs its person."""
    return {one.file: need_words(one) for one in place.journal.waiting() if one.stand is Stand.NEEDS_YOU}


def alarms(place: Workplace) -> list[str]:
    """The files of which it was ever told that they need their person."""
    told = [one for event in place.events if isinstance(event, WaitingChanged) for one in event.check_ins]
    return [one.path for one in told if one.stand is Stand.NEEDS_YOU]


@pytest.mark.parametrize("way", [requests.UndoCheckOut, requests.Delete])
async def test_when_one_is_undone_or_deleted_the_others_need_their_person(
    anna: Client, tmp_path: Path, files: list[File], way: type[requests.UndoCheckOut | requests.Delete]
) -> None:
    line = Line()
    async with workplace(anna, tmp_path, around=line) as place:
        await put_off(place, line, files)
        assert (await place.one(way(files=(files[0].id,)))).outcome is Outcome.DONE
        line.refused.clear()
        await place.engine.go_on()
        words = (
            "Not checked in. block-op10.mcam left this set, and a set goes whole or not at all. "
            "Check in once more what is to go now, or take it out."
        )
        assert said(place) == {file.id: words for file in files[1:]}
        assert await heads(anna, files[1:]) == ["1.0"] * 2
        results = await do(place, check_in(files[1:]), files)
        assert [each.outcome for each in results] == [Outcome.DONE] * 2
        assert place.journal.waiting() == []


async def test_when_one_is_checked_in_alone_the_others_need_their_person(
    anna: Client, tmp_path: Path, files: list[File]
) -> None:
    line = Line()
    async with workplace(anna, tmp_path, around=line) as place:
        await put_off(place, line, files)
        line.refused.clear()
        assert (await place.one(requests.CheckIn(files=(files[0].id,)))).outcome is Outcome.DONE
        await place.engine.go_on()
        assert await heads(anna, files) == ["1.1", "1.0", "1.0"]
        assert said(place).keys() == {file.id for file in files[1:]}


async def test_when_some_are_checked_in_as_one_the_others_need_their_person(
    anna: Client, tmp_path: Path, files: list[File]
) -> None:
    line = Line()
    async with workplace(anna, tmp_path, around=line) as place:
        await put_off(place, line, files)
        line.refused.clear()
        assert {each.outcome for each in await do(place, check_in(files[:2]), files)} == {Outcome.DONE}
        await place.engine.go_on()
        assert await heads(anna, files) == ["1.1", "1.1", "1.0"]
        [words] = said(place).values()
        assert "block-op10.mcam and 1 other file left this set" in words


async def test_when_one_is_asked_for_again_alone_the_others_need_their_person(
    anna: Client, tomas: Client, tmp_path: Path, files: list[File]
) -> None:
    """Its lock is lost meanwhile: the others do not go all the same."""
    async with workplace(anna, tmp_path) as place:
        await do(place, check_out(files), files)
        edit(place, *files)
        await place.engine.away()
        assert {each.outcome for each in await do(place, check_in(files), files)} == {Outcome.WAITS}
        on_disk(place, files[0]).write_bytes(b"saved once more")
        assert (await place.one(requests.CheckIn(files=(files[0].id,)))).outcome is Outcome.WAITS
        await anna.undo(await anna.file(files[0].id))
        await tomas.check_out(files[0].id)
        await place.engine.go_on()
        assert said(place).keys() == {file.id for file in files}
    assert await heads(anna, files) == ["1.0"] * 3


async def test_when_all_are_asked_for_again_it_is_one_set_as_before(
    anna: Client, tmp_path: Path, files: list[File]
) -> None:
    line = Line()
    async with workplace(anna, tmp_path, around=line) as place:
        await put_off(place, line, files)
        assert {each.outcome for each in await do(place, check_in(files), files)} == {Outcome.WAITS}
        line.refused.clear()
        await place.engine.go_on()
        assert await heads(anna, files) == ["1.1"] * 3
        assert (place.journal.waiting(), alarms(place)) == ([], [])


@pytest.mark.parametrize("way", [undo, delete])
async def test_a_set_that_is_undone_or_deleted_as_one_leaves_as_one(
    anna: Client, tmp_path: Path, files: list[File], way: Callable[[list[File]], FileRequest]
) -> None:
    line = Line()
    async with workplace(anna, tmp_path, around=line) as place:
        await put_off(place, line, files)
        assert {each.outcome for each in await do(place, way(files), files)} == {Outcome.DONE}
        assert (place.journal.waiting(), alarms(place)) == ([], [])


@pytest.mark.parametrize("keep", [False, True], ids=["released", "kept"])
async def test_a_set_whose_answer_is_lost_needs_nobody_for_what_has_not_changed_in_it(
    anna: Client, tmp_path: Path, files: list[File], *, keep: bool
) -> None:
    line = Line(loses="check_in_set")
    async with workplace(anna, tmp_path, around=line) as place:
        await do(place, check_out(files), files)
        edit(place, *files[:2])
        assert {each.outcome for each in await do(place, check_in(files, keep=keep), files)} == {Outcome.WAITS}
        await place.engine.go_on()
        assert await heads(anna, files) == ["1.1", "1.1", "1.0"]
        assert (place.journal.waiting(), alarms(place)) == ([], [])


async def test_what_was_saved_after_its_set_was_sent_goes_on_without_what_is_stored(
    anna: Client, tmp_path: Path, files: list[File]
) -> None:
    line = Line(loses="check_in_set")
    async with workplace(anna, tmp_path, around=line) as place:
        await do(place, check_out(files), files)
        edit(place, *files)
        await do(place, check_in(files, keep=True), files)
        edit(place, files[0], what=b"saved since ")
        await place.engine.away()
        assert {each.outcome for each in await do(place, check_in(files, keep=True), files)} == {Outcome.WAITS}
        await place.engine.go_on()
        assert await heads(anna, files) == ["1.2", "1.1", "1.1"]
        assert (place.journal.waiting(), alarms(place)) == ([], [])


@pytest.mark.parametrize("asked", [0, 1, 2], ids=["saved since", "as it was sent", "never changed"])
async def test_a_set_without_an_answer_stays_one_when_one_of_it_is_asked_for_again(
    anna: Client, tmp_path: Path, files: list[File], *, asked: int
) -> None:
    line = Line(loses="check_in_set")
    async with workplace(anna, tmp_path, around=line) as place:
        await do(place, check_out(files), files)
        edit(place, *files[:2])
        await do(place, check_in(files, keep=True), files)
        edit(place, files[0], what=b"saved since ")
        await place.engine.away()
        results = await place.do(requests.CheckIn(files=(files[asked].id,), keep=True))
        assert {each.outcome for each in results} == {Outcome.WAITS}
        assert len({one.of_set for one in place.journal.waiting()}) == 1
        await place.engine.go_on()
        assert await heads(anna, files) == ["1.2", "1.1", "1.0"]
        assert (place.journal.waiting(), alarms(place)) == ([], [])


async def test_a_set_that_grows_while_a_part_of_it_has_no_answer_is_one(
    anna: Client, tomas: Client, tmp_path: Path, files: list[File]
) -> None:
    line = Line(loses="check_in_set")
    async with workplace(anna, tmp_path, around=line) as place:
        await do(place, check_out(files), files)
        edit(place, *files)
        await do(place, check_in(files[:2], keep=True), files)
        edit(place, files[0], what=b"saved since ")
        await place.engine.away()
        assert {each.outcome for each in await do(place, check_in(files), files)} == {Outcome.WAITS}
        await anna.undo(await anna.file(files[2].id))
        await tomas.check_out(files[2].id)
        await place.engine.go_on()
        assert await heads(anna, files) == ["1.1", "1.1", "1.0"]
        assert said(place).keys() == {file.id for file in files}


class Losing:
    """No answer to a set with one of these files arrives, though the server has done it."""

    def __init__(self, files: list[File]) -> None:
        self.files = {file.id for file in files}

    def before(self, call: Call) -> None:
        """All is asked."""

    def after(self, call: Call) -> None:
        if call.method == "check_in_set" and any(each.file in self.files for each in call.arguments[0].files):
            raise Unreachable("The connection was cut.")


@pytest.mark.parametrize(
    ("is_away", "answered"),
    [(True, 0), (False, 0), (False, 2)],
    ids=["asked for while away", "none is answered", "one is answered"],
)
async def test_a_set_that_grows_over_two_that_have_no_answer_is_one(
    anna: Client, tmp_path: Path, *, is_away: bool, answered: int
) -> None:
    files = await new_set(anna, ("a.nc", "b.nc", "c.nc", "d.nc", "e.nc"))
    losing = Losing(files)
    async with workplace(anna, tmp_path, around=over(losing)) as place:
        await do(place, check_out(files), files)
        edit(place, *files)
        for part in (files[:2], files[2:4]):
            await do(place, check_in(part, keep=True), part)
        edit(place, *files, what=b"saved since ")
        if is_away:
            await place.engine.away()
        losing.files -= {file.id for file in files[:answered]}
        results = await do(place, check_in(files), files)
        assert sorted(each.file for each in results) == sorted(file.id for file in files)
        assert [len(group) for group in in_sets(place.journal.waiting())] == [len(files)]
        losing.files.clear()
        await place.engine.go_on()
        assert await heads(anna, files) == ["1.2", "1.2", "1.2", "1.2", "1.1"]
        assert (place.journal.waiting(), place.journal.unfinished(), alarms(place)) == ([], [], [])
    for file in files:
        assert await anna.content(file.id) == b"saved since " + file.filename.encode()


@pytest.mark.parametrize("anew", [slice(0, 1), slice(2, 3), slice(0, 3)], ids=["the first", "the last", "all"])
async def test_a_set_that_is_asked_for_again_under_a_newer_lock_needs_nobody(
    anna: Client, tmp_path: Path, files: list[File], anew: slice
) -> None:
    """What was sent first never arrived, and is refused by its old lock: what was asked for since goes on."""
    line = Line()
    async with workplace(anna, tmp_path, around=line) as place:
        await do(place, check_out(files), files)
        edit(place, *files)
        line.refused["check_in_set"] = Unreachable("The connection was cut.")
        assert {each.outcome for each in await do(place, check_in(files), files)} == {Outcome.WAITS}
        for file in files[anew]:
            await anna.undo(await anna.file(file.id))
            assert (await place.one(requests.CheckOut(files=(file.id,)))).outcome is Outcome.DONE
        await place.engine.away()
        assert {each.outcome for each in await do(place, check_in(files), files)} == {Outcome.WAITS}
        line.refused.clear()
        await place.engine.go_on()
        assert (place.journal.waiting(), place.journal.unfinished(), alarms(place)) == ([], [], [])
        assert await heads(anna, files) == ["1.1"] * 3


async def test_a_set_of_which_a_newer_lock_is_lost_as_well_goes_whole_to_its_person(
    anna: Client, tomas: Client, tmp_path: Path, files: list[File]
) -> None:
    line = Line()
    async with workplace(anna, tmp_path, around=line) as place:
        await do(place, check_out(files), files)
        edit(place, *files)
        line.refused["check_in_set"] = Unreachable("The connection was cut.")
        await do(place, check_in(files), files)
        await anna.undo(await anna.file(files[0].id))
        await place.one(requests.CheckOut(files=(files[0].id,)))
        await place.engine.away()
        await do(place, check_in(files), files)
        await anna.undo(await anna.file(files[0].id))
        await tomas.check_out(files[0].id)
        line.refused.clear()
        await place.engine.go_on()
        assert said(place).keys() == {file.id for file in files}
        assert "Tomas has it" in said(place)[files[0].id]
        assert await heads(anna, files) == ["1.0"] * 3


async def test_a_check_in_that_is_asked_for_again_under_a_newer_lock_needs_nobody(
    anna: Client, tmp_path: Path, files: list[File]
) -> None:
    line, file = Line(), files[0]
    async with workplace(anna, tmp_path, around=line) as place:
        await do(place, check_out(files), files)
        edit(place, file)
        line.refused["check_in"] = Unreachable("The connection was cut.")
        assert (await place.one(requests.CheckIn(files=(file.id,)))).outcome is Outcome.WAITS
        await anna.undo(await anna.file(file.id))
        assert (await place.one(requests.CheckOut(files=(file.id,)))).outcome is Outcome.DONE
        await place.engine.away()
        assert (await place.one(requests.CheckIn(files=(file.id,)))).outcome is Outcome.WAITS
        line.refused.clear()
        await place.engine.go_on()
        assert (place.journal.waiting(), place.journal.unfinished(), alarms(place)) == ([], [], [])
        assert await heads(anna, files) == ["1.1", "1.0", "1.0"]
