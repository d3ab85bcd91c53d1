"""`serve` on a disk without room: one sentence at the start, and an orderly end."""

import errno
import os
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from server import app
from server.auth.tokens import KEY_BYTES
from server.cli.serve import serve
from server.cli.trouble import Exit, Trouble
from server.config import Config, load
from server.storage import store_sqlite


def settings(folder: Path) -> Config:
    return load(flags={"data": folder, "port": 0}, environment={}, file=None)


def no_room_in_the_database(*_: Any, **__: Any) -> None:
    full = sqlite3.OperationalError("database or disk is full")
    full.sqlite_errorcode = sqlite3.SQLITE_FULL
    raise OperationalError("COMMIT", None, full)


def no_room_for_a_file(*_: Any) -> bytes:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize(
    ("module", "name", "failing"),
    [(store_sqlite, "migrate", no_room_in_the_database), (app, "key_in", no_room_for_a_file)],
    ids=["database", "key"],
)
async def test_a_full_disk_at_the_start_is_said_in_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: Any, name: str, failing: Any
) -> None:
    monkeypatch.setattr(module, name, failing)
    with pytest.raises(Trouble, match=r"The disk of the data folder .* is full") as trouble:
        await serve(settings(tmp_path), announce=lambda _: pytest.fail("it serves"))
    assert trouble.value.code is Exit.TROUBLE


@pytest.mark.parametrize("left", [0, 5])
async def test_a_key_that_is_damaged_is_said_in_one_sentence_with_what_to_do(tmp_path: Path, left: int) -> None:
    (tmp_path / "token.key").write_bytes(bytes(left))
    with pytest.raises(Trouble, match=rf"token\.key is damaged: it has {left} bytes.* remove it") as trouble:
        await serve(settings(tmp_path), announce=lambda _: pytest.fail("it serves"))
    assert trouble.value.code is Exit.TROUBLE
    (tmp_path / "token.key").unlink()
    async with app.running(settings(tmp_path)):
        assert len((tmp_path / "token.key").read_bytes()) == KEY_BYTES


async def test_a_disk_that_is_full_at_the_end_is_no_trouble(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with app.running(settings(tmp_path)):
        monkeypatch.setattr(app, "end_sessions", no_room_in_the_database)
