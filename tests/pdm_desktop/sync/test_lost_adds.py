"""The answer to an add never arrives: the file is in its vault once, and nothing else is sent in its place."""

import uuid
from pathlib import Path

import pytest

from pdm_desktop.core import requests
from pdm_desktop.core.errors import Unreachable
from pdm_desktop.core.results import FileResult, Outcome
from pdm_desktop.sync.intent import Kind
from tests.support.client import Client
from tests.support.line import Line
from tests.support.one_file import FIRST, remove
from tests.support.seat_parts import Workplace, workplace


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
    return place.told_last()[str(source)]


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
