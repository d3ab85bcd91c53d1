"""The mark that says whose a workspace is: the first engine there puts it, and nobody else's works there."""

import uuid
from dataclasses import replace
from pathlib import Path

import pytest

from pdm_desktop.core import requests
from pdm_desktop.core.errors import AnothersWorkspace, ForbiddenPath
from pdm_desktop.core.issues import Doubt
from pdm_desktop.core.owners import Owner
from pdm_desktop.core.results import FileResult
from pdm_desktop.net.vault import VaultCalls
from pdm_desktop.sync.disk import LocalDisk
from pdm_desktop.sync.events import EngineEvent, IssuesSeen, LocalsRead, RequestFinished, TroubleMet
from pdm_desktop.sync.mark import claim, owner_of
from pdm_desktop.sync.thread import EngineThread, Place
from server.protocol.vault import File
from tests.support import seat_parts
from tests.support.client import Client
from tests.support.links import needs_links
from tests.support.seat_parts import Opened, http_of, until

FIRST = b"G0 X0 Y0\n" * 40
ANNA = Owner(server="a", address="https://a", person="Anna Novak")
TOMAS = replace(ANNA, person="Tomas")


@pytest.fixture
def disk(tmp_path: Path) -> LocalDisk:
    made = LocalDisk(tmp_path / "workspace")
    made.place_for_lock()
    return made


@pytest.fixture
async def file(anna: Client) -> File:
    return (await anna.add(await anna.vault(), f"Jobs/{uuid.uuid4().hex}/plate.nc", FIRST)).file


def test_a_workspace_is_of_the_first_who_works_there(disk: LocalDisk) -> None:
    assert owner_of(disk) is None
    claim(disk, ANNA)
    assert owner_of(LocalDisk(disk.root)) == ANNA
    claim(disk, replace(ANNA, person="anna novak", address="https://moved"))
    assert owner_of(disk) == ANNA
    assert list((disk.root / ".pdm-desktop" / "unfinished").iterdir()) == []


@pytest.mark.parametrize("who", [TOMAS, replace(ANNA, server="b")], ids=["a name", "a server"])
def test_nobody_else_works_there(disk: LocalDisk, who: Owner) -> None:
    claim(disk, ANNA)
    with pytest.raises(AnothersWorkspace) as refused:
        claim(disk, who)
    assert f"{disk.root} belongs to Anna Novak" in refused.value.text
    assert owner_of(disk) == ANNA


@pytest.mark.parametrize("damaged", [b"\0" * 40, b'{"server": "\xe9"}'], ids=["zeros", "no text"])
def test_a_damaged_mark_says_nothing_and_is_written_anew(disk: LocalDisk, damaged: bytes) -> None:
    (disk.root / ".pdm-desktop" / "owner.json").write_bytes(damaged)
    assert owner_of(disk) is None
    claim(disk, ANNA)
    assert owner_of(disk) == ANNA


def test_a_folder_that_is_not_there_is_nobodys(tmp_path: Path) -> None:
    assert owner_of(LocalDisk(tmp_path / "nowhere")) is None
    assert not (tmp_path / "nowhere").exists()


@needs_links
def test_no_mark_is_read_through_a_link(tmp_path: Path) -> None:
    outside = LocalDisk(tmp_path / "outside")
    outside.place_for_lock()
    claim(outside, ANNA)
    (tmp_path / "workspace").mkdir()
    (tmp_path / "workspace" / ".pdm-desktop").symlink_to(outside.root / ".pdm-desktop", target_is_directory=True)
    with pytest.raises(ForbiddenPath):
        owner_of(LocalDisk(tmp_path / "workspace"))


# The engine on its thread, one after the other for two people with a journal each


async def run(client: Client, folder: Path, request: requests.FileRequest | None = None) -> list[EngineEvent]:
    """What an engine of this person tells, from its start to its end."""
    events: list[EngineEvent] = []
    engine = EngineThread(
        Place(
            workspace=folder / "workspace",
            journal=folder / f"journal-{client.person}.sqlite3",
            owner=seat_parts.owner_of(client),
            seat=client.seat,
        ),
        make_vault=lambda: VaultCalls(http_of(client)),
        deliver=events.append,
        opener=Opened(),
    )
    engine.start()
    try:
        if request is not None:
            engine.submit(request, {})
            await until(lambda: any(isinstance(each, RequestFinished) or _answers(each, request) for each in events))
        await until(lambda: any(isinstance(each, LocalsRead | TroubleMet) for each in events))
    finally:
        engine.stop()
    return events


def _answers(event: EngineEvent, request: requests.FileRequest) -> bool:
    return isinstance(event, TroubleMet) and event.request == request


def results(events: list[EngineEvent]) -> list[FileResult]:
    return [result for each in events if isinstance(each, RequestFinished) for result in each.finished.results]


async def test_an_engine_refuses_anothers_workspace_and_touches_nothing_there(
    anna: Client, tomas: Client, tmp_path: Path, file: File
) -> None:
    await run(anna, tmp_path, requests.CheckOut(files=(file.id,)))
    path = tmp_path / "workspace" / "Production" / file.path
    path.write_bytes(b"Anna's work")
    request = requests.GetLatest(files=(file.id,))
    told = await run(tomas, tmp_path, request)
    troubles = [each for each in told if isinstance(each, TroubleMet)]
    assert {each.trouble.title for each in troubles} == {AnothersWorkspace.title}
    assert f"{tmp_path / 'workspace'} belongs to Anna." in troubles[0].trouble.text
    assert any(each.request == request for each in troubles), "no request stays without an answer"
    assert path.read_bytes() == b"Anna's work"
    done = results(await run(anna, tmp_path, requests.CheckIn(files=(file.id,))))
    assert await anna.content(file.id) == b"Anna's work", done


async def test_a_workspace_without_a_mark_becomes_that_of_the_person_who_opens_it(
    anna: Client, tomas: Client, tmp_path: Path, file: File
) -> None:
    await run(anna, tmp_path, requests.GetLatest(files=(file.id,)))
    (tmp_path / "workspace" / ".pdm-desktop" / "owner.json").unlink()
    assert any(isinstance(each, LocalsRead) for each in await run(anna, tmp_path))
    assert any(isinstance(each, TroubleMet) for each in await run(tomas, tmp_path))


async def test_a_sudden_stop_is_known_though_somebody_else_tries_to_work_there_in_between(
    anna: Client, tomas: Client, tmp_path: Path, file: File
) -> None:
    await run(anna, tmp_path, requests.GetLatest(files=(file.id,)))
    path = tmp_path / "workspace" / "Production" / file.path
    path.chmod(0o600)
    path.write_bytes(b"\0" * len(FIRST))
    (tmp_path / "workspace" / ".pdm-desktop" / "at-work").touch()  # as the sudden stop of Anna's engine leaves it
    await run(tomas, tmp_path)
    told = await run(anna, tmp_path)
    doubts = [issue for each in told if isinstance(each, IssuesSeen) for issue in each.issues]
    assert any(isinstance(each, Doubt) for each in doubts), "torn content counts as Anna's edit"
