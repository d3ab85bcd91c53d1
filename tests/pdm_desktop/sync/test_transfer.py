"""Large content over a bad network: it goes on where it was, sends little again, and arrives whole."""

import random
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from pdm_desktop.core import requests
from pdm_desktop.core.results import Outcome
from pdm_desktop.net.http import Http, trust
from pdm_desktop.net.vault import VaultCalls
from pdm_desktop.sync.events import TransferMoved
from pdm_desktop.sync.transfer import attempts, upload
from server.protocol.vault import File
from tests.support.client import Client
from tests.support.proxy import Proxy, proxy
from tests.support.seat_parts import Workplace, workplace

MIB = 1 << 20
PART = 2 * MIB
SIZE = 7 * MIB + 123
SMALL_TALK = 64 << 10
"""More than all headers and answers of one request."""


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small parts and short waits: the rules are the same."""
    monkeypatch.setattr(upload, "SMALL", MIB)
    monkeypatch.setattr(upload, "PART", PART)
    monkeypatch.setattr(attempts, "FIRST_WAITS", (0.01, 0.02))
    monkeypatch.setattr(attempts, "WAITS", (0.01, 0.05, 0.2))


@pytest.fixture
async def line(anna: Client) -> AsyncIterator[Proxy]:
    async with proxy(anna.address) as made:
        yield made


@pytest.fixture
async def file(anna: Client) -> File:
    return (await anna.add(await anna.vault(), f"Jobs/{uuid.uuid4().hex}/plate.mcam", b"small")).file


def noise(size: int = SIZE) -> bytes:
    return random.randbytes(size)


@asynccontextmanager
async def behind(line: Proxy, client: Client, folder: Path) -> AsyncIterator[Workplace]:
    """The client's engine, behind that line."""
    http = Http(line.address, token=client.token, seat=client.seat, tls=trust())
    calls = VaultCalls(http)
    try:
        async with workplace(client, folder, around=lambda _: calls) as place:
            yield place
    finally:
        await calls.close()


async def edit(place: Workplace, file: File, content: bytes) -> Path:
    """Check out and write."""
    await place.do(requests.CheckOut(files=(file.id,)))
    path = place.root / "Production" / file.path
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("at", [1, MIB - 1, MIB, MIB + 1, PART - 1, PART, PART + 1, 3 * MIB, 5 * MIB, SIZE - 1])
async def test_an_upload_that_is_cut_goes_on(line: Proxy, anna: Client, file: File, tmp_path: Path, at: int) -> None:
    content = noise()
    async with behind(line, anna, tmp_path) as place:
        await edit(place, file, content)
        line.cut("up", at)
        before = line.up
        result = await place.one(requests.CheckIn(files=(file.id,)))
        assert result.outcome is Outcome.DONE, result
        assert line.cuts == []
        assert line.up - before < SIZE + PART + SMALL_TALK, "at most one part is sent again"
    assert await anna.content(file.id) == content


async def test_many_cuts_in_one_upload(line: Proxy, anna: Client, file: File, tmp_path: Path) -> None:
    content = noise()
    async with behind(line, anna, tmp_path) as place:
        await edit(place, file, content)
        for at in (300_000, 900_000, 2_500_000, 2_600_000, 5_000_000, 6_900_000):
            line.cut("up", at)
        line.cut("down", 1_000)
        result = await place.one(requests.CheckIn(files=(file.id,)))
        assert result.outcome is Outcome.DONE, result
    assert await anna.content(file.id) == content


async def test_after_a_restart_an_upload_goes_on(line: Proxy, anna: Client, file: File, tmp_path: Path) -> None:
    content = noise()
    async with behind(line, anna, tmp_path) as place:
        await edit(place, file, content)
        line.die(5 * MIB)
        refused = await place.one(requests.CheckIn(files=(file.id,)))
        assert refused.outcome is Outcome.WAITS
        assert "No server answers" in refused.text
    line.is_refusing = False
    async with behind(line, anna, tmp_path) as place:
        before = line.up
        result = await place.one(requests.CheckIn(files=(file.id,)))
        assert result.outcome is Outcome.DONE, result
        assert line.up - before < SIZE - 4 * MIB + SMALL_TALK, "what the server had is not sent again"
    assert await anna.content(file.id) == content


async def test_a_download_that_is_cut_goes_on(
    line: Proxy, anna: Client, tomas: Client, file: File, tmp_path: Path
) -> None:
    content = noise()
    held = await tomas.check_out(file.id)
    await tomas.check_in(held, content)
    async with behind(line, anna, tmp_path) as place:
        before = line.down
        for at in (MIB + 1, 3 * MIB, 3 * MIB + 5, SIZE - 1):
            line.cut("down", at)
        result = await place.one(requests.GetLatest(files=(file.id,)))
        assert result.outcome is Outcome.DONE, result
        assert line.cuts == []
        assert line.down - before < SIZE + 4 * (MIB + SMALL_TALK), "less than a block is fetched again after each cut"
        assert (place.root / "Production" / file.path).read_bytes() == content


async def test_content_that_the_vault_has_is_not_sent(line: Proxy, anna: Client, file: File, tmp_path: Path) -> None:
    content = noise()
    await anna.add(await anna.vault(), f"{file.folder}/same.mcam", content)
    async with behind(line, anna, tmp_path) as place:
        await edit(place, file, content)
        before = line.up
        result = await place.one(requests.CheckIn(files=(file.id,)))
        assert result.outcome is Outcome.DONE, result
        assert line.up - before < SMALL_TALK
    assert await anna.content(file.id) == content


async def test_a_server_that_is_not_there_is_said_soon(
    line: Proxy, anna: Client, file: File, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attempts, "WAITS", (60.0,))
    async with behind(line, anna, tmp_path) as place:
        path = await edit(place, file, noise())
        line.die(0)
        result = await place.one(requests.CheckIn(files=(file.id,)))
        assert result.outcome is Outcome.WAITS
        assert path.stat().st_size == SIZE


async def test_progress_never_says_more_than_there_is(line: Proxy, anna: Client, file: File, tmp_path: Path) -> None:
    async with behind(line, anna, tmp_path) as place:
        await edit(place, file, noise())
        line.cut("up", 3 * MIB)
        await place.do(requests.CheckIn(files=(file.id,)))
        moved = [event.transfer for event in place.events if isinstance(event, TransferMoved) and event.transfer.up]
        assert all(0 <= each.done <= SIZE for each in moved)
        assert moved[-1].done == SIZE
