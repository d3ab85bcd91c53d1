"""A revision that got its place just before the program ended is no edit, though its vault has a newer one by now."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import NoReturn

import pytest

from pdm_desktop.core import requests
from pdm_desktop.sync.workspace import Workspace
from server.protocol.vault import File
from tests.support.client import Client
from tests.support.meanwhile import in_step, turns
from tests.support.one_file import force, on_disk, revised
from tests.support.points import Ended
from tests.support.seat_parts import Workplace, workplace

SECOND, THIRD = b"G1 X2\n", b"G1 X3\n"


def ends(*_: object, **__: object) -> NoReturn:
    """The program ends before anything is recorded."""
    raise Ended


async def cut(place: Workplace, act: Callable[[], Awaitable[object]], monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(Workspace, "record", ends)
        with pytest.raises(Ended):
            await act()


@pytest.mark.parametrize("after_crash", [False, True], ids=["in order", "suddenly"])
async def test_it_is_known_and_the_newest_comes(
    anna: Client, tomas: Client, tmp_path: Path, file: File, monkeypatch: pytest.MonkeyPatch, *, after_crash: bool
) -> None:
    async with workplace(anna, tmp_path) as place:
        await place.do(requests.GetLatest(files=(file.id,)))
        await revised(tomas, file, SECOND)
        await cut(place, lambda: in_step(place, anna), monkeypatch)
        assert on_disk(place, file).read_bytes() == SECOND
    await revised(tomas, file, THIRD)
    async with workplace(anna, tmp_path, after_crash=after_crash) as place:
        await in_step(place, anna)
        assert (on_disk(place, file).read_bytes(), place.issues(), place.kept()) == (THIRD, (), [])


async def test_when_its_file_is_deleted_it_goes_as_others_do(
    anna: Client, tomas: Client, tmp_path: Path, file: File, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with workplace(anna, tmp_path) as place:
        await place.do(requests.GetLatest(files=(file.id,)))
        await revised(tomas, file, SECOND)
        await cut(place, lambda: in_step(place, anna), monkeypatch)
    await tomas.delete(file.id)
    async with workplace(anna, tmp_path) as place:
        await in_step(place, anna)
        assert (on_disk(place, file).exists(), place.issues(), place.kept()) == (False, (), [SECOND])


@pytest.mark.parametrize("content", [b"an idea", None], ids=["work", "an older revision"])
async def test_what_was_edited_is_asked_about_as_before(
    place: Workplace, anna: Client, tomas: Client, file: File, content: bytes | None
) -> None:
    """A person who has put an older revision there wants that."""
    first = await anna.content(file.id)
    await revised(tomas, file, SECOND)
    await place.do(requests.GetLatest(files=(file.id,)))
    force(on_disk(place, file), first if content is None else content)
    await revised(tomas, file, THIRD)
    await in_step(place, anna)
    await turns(place)
    assert on_disk(place, file).read_bytes() == (first if content is None else content)
    assert len(place.issues()) == 1
