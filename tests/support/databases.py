"""On which database a test of the server runs: SQLite always, PostgreSQL as well where it says so. A pytest plugin.

    @pytest.mark.postgres                    # on both, in every run
    async def test_something(data: VaultData) -> None: ...

Without the marker a test that comes to the fixture `database` runs on SQLite alone, and with `--full` on both. What
looks into the file itself is marked `sqlite`, and never runs on the other.
"""

import asyncio
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from server.storage.store import Store
from tests.support.postgres import Postgres

BOTH = ("sqlite", "postgres")
NEW = "pdm_new"
"""The database with this version's tables and nothing in it, after which others are made."""


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "postgres: runs on PostgreSQL as well, in every run")
    config.addinivalue_line(
        "markers", "sqlite: looks into the SQLite file itself, so that it runs on no other database"
    )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "database" not in metafunc.fixturenames:
        return
    markers = {mark.name for mark in metafunc.definition.iter_markers()}
    wanted = "postgres" in markers or metafunc.config.getoption("--full")
    if wanted and "sqlite" not in markers and sys.platform != "win32":
        metafunc.parametrize("database", BOTH, indirect=True)


@pytest.fixture
def database(request: pytest.FixtureRequest) -> Iterator[str | None]:
    """The URL of a fresh database that has its tables; None: a SQLite file in the test's own folder."""
    if getattr(request, "param", "sqlite") == "sqlite":
        yield None
        return
    postgres: Postgres = request.getfixturevalue("postgres")
    url = new_database(postgres)
    yield url
    postgres.drop(url)


def new_database(postgres: Postgres) -> str:
    """A database that has its tables, in a moment: copied from one that is made once for each server."""
    if not postgres.sql(f"SELECT 1 FROM pg_database WHERE datname = '{NEW}'"):  # noqa: S608 - our own name
        postgres.sql(f"CREATE DATABASE {NEW} OWNER pdm")
        with ThreadPoolExecutor(1) as beside:  # a loop may be at work in this thread
            beside.submit(asyncio.run, _make_tables(postgres.url(NEW))).result()
    return postgres.database(like=NEW)


async def _make_tables(url: str) -> None:
    await (await Store.open(url)).close()
