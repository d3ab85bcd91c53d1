"""The journal is damaged, empty or gone: a new one begins, that is said, and nothing of the workspace moves."""

import errno
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from pdm_desktop.core import requests
from pdm_desktop.core.issues import Absent
from pdm_desktop.core.results import Outcome
from pdm_desktop.net.vault import VaultCalls
from pdm_desktop.sync import journal_file, system
from pdm_desktop.sync.events import EngineEvent, IssuesSeen, RequestFinished, TroubleMet
from pdm_desktop.sync.facts import Hold
from pdm_desktop.sync.journal import open_journal, place_of_damaged
from pdm_desktop.sync.thread import EngineThread, Place
from server.protocol.vault import File
from tests.support.client import Client
from tests.support.one_file import FIRST, WORK, edited, remove
from tests.support.seat_parts import Opened, http_of, owner_of, until, workplace


def test_each_commit_of_the_journal_is_synced(tmp_path: Path) -> None:
    connection = journal_file.open_file(tmp_path / "journal.sqlite3")
    found = [connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous")]
    connection.close()
    assert found == ["wal", 2]


def damage(journal: Path, what: str) -> None:
    """One page is something else, as after a power cut or on a bad disk: the first of a table, or of an index."""
    with closing(sqlite3.connect(journal)) as opened:
        opened.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        opened.execute("PRAGMA journal_mode = DELETE")
        (size,) = opened.execute("PRAGMA page_size").fetchone()
        (page,) = opened.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (what,)).fetchone()
    with journal.open("rb+") as raw:
        raw.seek((page - 1) * size)
        raw.write(b"\xff" * size)


def empty(journal: Path) -> None:
    """It has no byte, and nothing is beside it."""
    lose(journal)
    journal.touch()


def lose(journal: Path) -> None:
    """It is gone."""
    for each in journal.parent.glob("journal.sqlite3*"):
        each.unlink()


def put_aside(journal: Path, aside: Path) -> None:
    """It was put aside, and the program was killed before a new one was there."""
    content = journal.read_bytes()
    lose(journal)
    aside.write_bytes(content)


def names_in(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir())


@pytest.fixture
async def held(anna: Client, tmp_path: Path, file: File) -> Path:
    """The journal of a seat that has a file checked out and edited, and a check-in that waits."""
    async with workplace(anna, tmp_path) as place:
        await edited(place, file)
        await place.engine.away()
        assert (await place.one(requests.CheckIn(files=(file.id,)))).outcome is Outcome.WAITS
    return tmp_path / "journal.sqlite3"


def engine_of(client: Client, journal: Path, events: list[EngineEvent]) -> EngineThread:
    place = Place(workspace=journal.parent / "workspace", journal=journal, owner=owner_of(client), seat=client.seat)
    return EngineThread(place, make_vault=lambda: VaultCalls(http_of(client)), deliver=events.append, opener=Opened())


async def checked_in(client: Client, journal: Path, file: File) -> list[EngineEvent]:
    events: list[EngineEvent] = []
    engine = engine_of(client, journal, events)
    engine.start()
    try:
        engine.submit(requests.CheckIn(files=(file.id,)), {})
        await until(lambda: any(map(is_answer, events)))
    finally:
        engine.stop()
    return events


def is_answer(event: EngineEvent) -> bool:
    return isinstance(event, RequestFinished) or (isinstance(event, TroubleMet) and event.request is not None)


def troubles(events: list[EngineEvent]) -> list[str]:
    return [event.trouble.title for event in events if isinstance(event, TroubleMet)]


@pytest.mark.parametrize(
    "what", ["copies", "holds", "intents", "waiting", "verdicts", "moves", "replacements", "one_at_each_place"]
)
async def test_a_journal_with_a_damaged_page_is_put_aside_and_the_work_goes_on(
    held: Path, anna: Client, file: File, what: str
) -> None:
    damage(held, what)
    events = await checked_in(anna, held, file)
    assert troubles(events) == ["The journal of the workspace was damaged"]
    assert place_of_damaged(held).is_file()
    assert await anna.content(file.id) == WORK
    assert troubles(await checked_in(anna, held, file)) == [], "it is said once"


async def test_a_journal_without_a_byte_is_put_aside_and_the_work_goes_on(held: Path, anna: Client, file: File) -> None:
    """As a hard reset leaves it; for SQLite that is a new one."""
    empty(held)
    events = await checked_in(anna, held, file)
    assert troubles(events) == ["The journal of the workspace was damaged"]
    assert place_of_damaged(held).is_file()
    assert await anna.content(file.id) == WORK
    assert troubles(await checked_in(anna, held, file)) == [], "it is said once"


async def test_that_a_journal_is_gone_is_said_to_whose_workspace_it_is(
    anna: Client, tmp_path: Path, file: File
) -> None:
    journal = tmp_path / "journal.sqlite3"
    assert troubles(await checked_in(anna, journal, file)) == [], "in a new workspace nothing is gone"
    lose(journal)
    assert troubles(await checked_in(anna, journal, file)) == ["The journal of the workspace is not there"]
    assert troubles(await checked_in(anna, journal, file)) == [], "it is said once"


