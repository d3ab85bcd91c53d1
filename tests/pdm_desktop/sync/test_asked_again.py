"""The answer was lost, and the same is asked again: what is told is so now, whatever others have done meanwhile."""

import uuid
from pathlib import Path

from pdm_desktop.core import requests
from pdm_desktop.core.results import FileResult, Outcome
from pdm_desktop.sync.events import RequestFinished
from server.protocol.vault import File
from tests.support.client import Client
from tests.support.line import Line
from tests.support.one_file import on_disk
from tests.support.seat_parts import Workplace, workplace


async def restore(place: Workplace, anna: Client, file: File) -> FileResult:
    return await place.one(requests.RestoreFile(vault=await anna.vault(), file=file.id, path=file.path))


async def move(place: Workplace, anna: Client, folder: str, to: str) -> FileResult:
    return await place.one(requests.MoveFolder(vault=await anna.vault(), path=folder, to=to))


async def told_later(place: Workplace) -> str:
    """What the engine says of what it goes on with by itself."""
    await place.engine.go_on()
    return [event.finished.results[0].text for event in place.events if isinstance(event, RequestFinished)][-1]


async def test_a_file_that_was_deleted_again_is_restored_anew(
    anna: Client, tomas: Client, tmp_path: Path, file: File
) -> None:
    async with workplace(anna, tmp_path, around=Line(loses="restore")) as place:
        await tomas.delete(file.id)
        assert (await restore(place, anna, file)).outcome is Outcome.UNFINISHED
        await tomas.delete(file.id)
        result = await restore(place, anna, file)
        assert (result.outcome, result.text) == (Outcome.DONE, f"Restored as {file.path}.")
        assert not (await anna.file(file.id)).deleted
        assert place.journal.unfinished() == []


async def test_a_restored_file_is_told_by_the_name_that_it_has_now(
    anna: Client, tomas: Client, tmp_path: Path, file: File
) -> None:
    async with workplace(anna, tmp_path, around=Line(loses="restore")) as place:
        await tomas.delete(file.id)
        await restore(place, anna, file)
        await tomas.move(file.id, f"{file.folder}/renamed.nc")
        assert (await restore(place, anna, file)).text == f"Restored as {file.folder}/renamed.nc."


async def test_a_restore_that_is_gone_on_with_by_itself_changes_nothing_anew(
    anna: Client, tomas: Client, tmp_path: Path, file: File
) -> None:
    async with workplace(anna, tmp_path, around=Line(loses="restore")) as place:
        await tomas.delete(file.id)
        await restore(place, anna, file)
        await tomas.delete(file.id)
        assert await told_later(place) == "Gone on with from before: It was restored, and is deleted again."
        assert (await anna.file(file.id)).deleted


async def test_a_folder_that_was_moved_back_moves_anew(anna: Client, tomas: Client, tmp_path: Path, file: File) -> None:
    to = f"{file.folder} new"
    async with workplace(anna, tmp_path, around=Line(loses="move_folder")) as place:
        await place.do(requests.GetLatest(files=(file.id,)))
        assert (await move(place, anna, file.folder, to)).outcome is Outcome.UNFINISHED
        await tomas.move_folder(await tomas.vault(), to, file.folder)
        result = await move(place, anna, file.folder, to)
        assert (result.outcome, result.text) == (Outcome.DONE, f"1 file is below {to} now.")
        moved = (await anna.file(file.id)).file
        assert moved.path == f"{to}/plate.nc"
        assert on_disk(place, moved).is_file()
        assert place.journal.unfinished() == []


async def test_a_folder_that_has_moved_is_not_said_to_be_where_others_have_moved_it_from(
    anna: Client, tomas: Client, tmp_path: Path, file: File
) -> None:
    to, on = f"{file.folder} new", f"{file.folder} elsewhere"
    async with workplace(anna, tmp_path, around=Line(loses="move_folder")) as place:
        await move(place, anna, file.folder, to)
        await tomas.move_folder(await tomas.vault(), to, on)
        result = await move(place, anna, file.folder, to)
        assert result.text == f"It was moved to {to}; nothing is below {file.folder} any more."
        assert (await anna.file(file.id)).file.path == f"{on}/plate.nc"
        assert place.journal.unfinished() == []


async def test_a_folders_move_that_is_gone_on_with_by_itself_changes_nothing_anew(
    anna: Client, tomas: Client, tmp_path: Path, file: File
) -> None:
    to = f"{file.folder} new"
    async with workplace(anna, tmp_path, around=Line(loses="move_folder")) as place:
        await move(place, anna, file.folder, to)
        await tomas.move_folder(await tomas.vault(), to, file.folder)
        assert await told_later(place) == f"Gone on with from before: The folder was moved to {to}."
        assert (await anna.file(file.id)).file.path == file.path


async def test_a_folder_whose_name_changes_in_its_case_alone_counts_its_files(anna: Client, tmp_path: Path) -> None:
    folder = f"Jobs {uuid.uuid4().hex}"
    await anna.add(await anna.vault(), f"{folder}/plate.nc", b"G0")
    async with workplace(anna, tmp_path, around=Line(loses="move_folder")) as place:
        await move(place, anna, folder, folder.upper())
        assert (await move(place, anna, folder, folder.upper())).text == f"1 file is below {folder.upper()} now."
