"""A check-in that is asked for while an earlier one has no answer: neither passes for the other."""

from pathlib import Path

import pytest

from pdm_desktop.core import requests
from pdm_desktop.core.results import FileResult, Outcome
from pdm_desktop.sync.events import RequestFinished
from server.protocol.calls import History
from server.protocol.vault import File
from tests.support.client import Client
from tests.support.line import Line
from tests.support.one_file import WORK, edited, on_disk
from tests.support.seat_parts import Workplace, workplace

LATER = b"saved after the first was sent\n"


def said(place: Workplace, since: int = 0) -> list[str]:
    told = [event.finished.results for event in place.events[since:] if isinstance(event, RequestFinished)]
    return [result.text for results in told for result in results]


async def unanswered(place: Workplace, file: File, *, keep: bool = True) -> FileResult:
    """A check-in of work that the server has stored, and no answer came."""
    await edited(place, file)
    result = await place.one(requests.CheckIn(files=(file.id,), comment="first", keep=keep))
    assert result.outcome is Outcome.WAITS
    return result


async def comments(client: Client, file: File) -> list[str | None]:
    """Of all revisions but the first."""
    history = (await client.get(f"/files/{file.id}/history", History)).revisions
    return [each.comment for each in sorted(history, key=lambda each: (each.major, each.minor))][1:]


@pytest.mark.parametrize("is_away", [False, True], ids=["online", "asked for while away"])
async def test_a_second_check_in_does_not_pass_for_the_first(
    anna: Client, tmp_path: Path, file: File, *, is_away: bool
) -> None:
    async with workplace(anna, tmp_path, around=Line(loses="check_in")) as place:
        await unanswered(place, file)
        on_disk(place, file).write_bytes(LATER)
        if is_away:
            await place.engine.away()
        second = await place.one(requests.CheckIn(files=(file.id,), comment="second", keep=True))
        if is_away:
            assert second.text == (
                "An earlier check-in of plate.nc was sent, and no answer came. It is asked for as soon as the server "
                "is back; then this one goes on, if you still have the file."
            )
        await place.engine.go_on()
        assert await anna.content(file.id) == LATER
        assert await comments(anna, file) == ["first", "second"]
        assert place.journal.waiting() == []
        assert place.journal.unfinished() == []
        assert place.journal.hold(file.id) is not None
    assert is_away or second.text == "Checked in as Rev 1.2; you keep it."


async def test_what_was_asked_for_while_away_goes_on_after_a_restart(anna: Client, tmp_path: Path, file: File) -> None:
    async with workplace(anna, tmp_path, around=Line(loses="check_in")) as place:
        await unanswered(place, file)
        on_disk(place, file).write_bytes(LATER)
        await place.engine.away()
        await place.one(requests.CheckIn(files=(file.id,), comment="second"))
    async with workplace(anna, tmp_path) as place:
        await place.engine.go_on()
        assert said(place) == [
            "Gone on with from before: Checked in as Rev 1.1; you keep it.",
            "Checked in as Rev 1.2.",
        ]
    assert await anna.content(file.id) == LATER
    assert (await anna.file(file.id)).file.lock is None


@pytest.mark.parametrize("is_away", [False, True], ids=["online", "asked for while away"])
async def test_the_same_check_in_once_more_happens_once(
    anna: Client, tmp_path: Path, file: File, *, is_away: bool
) -> None:
    async with workplace(anna, tmp_path, around=Line(loses="check_in")) as place:
        await unanswered(place, file)
        if is_away:
            await place.engine.away()
        await place.one(requests.CheckIn(files=(file.id,), comment="first", keep=True))
        await place.engine.go_on()
        assert await comments(anna, file) == ["first"]
        assert place.journal.waiting() == []


async def test_a_file_that_was_to_be_kept_is_released_when_that_is_asked_for(
    anna: Client, tmp_path: Path, file: File
) -> None:
    async with workplace(anna, tmp_path, around=Line(loses="check_in")) as place:
        await unanswered(place, file)
        again = await place.one(requests.CheckIn(files=(file.id,), comment="first"))
        assert again.text == "Nothing has changed since Rev 1.1, so that stays the newest; the lock is released."
        assert (await anna.file(file.id)).file.lock is None
        assert await comments(anna, file) == ["first"]


async def test_what_was_saved_after_the_lock_was_released_stays_and_is_told(
    anna: Client, tmp_path: Path, file: File
) -> None:
    async with workplace(anna, tmp_path, around=Line(loses="check_in")) as place:
        await unanswered(place, file, keep=False)
        path = on_disk(place, file)
        path.write_bytes(LATER)
        second = await place.one(requests.CheckIn(files=(file.id,), comment="second"))
        assert "plate.nc was saved again meanwhile: that stays here and is not in the vault." in second.text
        assert path.read_bytes() == LATER
        assert await comments(anna, file) == ["first"]
        assert place.journal.waiting() == []


