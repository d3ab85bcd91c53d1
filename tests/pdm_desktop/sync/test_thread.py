"""The engine's own thread: requests in, events out, one engine for each workspace, everything cut cleanly."""

import errno
import os
import threading
import uuid
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from pdm_desktop.core import requests
from pdm_desktop.core.actions import Suspicion
from pdm_desktop.core.fold import Numbered
from pdm_desktop.core.issues import Absent, Doubt, Issue
from pdm_desktop.core.results import Finished, Outcome
from pdm_desktop.net.vault import VaultCalls
from pdm_desktop.sync import rounds, thread
from pdm_desktop.sync.events import (
    EngineEvent,
    IssuesSeen,
    LocalChanged,
    LocalsRead,
    RequestFinished,
    StrangersSeen,
    TroubleMet,
)
from pdm_desktop.sync.journal import open_journal
from pdm_desktop.sync.thread import EngineThread, Place
from server.protocol.events import VAULT_EVENTS
from server.protocol.vault import File
from server.protocol.wire import from_plain
from tests.support.client import Client
from tests.support.links import needs_links
from tests.support.seat_parts import Opened, content_of, http_of, owner_of, until


@pytest.fixture
async def file(anna: Client) -> File:
    return (await anna.add(await anna.vault(), f"Jobs/{uuid.uuid4().hex}/plate.nc", b"G0\n")).file


def engine_of(client: Client, folder: Path, deliver: Callable[[EngineEvent], None]) -> EngineThread:
    place = Place(
        workspace=folder / "workspace",
        journal=folder / "journal.sqlite3",
        owner=owner_of(client),
        seat=client.seat,
    )
    return EngineThread(place, make_vault=lambda: VaultCalls(http_of(client)), deliver=deliver, opener=Opened())


async def test_requests_are_done_beside_the_window(anna: Client, tmp_path: Path, file: File) -> None:
    events: list[EngineEvent] = []
    threads: set[str] = set()

    def deliver(event: EngineEvent) -> None:
        threads.add(threading.current_thread().name)
        events.append(event)

    engine = engine_of(anna, tmp_path, deliver)
    engine.start()
    try:
        engine.submit(requests.CheckOut(files=(file.id,)), {file.id: file.path})
        await until(lambda: any(isinstance(event, RequestFinished) for event in events))
    finally:
        engine.stop()
    assert threads == {"engine"}
    assert isinstance(events[0], LocalsRead)
    (finished,) = [event.finished for event in events if isinstance(event, RequestFinished)]
    assert [(each.path, each.outcome) for each in finished.results] == [(file.path, Outcome.DONE)]


async def test_a_sudden_stop_is_known_at_the_next_start(anna: Client, tmp_path: Path, file: File) -> None:
    mark = tmp_path / "workspace" / ".pdm-desktop" / "at-work"

    async def told(request: requests.FileRequest | None = None) -> list[Suspicion]:
        """Start, do that, end in order: what was doubted."""
        events: list[EngineEvent] = []
        engine = engine_of(anna, tmp_path, events.append)
        engine.start()
        try:
            if request is not None:
                engine.submit(request, {})
                await until(lambda: any(isinstance(event, RequestFinished) for event in events))
            await until(lambda: any(isinstance(event, LocalsRead) for event in events))
            assert mark.exists()
        finally:
            engine.stop()
        assert not mark.exists()
        asked = next((event.issues for event in events if isinstance(event, IssuesSeen)), ())
        return [each.why for each in asked if isinstance(each, Doubt)]

    assert await told(requests.GetLatest(files=(file.id,))) == []
    path = tmp_path / "workspace" / "Production" / file.path
    path.chmod(0o600)
    path.write_bytes(b"torn")
    assert await told() == []
    mark.touch()
    assert await told() == [Suspicion.AFTER_CRASH]
    assert await told() == [Suspicion.AFTER_CRASH], "a start in order does not make it an edit"


async def test_a_second_engine_in_one_workspace_is_told_no(anna: Client, tmp_path: Path) -> None:
    first: list[EngineEvent] = []
    second: list[EngineEvent] = []
    one, two = engine_of(anna, tmp_path, first.append), engine_of(anna, tmp_path, second.append)
    one.start()
    try:
        await until(lambda: bool(first))
        two.start()
        await until(lambda: bool(second))
        (met,) = second
        assert isinstance(met, TroubleMet)
        assert met.trouble.title == "The workspace is in use"
        request = requests.GetLatest(files=("any",))
        two.submit(request, {})
        await until(lambda: len(second) == 2)
        assert second[1] == TroubleMet(trouble=met.trouble, request=request), "no request stays without an answer"
    finally:
        two.stop()
        one.stop()
    third: list[EngineEvent] = []
    again = engine_of(anna, tmp_path, third.append)
    again.start()
    try:
        await until(lambda: bool(third))
        assert isinstance(third[0], LocalsRead)
    finally:
        again.stop()


