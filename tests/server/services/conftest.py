"""A store with two people, for every test of a use case."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from server.domain.session import Session
from tests.support.quick_folders import quick_folder
from tests.support.vault_data import VaultData


@pytest.fixture
def tmp_path(tmp_path: Path, pytestconfig: pytest.Config) -> Iterator[Path]:
    """In memory: how the store and the contents reach a disk is for `tests/server/storage`."""
    with quick_folder(tmp_path, pytestconfig) as folder:
        yield folder


@pytest.fixture
async def data(tmp_path: Path, database: str | None) -> AsyncIterator[VaultData]:
    opened = await VaultData.open(tmp_path, database=database)
    yield opened
    await opened.store.close()


@pytest.fixture
async def anna(data: VaultData) -> Session:
    return await data.person("Anna")


@pytest.fixture
async def ben(data: VaultData) -> Session:
    return await data.person("Ben")
