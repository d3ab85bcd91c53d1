"""Contents that go at one node and come at another: a node stands still at the worst moment, and nothing is lost."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, insert, select

from server.domain.errors import NotReady
from server.domain.session import Session
from server.services import leases, shared_gate
from server.services.collecting import collect
from server.services.counting import count_time
from server.services.leases import Leases, let_go_of_all
from server.services.shared_gate import SharedGate
from server.services.uploads import arrived
from server.storage.blobs import Content
from server.storage.blobs_disk import DiskBlobs
from server.storage.gate import Gate
from server.storage.store import Store
from server.storage.tables import blob, going, upload
from tests.support.stored import keep
from tests.support.vault_data import VaultData


class SlowBlobs(DiskBlobs):
    """Contents of which none is removed before it may be."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.removing = threading.Event()
        self.may_remove = threading.Event()
        self.may_remove.set()

    def remove(self, content_hash: str) -> None:
        """When it may be."""
        self.removing.set()
        assert self.may_remove.wait(30)
        super().remove(content_hash)


class Node:
    """One of several, with the contents of all."""

    def __init__(self, data: VaultData, root: Path, *, place: str) -> None:
        self.data = data
        self.blobs = SlowBlobs(root)
        self.leases = Leases(data.store, place=place)
        self.gate = SharedGate(self.leases, data.store)

    @property
    def store(self) -> Store:
        return self.data.store

    async def collect(self) -> int:
        done = await collect(self.store, blobs=self.blobs, gate=self.gate, now=self.data.clock.now)
        return done.contents

    async def send(self, who: Session) -> Content:
        """Store the content and write it down."""
        async with self.gate.passing() as fence:
            content = keep(self.blobs)

            def write_down(connection: Connection) -> None:
                fence.require(connection)
                arrived(connection, who, content, at=self.data.clock.now, lifetime=timedelta(days=1))

            await self.store.write(write_down)
        return content

    async def is_refused(self, who: Session) -> bool:
        """Send it; whether it is to be sent again."""
        try:
            await self.send(who)
        except NotReady:
            return True
        return False

    async def is_taken_for_dead(self) -> None:
        """It stands still for longer than the others wait."""
        self.leases._lost.clear()
        await self.store.write(lambda connection: let_go_of_all(connection, holder=self.leases.node))

    @contextmanager
    def standing_still(self) -> Iterator[None]:
        self.blobs.may_remove.clear()
        try:
            yield
        finally:
            self.blobs.may_remove.set()


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leases, "LOOK_SECONDS", 0.01)
    monkeypatch.setattr(shared_gate, "LOOK_SECONDS", 0.01)


@pytest.fixture
async def nodes(data: VaultData, tmp_path: Path) -> AsyncIterator[list[Node]]:
    data.clock.forward(days=100)
    nodes = [Node(data, tmp_path / "blobs", place=place) for place in ("one", "two")]
    async with AsyncExitStack() as stack:
        for node in nodes:
            await stack.enter_async_context(node.leases.run())
            await stack.enter_async_context(node.gate.run())
        yield nodes


@pytest.fixture
async def old(request: pytest.FixtureRequest, nodes: list[Node], data: VaultData) -> Content:
    """Content to which nothing refers any more, or which was never written down."""
    at = data.clock.now - timedelta(days=2)
    content = keep(nodes[0].blobs, at=at)
    if getattr(request, "param", "unused") == "unused":
        row = {"hash": content.hash, "size": content.size, "arrived": at}
        await data.store.write(lambda connection: connection.execute(insert(blob).values(row)))
    return content


async def promised(data: VaultData) -> list[str]:
    """The contents that somebody was told to be here."""
    return await data.store.read(lambda connection: list(connection.execute(select(upload.c.hash)).scalars()))


async def are_going(data: VaultData) -> list[str]:
    return await data.store.read(lambda connection: list(connection.execute(select(going.c.hash)).scalars()))


async def stand_still_while_removing(node: Node, tasks: asyncio.TaskGroup) -> asyncio.Task[int]:
    collecting = tasks.create_task(node.collect(), name="collect")
    assert await asyncio.to_thread(node.blobs.removing.wait, 30)
    await node.is_taken_for_dead()
    return collecting


