"""The data folder over several starts: the same data go on, a copy begins a new epoch."""

import asyncio
import contextlib
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from uuid import UUID

import pytest

from server import app
from server.config import DATABASE, load
from tests.support.waiting import wait_for


async def start_and_stop(folder: Path) -> str:
    """One life of a server; the epoch in which it was."""
    async with running(folder):
        pass
    return of_server(folder, "epoch")


def running(folder: Path) -> AbstractAsyncContextManager[app.Application]:
    return app.running(load(flags={"data": folder, "port": 0}, environment={}, file=None))


def of_server(folder: Path, column: str) -> str:
    with contextlib.closing(sqlite3.connect(folder / DATABASE)) as database:
        database.row_factory = sqlite3.Row
        return str(database.execute("SELECT * FROM server").fetchone()[column])


def copy_away(folder: Path, to: Path) -> None:
    """The database as it is now, though a server is at work on it."""
    database = sqlite3.connect(folder / DATABASE)
    with contextlib.closing(database) as live, contextlib.closing(sqlite3.connect(to)) as copy:
        live.backup(copy)


def whole(backup: Path, data: Path) -> None:
    shutil.rmtree(data)
    shutil.copytree(backup, data)


def over_what_is_there(backup: Path, data: Path) -> None:
    shutil.copytree(backup, data, dirs_exist_ok=True)


def the_database_alone(backup: Path, data: Path) -> None:
    shutil.copyfile(backup / DATABASE, data / DATABASE)


def the_database_by_its_name(backup: Path, data: Path) -> None:
    (backup / DATABASE).replace(data / DATABASE)


WAYS = [whole, over_what_is_there, the_database_alone, the_database_by_its_name]


async def test_a_server_that_starts_again_goes_on_in_its_epoch(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    epochs = [await start_and_stop(data) for _ in range(3)]
    moved = data.rename(tmp_path / "moved")
    assert {*epochs, await start_and_stop(moved)} == {epochs[0]}


@pytest.mark.parametrize(
    "copy_back",
    WAYS,
    ids=lambda each: each.__name__,
)
async def test_data_that_are_copied_back_begin_a_new_epoch(
    tmp_path: Path, copy_back: Callable[[Path, Path], None]
) -> None:
    data, backup = tmp_path / "data", tmp_path / "backup"
    data.mkdir()
    before = await start_and_stop(data)
    shutil.copytree(data, backup)
    assert await start_and_stop(data) == before
    copy_back(backup, data)
    after = await start_and_stop(data)
    assert after != before
    assert await start_and_stop(data) == after


async def test_a_copy_that_runs_elsewhere_is_in_another_epoch(tmp_path: Path) -> None:
    data, twin = tmp_path / "data", tmp_path / "twin"
    data.mkdir()
    before = await start_and_stop(data)
    shutil.copytree(data, twin)
    assert await start_and_stop(twin) != before
    assert await start_and_stop(data) == before


@pytest.mark.parametrize(
    "copy_back",
    WAYS,
    ids=lambda each: each.__name__,
)
async def test_a_server_keeps_its_id_whatever_becomes_of_its_epoch(
    tmp_path: Path, copy_back: Callable[[Path, Path], None]
) -> None:
    data, backup, other = (tmp_path / name for name in ("data", "backup", "other"))
    for folder in (data, other):
        folder.mkdir()
        await start_and_stop(folder)
    first = of_server(data, "identity")
    shutil.copytree(data, backup)
    await start_and_stop(data)
    copy_back(backup, data)
    await start_and_stop(data)
    assert (UUID(first).version, of_server(data, "identity")) == (4, first)
    assert of_server(other, "identity") != first


async def test_data_that_were_copied_away_while_the_server_ran_begin_a_new_epoch_when_they_come_back(
    tmp_path: Path,
) -> None:
    data, noon = tmp_path / "data", tmp_path / "noon.sqlite3"
    data.mkdir()
    async with running(data):
        copy_away(data, noon)
    before = of_server(data, "epoch")
    shutil.copyfile(noon, data / DATABASE)
    assert await start_and_stop(data) != before


async def test_a_running_server_renews_its_mark_and_stays_in_its_epoch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that a copy is told from what there was an hour later, also when the server is ended hard."""
    monkeypatch.setattr(app, "MARK_SECONDS", 0.01)
    data = tmp_path / "data"
    data.mkdir()
    async with running(data):
        first, epoch = of_server(data, "mark"), of_server(data, "epoch")
        await asyncio.to_thread(wait_for, lambda: of_server(data, "mark") != first)
    assert await start_and_stop(data) == epoch
