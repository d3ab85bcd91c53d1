"""Open brings a file that is not here, and says what of the person's own it has moved out of its place."""

from pathlib import Path

import pytest

from pdm_desktop.core import requests
from pdm_desktop.core.errors import NoProgram
from pdm_desktop.core.results import Outcome
from server.protocol.vault import File
from tests.support.one_file import FIRST, WORK, on_disk, remove
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