@pytest.mark.postgres
@pytest.mark.parametrize("old", ["unused", "unknown"], indirect=True)
async def test_what_a_node_removes_that_stood_still_nobody_has_stored_meanwhile(
    nodes: list[Node], data: VaultData, old: Content, anna: Session
) -> None:
    one, two = nodes
    refused = []
    async with asyncio.TaskGroup() as tasks:
        with one.standing_still():
            collecting = await stand_still_while_removing(one, tasks)
            refused.append(await two.is_refused(anna))
            assert two.blobs.has(old), "it was stored, and not written down"
            await two.collect()
            refused.append(await two.is_refused(anna))
        await collecting
    assert refused == [True, True]
    assert not one.blobs.has(old)
    assert await promised(data) == []
    with pytest.raises(NotReady, match="send it again"):
        await two.send(anna)
    await one.collect()
    await two.send(anna)
    await two.collect()
    assert two.blobs.has(old)
    assert (await promised(data), await are_going(data)) == ([old.hash], [])


@pytest.mark.postgres
async def test_what_a_node_stored_that_stood_still_is_written_down_by_nobody(
    nodes: list[Node], data: VaultData, old: Content, anna: Session
) -> None:
    one, two = nodes

    async def stand_still() -> None:
        async with one.gate.passing() as fence:
            await one.is_taken_for_dead()
            assert await two.collect() == 1
            with pytest.raises(NotReady, match="held up"):
                await one.store.write(fence.require)
            one.gate._lose()  # as the next beat finds

    with pytest.raises(NotReady, match="held up"):
        await stand_still()
    assert await are_going(data) == []
    await one.send(anna)
    assert one.blobs.has(old)


async def test_what_a_dead_node_was_removing_the_next_one_at_its_place_lets_go(
    nodes: list[Node], data: VaultData, old: Content, anna: Session, tmp_path: Path
) -> None:
    one, two = nodes
    async with asyncio.TaskGroup() as tasks:
        with one.standing_still():
            collecting = await stand_still_while_removing(one, tasks)
        await collecting
        again = Node(data, tmp_path / "blobs", place="one")
        async with again.leases.run(), again.gate.run():
            await two.collect()
            assert await are_going(data) == [old.hash]
            await again.collect()
            assert await are_going(data) == []
    await two.send(anna)
    assert two.blobs.has(old)


async def test_what_a_node_was_removing_that_never_comes_back_is_let_go_after_a_day_that_was_counted(
    nodes: list[Node], data: VaultData, old: Content, anna: Session
) -> None:
    one, two = nodes
    async with asyncio.TaskGroup() as tasks:
        with one.standing_still():
            collecting = await stand_still_while_removing(one, tasks)
        await collecting
    await data.store.write(lambda connection: count_time(connection, now=data.clock.now))
    data.clock.forward(days=400)  # a clock that jumps says nothing
    for hours in range(25):
        assert await are_going(data) == [old.hash], hours
        await two.collect()
        data.clock.forward(hours=1)
    await two.collect()
    await two.collect()
    assert await are_going(data) == []
    await two.send(anna)


async def test_who_is_alone_lets_go_of_whatever_was_left(
    nodes: list[Node], data: VaultData, old: Content, tmp_path: Path
) -> None:
    one, _ = nodes
    async with asyncio.TaskGroup() as tasks:
        with one.standing_still():
            collecting = await stand_still_while_removing(one, tasks)
        await collecting
    await collect(data.store, blobs=DiskBlobs(tmp_path / "blobs"), gate=Gate(), now=data.clock.now)
    assert await are_going(data) == []


@pytest.mark.parametrize("old", ["unused", "unknown"], indirect=True)
async def test_what_was_removed_in_peace_leaves_nothing_behind(
    nodes: list[Node], data: VaultData, old: Content
) -> None:
    assert await nodes[0].collect() == 1
    assert not nodes[0].blobs.has(old)
    assert await are_going(data) == []
