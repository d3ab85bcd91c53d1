"""The program's own folder is removed while the program runs: the workspace is there all the same, or it is not."""

import shutil
from pathlib import Path

import pytest

from pdm_desktop.core import requests
from pdm_desktop.core.results import Outcome
from pdm_desktop.sync.disk import LocalDisk
from pdm_desktop.sync.events import TroubleMet
from server.protocol.vault import File
from tests.support.client import Client
from tests.support.meanwhile import turns
from tests.support.one_file import FIRST, WORK, edited, on_disk
from tests.support.seat_parts import Workplace


def troubles(place: Workplace) -> list[str]:
    return [event.trouble.text for event in place.events if isinstance(event, TroubleMet)]


def is_made_anew(place: Workplace) -> bool:
    return (place.root / ".pdm-desktop" / "unfinished").is_dir()


async def test_where_the_copies_are_it_is_made_anew_and_everything_goes_on(
    place: Workplace, anna: Client, file: File
) -> None:
    await place.do(requests.GetLatest(files=(file.id,)))
    shutil.rmtree(place.root / ".pdm-desktop")
    await place.engine.look_for_workspace()
    await turns(place)
    assert place.issues() == ()
    path = await edited(place, file)
    assert (await place.one(requests.CheckIn(files=(file.id,)))).outcome is Outcome.DONE
    assert path.read_bytes() == await anna.content(file.id) == WORK
    assert troubles(place) == []


async def test_it_says_again_that_an_engine_is_at_work(place: Workplace, file: File) -> None:
    """After a sudden stop what is found is doubted, also when somebody has tidied up before."""
    await place.do(requests.GetLatest(files=(file.id,)))
    shutil.rmtree(place.root / ".pdm-desktop")
    await place.engine.look_for_workspace()
    assert LocalDisk(place.root).begin_work(), "the last one did not end in order"


async def test_where_nothing_was_put_nothing_is_missing(place: Workplace, file: File) -> None:
    shutil.rmtree(place.root / ".pdm-desktop")
    assert (await place.one(requests.GetLatest(files=(file.id,)))).outcome is Outcome.DONE
    assert on_disk(place, file).read_bytes() == FIRST


@pytest.mark.parametrize("other", [False, True], ids=["an empty folder", "a folder with other files"])
async def test_another_folder_in_its_place_is_not_the_workspace(place: Workplace, file: File, other: bool) -> None:
    """Where a drive was: nothing is made there, and what is missing is not taken for deleted (N11)."""
    await place.do(requests.GetLatest(files=(file.id,)))
    away = place.root.with_name("unplugged")
    place.root.rename(away)
    place.root.mkdir()
    if other:
        stranger = on_disk(place, file)
        stranger.parent.mkdir(parents=True)
        stranger.write_bytes(b"of another matter")
    await place.engine.look_for_workspace()
    await place.engine.run(requests.GetLatest(files=(file.id,)), {})
    assert len(place.issues()) == 1
    assert troubles(place) == [
        f"What is at {place.root} is not the workspace: "
        ".pdm-desktop is not in it, nor any file of the vaults as it was."
    ]
    assert not is_made_anew(place)
    shutil.rmtree(place.root)
    away.rename(place.root)
    await place.engine.look_for_workspace()
    assert place.issues() == ()
    assert on_disk(place, file).read_bytes() == FIRST


async def test_what_cannot_be_made_anew_is_told(place: Workplace, file: File, monkeypatch: pytest.MonkeyPatch) -> None:
    await place.do(requests.GetLatest(files=(file.id,)))
    shutil.rmtree(place.root / ".pdm-desktop")

    def refuse(_self: Path, **_: object) -> None:
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as refused:
        refused.setattr(Path, "mkdir", refuse)
        await place.engine.run(requests.CheckOut(files=(file.id,)), {})
    assert len(troubles(place)) == 1
    assert not is_made_anew(place)
    assert (await place.one(requests.CheckOut(files=(file.id,)))).outcome is Outcome.DONE
