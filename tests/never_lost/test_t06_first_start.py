"""T6 for what a seat writes before its engine works: the journal's file, the workspace's own folder, and the settings.

The disk is full from the first call or statement that needs room, from the second, and so on, until one start gets by.
What there is no room for is told as such; nothing of what was there is another (N14). With room again the next start is
as if there always had been some, nothing temporary is left, and nobody is told of a lost journal.
"""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Literal, get_args

import httpx
import pytest

from pdm_desktop import config
from pdm_desktop.app.kept import keep_config
from pdm_desktop.config import Config, Person
from pdm_desktop.core.errors import DiskFull
from pdm_desktop.core.owners import Owner
from pdm_desktop.state.changes import TroubleRaised
from pdm_desktop.state.store import Store
from pdm_desktop.sync.events import EngineEvent, TroubleMet
from pdm_desktop.sync.thread import EngineThread, Place
from tests.support.full_disk import FullDisk, FullJournalFile, sites
from tests.support.seat_parts import Opened, content_of
from tests.support.sim import START
from tests.support.sim_server import SignedInSeat, vault_calls

pytestmark = pytest.mark.never_lost("T6")
MOST = 100
"""More calls than any start makes."""
JOURNAL = Path("seat", "journal.sqlite3")
SEAT = SignedInSeat("Anna", "seat-anna", "token")
DAMAGED = "The journal of the workspace was damaged"
LOST = "The journal of the workspace is not there"
"""What is said as well when there was no room for a new one."""

Where = Literal["disk", "journal"]
Change = Callable[[Path], None]
"""What happens to the journal before the start."""


def first_start(_journal: Path) -> None:
    """There never was one."""


def later_start(journal: Path) -> None:
    """It knows of two copies."""
    start(journal.parents[1])
    with closing(sqlite3.connect(journal)) as connection, connection:
        for file in ("one", "two"):
            connection.execute("INSERT INTO copies VALUES (?, 'v', 'p', ?, 1, 0, 'hash', 9, 9)", (file, f"{file}.nc"))


def after_an_earlier_version(journal: Path) -> None:
    """It lacks a table, and has two more files at one place."""
    later_start(journal)
    with closing(sqlite3.connect(journal)) as connection, connection:
        connection.execute("DROP INDEX one_at_each_place")
        connection.execute("DROP TABLE aside")
        for file in ("three", "four"):
            connection.execute("INSERT INTO copies VALUES (?, 'v', 'p', 'both.nc', 1, 0, 'hash', 9, 9)", (file,))


def after_damage(journal: Path) -> None:
    """It is no journal any more."""
    later_start(journal)
    journal.write_bytes(b"no journal at all" * 1_000)


STARTS: tuple[Change, ...] = (first_start, later_start, after_an_earlier_version, after_damage)


@pytest.mark.parametrize("where", get_args(Where))
@pytest.mark.parametrize("change", [pytest.param(each, id=each.__name__) for each in STARTS])
def test_a_start_on_a_full_disk(change: Change, where: Where, tmp_path: Path) -> None:
    whole = prepared(tmp_path / "whole", change)
    reached, told = start(whole, where)
    told_of_it = [DAMAGED] if change is after_damage else []
    assert told == told_of_it
    end = left(whole)
    for first in range(1, MOST):
        folder = prepared(tmp_path / f"{first}", change)
        before = rows(folder)
        asked, told = start(folder, where, first=first)
        if len(asked) < first:
            assert asked == reached
            return
        at = f"with a full {where} from call {first}, {asked[-1]}"
        assert told[-1:] == [DiskFull.title], f"{at}: {told}"
        assert rows(folder) in (before, rows(whole)), at
        told += start(folder, where)[1]
        assert left(folder) == end, at
        about = [each for each in told if each != DiskFull.title]
        assert about in (told_of_it, [*told_of_it, LOST][: 2 * len(told_of_it)]), f"{at}: {told}"
    raise AssertionError("it never began")


def test_starts_reach_every_place_that_needs_room(tmp_path: Path) -> None:
    wanted = {site for module in ("journal_file", "journal", "thread") for site in sites(f"pdm_desktop.sync.{module}")}
    reached = {site for each in STARTS for site in start(prepared(tmp_path / each.__name__, each), "disk")[0]}
    assert wanted <= reached, f"no start reached {wanted - reached}"


