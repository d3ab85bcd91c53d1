"""Open brings a file that is not here, and says what of the person's own it has moved out of its place."""

from pathlib import Path

import pytest

from pdm_desktop.core import requests
from pdm_desktop.core.errors import NoProgram
from pdm_desktop.core.results import Outcome
from server.protocol.vault import File
from tests.support.client import Client
from tests.support.one_file import FIRST, WORK, added, on_disk, remove
from tests.support.seat_parts import Workplace


def own_file(place: Workplace, file: File, content: bytes = WORK) -> Path:
    """A file of the person's own lies where the vault's belongs."""
    path = on_disk(place, file)
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    return path


async def test_opening_a_file_says_what_it_has_moved_away(place: Workplace, file: File) -> None:
    path = own_file(place, file)
    result = await place.one(requests.OpenFile(file=file.id))
    assert place.kept() == [WORK]
    assert result.text.startswith("Opened. What was here before is kept in .pdm-desktop/recovery/")
    assert place.opened.files == [path]
    assert path.read_bytes() == FIRST


async def test_opening_a_copy_that_is_missing_moves_nothing(place: Workplace, file: File) -> None:
    await place.do(requests.GetLatest(files=(file.id,)))
    remove(on_disk(place, file))
    assert (await place.one(requests.OpenFile(file=file.id))).text == "Opened."


async def test_opening_what_lies_there_already_moves_nothing(place: Workplace, file: File) -> None:
    own_file(place, file, FIRST)
    assert (await place.one(requests.OpenFile(file=file.id))).text == "Opened."
    assert place.kept() == []


async def test_it_is_said_though_no_program_opens_the_file(
    place: Workplace, file: File, monkeypatch: pytest.MonkeyPatch
) -> None:
    own_file(place, file)

    def refuse(path: Path) -> None:
        raise NoProgram(f"No program opens {path.name}.", advice="Install one.")

    monkeypatch.setattr(place.opened, "open", refuse)
    result = await place.one(requests.OpenFile(file=file.id))
    assert result.outcome is Outcome.REFUSED
    assert result.text.startswith("No program opens plate.nc. What was here before is kept in ")
    assert result.advice == "Install one."


async def test_a_program_is_brought_and_not_started(place: Workplace, anna: Client) -> None:
    program = await added(anna, "setup.EXE")
    result = await place.one(requests.OpenFile(file=program.id))
    assert result.outcome is Outcome.REFUSED
    assert result.text == "setup.EXE is here, and it is a program: opened, it would act on this computer."
    assert result.advice is not None
    assert "Show in folder" in result.advice
    assert place.opened.files == []
    assert on_disk(place, program).read_bytes() == FIRST
    await place.do(requests.ShowInFolder(file=program.id))
    assert place.opened.shown == [on_disk(place, program)]


async def test_what_was_moved_away_for_a_program_is_said(place: Workplace, anna: Client) -> None:
    program = await added(anna, "post.bat")
    own_file(place, program)
    result = await place.one(requests.OpenFile(file=program.id))
    assert "What was here before is kept in" in result.text
    assert place.kept() == [WORK]


async def test_an_old_revision_of_a_program_is_not_started(place: Workplace, anna: Client) -> None:
    program = await added(anna, "post.vbs")
    result = await place.one(requests.OpenRevision(file=program.id, major=1, minor=0))
    assert result.outcome is Outcome.REFUSED
    assert result.text.startswith("post (Rev 1.0).vbs is here, and it is a program")
    assert place.opened.files == []
