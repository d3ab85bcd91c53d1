"""Errors of the database name no value: what is logged of them is read by others than those whom it concerns."""

import traceback
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Connection, insert, text
from sqlalchemy.exc import IntegrityError

from server.storage.store import Store
from server.storage.tables import blob
from tests.support.databases import new_database
from tests.support.postgres import Postgres

SECRET = "5e884898da28"
START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


@pytest.fixture
async def store(tmp_path: Path, database: str | None) -> AsyncIterator[Store]:
    opened = await Store.open(database or f"sqlite:///{(tmp_path / 'test.sqlite3').as_posix()}")
    yield opened
    await opened.close()


def told(error: BaseException) -> str:
    """All that a log has of it."""
    return "".join(traceback.format_exception(error))


def add(connection: Connection) -> None:
    connection.execute(insert(blob).values(hash=SECRET, size=1, arrived=START))


@pytest.mark.postgres
async def test_a_row_that_is_there_already_is_not_shown(store: Store) -> None:
    await store.write(add)
    with pytest.raises(IntegrityError) as error:
        await store.write(add)
    assert "INSERT INTO blob" in told(error.value)
    assert SECRET not in told(error.value)


@pytest.mark.postgres
async def test_a_value_that_is_no_such_value_is_not_shown(store: Store) -> None:
    with pytest.raises(Exception, match="INSERT INTO blob") as error:
        await store.write(lambda c: c.execute(insert(blob).values(hash=SECRET, size=1, arrived=SECRET)))
    assert SECRET not in told(error.value).replace(f'"{SECRET}"', "")


async def test_nor_is_what_the_driver_of_postgresql_could_not_send(postgres: Postgres) -> None:
    url = new_database(postgres)
    store = await Store.open(url)
    statement = text("SELECT size FROM blob WHERE size = :size")
    with pytest.raises(Exception, match="query argument") as error:
        await store.read(lambda connection: connection.execute(statement, {"size": SECRET}))
    assert SECRET not in told(error.value)
    with pytest.raises(IntegrityError) as refused:
        await store.write(lambda c: c.execute(insert(blob).values(hash=SECRET, size=None, arrived=START)))
    assert SECRET not in told(refused.value)
    await store.close()
    postgres.drop(url)
