"""That a server is at work on PostgreSQL is said by one connection, and its loss is noticed."""

import sys
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text

from server.domain.errors import NotReady
from server.storage import store_postgres
from server.storage.store import BadDatabase, Store
from server.storage.store_postgres import PostgresStore
from tests.support.databases import new_database
from tests.support.postgres import Postgres, name_in

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Debian's PostgreSQL runs on Linux")


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_postgres, "LEAVING_SECONDS", 0.0)


@pytest.fixture
async def url(postgres: Postgres) -> AsyncIterator[str]:
    made = new_database(postgres)
    yield made
    postgres.drop(made)


def cut_off(postgres: Postgres, url: str) -> None:
    """End the connections by which servers say that they are there."""
    ended = postgres.sql(
        "SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity"  # noqa: S608 - our own name
        f" WHERE datname = '{name_in(url)}' AND application_name LIKE 'pdm-server % at %'"
    )
    assert ended == "1"


async def test_it_does_not_depend_on_any_connection_that_serves_calls(postgres: Postgres, url: str) -> None:
    store = await Store.open(url, alone=True)
    assert isinstance(store, PostgresStore)
    await store._writer.dispose()
    await store._reader.dispose()
    with pytest.raises(BadDatabase, match="redis_url"):
        await Store.open(url)
    await store.close()
    await (await Store.open(url)).close()


async def test_a_server_that_was_cut_off_says_again_that_it_is_there(postgres: Postgres, url: str) -> None:
    store = await Store.open(url, alone=True)
    cut_off(postgres, url)
    await store.look()
    with pytest.raises(BadDatabase, match="redis_url"):
        await Store.open(url)
    assert await store.read(lambda connection: connection.execute(text("SELECT 1")).scalar()) == 1
    await store.close()


@pytest.mark.parametrize(("first", "then"), [(True, True), (True, False), (False, True)])
async def test_a_server_in_whose_place_another_has_begun_serves_no_more(
    postgres: Postgres, url: str, *, first: bool, then: bool
) -> None:
    store = await Store.open(url, alone=first)
    cut_off(postgres, url)
    other = await Store.open(url, alone=then)
    await store.look()
    for ask in (store.read, store.write):
        with pytest.raises(NotReady, match="Another server has begun on the database"):
            await ask(lambda _: None)
    await other.write(lambda _: None)
    await other.close()
    await store.close()


async def test_its_own_former_connection_is_nobody_else(url: str) -> None:
    """PostgreSQL may hear late that it is lost."""
    store = await Store.open(url, alone=True)
    assert isinstance(store, PostgresStore)
    former, store._pulse._connection = store._pulse._connection, None
    assert former is not None
    await store.look()
    await store.write(lambda _: None)
    await former.close()
    await store.look()
    with pytest.raises(BadDatabase, match="redis_url"):
        await Store.open(url)
    await store.close()
