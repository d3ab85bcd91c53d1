"""Data of an earlier version: what stands in them means the same after the first start of this one."""

from datetime import timedelta
from pathlib import Path
from uuid import UUID

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, select, text

from server.services.reading import identity_of
from server.storage import migrate
from server.storage.store import Store
from server.storage.tables import parked

HOUR = timedelta(hours=1)


def database_of(version: str, folder: Path) -> str:
    """An empty database as that version made it."""
    url = f"sqlite:///{(folder / 'vault.sqlite3').as_posix()}"
    config = Config()
    config.set_main_option("script_location", str(migrate._SCRIPTS))
    engine = create_engine(url)
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, version)
    engine.dispose()
    return url


async def test_what_is_parked_has_its_whole_time_before_it(tmp_path: Path) -> None:
    url = database_of("0004", tmp_path)
    engine = create_engine(url)
    microseconds = HOUR // timedelta(microseconds=1)
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO parked (id, person, vault, file, path, base, hash, size, reason, at, expires)"
                " VALUES ('1', 'p', 'v', 'f', 'a.nc', '1.0', 'h', 4, 'not_yours', :at, :expires)"
            ),
            {"at": 5 * microseconds, "expires": 7 * microseconds},
        )
    engine.dispose()
    store = await Store.open(url)
    remaining = await store.read(lambda connection: connection.execute(select(parked.c.remaining)).scalar_one())
    await store.close()
    assert remaining == 2 * HOUR


async def test_a_server_of_before_gets_an_id(tmp_path: Path) -> None:
    url = database_of("0005", tmp_path)
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO server (id, epoch, began, access_version) VALUES (1, 'e', 0, 1)"))
    engine.dispose()
    store = await Store.open(url)
    identity = await store.read(identity_of)
    await store.close()
    assert UUID(identity).version == 4
