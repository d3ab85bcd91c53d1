"""A server over PostgreSQL that runs notices when its database goes back to an earlier state, and serves no more."""

import sys
from collections.abc import AsyncIterator, Generator
from contextlib import aclosing
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from sqlalchemy import Connection, select, text, update

from server.domain.audit import Entry
from server.domain.errors import NotReady
from server.services.beginning import begin, begin_anew_if_copied, call_for_epoch, remember_mark
from server.services.reading import epoch_of
from server.services.record import write_audit
from server.storage.store import Store
from server.storage.tables import vault
from tests.support.databases import new_database
from tests.support.postgres import Postgres
from tests.support.server import RealServer
from tests.support.waiting import wait_for_async

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Debian's PostgreSQL runs on Linux")

START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
OTHER = "another database than at its start"


async def started(url: str) -> Store:
    """As a server starts on it."""
    store = await Store.open(url)

    def begin_or_go_on(connection: Connection) -> None:
        begin(connection, vault_name="Production", at=START)
        begin_anew_if_copied(connection, mark=store.mark, at=START)
        remember_mark(connection, store.mark)

    await store.write(begin_or_go_on)
    await store.hold()
    return store


@pytest.fixture
async def url(postgres: Postgres) -> AsyncIterator[str]:
    made = new_database(postgres)
    yield made
    postgres.drop(made)


@pytest.fixture
async def store(url: str) -> AsyncIterator[Store]:
    opened = await started(url)
    yield opened
    await opened.close()


def change(connection: Connection) -> None:
    connection.execute(update(vault).values(seq=vault.c.seq + 1))
    write_audit(connection, [Entry(at=START, person="anna", action="checked_out")])


def seq(connection: Connection) -> int:
    found: int = connection.execute(select(vault.c.seq)).scalar_one()
    return found


def seqs(connection: Connection) -> Generator[int]:
    yield seq(connection)


def numbers(_: Connection) -> Generator[int]:
    yield from (1, 2, 3)


async def test_a_dump_that_is_read_into_the_database_of_a_running_server_ends_its_work(
    postgres: Postgres, url: str, store: Store, tmp_path: Path
) -> None:
    """Its connections live on, and seats have heard of more than the dump knows."""
    await store.write(change)
    postgres.dump(url, tmp_path / "early.dump")
    await store.write(change)
    epoch = await store.read(epoch_of)
    async with aclosing(store.stream(numbers)) as open_stream:
        assert await anext(open_stream) == 1
        postgres.read_into(url, tmp_path / "early.dump")
        with pytest.raises(NotReady, match=OTHER) as refused:
            await store.write(change)
        assert refused.value.retry_after
        for ask in (store.read(seq), store.write(change), anext(store.stream(seqs)), anext(open_stream)):
            with pytest.raises(NotReady, match=OTHER):
                await ask
    again = await started(url)
    assert await again.read(epoch_of) != epoch
    assert await again.read(seq) == 1
    await again.close()


async def test_who_only_reads_notices_it_by_the_look_of_each_second(
    postgres: Postgres, url: str, store: Store, tmp_path: Path
) -> None:
    postgres.dump(url, tmp_path / "early.dump")
    await store.write(change)
    await store.look()
    postgres.read_into(url, tmp_path / "early.dump")
    await store.look()
    with pytest.raises(NotReady, match=OTHER):
        await store.read(seq)


async def test_rows_that_go_back_in_the_same_tables_are_noticed_and_the_next_start_begins_a_new_epoch(
    postgres: Postgres, url: str, store: Store
) -> None:
    """Data alone, read into the tables that are there: nothing about the database is another, the trail is shorter."""
    await store.write(lambda connection: connection.execute(text("CREATE TABLE early AS TABLE audit_head")))
    await store.write(change)
    await store.write(change)
    epoch = await store.read(epoch_of)

    def go_back(connection: Connection) -> None:
        connection.execute(text("DELETE FROM audit USING early WHERE audit.number > early.number"))
        connection.execute(text("UPDATE audit_head SET number = early.number, hash = early.hash FROM early"))

    elsewhere = await Store.open(url)
    await elsewhere.write(go_back)
    with pytest.raises(NotReady, match=OTHER):
        await store.write(change)
    again = await started(url)
    assert await again.read(epoch_of) != epoch
    await again.close()
    await elsewhere.close()


async def test_no_server_goes_on_in_an_epoch_that_another_has_ended(url: str, store: Store) -> None:
    other = await started(url)
    await other.write(change)
    await store.write(change)
    await other.write(call_for_epoch)
    with pytest.raises(NotReady, match=OTHER):
        await store.write(change)
    again = await started(url)
    with pytest.raises(NotReady, match=OTHER):
        await other.write(change)
    await again.write(change)
    assert await again.read(seq) == 3
    await again.close()
    await other.close()


async def test_a_real_server_is_not_ready_any_more(postgres: Postgres, url: str, tmp_path: Path) -> None:
    node = RealServer(tmp_path, settings={"PDM_DATABASE_URL": url})
    try:
        node.start()
        postgres.dump(url, tmp_path / "early.dump")
        postgres.read_into(url, tmp_path / "early.dump")
        async with httpx.AsyncClient(base_url=node.address) as http:

            async def refuses() -> bool:
                return OTHER in (await http.get("/api/server")).text

            await wait_for_async(refuses)
            assert (await http.get("/readyz")).status_code == 503
    finally:
        node.close()


async def test_a_database_that_is_just_being_read_in_is_away(postgres: Postgres, url: str, store: Store) -> None:
    await store.write(lambda connection: connection.execute(text("ALTER TABLE vault RENAME TO elsewhere")))
    for ask in (store.read(seq), store.write(change)):
        with pytest.raises(NotReady):
            await ask
    await store.write(lambda connection: connection.execute(text("ALTER TABLE elsewhere RENAME TO vault")))
    assert await store.read(seq) == 0