def prepared(folder: Path, change: Change) -> Path:
    """A data folder before the start."""
    folder.mkdir()
    change(folder / JOURNAL)
    return folder


def start(folder: Path, where: Where = "disk", *, first: int | None = None) -> tuple[list[str], list[str]]:
    """Start the engine and end it. What it asked for room, and the titles of what was told."""
    events: list[EngineEvent] = []
    disk, journal = FullDisk(folder), FullJournalFile()
    full: FullDisk | FullJournalFile = disk if where == "disk" else journal
    full.first = first
    engine = EngineThread(
        Place(
            workspace=folder / "workspace",
            journal=folder / JOURNAL,
            owner=Owner(server="server", address="http://server", person="Anna"),
            seat=SEAT.seat,
        ),
        make_vault=lambda: vault_calls(SEAT, httpx.MockTransport(_away)),
        deliver=events.append,
        opener=Opened(),
    )
    with disk, journal:
        engine.start()
        engine.stop()
    return full.reached, [each.trouble.title for each in events if isinstance(each, TroubleMet)]


def _away(_request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("nobody listens")


def left(folder: Path) -> object:
    """What there is in the end: the names of all files, the journal's tables, and what it knows."""
    names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return names, tables(folder), rows(folder)


def tables(folder: Path) -> list[tuple[str, str]]:
    """What the journal is made of."""
    with closing(sqlite3.connect(folder / JOURNAL)) as connection:
        return sorted(connection.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall())


def rows(folder: Path) -> list[tuple[str, str]] | None:
    """The copies that the journal knows, and where; None: there is none that can be read."""
    path = folder / JOURNAL
    if not path.exists():
        return None
    with closing(sqlite3.connect(path)) as connection:
        try:
            return sorted(connection.execute("SELECT file, place FROM copies").fetchall())
        except sqlite3.DatabaseError:
            return None


# The settings

ANNA = Person(server="server", address="http://server", name="Anna", seat=SEAT.seat)
KNOWN = Config(server="server", name="Anna", people=(ANNA,))
CUT = b'{"server": "server", "name": "An'


def no_settings(_folder: Path) -> None:
    """It is the first start."""


def settings(folder: Path) -> None:
    """Somebody has signed in here."""
    config.save(folder, KNOWN)


def damaged_settings(folder: Path) -> None:
    """They were cut, and what is left of them is kept beside those that are written next."""
    folder.mkdir()
    (folder / config.FILE).write_bytes(CUT)


SETTINGS: tuple[Change, ...] = (no_settings, settings, damaged_settings)


@pytest.mark.parametrize("change", [pytest.param(each, id=each.__name__) for each in SETTINGS])
def test_settings_on_a_full_disk(change: Change, tmp_path: Path) -> None:
    whole = tmp_path / "whole"
    change(whole)
    reached, told = keep(whole)
    assert told == []
    for first in range(1, MOST):
        folder = tmp_path / f"{first}"
        change(folder)
        before = content_of(folder / config.FILE)
        asked, told = keep(folder, first=first)
        if len(asked) < first:
            assert asked == reached
            return
        at = f"with a full disk from call {first}, {asked[-1]}"
        assert told == ["The settings are not kept"], at
        assert content_of(folder / config.FILE) == before, at
        assert keep(folder)[1] == [], at
        assert contents(folder) == contents(whole), at
    raise AssertionError("they never were kept")


def test_settings_reach_every_place_that_needs_room(tmp_path: Path) -> None:
    reached: set[str] = set()
    for each in SETTINGS:
        each(tmp_path / each.__name__)
        reached |= {*keep(tmp_path / each.__name__)[0]}
    assert sites("pdm_desktop.config") == reached


def keep(folder: Path, *, first: int | None = None) -> tuple[list[str], list[str]]:
    """Remember another workspace. What it asked for room, and the titles of what was told."""
    store, told = Store(clock=lambda: START), list[str]()

    def hear(change: object) -> None:
        if isinstance(change, TroubleRaised):
            told.append(change.trouble.title)

    store.subscribe(hear)
    with FullDisk(folder, first=first) as disk:
        keep_config(store, folder, lambda known: known.with_person(replace(ANNA, workspace="/elsewhere")))
    return disk.reached, told


def contents(folder: Path) -> dict[str, bytes]:
    """All files of a folder."""
    return {each.name: each.read_bytes() for each in folder.iterdir()}