async def test_what_is_saved_while_a_check_in_has_no_answer_is_checked_in_by_nobody(
    anna: Client, tmp_path: Path, file: File
) -> None:
    """It waits for its answer alone: nobody has asked for more."""
    async with workplace(anna, tmp_path, around=Line(loses="check_in")) as place:
        await unanswered(place, file)
        on_disk(place, file).write_bytes(LATER)
        await place.engine.go_on()
        assert await anna.content(file.id) == WORK
        assert place.journal.waiting() == []
        assert place.journal.hold(file.id) is not None


@pytest.mark.parametrize("is_away", [False, True], ids=["online", "asked for while away"])
async def test_a_second_check_in_of_a_set_does_not_pass_for_the_first(
    anna: Client, tmp_path: Path, files: list[File], *, is_away: bool
) -> None:
    ids = tuple(each.id for each in files)
    async with workplace(anna, tmp_path, around=Line(loses="check_in_set")) as place:
        for each in files:
            await edited(place, each)
        await place.do(requests.CheckIn(files=ids, together=True, keep=True, comment="first"))
        for each in files:
            on_disk(place, each).write_bytes(LATER)
        if is_away:
            await place.engine.away()
        await place.do(requests.CheckIn(files=ids, together=True, keep=True, comment="second"))
        await place.engine.go_on()
        assert [await anna.content(each) for each in ids] == [LATER] * len(files)
        assert [await comments(anna, each) for each in files] == [["first", "second"]] * len(files)
        assert place.journal.waiting() == []
        assert place.journal.unfinished() == []


async def test_of_a_set_that_was_sent_only_what_was_saved_since_is_checked_in_again(
    anna: Client, tmp_path: Path, files: list[File]
) -> None:
    ids = tuple(each.id for each in files)
    async with workplace(anna, tmp_path, around=Line(loses="check_in_set")) as place:
        for each in files:
            await edited(place, each)
        await place.do(requests.CheckIn(files=ids, together=True, keep=True, comment="first"))
        on_disk(place, files[0]).write_bytes(LATER)
        await place.do(requests.CheckIn(files=ids, together=True, keep=True, comment="second"))
        assert await comments(anna, files[0]) == ["first", "second"]
        assert [await comments(anna, each) for each in files[1:]] == [["first"]] * (len(files) - 1)


async def test_a_set_asks_first_for_the_check_in_of_one_of_its_files(
    anna: Client, tmp_path: Path, files: list[File]
) -> None:
    ids = tuple(each.id for each in files)
    async with workplace(anna, tmp_path, around=Line(loses="check_in")) as place:
        await unanswered(place, files[0])
        on_disk(place, files[0]).write_bytes(LATER)
        for each in files[1:]:
            await edited(place, each)
        results = await place.do(requests.CheckIn(files=ids, together=True, comment="second"))
        assert {each.outcome for each in results} == {Outcome.DONE}, results
        assert await comments(anna, files[0]) == ["first", "second"]
        assert [each for each in await anna.parked() if each.file in ids] == []


async def test_what_was_undone_is_not_said_to_be_kept(anna: Client, tmp_path: Path, file: File) -> None:
    async with workplace(anna, tmp_path, around=Line(loses="check_in")) as place:
        await unanswered(place, file)
        await place.one(requests.UndoCheckOut(files=(file.id,)))
        before = len(place.events)
        await place.engine.go_on()
        assert said(place, before) == [
            "Gone on with from before: Checked in as Rev 1.1; it is not checked out here any more."
        ]
        assert not on_disk(place, file).stat().st_mode & 0o200
        assert (await anna.file(file.id)).file.lock is None


async def test_what_came_after_an_undo_stays_what_it_is(
    anna: Client, tomas: Client, tmp_path: Path, file: File
) -> None:
    async with workplace(anna, tmp_path, around=Line(loses="check_in")) as place:
        await unanswered(place, file)
        await place.one(requests.UndoCheckOut(files=(file.id,)))
        await tomas.check_in(await tomas.check_out(file.id), LATER)
        await place.one(requests.GetLatest(files=(file.id,)))
        before = len(place.events)
        await place.engine.go_on()
        assert said(place, before) == [
            "Gone on with from before: Checked in as Rev 1.1; it is not checked out here any more."
        ]
        copy = place.journal.copy(file.id)
        assert copy is not None
        assert copy.number == "1.2"
        assert place.issues() == ()


async def test_a_lock_that_was_taken_away_is_not_said_to_be_kept(anna: Client, tmp_path: Path, file: File) -> None:
    """The work is still here as it was sent: it is known as the revision that it is."""
    async with workplace(anna, tmp_path, around=Line(loses="check_in")) as place:
        await unanswered(place, file)
        place.journal.drop_hold(file.id)
        await anna.undo(await anna.file(file.id))
        before = len(place.events)
        await place.engine.go_on()
        assert said(place, before) == ["Gone on with from before: Checked in as Rev 1.1."]
        assert not on_disk(place, file).stat().st_mode & 0o200
        copy = place.journal.copy(file.id)
        assert copy is not None
        assert copy.number == "1.1"
