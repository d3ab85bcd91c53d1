"""Collection beside arrivals: content that comes again while it is looked at stays."""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert

from server.domain.session import Session
from server.services.collecting import collect
from server.services.uploads import arrived, unknown_content
from server.storage.blobs import Content
from server.storage.blobs_disk import DiskBlobs
from server.storage.gate import Gate
from server.storage.tables import blob
from tests.support.vault_data import VaultData


class BusyGate(Gate):
    """A gate in which somebody is each time that it is to be closed for the `nth` time."""

    def __init__(self, nth: int, arrive: Callable[[], Awaitable[None]]) -> None:
        super().__init__()
        self._left = nth
        self._arrive = arrive

    @contextlib.asynccontextmanager
    async def closed(self) -> AsyncIterator[None]:
        self._left -= 1
        async with asyncio.TaskGroup() as tasks:
            if self._left == 0:
                inside = asyncio.Event()
                tasks.create_task(self._pass(inside), name="arrival")
                await inside.wait()
            async with super().closed():
                yield

    async def _pass(self, inside: asyncio.Event) -> None:
        async with self.passing():
            inside.set()
            await self._arrive()


def keep(blobs: DiskBlobs, content: bytes = b"G0 X0\n") -> Content:
    incoming = blobs.begin()
    incoming.write(content)
    kept = incoming.finish()
    incoming.keep()
    return kept


@pytest.mark.parametrize(("nth", "written_down"), [(1, True), (2, False)], ids=["unused", "unknown"])
async def test_content_that_comes_again_just_then_is_not_collected(
    tmp_path: Path, data: VaultData, anna: Session, nth: int, written_down: bool
) -> None:
    blobs = DiskBlobs(tmp_path / "blobs")

    async def arrive() -> None:
        content = keep(blobs)
        await data.store.write(lambda c: arrived(c, anna, content, at=now, lifetime=timedelta(days=1)))

    now = data.clock.now
    old = now - timedelta(days=2)
    content = keep(blobs)
    os.utime(blobs.place(content.hash), (old.timestamp(), old.timestamp()))
    if written_down:
        row = {"hash": content.hash, "size": content.size, "arrived": old}
        await data.store.write(lambda c: c.execute(insert(blob).values(row)))
    async with asyncio.timeout(30):
        assert (await collect(data.store, blobs=blobs, gate=BusyGate(nth, arrive), now=now)).contents == 0
    assert blobs.has(content)
    assert await data.store.read(lambda c: unknown_content(c, [content.hash])) == set()


@pytest.mark.parametrize(("hours", "collected"), [(23, 0), (25, 1)])
async def test_young_content_is_spared_whatever_refers_to_it(
    tmp_path: Path, data: VaultData, hours: int, collected: int
) -> None:
    row = {"hash": "a" * 64, "size": 1, "arrived": data.clock.now - timedelta(hours=hours)}
    await data.store.write(lambda c: c.execute(insert(blob).values(row)))
    done = await collect(data.store, blobs=DiskBlobs(tmp_path / "blobs"), gate=Gate(), now=data.clock.now)
    assert done.contents == collected


@pytest.mark.parametrize("written_down", [True, False], ids=["unused", "unknown"])
async def test_what_is_named_elsewhere_stays(tmp_path: Path, data: VaultData, written_down: bool) -> None:
    blobs, old = DiskBlobs(tmp_path / "blobs"), data.clock.now - timedelta(days=2)
    stored = [keep(blobs, each) for each in (b"mine", b"nobody's")]
    for each in stored:
        os.utime(blobs.place(each.hash), (old.timestamp(), old.timestamp()))
    if written_down:
        rows = [{"hash": each.hash, "size": each.size, "arrived": old} for each in stored]
        await data.store.write(lambda c: c.execute(insert(blob), rows))
    done = await collect(
        data.store, blobs=blobs, gate=Gate(), now=data.clock.now, named=lambda hashes: {stored[0].hash} & set(hashes)
    )
    assert (done.contents, [blobs.has(each) for each in stored]) == (1, [True, False])
