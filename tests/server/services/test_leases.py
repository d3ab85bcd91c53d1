"""What one node at a time works on: leases, turns and the gate, of two nodes over one store and one bus."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from server.bus.memory import MemoryBus
from server.domain.errors import NotReady
from server.services import leases, shared_gate, shared_turns
from server.services.leases import Leases
from server.services.shared_gate import SharedGate
from server.services.shared_turns import SharedTurns
from server.storage.store import Store
from server.storage.turns import TakenOver
from tests.support.waiting import wait_for_async


class Node:
    """One of two."""

    def __init__(self, store: Store, bus: MemoryBus) -> None:
        self.leases = Leases(store)
        self.turns = SharedTurns(self.leases, bus)
        self.gate = SharedGate(self.leases, store)
        self.stack = AsyncExitStack()

    async def start(self) -> None:
        await self.stack.enter_async_context(self.leases.run())
        await self.stack.enter_async_context(self.gate.run())

    def die(self) -> None:
        """It says nothing any more, and nobody has heard why."""
        self.leases._lost.clear()


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leases, "BEAT_SECONDS", 0.05)
    monkeypatch.setattr(leases, "LOOK_SECONDS", 0.01)
    monkeypatch.setattr(shared_gate, "LOOK_SECONDS", 0.01)
    for module in (leases, shared_gate, shared_turns):
        monkeypatch.setattr(module, "SILENT_SECONDS", 0.5)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    store = await Store.open(f"sqlite:///{tmp_path}/vault.sqlite3")
    yield store
    await store.close()


@pytest.fixture
async def nodes(store: Store) -> AsyncIterator[list[Node]]:
    bus = MemoryBus()
    nodes = [Node(store, bus) for _ in range(2)]
    for node in nodes:
        await node.start()
    yield nodes
    for node in nodes:
        await node.stack.aclose()


async def until(condition: Callable[[], object]) -> None:
    async def holds() -> bool:
        return bool(condition())

    await wait_for_async(holds)


async def test_a_lease_is_one_nodes_until_it_lets_go(nodes: list[Node]) -> None:
    one, two = nodes
    assert await one.leases.take("x", patience=0)
    assert await one.leases.take("x", patience=0), "who has it has it"
    assert not await two.leases.take("x", patience=0.7), "longer than a node may be silent: its holder is alive"
    await one.leases.let_go("x")
    assert await two.leases.take("x", patience=0)
    assert not await one.leases.take("x", patience=0)


async def test_the_lease_of_a_node_that_has_ended_without_a_word_is_over_after_a_while(nodes: list[Node]) -> None:
    one, two = nodes
    assert await one.leases.take("x", patience=0)
    one.die()
    assert not await two.leases.take("x", patience=0.1)
    assert await two.leases.take("x", patience=5)


async def test_a_node_that_ends_lets_go_of_everything(nodes: list[Node]) -> None:
    one, two = nodes
    assert await one.leases.take("x", patience=0)
    await one.stack.aclose()
    assert await two.leases.take("x", patience=0)


async def test_who_was_taken_for_dead_hears_that_it_has_lost_its_lease(nodes: list[Node], store: Store) -> None:
    one, two = nodes
    lost = asyncio.Event()
    assert await one.leases.take("x", patience=0, lost=lost.set)
    await store.write(lambda connection: leases.let_go_of_all(connection, holder=one.leases.node))
    assert await two.leases.take("x", patience=0)
    async with asyncio.timeout(10):
        await lost.wait()
    await one.leases.let_go("x")
    assert not await one.leases.take("x", patience=0), "what is another's is not let go of"


async def test_whoever_comes_at_another_node_ends_the_turn_of_who_lingers(nodes: list[Node]) -> None:
    one, two = nodes
    here, order = asyncio.Event(), list[str]()

    async def linger() -> None:
        async with one.turns.passing("upload"):
            here.set()
            try:
                await asyncio.Event().wait()
            finally:
                order.append("one is over")

    async def be_ended() -> None:
        with pytest.raises(TakenOver):
            await linger()

    async def come() -> None:
        await here.wait()
        async with two.turns.passing("upload"):
            order.append("two begins")

    async with asyncio.timeout(10), asyncio.TaskGroup() as tasks:
        tasks.create_task(be_ended(), name="one")
        tasks.create_task(come(), name="two")
    assert order == ["one is over", "two begins"]


async def test_a_turn_that_nobody_ends_is_waited_for_and_after_a_while_refused(
    nodes: list[Node], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = nodes
    monkeypatch.setattr(shared_turns, "PATIENCE_SECONDS", 0.1)
    async with one.turns.alone("upload"):
        with pytest.raises(NotReady, match="Another node"):
            async with two.turns.passing("upload"):
                pytest.fail("two have a turn")
        assert not await two.turns.settled("upload", patience=0.05)
    assert await two.turns.settled("upload", patience=5)
    async with two.turns.alone("upload"), one.turns.alone("another"):
        pass


async def test_the_turn_of_a_node_that_has_ended_goes_on_at_another(nodes: list[Node]) -> None:
    one, two = nodes
    async with one.turns.alone("upload"):
        one.die()
        async with two.turns.passing("upload"):
            pass


async def test_who_has_lost_a_turn_and_not_heard_of_it_writes_nothing_down_any_more(
    nodes: list[Node], store: Store
) -> None:
    one, two = nodes
    async with one.turns.alone("upload") as turn:
        await store.write(turn.require)
        one.die()
        async with two.turns.alone("upload") as other:
            await store.write(other.require)
            with pytest.raises(TakenOver):
                await store.write(turn.require)
        with pytest.raises(TakenOver):
            await store.write(turn.require)


async def test_nobody_stores_at_any_node_while_one_collects(nodes: list[Node]) -> None:
    one, two = nodes
    order: list[str] = []
    inside, leave, closed, done = (asyncio.Event() for _ in range(4))

    async def store_first() -> None:
        async with one.gate.passing():
            inside.set()
            await leave.wait()
            order.append("stored")

    async def collect() -> None:
        await inside.wait()
        async with two.gate.closed():
            order.append("collects")
            closed.set()
            await done.wait()
            order.append("collected")

    async def store_later() -> None:
        await closed.wait()
        async with one.gate.passing():
            order.append("stored again")

    async with asyncio.timeout(20), asyncio.TaskGroup() as tasks:
        for each in (store_first, collect, store_later):
            tasks.create_task(each(), name=each.__name__)
        await inside.wait()
        await until(lambda: one.gate._wanted)
        assert order == []
        leave.set()
        await closed.wait()
        await until(lambda: one.gate._marking.locked())
        done.set()
    assert order == ["stored", "collects", "collected", "stored again"]


async def test_a_node_that_has_ended_keeps_the_gate_neither_open_nor_closed(nodes: list[Node]) -> None:
    one, two = nodes
    async with one.gate.passing():
        pass
    await one.leases.take(shared_gate.PASSING + one.leases.node, patience=0)
    one.gate._marked = False
    one.die()
    async with asyncio.timeout(20):
        async with two.gate.closed():
            pass
        assert await one.leases.take(shared_gate.CLOSED, patience=0)
        one.die()
        async with two.gate.passing():
            pass


async def test_who_was_taken_for_dead_while_it_stored_says_so(nodes: list[Node], store: Store) -> None:
    one, _ = nodes

    async def store_something() -> None:
        async with one.gate.passing():
            await store.write(lambda connection: leases.let_go_of_all(connection, holder=one.leases.node))
            await until(lambda: not one.gate._marked)

    with pytest.raises(NotReady, match="held up"):
        await store_something()
    async with one.gate.passing():
        pass


async def test_many_pass_for_the_price_of_one_write(nodes: list[Node], monkeypatch: pytest.MonkeyPatch) -> None:
    one, _ = nodes
    writes = 0
    write = type(one.gate._store).write

    async def counted(*args: object, **options: object) -> object:
        nonlocal writes
        writes += 1
        return await write(*args, **options)  # type: ignore[arg-type]  # handed on as they came

    monkeypatch.setattr(type(one.gate._store), "write", counted)
    monkeypatch.setattr(leases, "BEAT_SECONDS", 60)
    async with one.gate.passing():
        async with asyncio.TaskGroup() as tasks:
            for _ in range(50):
                tasks.create_task(_pass(one.gate), name="passes")
        assert writes <= 2
    async with one.gate.closed():
        pass


async def _pass(gate: SharedGate) -> None:
    async with gate.passing():
        await asyncio.sleep(0)
