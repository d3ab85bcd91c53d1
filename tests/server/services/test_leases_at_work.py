"""Leases of a node with more to do than it can, over PostgreSQL: it is not taken for dead."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest
from sqlalchemy import Connection

from server.services import leases
from server.services.leases import Held, Leases, keep, look_at, take
from server.storage.store import Store
from tests.support.databases import new_database
from tests.support.postgres import Postgres

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Debian's PostgreSQL runs on Linux")


@pytest.fixture
async def stores(postgres: Postgres) -> AsyncIterator[list[Store]]:
    url = new_database(postgres)
    stores = [await Store.open(url) for _ in range(2)]
    yield stores
    for each in stores:
        await each.close()
    postgres.drop(url)


async def test_a_node_with_much_to_do_keeps_its_leases(stores: list[Store], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leases, "BEAT_SECONDS", 0.05)
    busy, other = stores
    node, over = Leases(busy), asyncio.Event()

    def slow(connection: Connection) -> None:
        connection.connection.await_(over.wait())  # a use case runs on the loop here

    async def beat() -> int:
        found = await other.read(lambda connection: look_at(connection, name="x"))
        assert found is not None
        return found.beat

    async with node.run(), asyncio.TaskGroup() as tasks:
        assert await node.take("x", patience=0)
        for _ in range(50):
            tasks.create_task(busy.write(slow), name="much to do")
        begun = last = await beat()
        with suppress(TimeoutError):
            async with asyncio.timeout(10):
                while last < begun + 3:
                    last = await beat()
        over.set()
    assert last >= begun + 3, "its beats wait behind what it has to do"


async def test_a_beat_in_the_very_moment_keeps_the_lease(stores: list[Store], monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the look at a lease and its end."""
    one, two = stores
    await one.write(lambda connection: take(connection, name="x", holder="one", dead=None))

    def look_and_beat(connection: Connection, *, name: str) -> Held | None:
        monkeypatch.undo()
        found = look_at(connection, name=name)
        beating = one.write_first(lambda there: keep(there, names=["x"], holder="one"))
        assert connection.connection.await_(beating) == {"x"}
        return found

    monkeypatch.setattr(leases, "look_at", look_and_beat)
    found = await two.write(lambda connection: take(connection, name="x", holder="two", dead=Held("one", 1)))
    assert found == Held("one", 2)
    assert await two.write(lambda connection: take(connection, name="x", holder="two", dead=found)) is None
    assert await one.write_first(lambda connection: keep(connection, names=["x"], holder="one")) == set()
