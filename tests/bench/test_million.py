"""The generator itself, with few files: what it says is in the vault, and the server takes it for its own."""

import asyncio
import sqlite3
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import Connection

from server.config import DATABASE, load
from server.domain.session import Session
from server.protocol.names import checked_path, same_key
from server.services.tree import tree
from server.storage.store import Store
from tests.bench import million

FILES = 2_000


def test_the_same_files_come_from_the_same_seed_and_each_may_be_in_a_vault() -> None:
    files = list(million.shop_files(FILES))
    assert files == list(million.shop_files(FILES)) != list(million.shop_files(FILES, seed=2))
    assert len({same_key(each.path) for each in files}) == FILES
    assert [checked_path(each.path) for each in files] == [each.path for each in files]
    folders = Counter(each.path.rpartition("/")[0] for each in files)
    assert folders.most_common(1) == [("Posted programs", FILES // 20)]
    assert 10 < len(folders) < FILES / 2


def test_the_vault_holds_them_as_if_they_had_been_checked_in(tmp_path: Path) -> None:
    vault = asyncio.run(million.fill(tmp_path, FILES))
    head, *files = asyncio.run(_tree(tmp_path, vault))
    assert (head["files"], head["seq"]) == (FILES, 0)
    made = {each.path: each for each in million.shop_files(FILES)}
    assert [each["path"] for each in files] == sorted(made)
    for each in files:
        wanted, told = made[each["path"]], each["head"]
        assert (told["size"], told["major"], told["minor"]) == (wanted.size, wanted.major, wanted.minor)
        assert (datetime.fromisoformat(told["at"]), told.get("comment")) == (wanted.at, wanted.comment)
    assert sum("lock" in each for each in files) == FILES // 500
    connection = sqlite3.connect(tmp_path / DATABASE)
    try:
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    finally:
        connection.close()


async def _tree(data: Path, vault: str) -> list[Any]:
    """The lines of the tree call, decoded."""
    expires = datetime.now(UTC) + timedelta(days=1)
    who = Session(id="s", person_id="shop-0", person="Ada Arden", administrator=True, seat=None, expires=expires)

    def lines(connection: Connection) -> list[Any]:
        pieces = [each for each in tree(connection, who, vault) if isinstance(each, bytes)]
        return [msgspec.json.decode(line) for line in b"".join(pieces).splitlines()]

    store = await Store.open(load(flags={"data": data}, environment={}, file=None).database)
    try:
        return await store.read(lines)
    finally:
        await store.close()
