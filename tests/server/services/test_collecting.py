"""Collection beside arrivals and epochs: what comes again meanwhile, or somebody may still need, stays."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, insert

from server.domain.session import Session
from server.protocol.calls import BeginUpload
from server.services.arrivals import Arrival, Limits, begin_upload, mark_checked, upload_in_parts
from server.services.collecting import collect
from server.services.uploads import arrived, unknown_content
from server.storage.blobs import Content
from server.storage.blobs_disk import DiskBlobs
from server.storage.gate import Fence, Gate
from server.storage.tables import blob
from tests.support.stored import keep
from tests.support.vault_data import START, VaultData


class BusyGate(Gate):
    """A gate in which somebody is each time that it is to be closed for the `nth` time."""

    def __init__(self, nth: int, arrive: Callable[[], Awaitable[None]]) -> None:
        super().__init__()
        self._left = nth
        self._arrive = arrive

    @contextlib.asynccontextmanager
    async def closed(self) -> AsyncIterator[Fence]:
        self._left -= 1
        async with asyncio.TaskGroup() as tasks:
            if self._left == 0:
                inside = asyncio.Event()
                tasks.create_task(self._pass(inside), name="arrival")
                await inside.wait()
            async with super().closed() as fence:
                yield fence

    async def _pass(self, inside: asyncio.Event) -> None:
        async with self.passing():
            inside.set()
            await self._arrive()


def row_of(content: Content, arrived: datetime) -> dict[str, Any]:
    return {"hash": content.hash, "size": content.size, "arrived": arrived}


@pytest.mark.postgres
@pytest.mark.parametrize(("nth", "written_down"), [(2, True), (1, False)], ids=["unused", "unknown"])
async def test_content_that_comes_again_just_then_is_not_collected(
    tmp_path: Path, data: VaultData, anna: Session, nth: int, written_down: bool
) -> None:
    blobs = DiskBlobs(tmp_path / "blobs")

    async def arrive() -> None:
        content = keep(blobs)
        await data.store.write(lambda c: arrived(c, anna, content, at=now, lifetime=timedelta(days=1)))

    data.clock.forward(days=100)
    now = data.clock.now
    old = now - timedelta(days=2)
    content = keep(blobs, at=old)
    if written_down:
        await data.store.write(lambda c: c.execute(insert(blob).values(row_of(content, old))))
    async with asyncio.timeout(30):
        assert (await collect(data.store, blobs=blobs, gate=BusyGate(nth, arrive), now=now)).contents == 0
    assert blobs.has(content)
    assert await data.store.read(lambda c: unknown_content(c, [content.hash])) == set()


@pytest.mark.parametrize(("hours", "collected"), [(23, 0), (25, 1)])
async def test_young_content_is_spared_whatever_refers_to_it(
    tmp_path: Path, data: VaultData, hours: int, collected: int
) -> None:
    data.clock.forward(days=100)
    row = row_of(Content(hash="a" * 64, size=1), data.clock.now - timedelta(hours=hours))
    await data.store.write(lambda c: c.execute(insert(blob).values(row)))
    done = await collect(data.store, blobs=DiskBlobs(tmp_path / "blobs"), gate=Gate(), now=data.clock.now)
    assert done.contents == collected


@pytest.mark.parametrize("written_down", [True, False], ids=["unused", "unknown"])
async def test_what_is_named_elsewhere_stays(tmp_path: Path, data: VaultData, written_down: bool) -> None:
    data.clock.forward(days=100)
    blobs, old = DiskBlobs(tmp_path / "blobs"), data.clock.now - timedelta(days=2)
    stored = [keep(blobs, each, at=old) for each in (b"mine", b"nobody's")]
    if written_down:
        rows = [row_of(each, old) for each in stored]
        await data.store.write(lambda c: c.execute(insert(blob), rows))
    done = await collect(
        data.store, blobs=blobs, gate=Gate(), now=data.clock.now, named=lambda hashes: {stored[0].hash} & set(hashes)
    )
    assert (done.contents, [blobs.has(each) for each in stored]) == (1, [True, False])


@pytest.mark.parametrize("written_down", [True, False], ids=["unused", "unknown"])
@pytest.mark.parametrize(
    ("stored", "days", "is_kept"),
    [(-2, 0, True), (-2, 89, True), (-2, 91, False), (1, 89, False)],
    ids=["at once", "up to the last day", "afterwards", "of this epoch"],
)
async def test_content_from_before_the_epoch_is_spared_for_90_days(
    tmp_path: Path, data: VaultData, written_down: bool, stored: int, days: int, is_kept: bool
) -> None:
    """A database that was in its place before, and is put back, may name it."""
    blobs, at = DiskBlobs(tmp_path / "blobs"), START + timedelta(days=stored)
    content = keep(blobs, at=at)
    if written_down:
        await data.store.write(lambda c: c.execute(insert(blob).values(row_of(content, at))))
    await collect(data.store, blobs=blobs, gate=Gate(), now=START + timedelta(days=days))
    assert blobs.has(content) == is_kept
    assert await data.store.read(lambda c: unknown_content(c, [content.hash])) == (
        set() if written_down and is_kept else {content.hash}
    )


@pytest.mark.parametrize("written_down", [True, False], ids=["unused", "unknown"])
async def test_what_an_open_upload_has_put_there_stays_as_long_as_the_upload(
    tmp_path: Path, data: VaultData, anna: Session, written_down: bool
) -> None:
    """It was cut between its last byte and its row, and may be finished for days."""
    data.clock.forward(days=100)
    now = data.clock.now
    blobs, old = DiskBlobs(tmp_path / "blobs"), now - timedelta(hours=25)
    content = keep(blobs, at=old)
    if written_down:  # by somebody else, who has not used it
        await data.store.write(lambda c: c.execute(insert(blob).values(row_of(content, old))))
    wish = BeginUpload(size=content.size, hash=content.hash)
    limits = Limits(open_uploads=1, open_lifetime=timedelta(hours=72), lifetime=timedelta(hours=24))
    begun = await data.do(begin_upload, anna, wish, stored=False, limits=limits)

    def check(connection: Connection) -> None:
        arrival = upload_in_parts(connection, anna, begun.id, at=now)
        assert isinstance(arrival, Arrival)
        mark_checked(connection, arrival)

    await data.store.write(check)
    await collect(data.store, blobs=blobs, gate=Gate(), now=now)
    assert blobs.has(content)
    await collect(data.store, blobs=blobs, gate=Gate(), now=now + timedelta(hours=73))
    assert await data.store.read(lambda c: unknown_content(c, [content.hash])) == {content.hash}