@pytest.mark.parametrize("cut", ["journal.sqlite3", "owner.json"])
async def test_a_first_start_that_was_cut_is_begun_again_in_silence(
    anna: Client, tmp_path: Path, file: File, monkeypatch: pytest.MonkeyPatch, cut: str
) -> None:
    """Nothing was taken down, so nothing is missing; from then on it would be."""
    journal = tmp_path / "journal.sqlite3"
    with monkeypatch.context() as power:
        for name in ("place_durably", "replace_durably"):
            power.setattr(system, name, cut_at(cut, getattr(system, name)))
        assert len(troubles(await checked_in(anna, journal, file))) == 2, "the engine ended, so nothing was done"
    assert troubles(await checked_in(anna, journal, file)) == []
    lose(journal)
    assert troubles(await checked_in(anna, journal, file)) == ["The journal of the workspace is not there"]


def cut_at(name: str, act: Callable[[Path, Path], None]) -> Callable[[Path, Path], None]:
    """The program ends where this name is about to be given."""

    def cut(source: Path, target: Path) -> None:
        if target.name == name:
            raise OSError(errno.EIO, "cut")
        act(source, target)

    return cut


async def test_a_workspace_without_a_mark_misses_no_journal(anna: Client, tmp_path: Path, file: File) -> None:
    journal = tmp_path / "journal.sqlite3"
    (tmp_path / "workspace" / "Production").mkdir(parents=True)
    (tmp_path / "workspace" / "Production" / "mine.nc").write_bytes(WORK)
    assert troubles(await checked_in(anna, journal, file)) == []


def test_a_journal_whose_making_was_cut_is_made_again_in_silence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, damaged = tmp_path / "journal.sqlite3", list[Path]()

    class _CutError(Exception):
        pass

    def cut(*_: object) -> None:
        raise _CutError

    with monkeypatch.context() as power:
        power.setattr(system, "place_durably", cut)
        with pytest.raises(_CutError):
            open_journal(path)
    assert not path.exists()
    for left in tmp_path.iterdir():
        left.write_bytes(b"torn")
    open_journal(path, damaged=damaged.append).close()
    assert damaged == []
    assert [each.name for each in tmp_path.iterdir()] == [path.name]


def test_what_is_left_beside_a_journal_that_is_gone_is_not_read_into_the_new_one(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite3"
    log = tmp_path / "journal.sqlite3-wal"
    with closing(open_journal(path)) as journal:
        journal.put_hold(Hold(file="f", vault="v", path="a.nc", token=1), epoch="first")
        left = log.read_bytes()
    remove(path)
    log.write_bytes(left)
    with closing(open_journal(path)) as journal:
        assert journal.holds() == []


@pytest.mark.parametrize("how", ["set aside", "gone"])
async def test_a_workspace_that_is_away_is_not_made_anew_without_its_journal(
    anna: Client, tmp_path: Path, file: File, how: str
) -> None:
    """N11: that nothing is known any more does not say that there was nothing."""
    journal, workspace, away = tmp_path / "journal.sqlite3", tmp_path / "workspace", tmp_path / "away"
    await checked_in(anna, journal, file)
    workspace.rename(away)
    if how == "set aside":
        put_aside(journal, place_of_damaged(journal))
    else:
        remove(journal)
    before = names_in(tmp_path)
    events: list[EngineEvent] = []
    engine = engine_of(anna, journal, events)
    engine.start()
    try:
        await until(lambda: bool(events))
    finally:
        engine.stop()
    assert isinstance(events[0], IssuesSeen), events
    assert [type(issue) for issue in events[0].issues] == [Absent]
    assert names_in(tmp_path) == before, "nothing is made, and nothing goes"
    away.rename(workspace)
    assert troubles(await checked_in(anna, journal, file)) == ["The journal of the workspace is not there"]


async def test_a_journal_in_order_stays(held: Path, file: File) -> None:
    damaged: list[Path] = []
    with closing(open_journal(held, damaged=damaged.append)) as journal:
        assert [copy.file for copy in journal.copies()] == [file.id]
        assert [one.file for one in journal.waiting()] == [file.id]
    assert damaged == []


async def test_a_workspace_that_is_away_is_not_made_anew_because_its_journal_was_damaged(
    held: Path, anna: Client, file: File
) -> None:
    workspace = held.parent / "workspace"
    workspace.rename(held.parent / "away")
    damage(held, "copies")
    for _ in range(2):
        events: list[EngineEvent] = []
        engine = engine_of(anna, held, events)
        engine.start()
        try:
            await until(lambda: any(isinstance(event, IssuesSeen) for event in events))  # noqa: B023 - it is this one's
        finally:
            engine.stop()
        [issue] = next(event.issues for event in events if isinstance(event, IssuesSeen))
        assert isinstance(issue, Absent)
        assert not workspace.exists()
    (held.parent / "away").rename(workspace)
    await checked_in(anna, held, file)
    assert await anna.content(file.id) == WORK != FIRST
