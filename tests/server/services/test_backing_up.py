"""When the clock begins a backup, also where it was wrong for a while."""

from datetime import timedelta
from pathlib import Path

import pytest

from server.bus.memory import MemoryBus
from server.services import backing_up
from server.services.backing_up import BackingUp
from server.storage.backups import Backups
from tests.support.vault_data import START, VaultData
from tests.support.waiting import wait_for_async

DAY, YEAR = timedelta(days=1), timedelta(days=365)


@pytest.fixture
async def shop(tmp_path: Path) -> tuple[VaultData, Backups]:
    for name in ("data", "data/blobs", "backups"):
        (tmp_path / name).mkdir()
    return await VaultData.open(tmp_path / "data"), Backups(tmp_path / "data", tmp_path / "backups", kept=3)


def work(data: VaultData, backups: Backups) -> BackingUp:
    return BackingUp(backups, data.store, MemoryBus(), data.clock, every=DAY)


async def test_backups_of_a_clock_that_was_ahead_put_none_off(shop: tuple[VaultData, Backups]) -> None:
    data, backups = shop
    backups.make(at=START + YEAR, going_on=lambda _done, _of: None)
    working = work(data, backups)
    async with working.at_work():
        await wait_for_async(lambda: plan_is(working, START + DAY))
    assert [each.description.at for each in backups.all() if each.description] == [START + YEAR, START]
    await data.store.close()


async def test_a_clock_that_is_put_right_while_the_server_runs_begins_the_next_one(
    shop: tuple[VaultData, Backups], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backing_up, "LOOK_EVERY", 0.01)
    data, backups = shop
    data.clock.now = START + YEAR
    working = work(data, backups)
    async with working.at_work():
        await wait_for_async(lambda: plan_is(working, START + YEAR + DAY))
        data.clock.now = START
        await wait_for_async(lambda: plan_is(working, START + DAY))
    await data.store.close()


async def plan_is(working: BackingUp, wanted: object) -> bool:
    return (await working.told()).running is None and working.next == wanted
