"""What only PostgreSQL can do to a store: others write at the same time, and it goes away and comes back."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Generator
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from sqlalchemy import Connection, func, insert, select, text, update

from server.domain.errors import Full, NotReady
from server.services import people
from server.services.beginning import begin
from server.services.idempotency import Call, once
from server.services.outcome import Outcome
from server.storage import store_postgres
from server.storage.store import BadDatabase, Store
from server.storage.store_postgres import TRIES
from server.storage.tables import blob, server, vault
from tests.support.databases import new_database
from tests.support.postgres import Postgres, name_in
from tests.support.postgres_line import When, line_to
from tests.support.waiting import wait_for_async

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Debian's PostgreSQL runs on Linux")

START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


@pytest.fixture
async def store(postgres: Postgres) -> AsyncIterator[Store]:
    url = new_database(postgres)
    opened = await Store.open(url)
    await opened.write(lambda connection: begin(connection, vault_name="Production", at=START))
    yield opened
    await opened.close()
    postgres.drop(url)


def raising(code: str) -> str:
    """A statement that fails as PostgreSQL itself would, by that code of its appendix A."""
    return f"DO $$ BEGIN RAISE EXCEPTION 'as it would be' USING ERRCODE = '{code}'; END $$"


def seq(connection: Connection) -> int:
    found: int = connection.execute(select(vault.c.seq)).scalar_one()
    return found


def count_on(connection: Connection) -> None:
    """Look first and act then, as most use cases do."""
    connection.execute(update(vault).values(seq=seq(connection) + 1))


async def test_no_change_is_lost_where_two_servers_look_first_and_act_then(postgres: Postgres) -> None:
    url = new_database(postgres)
    one, two = await Store.open(url), await Store.open(url)
    await one.write(lambda connection: begin(connection, vault_name="Production", at=START))
    await asyncio.gather(*(each.write(count_on) for each in (one, two) for _ in range(40)))
    assert await one.read(seq) == 80
    await one.close()
    await two.close()
    postgres.drop(url)


async def test_a_transaction_that_others_were_in_the_way_of_is_tried_again(store: Store) -> None:
    tried = 0

    def collide_twice(connection: Connection) -> str:
        nonlocal tried
        tried += 1
        count_on(connection)
        if tried < 3:
            connection.exec_driver_sql(raising("40001" if tried == 1 else "40P01"))
        return "done"

    assert await store.write(collide_twice) == "done"
    assert (tried, await store.read(seq)) == (3, 1)


async def test_it_is_not_tried_for_ever(store: Store) -> None:
    tried = 0

    def collide(connection: Connection) -> None:
        nonlocal tried
        tried += 1
        connection.exec_driver_sql(raising("40P01"))

    with pytest.raises(Exception, match="as it would be"):
        await store.write(collide)
    assert tried == TRIES


@pytest.mark.parametrize(
    ("code", "refusal"), [("53100", Full), ("53300", NotReady), ("57P03", NotReady), ("57014", NotReady)]
)
async def test_what_the_database_cannot_do_now_is_said_plainly_and_changes_nothing(
    store: Store, code: str, refusal: type[Exception]
) -> None:
    tried = 0

    def fail(connection: Connection) -> None:
        nonlocal tried
        tried += 1
        count_on(connection)
        connection.exec_driver_sql(raising(code))

    with pytest.raises(refusal):
        await store.write(fail)
    assert tried == 1  # again it would be the same, and who waits has waited
    with pytest.raises(refusal):
        await store.read(lambda connection: connection.exec_driver_sql(raising(code)))
    assert await store.read(seq) == 0


async def test_who_reads_sees_one_moment(store: Store) -> None:
    """Each statement of its own would see what was committed in between."""
    first, changed = asyncio.Event(), asyncio.Event()

    def look(connection: Connection) -> tuple[int, int]:
        before = seq(connection)
        first.set()
        connection.connection.await_(changed.wait())  # a use case runs on the loop here
        return before, seq(connection)

    async with asyncio.TaskGroup() as tasks:
        looking = tasks.create_task(store.read(look), name="look")
        await first.wait()
        await store.write(count_on)
        changed.set()
    assert looking.result() == (0, 0)
    assert await store.read(seq) == 1


async def test_who_is_cut_off_in_the_middle_leaves_no_query_behind(store: Store) -> None:
    def slowly(connection: Connection) -> Generator[object]:
        with connection.execute(text("SELECT pg_sleep(60)")) as rows:
            yield from rows

    async def at_work() -> int:
        query = "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE 'SELECT pg_sleep%'"
        return await store.read(lambda c: int(c.exec_driver_sql(query).scalar_one()))

    async def is_at_work() -> bool:
        return await at_work() == 1

    async def is_over() -> bool:
        return await at_work() == 0

    async def ask_in_a_stream() -> None:
        await anext(store.stream(slowly))

    async def ask_in_a_write() -> None:
        await store.write(lambda connection: list(slowly(connection)))

    for ask in (ask_in_a_stream, ask_in_a_write):
        async with asyncio.TaskGroup() as tasks:
            asking = tasks.create_task(ask(), name="ask")
            await wait_for_async(is_at_work)
            asking.cancel()
        await wait_for_async(is_over)
    await store.write(count_on)
    assert await store.read(seq) == 1


async def test_of_servers_that_start_at_once_one_makes_the_tables(postgres: Postgres) -> None:
    url = postgres.database()
    stores = await asyncio.gather(*(Store.open(url) for _ in range(4)))
    for each in stores:
        await each.write(partial(begin, vault_name="Production", at=START))
    assert await stores[0].read(lambda c: c.execute(select(func.count()).select_from(server)).scalar_one()) == 1
    for each in stores:
        await each.close()
    postgres.drop(url)


async def test_a_restart_of_the_database_is_a_pause(own_postgres: Postgres) -> None:
    store = await Store.open(own_postgres.database())
    await store.write(lambda connection: begin(connection, vault_name="Production", at=START))
    await asyncio.gather(*(store.read(seq) for _ in range(20)))  # connections that will be dead
    own_postgres.restart()
    assert await goes(store.write(count_on))
    assert await asyncio.gather(*(store.read(seq) for _ in range(20))) == [1] * 20
    own_postgres.kill()
    for ask in (store.read(seq), store.write(count_on), anext(store.stream(_heads))):
        with pytest.raises(NotReady) as away:
            await ask
        assert away.value.retry_after
    own_postgres.start()
    await store.write(count_on)
    assert [each async for each in store.stream(_heads)] == [2]
    await store.close()


async def goes(asked: Awaitable[object]) -> bool:
    """Whether it is answered."""
    try:
        await asked
    except NotReady:
        return False
    return True


def _heads(connection: Connection) -> Generator[int]:
    yield seq(connection)


async def test_a_database_that_was_brought_back_is_another(own_postgres: Postgres) -> None:
    """A server that goes on with it would give its numbers a second meaning: it waits to be started again."""
    url = own_postgres.database()
    store = await Store.open(url)
    await store.write(lambda connection: begin(connection, vault_name="Production", at=START))
    mark = store.mark
    own_postgres.restart()
    again = await Store.open(url)
    assert again.mark == mark
    await again.close()
    name = name_in(url)
    own_postgres.restart()  # nobody is connected any more
    own_postgres.sql(f"ALTER DATABASE {name} RENAME TO before")
    own_postgres.sql(f"CREATE DATABASE {name} TEMPLATE before OWNER pdm")
    with pytest.raises(NotReady, match="another database than at its start"):
        await store.write(count_on)
    restarted = await Store.open(url)
    assert restarted.mark != mark
    assert await restarted.read(seq) == 0
    await restarted.close()
    await store.close()


async def test_a_server_that_is_alone_lets_nobody_else_in(postgres: Postgres, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without Redis two servers would not hear each other. Stopped ones are waited for a moment."""
    url = new_database(postgres)
    alone = await Store.open(url, alone=True)
    await alone.write(lambda connection: begin(connection, vault_name="Production", at=START))
    with monkeypatch.context() as patch:
        patch.setattr(store_postgres, "LEAVING_SECONDS", 0.0)
        for also_alone in (True, False):
            with pytest.raises(BadDatabase, match="redis_url"):
                await Store.open(url, alone=also_alone)
    await alone.close()
    several = [await Store.open(url) for _ in range(2)]
    await several[0].read(seq)
    await several[1].read(seq)
    with monkeypatch.context() as patch:
        patch.setattr(store_postgres, "LEAVING_SECONDS", 0.0)
        with pytest.raises(BadDatabase, match="redis_url"):
            await Store.open(url, alone=True)
    for each in several:
        await each.close()
    await (await Store.open(url, alone=True)).close()
    postgres.drop(url)


