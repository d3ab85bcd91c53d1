"""A newer version of the server starts on PostgreSQL while an older one is at work there."""

import shutil
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from server.domain.errors import NotReady
from server.services.beginning import begin
from server.storage import migrate
from server.storage.store import BadDatabase, Store
from server.version import VERSION
from tests.server.storage.test_presence import cut_off
from tests.server.storage.test_same_database import START, change, seq
from tests.support.databases import new_database
from tests.support.postgres import Postgres, name_in

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Debian's PostgreSQL runs on Linux")

NEWER = '''"""Another column."""

import sqlalchemy as sa
from alembic import op

revision = "0999"
down_revision = "{last}"


def upgrade() -> None:
    """To this version."""
    op.add_column("server", sa.Column("more", sa.Text()))
'''


@pytest.fixture
def install_newer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Whoever starts from then on is a version with one migration more."""
    last = migrate.newest()
    shutil.copytree(migrate._SCRIPTS, tmp_path / "migrations", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "migrations/versions/v0999_more.py").write_text(NEWER.format(last=last), encoding="utf-8")
    return lambda: monkeypatch.setattr(migrate, "_SCRIPTS", tmp_path / "migrations")


@pytest.fixture
async def url(postgres: Postgres) -> AsyncIterator[str]:
    made = new_database(postgres)
    yield made
    postgres.drop(made)


@pytest.fixture
async def older(url: str) -> AsyncIterator[Store]:
    store = await Store.open(url)
    await store.write(lambda connection: begin(connection, vault_name="Production", at=START))
    await store.hold()
    yield store
    await store.close()


def reached_by(postgres: Postgres, url: str) -> str:
    return postgres.sql("SELECT version_num FROM alembic_version", database=name_in(url))


async def test_nobody_changes_the_tables_while_an_older_version_is_at_work(
    postgres: Postgres, url: str, older: Store, install_newer: Callable[[], None]
) -> None:
    before = reached_by(postgres, url)
    install_newer()
    with pytest.raises(BadDatabase, match=f"older one are at work on it: pdm-server {VERSION} at .*Stop those"):
        await Store.open(url)
    assert reached_by(postgres, url) == before
    await older.write(change)
    assert await older.read(seq) == 1
    await older.close()
    store = await Store.open(url)
    assert reached_by(postgres, url) == "0999"
    another = await Store.open(url)
    await another.close()
    await store.close()


async def test_an_older_version_notices_newer_tables_and_changes_nothing_more(
    postgres: Postgres, url: str, older: Store, install_newer: Callable[[], None]
) -> None:
    """Its connection was lost in the very moment."""
    cut_off(postgres, url)
    install_newer()
    store = await Store.open(url)
    for ask in (older.write(change), older.read(seq)):
        with pytest.raises(NotReady, match="those of a newer version"):
            await ask
    assert await store.read(seq) == 0
    await store.close()


async def test_who_only_reads_notices_them_by_the_look_of_each_second(
    postgres: Postgres, url: str, older: Store, install_newer: Callable[[], None]
) -> None:
    cut_off(postgres, url)
    install_newer()
    await (await Store.open(url)).close()
    await older.look()
    with pytest.raises(NotReady, match="those of a newer version"):
        await older.read(seq)
