"""What the table asks of the cache is answered, also when the cache could not be read at first."""

import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pdm_desktop.app import views as module
from pdm_desktop.app.tasks import Tasks
from pdm_desktop.app.views import Views
from pdm_desktop.cache.worker import CacheWorker
from pdm_desktop.core.requests import OpenFolder, Search
from pdm_desktop.state.changes import Change, TroubleRaised
from pdm_desktop.state.store import Store
from tests.support.seat_parts import local_now, until


class Held(CacheWorker):
    """Another program has the file, until it is let go."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.is_held = True
        self.asked = 0

    async def read(self, job: Callable[..., Any]) -> Any:
        self.asked += 1
        if self.is_held:
            raise sqlite3.OperationalError("database is locked")
        return await super().read(job)


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Held]:
    monkeypatch.setattr(module, "AGAIN", (0.01, 0.02))
    made = Held(tmp_path / "cache.sqlite3")
    yield made
    made.close()


@pytest.fixture
def store() -> Store:
    return Store(clock=local_now)


@pytest.fixture
async def views(store: Store, cache: Held) -> AsyncIterator[Views]:
    broken: list[BaseException] = []
    tasks = Tasks(broken.append)
    made = Views(store, cache, tasks)
    yield made
    made.close()
    await tasks.stop()
    assert broken == []


async def test_a_folder_that_cannot_be_read_is_told_and_read_again(store: Store, cache: Held, views: Views) -> None:
    heard: list[Change] = []
    store.subscribe(heard.append)
    views.ask(OpenFolder(vault="v", folder="Jobs"))
    await until(lambda: cache.asked > 3 or not cache.is_held)
    assert store.listing.loading
    cache.is_held = False
    await until(lambda: not store.listing.loading)
    (told,) = [each.trouble for each in heard if isinstance(each, TroubleRaised)]
    assert "database is locked" in told.text


async def test_a_folder_that_is_left_is_not_read_any_more(store: Store, cache: Held, views: Views) -> None:
    views.ask(OpenFolder(vault="v", folder="Jobs"))
    views.ask(Search(text="plate"))
    await until(lambda: cache.asked > 4)
    cache.is_held = False
    await until(lambda: not store.listing.loading)
    assert store.listing.view.text == "plate"