def test_the_driver_is_loaded_where_it_is_chosen_only() -> None:
    code = "import sys, server.app, server.cli.serve; print('asyncpg' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "False"


async def test_what_is_no_database_is_named_without_its_password(postgres: Postgres) -> None:
    for url, reason in (
        (f"postgresql://pdm:secret@127.0.0.1:{postgres.port}/nothing_here", "nothing_here"),
        ("postgresql://pdm:secret@127.0.0.1:1/pdm", "127.0.0.1"),
    ):
        with pytest.raises(BadDatabase, match="database_url") as refused:
            await Store.open(url)
        assert reason in str(refused.value)
        assert "secret" not in str(refused.value)


async def test_the_order_of_text_is_that_of_code_points(store: Store) -> None:
    names = ["B", "a", "Ä", "_"]
    await store.write(
        lambda c: c.execute(insert(blob), [{"hash": name, "size": 1, "arrived": START} for name in names])
    )
    found = await store.read(lambda c: list(c.execute(select(blob.c.hash).order_by(blob.c.hash)).scalars()))
    assert found == sorted(names)


async def test_what_is_committed_is_on_the_disk_also_where_the_database_is_set_otherwise(postgres: Postgres) -> None:
    """`postgres` commits without waiting for the disk by itself."""
    url = new_database(postgres)
    store = await Store.open(url)
    shown = await store.write(lambda c: c.exec_driver_sql("SHOW synchronous_commit").scalar_one())
    assert shown == "on"
    await store.close()
    postgres.drop(url)