async def test_a_workspace_that_cannot_be_made_is_told(anna: Client, tmp_path: Path) -> None:
    (tmp_path / "workspace").write_text("a file where the folder belongs")
    events: list[EngineEvent] = []
    engine = engine_of(anna, tmp_path, events.append)
    engine.start()
    try:
        await until(lambda: bool(events))
        assert isinstance(events[0], TroubleMet)
        assert events[0].trouble.advice
    finally:
        engine.stop()


async def test_a_workspace_whose_drive_is_away_is_not_made_anew_and_waited_for(
    anna: Client, tmp_path: Path, file: File, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(thread, "RETURN_EVERY", 0.02)
    await done_by_a_new_engine(anna, tmp_path, requests.CheckOut(files=(file.id,)))
    (tmp_path / "workspace").rename(tmp_path / "unplugged")
    events: list[EngineEvent] = []
    engine = engine_of(anna, tmp_path, events.append)
    engine.start()
    try:
        await until(lambda: bool(events))
        (seen,) = events
        assert isinstance(seen, IssuesSeen)
        (absent,) = seen.issues
        assert isinstance(absent, Absent)
        assert "is not there" in absent.why
        request = requests.GetLatest(files=(file.id,))
        engine.submit(request, {})
        await until(lambda: len(events) == 2)
        assert isinstance(events[1], TroubleMet)
        assert events[1].request == request
        assert not (tmp_path / "workspace").exists()
        (tmp_path / "unplugged").rename(tmp_path / "workspace")
        await until(lambda: any(isinstance(event, LocalsRead) for event in events))
        assert [event.issues for event in events if isinstance(event, IssuesSeen)][1:] == [()]
        engine.submit(request, {})
        await until(lambda: isinstance(events[-1], RequestFinished))
    finally:
        engine.stop()


@pytest.mark.parametrize("number", [errno.ESTALE, errno.ENOTCONN, errno.EIO, errno.EACCES])
async def test_a_drive_that_is_away_in_another_way_is_waited_for_as_well(
    anna: Client, tmp_path: Path, file: File, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """A share that is not connected at the start: not every system says that nothing is there."""
    monkeypatch.setattr(thread, "RETURN_EVERY", 0.02)
    await done_by_a_new_engine(anna, tmp_path, requests.CheckOut(files=(file.id,)))
    is_away, real = True, os.stat

    def stat(path: Any, *arguments: Any, **named: Any) -> os.stat_result:
        if is_away and path == tmp_path / "workspace":
            raise OSError(number, os.strerror(number), path)
        return real(path, *arguments, **named)

    monkeypatch.setattr(os, "stat", stat)
    events: list[EngineEvent] = []
    engine = engine_of(anna, tmp_path, events.append)
    engine.start()
    try:
        await until(lambda: bool(events))
        assert [type(issue) for issue in getattr(events[0], "issues", ())] == [Absent], events
        is_away = False
        await until(lambda: any(isinstance(event, LocalsRead) for event in events))
        engine.submit(requests.GetLatest(files=(file.id,)), {})
        await until(lambda: isinstance(events[-1], RequestFinished))
    finally:
        engine.stop()


async def test_nothing_waits_for_a_share_that_does_not_answer(
    anna: Client, tmp_path: Path, file: File, monkeypatch: pytest.MonkeyPatch
) -> None:
    share = tmp_path / "share"
    (tmp_path / "workspace").mkdir()
    with closing(open_journal(tmp_path / "journal.sqlite3")) as journal:
        journal.put_part(share / f"{'a' * 32}.part")
    asked, answers = threading.Event(), threading.Event()
    real = os.stat

    def stat(path: Any, *arguments: Any, **named: Any) -> os.stat_result:
        if isinstance(path, Path) and path == share:
            asked.set()
            answers.wait()
        return real(path, *arguments, **named)

    monkeypatch.setattr(os, "stat", stat)
    events: list[EngineEvent] = []
    engine = engine_of(anna, tmp_path, events.append)
    engine.start()
    try:
        await until(asked.is_set)
        engine.submit(requests.GetLatest(files=(file.id,)), {})
        await until(lambda: any(isinstance(event, RequestFinished) for event in events))
    finally:
        answers.set()
        engine.stop()


def is_done(act: Callable[[], object]) -> bool:
    """Whether it could be done. On Windows who looks into a folder is in the way of who removes it.

    Its name stays taken until whoever looked has gone, though the removal itself was accepted.
    """
    try:
        act()
    except (PermissionError, FileExistsError):
        return False
    return True


async def test_a_workspace_that_goes_and_comes_back_is_told_and_followed(
    anna: Client, tomas: Client, tmp_path: Path, file: File, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rounds, "TURN", 0.02)
    events: list[EngineEvent] = []

    def issues() -> tuple[Issue, ...]:
        return next((event.issues for event in reversed(events) if isinstance(event, IssuesSeen)), ())

    engine = engine_of(anna, tmp_path, events.append)
    engine.start()
    try:
        engine.submit(requests.GetLatest(files=(file.id,)), {})
        await until(lambda: any(isinstance(event, RequestFinished) for event in events))
        workspace, away = tmp_path / "workspace", tmp_path / "unplugged"
        workspace.rename(away)
        workspace.mkdir()  # the empty folder that a drive leaves where it was
        await until(lambda: any(isinstance(each, Absent) for each in issues()))
        since = (await tomas.tree(await tomas.vault())).head.seq
        await tomas.check_in(await tomas.check_out(file.id), b"second")
        vault = await tomas.vault()
        for change in (await tomas.changes(vault, since=since)).changes:
            event = from_plain(change.data, VAULT_EVENTS[change.type])
            engine.happened(Numbered(vault=vault, seq=change.seq, event=event))
        engine.submit(requests.GetLatest(files=(file.id,)), {})
        await until(lambda: isinstance(events[-1], TroubleMet))
        assert list(workspace.iterdir()) == []
        await until(lambda: is_done(workspace.rmdir))
        await until(lambda: is_done(lambda: away.rename(workspace)))
        path = workspace / "Production" / file.path
        await until(lambda: content_of(path) == b"second")
        await until(lambda: issues() == ())
    finally:
        engine.stop()


@needs_links
async def test_a_linked_folder_of_its_own_stops_the_engine(anna: Client, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "workspace").mkdir()
    (tmp_path / "workspace" / ".pdm-desktop").symlink_to(tmp_path / "outside", target_is_directory=True)
    events: list[EngineEvent] = []
    engine = engine_of(anna, tmp_path, events.append)
    engine.start()
    try:
        await until(lambda: bool(events))
        assert isinstance(events[0], TroubleMet)
        assert list((tmp_path / "outside").iterdir()) == []
    finally:
        engine.stop()


@pytest.mark.parametrize("how", ["lost", "broken"])
async def test_without_its_journal_a_checked_out_file_can_still_be_checked_in(
    anna: Client, tmp_path: Path, file: File, how: str
) -> None:
    await done_by_a_new_engine(anna, tmp_path, requests.CheckOut(files=(file.id,)))
    spoil(tmp_path, file, how)
    finished = await done_by_a_new_engine(anna, tmp_path, requests.CheckIn(files=(file.id,)))
    assert finished.results[0].text == "Checked in as Rev 1.1."
    assert await anna.content(file.id) == b"work"


async def done_by_a_new_engine(client: Client, folder: Path, request: requests.FileRequest) -> Finished:
    events: list[EngineEvent] = []
    engine = engine_of(client, folder, events.append)
    engine.start()
    try:
        engine.submit(request, {})
        await until(lambda: any(isinstance(event, RequestFinished) for event in events))
    finally:
        engine.stop()
    return next(event.finished for event in events if isinstance(event, RequestFinished))


def spoil(folder: Path, file: File, how: str) -> None:
    """The person works on, and the journal goes."""
    (folder / "workspace" / "Production" / file.path).write_bytes(b"work")
    for each in folder.glob("journal.sqlite3*"):
        each.unlink()
    if how == "broken":
        (folder / "journal.sqlite3").write_bytes(b"no journal at all" * 400)


async def test_a_save_is_seen_without_waiting_for_the_next_look(
    monkeypatch: pytest.MonkeyPatch, anna: Client, tmp_path: Path, file: File
) -> None:
    for turns in ("LOOK_TURNS", "SCAN_TURNS", "WATCHED_LOOK_TURNS", "WATCHED_SCAN_TURNS"):
        monkeypatch.setattr(rounds, turns, 1_000_000)  # only who watches sees it
    events: list[EngineEvent] = []
    engine = engine_of(anna, tmp_path, events.append)
    engine.start()
    try:
        engine.submit(requests.CheckOut(files=(file.id,)), {})
        await until(lambda: any(isinstance(event, RequestFinished) for event in events))
        full = tmp_path / "workspace" / "Production" / file.path
        new = full.with_name("new.nc")
        new.write_bytes(b"G0\n")
        await until(lambda: any(isinstance(event, StrangersSeen) and event.files for event in events))
        full.write_bytes(b"saved\n")
        await until(
            lambda: any(isinstance(event, LocalChanged) and event.copy and event.copy.edited for event in events)
        )
    finally:
        engine.stop()
