"""What fails and will most likely fail again is not tried again and again; what passes is tried again soon."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from pdm_desktop.core import requests, waiting
from pdm_desktop.core.errors import DiskFull, ServerTrouble, Spoiled, Unreachable
from pdm_desktop.core.results import Outcome
from pdm_desktop.net.vault import VaultCalls
from pdm_desktop.sync.patience import Patience
from server.protocol.vault import File
from tests.support.client import Client
from tests.support.meanwhile import in_step, seq, tell, turns
from tests.support.one_file import FIRST
from tests.support.seat_parts import Workplace, workplace
from tests.support.sim import World, pass_time, simulate

LATER = b"G1 X1\n" * 50
TURN = 5
pytestmark = pytest.mark.usefixtures("quick")


def test_the_waits_of_what_fails_grow_to_five_minutes() -> None:
    async def fails(_world: World) -> None:
        patience, waited = Patience(), []
        for _ in range(9):
            patience.failed("file", Spoiled("It is spoiled."))
            turns = 0
            while not patience.is_over("file"):
                await pass_time(TURN)
                turns += 1
            waited.append(turns * TURN)
        assert waited == [5, 10, 20, 40, 80, 160, 300, 300, 300]
        patience.failed("file", ServerTrouble("It is broken."))
        assert not patience.is_over("file")
        assert patience.is_over("another file")
        patience.forget("file")
        assert patience.is_over("file")

    simulate(0, fails)


def test_what_passes_by_itself_is_tried_at_every_turn() -> None:
    patience = Patience()
    for error in (Unreachable("No connection."), DiskFull("No room.")):
        patience.failed("file", error)
        assert patience.is_over("file")


class Failing(VaultCalls):
    """A vault whose content arrives spoiled, or not at all; counts how often it is asked for."""

    def __init__(self, inner: VaultCalls) -> None:
        self._http = inner._http
        self.is_cut = False
        self.is_whole = False
        self.asked = 0

    @asynccontextmanager
    async def content(self, file: str, revision: str, *, start: int = 0) -> AsyncIterator[AsyncIterator[bytes]]:
        self.asked += 1
        if self.is_cut:
            raise Unreachable("The connection was cut.")
        async with super().content(file, revision, start=start) as blocks:
            yield blocks if self.is_whole else self._spoiled(blocks)

    async def _spoiled(self, blocks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        async for block in blocks:
            yield bytes([block[0] ^ 1]) + block[1:]


class Failings(list[Failing]):
    def __call__(self, calls: VaultCalls) -> Failing:
        self.append(Failing(calls))
        return self[-1]


async def with_old_copy(client: Client, folder: Path, file: File) -> None:
    async with workplace(client, folder) as place:
        await place.do(requests.GetLatest(files=(file.id,)))


async def revised(place: Workplace, client: Client, file: File, content: bytes = LATER) -> None:
    since = await seq(client)
    await client.check_in(await client.check_out(file.id), content)
    await tell(place, client, since)


async def test_spoiled_content_is_fetched_once_and_then_waits(
    anna: Client, tomas: Client, tmp_path: Path, file: File, monkeypatch: pytest.MonkeyPatch
) -> None:
    await with_old_copy(anna, tmp_path, file)
    vaults = Failings()
    async with workplace(anna, tmp_path, around=vaults) as place:
        await revised(place, tomas, file)
        await turns(place, 12)
        assert vaults[0].asked == 1
        monkeypatch.setattr(waiting, "FIRST_RETRY", timedelta())
        await in_step(place, anna)
        assert vaults[0].asked == 2, "whoever is in step again looks at once"
        vaults[0].is_whole = True
        await place.engine.try_again()
        assert (place.root / "Production" / file.path).read_bytes() == LATER


async def test_news_of_a_file_end_its_wait(anna: Client, tomas: Client, tmp_path: Path, file: File) -> None:
    await with_old_copy(anna, tmp_path, file)
    vaults = Failings()
    async with workplace(anna, tmp_path, around=vaults) as place:
        await revised(place, tomas, file)
        vaults[0].is_whole = True
        await revised(place, tomas, file, b"one more")
        assert (place.root / "Production" / file.path).read_bytes() == b"one more"


async def test_what_a_lost_connection_kept_away_is_fetched_at_the_next_turn(
    anna: Client, tomas: Client, tmp_path: Path, file: File
) -> None:
    await with_old_copy(anna, tmp_path, file)
    vaults = Failings()
    async with workplace(anna, tmp_path, around=vaults) as place:
        vaults[0].is_cut = vaults[0].is_whole = True
        await revised(place, tomas, file)
        await turns(place)
        vaults[0].is_cut = False
        await place.engine.try_again()
        assert (place.root / "Production" / file.path).read_bytes() == LATER


async def test_a_check_out_whose_content_is_spoiled_waits_too_and_goes_on_when_the_server_is_back(
    anna: Client, tmp_path: Path, file: File
) -> None:
    vaults = Failings()
    async with workplace(anna, tmp_path, around=vaults) as place:
        assert (await place.one(requests.CheckOut(files=(file.id,)))).outcome is Outcome.UNFINISHED
        await place.engine.try_again()
        asked = vaults[0].asked
        await turns(place, 12)
        assert vaults[0].asked == asked
        vaults[0].is_whole = True
        await place.engine.go_on()
        assert place.journal.hold(file.id) is not None
        assert (place.root / "Production" / file.path).read_bytes() == FIRST
