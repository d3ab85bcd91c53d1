"""One place, one file: what is in a place, or comes there at the last moment, is neither lost nor taken for another."""

import uuid
from collections.abc import AsyncIterator
from pathlib import Path, PurePath

import pytest

from pdm_desktop.core import requests
from pdm_desktop.core.decisions import Side
from pdm_desktop.core.issues import Conflict
from pdm_desktop.core.paths import version_path
from pdm_desktop.core.results import Outcome
from server.protocol.vault import File
from tests.support.client import Client
from tests.support.meanwhile import Meanwhiles, seq, tell
from tests.support.seat_parts import Workplace, workplace

FIRST, LATER, WORK = b"G0 X0 Y0\n" * 40, b"G1 X1\n" * 50, b"what the person saved\n"


@pytest.fixture
def vaults() -> Meanwhiles:
    return Meanwhiles()


@pytest.fixture
async def place(anna: Client, tmp_path: Path, vaults: Meanwhiles) -> AsyncIterator[Workplace]:
    async with workplace(anna, tmp_path, around=vaults) as made:
        yield made


@pytest.fixture
async def file(anna: Client) -> File:
    return (await anna.add(await anna.vault(), f"Jobs/{uuid.uuid4().hex}/plate.nc", FIRST)).file


def on_disk(place: Workplace, path: str) -> Path:
    return place.root / "Production" / path


def force(place: Workplace, path: str, content: bytes) -> Path:
    """Edit a file without a lock, as some people do."""
    full = on_disk(place, path)
    full.chmod(0o600)
    full.write_bytes(content)
    return full


def beside(path: Path) -> list[bytes]:
    """What the folder of a file holds."""
    return [each.read_bytes() for each in path.parent.iterdir()]


def conflict_of(place: Workplace) -> Conflict:
    (issue,) = place.issues()
    assert isinstance(issue, Conflict)
    return issue


# The second name, when both versions are kept


async def test_what_gets_the_second_name_first_is_not_taken_for_mine(
    place: Workplace, tomas: Client, file: File, vaults: Meanwhiles
) -> None:
    await place.do(requests.GetLatest(files=(file.id,)))
    since = await seq(tomas)
    path = force(place, file.path, WORK)
    await tomas.check_in(await tomas.check_out(file.id), LATER)
    await tell(place, tomas, since)
    conflict = conflict_of(place)
    both = requests.DecideVersions(file=file.id, side=Side.BOTH, seen=conflict.seen, who="Anna")
    name = version_path(path.name, "Anna", conflict.mine.at.astimezone())

    async def taken() -> None:
        path.with_name(name).write_bytes(b"another file")

    vaults[0].act = taken
    refused = await place.one(both)
    assert vaults[0].act is None
    assert WORK in beside(path) + place.kept(), "mine is gone"
    assert (refused.outcome, path.read_bytes()) == (Outcome.REFUSED, WORK)
    assert f"{name} is there by now" in refused.text
    assert list((place.root / PurePath(".pdm-desktop", "unfinished")).iterdir()) == []
    await place.one(both)
    assert sorted(beside(path)) == sorted([LATER, WORK, b"another file"])
