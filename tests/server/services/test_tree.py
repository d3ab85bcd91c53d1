"""The tree: the lines of the contract, whatever a file has, in memory that does not grow with the vault."""

import asyncio
import tracemalloc
from collections.abc import Callable, Generator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import Connection

from server.config import load
from server.domain.errors import NotFound
from server.domain.session import Session
from server.protocol.calls import CheckOut
from server.protocol.wire import plain
from server.services import checkout, listing
from server.services.tree import AT_ONCE, TreeMark, tree
from server.storage.store import Store
from server.storage.tables import file, revision
from tests.bench import million
from tests.support.vault_data import VaultData

FILES = 20_000


def lines_of(session: Session, vault: str) -> Callable[[Connection], list[Any]]:
    """Reads the mark, and each line as plain JSON."""

    def read(connection: Connection) -> list[Any]:
        mark, *pieces = tree(connection, session, vault)
        text = b"".join(each for each in pieces if isinstance(each, bytes))
        return [mark, *(msgspec.json.decode(line) for line in text.splitlines())]

    return read


@pytest.mark.postgres
async def test_each_line_is_the_file_as_the_contract_has_it(data: VaultData, anna: Session) -> None:
    plainly = (await data.add(anna, "a.nc")).file
    for name, message in (("b.nc", None), ("c.nc", "Roughing")):
        taken = (await data.add(anna, name)).file
        await data.do(checkout.check_out, anna, taken.id, CheckOut(message=message))
    mark, head, *files = await data.store.read(lines_of(anna, data.vault))
    assert isinstance(mark, TreeMark)
    assert (head["epoch"], head["vault"], head["seq"], head["files"]) == (mark.epoch, data.vault, mark.seq, 3)
    for each in files:
        state = await data.store.read(partial(listing.file_state, session=anna, file_id=each["id"]))
        assert each == plain(state.file)
    assert [each["path"] for each in files] == ["a.nc", "b.nc", "c.nc"]
    assert files[0] == plain(plainly)
    assert [each["lock"].get("message") for each in files[1:]] == [None, "Roughing"]


async def test_a_vault_that_somebody_may_not_read_has_no_tree(data: VaultData, anna: Session) -> None:
    with pytest.raises(NotFound):
        await data.store.read(lines_of(anna, "another"))


def test_the_memory_of_a_tree_does_not_grow_with_the_vault(tmp_path: Path) -> None:
    vault = asyncio.run(million.fill(tmp_path, FILES))
    small, large = asyncio.run(_peaks(tmp_path, vault, pieces=(2, FILES // AT_ONCE)))
    assert large < small * 1.2


@pytest.mark.postgres
async def test_a_stream_of_a_tree_never_holds_more_than_a_few_pieces(data: VaultData, anna: Session) -> None:
    """Over the store's own stream: where the database is a server, the rows stay there until they are asked for."""
    first = (await data.add(anna, "0.nc")).file.id
    await data.store.write(lambda connection: _many_like(connection, first, FILES // 2))
    tracemalloc.start()
    try:
        pieces = data.store.stream(lambda connection: tree(connection, anna, data.vault))
        sizes = [len(each) async for each in pieces if isinstance(each, bytes)]
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert len(sizes) == 1 + FILES // 2 // AT_ONCE
    assert peak < 10 * max(sizes), "all rows at once take more than twice that"


def _many_like(connection: Connection, first: str, count: int) -> None:
    """So many files in all, made by the database itself, since they would take long to send."""
    to = f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count - 1})"  # noqa: S608 - our own number
    for table, own in ((file, "id"), (revision, "file")):
        changed = {own: "'f' || n.i", "path": "n.i || '.nc'", "path_key": "n.i || '.nc'"}
        names = [column.name for column in table.columns]
        values = ", ".join(changed.get(name, f"of.{name}") for name in names)
        connection.exec_driver_sql(
            f"INSERT INTO {table.name} ({', '.join(names)})"  # noqa: S608 - our own names
            f" {to} SELECT {values} FROM n, {table.name} AS of WHERE of.{own} = '{first}'"
        )


async def _peaks(data: Path, vault: str, *, pieces: tuple[int, int]) -> list[int]:
    """The most memory in use at any time while so many pieces were read and forgotten, in bytes."""
    expires = datetime.now(UTC) + timedelta(days=1)
    who = Session(id="s", person_id="shop-0", person="Ada Arden", administrator=True, seat=None, expires=expires)

    def peak(connection: Connection, wanted: int) -> int:
        found: Generator[Any] = tree(connection, who, vault)
        mark, head = next(found), next(found)
        assert isinstance(mark, TreeMark)
        assert msgspec.json.decode(head)["files"] == FILES
        tracemalloc.start()
        try:
            sizes = [len(next(found)) for _ in range(wanted)]
            assert min(sizes) > 100_000
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
            found.close()

    store = await Store.open(load(flags={"data": data}, environment={}, file=None).database)
    try:
        await store.read(lambda connection: peak(connection, 1))  # what is made once is made by now
        return [await store.read(partial(peak, wanted=each)) for each in pieces]
    finally:
        await store.close()
