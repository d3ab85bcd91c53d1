"""A server on SQLite goes on in PostgreSQL with all it has: whole, or not at all."""

import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

if sys.platform == "win32":
    pytest.skip("PostgreSQL is Debian's here", allow_module_level=True)

from sqlalchemy import Connection, Table, func, select, update

from server.cli.move_database import ASIDE, move_database
from server.cli.trouble import Exit, Trouble
from server.config import DATABASE, Config, load
from server.domain.audit import Entry
from server.services.beginning import begin, remember_mark
from server.services.record import write_audit
from server.storage import copying, store_postgres, tables
from server.storage.copying import TABLES, NotCopied
from server.storage.mark import FolderMark
from server.storage.store import Store
from tests.support.client import PASSWORD, signed_in
from tests.support.server import RealServer, real_server

CONTENT = b"G0 X0 Y0\nM30\n"
AT = datetime(2026, 3, 5, 10, 42, tzinfo=UTC)


def config_of(data: Path, url: str) -> Config:
    return load(flags={"data": data, "database_url": url}, environment={}, file=None)


def sqlite_in(data: Path) -> str:
    return f"sqlite:///{(data / DATABASE).as_posix()}"


async def rows_of(url: str) -> Mapping[str, int]:
    """How many rows each table has."""

    def count(connection: Connection) -> Mapping[str, int]:
        return {each.name: connection.execute(select(func.count()).select_from(each)).scalar_one() for each in TABLES}

    store = await Store.open(url)
    try:
        return await store.read(count)
    finally:
        await store.close()


@pytest.fixture
async def data(tmp_path: Path) -> Path:
    """The data folder of a server that has begun and stopped."""
    folder = tmp_path / "data"
    folder.mkdir()
    store = await Store.open(sqlite_in(folder))

    def work(connection: Connection) -> None:
        begin(connection, vault_name="Production", at=AT)
        write_audit(connection, [Entry(at=AT, person="ada", action="signed_in", detail="{}") for _ in range(3)])
        remember_mark(connection, FolderMark(folder / DATABASE).renew())

    await store.write(work)
    await store.close()
    return folder


async def test_a_server_goes_on_in_postgresql_as_if_nothing_had_been(tmp_path: Path, postgres_url: str) -> None:
    with real_server(tmp_path) as before:
        before.add_person("Ada", PASSWORD, administrator=True)
        async with signed_in(before.address, "Ada", seat="seat-of-ada") as ada:
            vault = await ada.vault()
            held = await ada.check_out((await ada.add(vault, "Jobs/held.nc", CONTENT)).file.id)
            twice = await ada.add(vault, "Jobs/twice.nc", CONTENT)
            twice = await ada.check_in(await ada.check_out(twice.file.id), CONTENT * 2)
            tree, token = await ada.tree(vault), ada.token
        assert before.stop() == 0

    after = RealServer(tmp_path, settings={"PDM_DATABASE_URL": postgres_url})
    moved = after.run("move-database")
    assert "2 files" in moved.stdout
    after.start()
    try:
        assert after.run("move-database", check=False).returncode == Exit.IN_USE
        async with signed_in(after.address, "Ada", seat="another") as ada:
            ada.http.headers.update({"Authorization": f"Bearer {token}", "X-Seat-Id": "seat-of-ada"})
            assert await ada.tree(vault) == tree
            assert await ada.content(twice.file.id) == CONTENT * 2
            last = await ada.check_in(held, CONTENT * 3)
            assert (last.epoch, last.seq) == (held.epoch, twice.seq + 1)
            verified = (await ada.call("GET", "/audit/verify")).json()
            assert "broken" not in verified, verified
    finally:
        after.close()
    assert (tmp_path / "data" / ASIDE / DATABASE).is_file()
    assert not (tmp_path / "data" / DATABASE).exists()


async def test_all_rows_are_there_and_the_data_are_no_copy(data: Path, postgres_url: str) -> None:
    said: list[str] = []
    before = await rows_of(sqlite_in(data))
    assert await move_database(config_of(data, postgres_url), say=said.append) is Exit.DONE
    assert await rows_of(postgres_url) == before
    assert before["audit"] >= 3
    store = await Store.open(postgres_url)
    assert (
        await store.read(lambda connection: connection.execute(select(tables.server.c.mark)).scalar_one()) == store.mark
    )
    await store.close()


async def test_a_folder_that_was_copied_begins_a_new_epoch_there_too(data: Path, postgres_url: str) -> None:
    FolderMark(data / DATABASE).renew()
    assert await move_database(config_of(data, postgres_url), say=lambda _: None) is Exit.DONE
    store = await Store.open(postgres_url)
    mark = await store.read(lambda connection: connection.execute(select(tables.server.c.mark)).scalar_one())
    assert mark not in (None, store.mark)
    await store.close()


