"""The program's own folder is removed while the program runs: the workspace is there all the same, or it is not."""

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock

from pdm_desktop.core import requests
from pdm_desktop.core.results import Outcome
from pdm_desktop.net.vault import VaultCalls
from pdm_desktop.sync.disk import LocalDisk
from pdm_desktop.sync.events import EngineEvent, LocalsRead, RequestFinished, TroubleMet
from pdm_desktop.sync.thread import EngineThread, Place
from server.protocol.vault import File
from tests.support.client import Client
from tests.support.meanwhile import turns
from tests.support.one_file import FIRST, WORK, edited, on_disk
from tests.support.seat_parts import Opened, Workplace, http_of, owner_of, until

locks_can_be_removed = pytest.mark.skipif(
    sys.platform == "win32", reason="Windows removes no file that is open as the lock is"
)


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


# The engine on its thread, whose lock and mark are in that folder


def engine_of(
    client: Client, folder: Path, deliver: Callable[[EngineEvent], None], journal: str = "journal.sqlite3"
) -> EngineThread:
    place = Place(workspace=folder / "workspace", journal=folder / journal, owner=owner_of(client), seat=client.seat)
    return EngineThread(place, make_vault=lambda: VaultCalls(http_of(client)), deliver=deliver, opener=Opened())


async def finished(engine: EngineThread, events: list[EngineEvent], file: File) -> None:
    """Get latest has been done once more."""

    def count() -> int:
        return len([each for each in events if isinstance(each, RequestFinished)])

    before = count()
    engine.submit(requests.GetLatest(files=(file.id,)), {})
    await until(lambda: count() > before)


async def told_second(
    anna: Client, other: Client, folder: Path, file: File, *, ended: bool = False, journal: str = "journal.sqlite3"
) -> EngineEvent:
    """What a second engine tells first, after somebody has tidied up twice while the first one was at work."""
    first: list[EngineEvent] = []
    second: list[EngineEvent] = []
    one, two = engine_of(anna, folder, first.append), engine_of(other, folder, second.append, journal)
    one.start()
    try:
        for _ in range(2):
            await finished(one, first, file)
            shutil.rmtree(folder / "workspace" / ".pdm-desktop")
        await finished(one, first, file)
        if ended:
            one.stop()
        two.start()
        await until(lambda: bool(second))
    finally:
        two.stop()
        one.stop()
    assert not any(isinstance(each, TroubleMet) for each in first)
    return second[0]


@locks_can_be_removed
async def test_a_second_engine_is_told_no_also_when_it_was_made_anew(anna: Client, tmp_path: Path, file: File) -> None:
    told = await told_second(anna, anna, tmp_path, file)
    assert isinstance(told, TroubleMet), told
    assert told.trouble.title == "The workspace is in use"


@locks_can_be_removed
async def test_a_workspace_stays_whose_it_is_also_when_it_was_made_anew(
    anna: Client, tomas: Client, tmp_path: Path, file: File
) -> None:
    told = await told_second(anna, tomas, tmp_path, file, ended=True, journal="journal of Tomas.sqlite3")
    assert isinstance(told, TroubleMet), told
    assert "belongs to Anna" in told.trouble.text


@locks_can_be_removed
async def test_an_engine_ends_when_another_has_the_lock_and_leaves_everything_to_that(
    anna: Client, tmp_path: Path, file: File
) -> None:
    """Somebody has removed the lock, and before the engine saw that another one took it."""
    events: list[EngineEvent] = []
    own = tmp_path / "workspace" / ".pdm-desktop"
    engine = engine_of(anna, tmp_path, events.append)
    engine.start()
    try:
        await finished(engine, events, file)
        with FileLock(tmp_path / "lock of another"):
            (tmp_path / "lock of another").replace(own / "lock")
            asked: list[requests.FileRequest] = [
                requests.GetLatest(files=(file.id,)),
                requests.CheckOut(files=(file.id,)),
            ]
            for each in asked:
                engine.submit(each, {})
                await until(lambda: answered(events, each) is not None)  # noqa: B023 - it is asked at once
            await until(lambda: answered(events, None) is not None)
            assert {answered(events, each) for each in (None, *asked)} == {"The workspace is in use"}
            engine.stop()
            assert (own / "at-work").exists(), "the other one is at work"
    finally:
        engine.stop()
    again: list[EngineEvent] = []
    engine = engine_of(anna, tmp_path, again.append)
    engine.start()
    try:
        await until(lambda: bool(again))
        assert isinstance(again[0], LocalsRead)
    finally:
        engine.stop()


def answered(events: list[EngineEvent], request: requests.FileRequest | None) -> str | None:
    """The title of what was told of a request; of None: of the engine itself."""
    met = [each for each in events if isinstance(each, TroubleMet) and each.request == request]
    return met[-1].trouble.title if met else None
