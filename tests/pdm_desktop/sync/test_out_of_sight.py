"""A vault that a person may not read any more: nothing follows from that, and its copies stay where they are."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from pdm_desktop.core import requests
from pdm_desktop.core.errors import Missing
from pdm_desktop.net.vault import VaultCalls
from pdm_desktop.sync.news import Truth
from server.protocol.calls import Vaults
from server.protocol.vault import File
from tests.support.client import Client
from tests.support.meanwhile import in_step, seq, tell, turns
from tests.support.one_file import on_disk
from tests.support.seat_parts import Workplace, workplace


class Hidden(VaultCalls):
    """A server that from some moment on says of no vault that it may be read."""

    is_hidden = False

    def __init__(self, inner: VaultCalls) -> None:
        self._http = inner._http

    async def vaults(self) -> Vaults:
        known = await super().vaults()
        return replace(known, vaults=[]) if self.is_hidden else known


@pytest.fixture
def vaults() -> list[Hidden]:
    return []


@pytest.fixture
async def place(anna: Client, tmp_path: Path, vaults: list[Hidden]) -> AsyncIterator[Workplace]:
    def around(calls: VaultCalls) -> Hidden:
        vaults.append(Hidden(calls))
        return vaults[-1]

    async with workplace(anna, tmp_path, around=around) as made:
        yield made


async def test_a_vault_that_goes_out_of_sight_keeps_its_folder(
    place: Workplace, anna: Client, file: File, vaults: list[Hidden]
) -> None:
    """Also when the folders are asked for again, as for a vault that is new here."""
    await place.do(requests.GetLatest(files=(file.id,)))
    await in_step(place, anna)
    vaults[0].is_hidden = True
    with pytest.raises(Missing, match=r"The vault of plate\.nc is out of your sight"):
        await place.engine._workspace.place_of("another", "Jobs/plate.nc")
    path = on_disk(place, file)
    path.chmod(0o600)  # something to put right
    await turns(place)
    assert [each for each in place.root.glob("*/Jobs/*/*") if each.is_file()] == [path]
    assert (await place.engine._workspace.place_of(await anna.vault(), file.path)).parts[0] == "Production"


async def test_after_a_start_without_it_nothing_of_it_moves(
    place: Workplace, anna: Client, tomas: Client, tmp_path: Path, file: File, vaults: list[Hidden]
) -> None:
    await place.do(requests.GetLatest(files=(file.id,)))
    path = on_disk(place, file)

    def hidden(calls: VaultCalls) -> Hidden:
        made = Hidden(calls)
        made.is_hidden = True
        return made

    async with workplace(anna, tmp_path, around=hidden) as later:
        await in_step(later, anna)  # what was known before the access ended
        since = await seq(tomas)
        await tomas.move(file.id, f"{file.folder}/renamed.nc")
        await tell(later, tomas, since)
        await turns(later)
        assert [each for each in later.root.glob("*/Jobs/*/*") if each.is_file()] == [path]
        await later.engine.compare(
            Truth(epoch=(await anna.tree(await anna.vault())).head.epoch, vaults=frozenset(), sightings={})
        )
        await turns(later)
        assert [each for each in later.root.glob("*/Jobs/*/*") if each.is_file()] == [path]
