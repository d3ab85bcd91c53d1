"""Backups and restores that are killed in the middle of a file, made twice within a second, or of what is read-only."""

import contextlib
import errno
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from server.auth.tokens import KEY_BYTES
from server.config import DATABASE
from server.storage import backup as backup_module
from server.storage import durable
from server.storage.backup import KEY, back_up, describe, restore
from tests.support.client import signed_in
from tests.support.server import RealServer, real_server
from tests.support.shop import NOW
from tests.support.stored import place_of

FIRST, SECOND = b"G0 X0 Y0\n" * 1_000, b"G1 X1 Y1\n" * 1_000


class Killed(BaseException):
    """It ends here and does nothing more."""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RealServer]:
    with real_server(tmp_path / "server") as running:
        running.add_person("Anna", "a password for tests")
        yield running


async def add(server: RealServer, path: str, content: bytes) -> str:
    """A file; the hash of its content."""
    async with signed_in(server.address, "Anna") as anna:
        return (await anna.add(await anna.vault(), path, content)).file.head.hash


def kill_while_the_key_is_copied(act: Callable[[], object]) -> None:
    copyfile = shutil.copyfile

    def torn(source: Path, target: Path) -> None:
        if not target.name.startswith(KEY):
            copyfile(source, target)
            return
        target.write_bytes(source.read_bytes()[:5])
        raise Killed

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shutil, "copyfile", torn)
        with pytest.raises(Killed):
            act()


def test_a_restore_that_is_killed_leaves_the_key(server: RealServer, tmp_path: Path) -> None:
    backup = tmp_path / "backup"
    back_up(server.data, backup, at=NOW)
    server.stop()
    before = (server.data / KEY).read_bytes()
    kill_while_the_key_is_copied(lambda: restore(backup, server.data, at=NOW))
    assert (server.data / KEY).read_bytes() == before
    server.start()
    server.stop()
    (server.data / KEY).write_bytes(b"another server's")
    restore(backup, server.data, at=NOW)
    assert (server.data / KEY).read_bytes() == before
    assert not list(server.data.glob(f"{KEY}.*"))


def test_a_second_backup_that_is_killed_leaves_the_key_of_the_first(server: RealServer, tmp_path: Path) -> None:
    backup = tmp_path / "backup"
    back_up(server.data, backup, at=NOW)
    kill_while_the_key_is_copied(lambda: back_up(server.data, backup, at=NOW))
    assert (backup / KEY).read_bytes() == (server.data / KEY).read_bytes()
    assert len((backup / KEY).read_bytes()) == KEY_BYTES


async def test_two_restores_within_one_second_keep_both_databases(server: RealServer, tmp_path: Path) -> None:
    backup = tmp_path / "backup"
    back_up(server.data, backup, at=NOW)
    await add(server, "Jobs/plate.nc", FIRST)
    server.stop()
    for _ in range(3):
        restore(backup, server.data, at=NOW)
    kept = {each.name: paths_in(each / DATABASE) for each in server.data.glob("replaced-*")}
    first = min(kept, key=len)
    assert kept == {first: ["Jobs/plate.nc"], f"{first}-2": [], f"{first}-3": []}


def paths_in(database: Path) -> list[str]:
    with contextlib.closing(sqlite3.connect(database)) as opened:
        return [path for (path,) in opened.execute("SELECT path FROM file")]


async def test_an_earlier_backup_says_what_it_lacks_until_the_next_has_its_database(
    server: RealServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first content is no longer named in the next one, which lacks another and is killed."""
    backup = tmp_path / "backup"
    first = await add(server, "a.nc", FIRST)
    place_of(server.data, first).unlink()
    back_up(server.data, backup, at=NOW)
    with contextlib.closing(sqlite3.connect(server.data / DATABASE)) as opened:
        opened.execute("DELETE FROM blob WHERE hash = ?", [first])
        opened.commit()
    second = await add(server, "b.nc", SECOND)
    place_of(server.data, second).unlink()

    def killed(source: Path, target: Path) -> None:
        if target.name == DATABASE:
            raise Killed
        durable.rename(source, target)

    with monkeypatch.context() as patch:
        patch.setattr(backup_module, "rename", killed)
        with pytest.raises(Killed):
            back_up(server.data, backup, at=NOW)
    assert {each.hash for each in describe(backup).lacks} == {first, second}
    restore(backup, tmp_path / "elsewhere", at=NOW)
    back_up(server.data, backup, at=NOW)
    assert [each.hash for each in describe(backup).lacks] == [second]


async def test_a_backup_that_cannot_be_written_to_can_be_restored(
    server: RealServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backup, data = tmp_path / "backup", tmp_path / "elsewhere"
    first = await add(server, "Jobs/plate.nc", FIRST)
    back_up(server.data, backup, at=NOW)
    mkdir = os.mkdir

    def read_only(path: Any, *told: Any, **named: Any) -> None:
        if Path(path).is_relative_to(backup):
            raise OSError(errno.EROFS, "Read-only file system", str(path))
        mkdir(path, *told, **named)

    monkeypatch.setattr(os, "mkdir", read_only)
    restore(backup, data, at=NOW)
    assert place_of(data, first).read_bytes() == FIRST
