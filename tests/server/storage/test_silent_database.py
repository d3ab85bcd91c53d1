"""A PostgreSQL that hangs, or a network that swallows everything: nobody waits for minutes, and nothing queues up."""

import asyncio
import sys
from collections.abc import AsyncIterator, Generator
from datetime import UTC, datetime

import pytest
from sqlalchemy import Connection, select, text, update

from server.domain.errors import NotReady
from server.services.beginning import begin
from server.storage import postgres_opening, postgres_pulse, store_postgres
from server.storage.store import Store
from server.storage.store_postgres import READERS
from server.storage.tables import vault
from server.storage.waiting import Room
from tests.support.databases import new_database
from tests.support.postgres import Postgres
from tests.support.postgres_line import Line, line_to
from tests.support.waiting import wait_for_async

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Debian's PostgreSQL runs on Linux")

START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
PATIENCE = 20
"""Seconds within which everybody has an answer; without a bound it would be minutes."""


@pytest.fixture
async def line(postgres: Postgres) -> AsyncIterator[Line]:
    url = new_database(postgres)
    async with line_to(url) as line:
        yield line
    postgres.drop(url)


async def opened(line: Line) -> Store:
    store = await Store.open(line.url)
    await store.write(lambda connection: begin(connection, vault_name="Production", at=START))
    await store.look()
    return store


def seq(connection: Connection) -> int:
    found: int = connection.execute(select(vault.c.seq)).scalar_one()
    return found


def seqs(connection: Connection) -> Generator[int]:
    yield seq(connection)


def change(connection: Connection) -> None:
    connection.execute(update(vault).values(seq=vault.c.seq + 1))


async def refused(asked: object) -> float | None:
    """What somebody is told to wait, who is refused."""
    with pytest.raises(NotReady) as away:
        await asked  # type: ignore[misc]  # a coroutine of this test
    return away.value.retry_after


async def test_a_silent_database_keeps_nobody_waiting_and_is_back_when_it_answers(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_pulse, "PULSE_SECONDS", 0.2)
    monkeypatch.setattr(postgres_opening, "CONNECT_SECONDS", 0.5)
    store = await opened(line)
    await asyncio.gather(*(store.read(seq) for _ in range(READERS)))
    line.stall()
    try:
        async with asyncio.timeout(PATIENCE), asyncio.TaskGroup() as tasks:
            waiting = [tasks.create_task(refused(store.read(seq)), name="read") for _ in range(500)]
            waiting += [tasks.create_task(refused(store.write(change)), name="write") for _ in range(500)]
            await store.look()
            await store.look()
            assert all(await asyncio.gather(*waiting))
            assert await refused(store.read(seq))  # at once
            assert await refused(store.write(change))
            assert await refused(anext(store.stream(seqs)))
    except TimeoutError:
        pytest.fail("somebody waits on")
    line.go_on()
    async with asyncio.timeout(PATIENCE):
        await store.look()
        changed = await store.read(seq)
        await store.write(change)
        assert await store.read(seq) == changed + 1
        await store.close()


async def test_without_a_pulse_a_statement_that_is_not_answered_ends_too_and_its_connection_with_it(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_opening, "STATEMENT_SECONDS", 0.5)
    monkeypatch.setattr(postgres_opening, "CONNECT_SECONDS", 0.5)
    store = await opened(line)
    await store.read(seq)
    line.stall()
    async with asyncio.timeout(PATIENCE):
        assert await refused(store.read(seq))
        assert await refused(store.write(change))
    line.go_on()
    await wait_for_async(lambda: _answers(store))
    await store.close()


async def _answers(store: Store) -> bool:
    try:
        await store.write(change)
    except NotReady:
        return False
    return await store.read(seq) >= 0


async def test_who_waits_for_a_place_in_vain_is_told_to_come_again(line: Line) -> None:
    store = await opened(line)
    assert isinstance(store, store_postgres.PostgresStore)
    store._readers = store._writers = Room(1, 0.1)
    async with asyncio.TaskGroup() as tasks:
        slow = tasks.create_task(store.read(lambda c: c.execute(text("SELECT pg_sleep(1)")).scalar()), name="slow")
        await asyncio.sleep(0)
        assert await refused(store.write(change))
        await slow
    await store.write(change)
    await store.close()
