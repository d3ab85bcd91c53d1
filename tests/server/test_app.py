"""The data folder over several starts: the same data go on, a copy begins a new epoch."""

import contextlib
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from server import app
from server.config import DATABASE, load


async def start_and_stop(folder: Path) -> str:
    """One life of a server; the epoch in which it was."""
    async with app.running(load(flags={"data": folder, "port": 0}, environment={}, file=None)):
        pass
    with contextlib.closing(sqlite3.connect(folder / DATABASE)) as database:
        [epoch] = database.execute("SELECT epoch FROM server").fetchone()
    return str(epoch)


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
