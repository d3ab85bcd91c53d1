"""What tests of the engine share: a workplace, files, a recovery store, and waits that take no time."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from pdm_desktop.sync.disk import LocalDisk
from pdm_desktop.sync.recovery import Recovery
from pdm_desktop.sync.transfer import attempts
from server.protocol.vault import File
from tests.support.client import Client
from tests.support.file_sets import new_set
from tests.support.kept import Moment
from tests.support.one_file import added
from tests.support.seat_parts import Workplace, workplace


@pytest.fixture
async def place(anna: Client, tmp_path: Path) -> AsyncIterator[Workplace]:
    async with workplace(anna, tmp_path) as made:
        yield made


@pytest.fixture
async def file(anna: Client) -> File:
    return await added(anna)


@pytest.fixture
async def files(anna: Client) -> list[File]:
    return await new_set(anna)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """What fails is tried again at once."""
    monkeypatch.setattr(attempts, "FIRST_WAITS", (0.01,))


@pytest.fixture
def clock() -> Moment:
    return Moment()


@pytest.fixture
def disk(tmp_path: Path) -> LocalDisk:
    disk = LocalDisk(tmp_path)
    disk.prepare()
    return disk


@pytest.fixture
def store(disk: LocalDisk, clock: Moment) -> Recovery:
    return Recovery(disk, clock)
