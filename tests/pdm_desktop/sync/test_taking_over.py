"""A take-over from another seat of the same person is cancelled: nothing of it stays begun."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from pdm_desktop.core import requests
from pdm_desktop.core.results import FileResult, Outcome
from pdm_desktop.state.transfers import TransferState
from pdm_desktop.sync.events import TransferMoved
from server.protocol.vault import File
from tests.support.client import Client, signed_in
from tests.support.meanwhile import Meanwhiles
from tests.support.one_file import WORK, on_disk
from tests.support.seat_parts import Workplace, until, workplace


@pytest.fixture
def vaults() -> Meanwhiles:
    return Meanwhiles()


@pytest.fixture
async def place(anna: Client, tmp_path: Path, vaults: Meanwhiles) -> AsyncIterator[Workplace]:
    async with workplace(anna, tmp_path, around=vaults) as made:
        yield made


@pytest.fixture
async def laptop(anna: Client) -> AsyncIterator[Client]:
    async with signed_in(anna.address, "Anna") as other:
        yield other


async def cancelled(place: Workplace, file: File) -> FileResult:
    """What is told of a take-over whose content is paused on its way, and then cancelled."""

    def paused() -> list[str]:
        moved = [event.transfer for event in place.events if isinstance(event, TransferMoved)]
        return [each.id for each in moved if each.state is TransferState.PAUSED]

    wish = place.one(requests.Adopt(files=(file.id,)))
    task = asyncio.get_running_loop().create_task(wish, name="take over")
    await until(lambda: bool(paused()))
    await place.engine.run(requests.CancelTransfer(transfer=paused()[-1]), {})
    result = await task
    await place.engine.run(requests.ResumeAll(), {})
    return result


async def test_while_its_content_comes_nothing_has_changed(place: Workplace, laptop: Client, file: File) -> None:
    held = (await laptop.check_out(file.id)).file.lock
    await place.engine.run(requests.PauseAll(), {})
    result = await cancelled(place, file)
    assert result.outcome is Outcome.CANCELLED, result
    assert (await laptop.file(file.id)).file.lock == held, "no lock goes back to another seat, so none has come"
    assert (place.journal.unfinished(), place.journal.hold(file.id)) == ([], None)
    await place.engine.go_on()
    assert not on_disk(place, file).exists(), "it does not come by itself"


async def test_after_the_lock_has_come_that_is_said_and_nothing_is_left_begun(
    place: Workplace, anna: Client, laptop: Client, file: File, vaults: Meanwhiles
) -> None:
    """The other seat has checked in between the content and the lock."""
    held = await laptop.check_out(file.id)

    async def checked_in() -> None:
        await laptop.check_in(held, WORK, keep=True)
        await place.engine.run(requests.PauseAll(), {})

    vaults[0].before["adopt"] = checked_in
    result = await cancelled(place, file)
    assert result.outcome is Outcome.UNFINISHED, result
    assert "is checked out here now, but its content is not here yet" in result.text
    assert place.journal.unfinished() == []
    assert (await place.one(requests.CheckOut(files=(file.id,)))).outcome is Outcome.DONE
    assert on_disk(place, file).read_bytes() == WORK