async def test_what_breaks_in_the_middle_leaves_nothing_there_and_all_here(
    data: Path, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy, before = copying._copy, await rows_of(sqlite_in(data))

    def until_the_last(table: Table, source: Connection, target: Connection, *, told: copying.Progress) -> int:
        if table is TABLES[-1]:
            raise NotCopied("It broke.")
        return copy(table, source, target, told=told)

    monkeypatch.setattr(copying, "_copy", until_the_last)
    with pytest.raises(Trouble, match=r"Nothing was moved. It broke"):
        await move_database(config_of(data, postgres_url), say=lambda _: None)
    assert set((await rows_of(postgres_url)).values()) == {0}
    assert await rows_of(sqlite_in(data)) == before
    monkeypatch.undo()
    assert await move_database(config_of(data, postgres_url), say=lambda _: None) is Exit.DONE


async def test_a_database_in_which_something_stands_is_left_alone(data: Path, postgres_url: str) -> None:
    store = await Store.open(postgres_url)
    await store.write(lambda connection: begin(connection, vault_name="Other", at=AT))
    await store.close()
    before = await rows_of(postgres_url)
    with pytest.raises(Trouble, match="is not empty"):
        await move_database(config_of(data, postgres_url), say=lambda _: None)
    assert await rows_of(postgres_url) == before
    assert (data / DATABASE).is_file()


async def test_a_trail_that_was_changed_is_not_moved(data: Path, postgres_url: str) -> None:
    store = await Store.open(sqlite_in(data))
    second = tables.audit.c.number == 2
    await store.write(lambda connection: connection.execute(update(tables.audit).where(second).values(action="purged")))
    await store.close()
    with pytest.raises(Trouble, match="Row 2 of the audit trail"):
        await move_database(config_of(data, postgres_url), say=lambda _: None)
    assert set((await rows_of(postgres_url)).values()) == {0}
    assert (data / DATABASE).is_file()


@pytest.mark.parametrize(
    ("url", "says"), [("", "database_url"), ("postgresql://pdm@127.0.0.1:1/pdm", "Nothing was moved")]
)
async def test_without_a_database_that_answers_nothing_happens(data: Path, url: str, says: str) -> None:
    with pytest.raises(Trouble, match=says):
        await move_database(config_of(data, url), say=lambda _: None)
    assert (data / DATABASE).is_file()


async def test_without_a_file_there_is_nothing_to_move(tmp_path: Path) -> None:
    with pytest.raises(Trouble, match="nothing was done"):
        await move_database(config_of(tmp_path / "empty", "postgresql://pdm@127.0.0.1:1/pdm"), say=lambda _: None)


async def test_a_text_that_postgresql_cannot_keep_is_named_with_its_row(data: Path, postgres_url: str) -> None:
    store = await Store.open(sqlite_in(data))
    await store.write(lambda connection: connection.execute(update(tables.vault).values(rules="a\0b")))
    found = await store.read(lambda connection: connection.execute(select(tables.vault.c.id)).scalar_one())
    await store.close()
    with pytest.raises(Trouble, match="“rules” in the table “vault”, row id") as refused:
        await move_database(config_of(data, postgres_url), say=lambda _: None)
    assert found in str(refused.value)
    assert set((await rows_of(postgres_url)).values()) == {0}
    store = await Store.open(sqlite_in(data))
    await store.write(lambda connection: connection.exec_driver_sql(str(refused.value).rpartition(": ")[2]))
    await store.close()
    assert await move_database(config_of(data, postgres_url), say=lambda _: None) is Exit.DONE


async def test_nothing_is_moved_under_a_server_that_is_at_work_there(
    data: Path, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_postgres, "LEAVING_SECONDS", 0.0)
    node = await Store.open(postgres_url)
    await node.read(lambda connection: connection.execute(select(1)).scalar_one())
    with pytest.raises(Trouble, match="Another server is at work"):
        await move_database(config_of(data, postgres_url), say=lambda _: None)
    await node.close()
    assert (data / DATABASE).is_file()


async def test_every_table_is_moved_and_no_number_is_given_by_the_database(data: Path, postgres_url: str) -> None:
    """So there is no sequence that would have to go on where the other one stood."""
    by_hand = {"alembic_version", "lease"}
    store = await Store.open(postgres_url)

    def look(connection: Connection) -> tuple[set[str], int]:
        columns = "FROM information_schema.columns WHERE table_schema = 'public'"
        numbers = f"SELECT count(*) {columns} AND (is_identity = 'YES' OR column_default LIKE 'nextval%%')"
        return (
            set(connection.exec_driver_sql(f"SELECT table_name {columns}").scalars()),
            connection.exec_driver_sql(numbers).scalar_one(),
        )

    there, numbers = await store.read(look)
    await store.close()
    assert there - by_hand == {table.name for table in TABLES}
    assert numbers == 0
    store = await Store.open(sqlite_in(data))
    here = await store.read(
        lambda connection: set(
            connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'table'").scalars()
        )
    )
    await store.close()
    assert here == there
