"""What the window shows of a cache that is locked, or damaged: it waits for nothing, and nothing depends on it."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from pdm_desktop.app import shelf as module
from pdm_desktop.app.options import Options
from pdm_desktop.app.shelf import Shelf
from pdm_desktop.app.tasks import Tasks
from pdm_desktop.cache import schema
from pdm_desktop.cache.cache import Cache, cache_file
from pdm_desktop.state.account import Account, Phase
from pdm_desktop.state.store import Store
from server.protocol.vault import Vault
from tests.support.running_program import MemoryKeyring, is_asked, running, sign_in
from tests.support.seat_parts import comes, local_now, until
from tests.support.server import RealServer

ANNA = Account(
    person="Anna", administrator=False, server="works", address="http://127.0.0.1:9", server_name="Works", seat="s",
    computer="CAM-02",
)  # fmt: skip


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Another program has the file for itself."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        yield


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The cache of somebody who was here before."""
    path = cache_file(tmp_path, ANNA.server, ANNA.person)
    with closing(Cache(path)) as cache:
        cache.put_vaults("e", [Vault(id="v", name="Production", role="editor", seq=0)])
        cache.mark(local_now())
    return path


def shelf_of(store: Store, folder: Path) -> Shelf:
    store.sign_in(ANNA)
    made = Shelf(store, Tasks(lambda _: None), ANNA, folder)
    made.begin()
    return made


async def test_a_cache_that_is_locked_for_a_moment_is_shown_when_it_opens(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The window waits no longer than it must for the first paint."""
    monkeypatch.setattr(module, "OPENING", 0.01)
    monkeypatch.setattr(schema, "PATIENCE", 10.0)
    store = Store(clock=local_now)
    with closing(made_while_locked(store, path, tmp_path)) as shelf:
        await shelf.shown()
        assert [vault.name for vault in store.vaults.values()] == ["Production"]
        await shelf.shown()


def made_while_locked(store: Store, path: Path, folder: Path) -> Shelf:
    with locked(path):
        shelf = shelf_of(store, folder)
        assert store.vaults == {}
    return shelf


def test_one_wrong_word_does_not_keep_the_program_from_starting(path: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("UPDATE meta SET value = replace(value, '-', '!') WHERE key = 'true_at'")
        raw.commit()
    store = Store(clock=local_now)
    broke: Exception | None = None
    try:
        shelf_of(store, tmp_path).close()
    except ValueError as error:
        broke = error
    assert broke is None
    assert store.vaults == {}


async def test_a_cache_that_stays_locked_does_not_keep_the_seat_offline(
    qtbot: QtBot,
    qapp: QApplication,
    shop_server: RealServer,
    options: Options,
    ring: MemoryKeyring,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with running(qapp, options) as program:
        await until(is_asked(program))
        await sign_in(program, shop_server)
        account = program.store.account
        assert account is not None
    monkeypatch.setattr(schema, "PATIENCE", 0.2)
    with locked(cache_file(options.data, account.server, account.person)):
        async with running(qapp, options) as again:
            assert await comes(lambda: again.store.connection.phase is Phase.IN_STEP), again.store.connection
            assert again.store.vaults
