"""A file that is suddenly empty is checked in by nobody who was not asked (N12)."""

from pathlib import Path

from pdm_desktop.core import requests
from pdm_desktop.core.results import Outcome
from server.protocol.vault import File
from tests.support.client import Client
from tests.support.line import Line
from tests.support.meanwhile import in_step, turns
from tests.support.one_file import FIRST, WORK, edited
from tests.support.seat_parts import lose_journal, workplace


async def test_after_a_lost_journal_an_empty_file_is_no_work(anna: Client, tmp_path: Path, file: File) -> None:
    """A power cut takes the journal, and leaves the file that is checked out with no bytes."""
    async with workplace(anna, tmp_path) as place:
        path = await edited(place, file)
    lose_journal(tmp_path)
    path.write_bytes(b"")
    async with workplace(anna, tmp_path, after_crash=True) as place:
        await in_step(place, anna)
        await turns(place)
        result = await place.one(requests.CheckIn(files=(file.id,)))
        assert result.outcome is Outcome.REFUSED, result.text
    assert await anna.content(file.id) == FIRST


async def test_what_is_empty_when_the_answer_to_a_check_in_comes_late_is_no_edit(
    anna: Client, tmp_path: Path, file: File
) -> None:
    """Checked in and kept, the answer is lost, a power cut empties the file; the next check-in is to ask."""
    line = Line(loses="check_in")
    async with workplace(anna, tmp_path, around=line) as place:
        path = await edited(place, file)
        result = await place.one(requests.CheckIn(files=(file.id,), keep=True))
        assert result.outcome is Outcome.WAITS, result.text
    path.write_bytes(b"")
    async with workplace(anna, tmp_path, after_crash=True) as place:
        await place.engine.go_on()
        await in_step(place, anna)
        assert place.journal.unfinished() == []
        assert await anna.content(file.id) == WORK
        result = await place.one(requests.CheckIn(files=(file.id,)))
        assert result.outcome is Outcome.REFUSED, result.text
    assert await anna.content(file.id) == WORK
