"""An answer of before a restore, told again, is not taken for the voice of the server (N10, N18, N19)."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from pdm_desktop.core import requests
from pdm_desktop.core.errors import Unreachable
from pdm_desktop.core.results import Outcome
from pdm_desktop.sync.news import Truth
from server.protocol.vault import File
from tests.support.client import PASSWORD, Client, signed_in
from tests.support.line import Line
from tests.support.meanwhile import in_step, seq, tell, turns
from tests.support.one_file import added, edited, on_disk, revised
from tests.support.seat_parts import workplace
from tests.support.server import RealServer

LATER = b"G1 X1\n" * 50


async def test_a_seat_hears_a_restored_server_also_after_an_answer_of_before(
    anna_at_own: Client, own_server: RealServer, tmp_path: Path
) -> None:
    """A check-in was stored and its answer lost; the backup has both. The seat starts anew before it asks again."""
    anna, line, folder = anna_at_own, Line(loses="check_in"), tmp_path / "seat"
    file, other = await added(anna), await added(anna, "other.nc")
    async with workplace(anna, folder, around=line) as place:
        await in_step(place, anna)
        await place.one(requests.GetLatest(files=(other.id,)))
        await edited(place, file)
        assert (await place.one(requests.CheckIn(files=(file.id,)))).outcome is Outcome.WAITS
    await asyncio.to_thread(own_server.run, "backup", str(tmp_path / "backup"))
    await asyncio.to_thread(own_server.stop)
    await asyncio.to_thread(own_server.run, "restore", str(tmp_path / "backup"))
    await asyncio.to_thread(own_server.start)
    await anna.sign_in_again()
    line.refused["check_in"] = Unreachable("The connection was cut.")
    async with workplace(anna, folder, around=line) as place:
        await in_step(place, anna)
        await place.engine.go_on()
    line.refused.clear()
    async with workplace(anna, folder, around=line) as place:
        await in_step(place, anna)
        await place.engine.go_on()
        assert place.journal.unfinished() == []
        assert place.journal.epoch() == (await anna.file(file.id)).epoch, "before the server greets again"
        async with signed_in(anna.address, "Tomas", password=PASSWORD) as tomas:
            since = await seq(tomas)
            await revised(tomas, other, LATER)
            await tell(place, tomas, since)
        assert on_disk(place, other).read_bytes() == LATER, "it follows"
        assert place.journal.unconfirmed() == []


@pytest.mark.parametrize("starts_anew", [False, True], ids=["at once", "started anew"])
async def test_a_seat_that_was_at_a_copy_of_its_server_goes_on_with_the_server_itself(
    anna: Client, tomas: Client, tmp_path: Path, file: File, *, starts_anew: bool
) -> None:
    """Somebody has tried a backup: a copy of the data is the same server, in an epoch of its own."""
    copy = Truth(epoch="of a copy", vaults=frozenset({await anna.vault()}), sightings={})
    async with AsyncExitStack() as places:
        place = await places.enter_async_context(workplace(anna, tmp_path))
        await in_step(place, anna)
        await place.one(requests.GetLatest(files=(file.id,)))
        await place.engine.compare(copy)
        assert place.journal.epoch() == copy.epoch
        if starts_anew:
            await places.aclose()
            place = await places.enter_async_context(workplace(anna, tmp_path))
        await revised(tomas, file, LATER)
        await in_step(place, anna)
        await turns(place)
        assert on_disk(place, file).read_bytes() == LATER
        assert place.journal.unconfirmed() == []
        assert place.journal.left_epochs() == [copy.epoch]