@pytest.mark.parametrize("when", ["before", "after"])
async def test_a_commit_that_nobody_answered_is_sent_again_and_done_once(own_postgres: Postgres, when: When) -> None:
    """The line breaks before PostgreSQL hears of it, or before its answer is heard; then PostgreSQL is killed."""
    url = own_postgres.database()
    async with line_to(url) as line:
        store = await Store.open(line.url)
        await store.write(lambda connection: begin(connection, vault_name="Production", at=START))
        anna = await store.write(lambda c: people.operator(c, at=START, lifetime=timedelta(days=1)))
        call = Call(person_id=anna.person_id, key="k", fingerprint="f")

        def work(connection: Connection) -> int:
            def change() -> Outcome[int]:
                count_on(connection)
                return Outcome(seq(connection))

            return int(once(connection, call, change, at=START).body)

        line.break_at_commit(when)
        with pytest.raises(NotReady, match="Idempotency-Key") as unknown:
            await store.write(work)
        assert unknown.value.retry_after
        assert line.broken == 1
        own_postgres.kill()
        own_postgres.start()
        assert await store.read(seq) == (1 if when == "after" else 0)
        assert await store.write(work) == 1
        assert await store.read(seq) == 1
        await store.close()


async def test_a_line_that_breaks_before_the_commit_costs_nobody_anything(own_postgres: Postgres) -> None:
    async with line_to(own_postgres.database()) as line:
        store = await Store.open(line.url)
        await store.write(lambda connection: begin(connection, vault_name="Production", at=START))

        def break_once(connection: Connection) -> None:
            count_on(connection)
            if not broken:
                broken.append("once")
                line.end()
            count_on(connection)

        broken: list[str] = []
        await store.write(break_once)
        assert await store.read(seq) == 2
        await store.close()
