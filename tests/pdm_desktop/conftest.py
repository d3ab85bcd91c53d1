"""What tests of the seat share: one real server, with two people who sign in on new seats."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from pdm_desktop import machine
from tests.support.client import PASSWORD, Client, signed_in
from tests.support.registry import Registry
from tests.support.server import RealServer, real_server


@pytest.fixture(scope="session")
def shop_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealServer]:
    """A server for all tests that do not stop it."""
    with real_server(tmp_path_factory.mktemp("server")) as server:
        for name in ("Anna", "Tomas"):
            server.add_person(name, PASSWORD)
        server.add_person("Eva", PASSWORD, administrator=True)
        yield server


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[RealServer]:
    """A server that a test may stop and start."""
    (tmp_path / "server").mkdir()
    with real_server(tmp_path / "server") as server:
        for name in ("Anna", "Tomas"):
            server.add_person(name, PASSWORD)
        yield server


@pytest.fixture
async def anna(shop_server: RealServer) -> AsyncIterator[Client]:
    async with signed_in(shop_server.address, "Anna") as client:
        yield client


@pytest.fixture
async def tomas(shop_server: RealServer) -> AsyncIterator[Client]:
    async with signed_in(shop_server.address, "Tomas") as client:
        yield client


@pytest.fixture
async def anna_at_own(own_server: RealServer) -> AsyncIterator[Client]:
    async with signed_in(own_server.address, "Anna") as client:
        yield client


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> Registry:
    """An administrator's registry, in which nothing is said yet."""
    made = Registry()
    monkeypatch.setattr(machine, "values_of", made.values_of)
    return made
