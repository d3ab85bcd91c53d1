"""The bus of several nodes over a real Redis, which is stopped, killed, emptied and silent meanwhile."""

import asyncio
import contextlib
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime

import pytest
from redis.asyncio.client import Pipeline

from server.bus import redis as redis_bus
from server.bus.base import (
    AccessHint,
    AliveHint,
    AskHint,
    BusFigures,
    ChangedHint,
    HeardReport,
    Hint,
    InboxHint,
    LostHint,
    MissedHint,
    ReportsHint,
    SeatSeen,
    SeatsHint,
    SessionHint,
    TryHint,
    TurnHint,
    VaultHint,
)
from server.bus.frames import Unreadable, frame_of, hint_in
from server.bus.redis import RedisBus
from server.protocol.events import Report
from tests.support.redis import Redis
from tests.support.waiting import wait_for_async

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Debian's Redis runs on Linux")

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
SEEN = SeatSeen(seat="s", session="x", person_id="ada", person="Ada", since=NOW, away=NOW)
EVERY_KIND: list[Hint] = [
    VaultHint("mill", 7),
    InboxHint("ada", 3),
    AccessHint(),
    ChangedHint("people"),
    ChangedHint("seats", frozenset({"ada", "ben"})),
    SessionHint("x"),
    LostHint(),
    SeatsHint(node="n", number=4, came=(SEEN,), went=("t",), whole=True),
    AliveHint("n", 4),
    AskHint(),
    AskHint("n"),
    ReportsHint(vaults=frozenset({"mill"}), reports=(HeardReport(report=Report(file="f", open=True), at=NOW),)),
    TurnHint("upload", "n"),
    TryHint(node="n", name="Ada", address="10.0.0.7"),
]


class Node:
    """One bus, and what its subscriber has heard."""

    def __init__(self, bus: RedisBus) -> None:
        self.bus = bus
        self.heard: list[Hint] = []
        bus.subscribe(self.heard.append)

    @property
    def hints(self) -> list[Hint]:
        """Without the bus's own."""
        return [hint for hint in self.heard if not isinstance(hint, MissedHint)]


async def until(condition: Callable[[], bool]) -> None:
    async def holds() -> bool:
        return condition()

    await wait_for_async(holds)


Make = Callable[[str, str], Awaitable[Node]]


@pytest.fixture
async def make() -> AsyncIterator[Make]:
    """A node on the Redis of that URL and that channel."""
    async with AsyncExitStack() as at_work:

        async def start(url: str, channel: str) -> Node:
            node = Node(RedisBus(url, channel=channel))
            await at_work.enter_async_context(node.bus.at_work())
            return node

        yield start


def test_a_hint_of_each_kind_is_the_same_after_its_way() -> None:
    for hint in EVERY_KIND:
        assert hint_in(frame_of(hint, sender="me")) == ("me", hint)


@pytest.mark.parametrize("frame", [b"", b"{}", b'["me","unheard",{}]', b'["me","vault",{"vault":1}]', b"\xff"])
def test_what_is_no_frame_is_said_to_be_none(frame: bytes) -> None:
    with pytest.raises(Unreadable):
        hint_in(frame)


async def test_every_node_of_a_server_hears_every_hint_once_and_in_order(redis: Redis, make: Make) -> None:
    nodes = [await make(redis.url, "once") for _ in range(3)]
    stranger = await make(redis.url, "another server")
    await until(lambda: all(node.bus.hears for node in (*nodes, stranger)))
    for hint in EVERY_KIND:
        await nodes[0].bus.publish(hint)
    assert nodes[0].hints == EVERY_KIND, "a node hears its own at once"
    await nodes[1].bus.publish(VaultHint("mill", 8))
    await until(lambda: all(len(node.hints) > len(EVERY_KIND) for node in nodes))
    for node in (nodes[0], nodes[2]):
        assert [hint for hint in node.hints if hint != VaultHint("mill", 8)] == EVERY_KIND
    assert all(len(node.hints) == len(EVERY_KIND) + 1 for node in nodes)
    assert stranger.hints == []


async def test_what_another_program_says_there_is_passed_over(redis: Redis, make: Make) -> None:
    import redis.asyncio as client

    node, other = await make(redis.url, "shared"), await make(redis.url, "shared")
    await until(lambda: node.bus.hears and other.bus.hears)
    async with client.Redis.from_url(redis.url) as stranger:
        await stranger.publish("shared", b"hello?")
    await other.bus.publish(AccessHint())
    await until(lambda: bool(node.hints))
    assert node.hints == [AccessHint()]


async def test_without_redis_a_node_hears_itself_and_nobody_waits_or_fails(own_redis: Redis, make: Make) -> None:
    own_redis.kill()
    node, other = await make(own_redis.url, "away"), await make(own_redis.url, "away")
    await node.bus.publish(VaultHint("mill", 1))
    assert (node.heard, other.heard, node.bus.hears) == ([VaultHint("mill", 1)], [], False)
    assert node.bus.lost == 1
    own_redis.start()
    await until(lambda: node.bus.hears and other.bus.hears)
    await node.bus.publish(VaultHint("mill", 2))
    await until(lambda: bool(other.hints))
    assert other.heard == [MissedHint(), VaultHint("mill", 2)], "what was said meanwhile is not said late"


async def test_after_redis_was_away_and_came_back_empty_the_nodes_hear_each_other_again(
    own_redis: Redis, make: Make
) -> None:
    node, other = await make(own_redis.url, "again"), await make(own_redis.url, "again")
    for number in range(1, 3):
        await until(lambda: node.bus.hears and other.bus.hears)
        await node.bus.publish(VaultHint("mill", number))
        await until(lambda number=number: VaultHint("mill", number) in other.hints)  # type: ignore[misc]  # a default that binds
        own_redis.kill()
        await until(lambda: not node.bus.hears and not other.bus.hears)
        own_redis.start()
    await until(lambda: other.heard.count(MissedHint()) == 3)


async def test_a_redis_that_says_nothing_any_more_counts_as_away(
    own_redis: Redis, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redis_bus, "PATIENCE_SECONDS", 0.1)
    node = await make(own_redis.url, "silent")
    await until(lambda: node.bus.hears)
    with own_redis.hanging():
        await until(lambda: not node.bus.hears)
        await node.bus.publish(AccessHint())
        assert AccessHint() in node.heard
    await until(lambda: node.bus.hears)


async def test_what_waits_for_redis_is_bounded(redis: Redis, make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    node = await make(redis.url, "bound")
    await until(lambda: node.bus.hears)
    monkeypatch.setattr(redis_bus, "WAITING_HINTS", 3)
    node.bus._waiting = type(node.bus._waiting)(maxlen=3)
    for number in range(10):
        await node.bus.publish(VaultHint("mill", number))
    assert len(node.bus._waiting) == 3
    assert node.bus.lost == 7


async def test_a_broken_connection_of_which_the_loop_speaks_in_its_own_words_ends_no_node(
    redis: Redis, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    node, other = await make(redis.url, "own words"), await make(redis.url, "own words")
    await until(lambda: node.bus.hears and other.bus.hears)
    with monkeypatch.context() as broken:

        async def broke(*_: object, **__: object) -> None:
            raise RuntimeError("unable to perform operation on <TCPTransport closed=True>; the handler is closed")

        broken.setattr(Pipeline, "execute", broke)
        await node.bus.publish(AccessHint())
        await until(lambda: node.bus.lost == 1)
    await node.bus.publish(VaultHint("mill", 7))
    await until(lambda: bool(other.hints))
    assert other.hints == [VaultHint("mill", 7)]


async def test_the_others_are_told_when_hints_were_lost_that_nobody_says_again(
    redis: Redis, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    node, other = await make(redis.url, "owed"), await make(redis.url, "owed")
    await until(lambda: node.bus.hears and other.bus.hears)
    with monkeypatch.context() as broken:

        async def broke(*_: object, **__: object) -> None:
            raise OSError("cut")

        broken.setattr(Pipeline, "execute", broke)
        hints: list[Hint] = [InboxHint("ada", 3), AliveHint("n", 4)]
        for lost, hint in enumerate(hints, start=1):
            await node.bus.publish(hint)
            await until(lambda lost=lost: node.bus.lost == lost)  # type: ignore[misc]  # a default that binds
    for number in range(2):
        await node.bus.publish(VaultHint("mill", number))
        await until(lambda number=number: VaultHint("mill", number) in other.hints)  # type: ignore[misc]  # it binds too
    assert other.hints == [VaultHint("mill", 0), LostHint(), VaultHint("mill", 1)]
    assert not [hint for hint in node.hints if isinstance(hint, LostHint)]


async def test_what_goes_over_redis_is_counted(own_redis: Redis, make: Make) -> None:
    node, other = await make(own_redis.url, "counted"), await make(own_redis.url, "counted")
    await until(lambda: node.bus.hears and other.bus.hears)
    await node.bus.publish(AccessHint())
    await until(lambda: bool(other.hints))
    assert other.bus.figures() == BusFigures(received=1)
    own_redis.kill()
    await until(lambda: not node.bus.hears)
    await node.bus.publish(AccessHint())
    assert node.bus.figures() == BusFigures(sent=1, lost=1, away=True)
    own_redis.start()
    await until(lambda: node.bus.hears)
    assert node.bus.figures() == BusFigures(sent=1, lost=1, found_again=1)


async def test_a_stop_that_the_library_swallows_is_one_all_the_same(
    redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    bus, sending = RedisBus(redis.url, channel="swallowed"), asyncio.Event()

    async def swallow(_: list[bytes]) -> bool:
        sending.set()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
        return True

    monkeypatch.setattr(bus, "_send", swallow)
    async with asyncio.timeout(30), bus.at_work():
        await until(lambda: bus.hears)
        await bus.publish(AccessHint())
        await sending.wait()
    assert not bus.hears


async def test_a_bus_that_is_closed_lets_go_of_its_connections(redis: Redis) -> None:
    bus = RedisBus(redis.url, channel="closed")
    async with bus.at_work():
        await until(lambda: bus.hears)
    assert not bus.hears
    await bus.publish(AccessHint())
    assert asyncio.all_tasks() == {asyncio.current_task()}


def test_a_server_without_a_redis_does_not_load_the_library() -> None:
    code = "import sys, server.app, server.cli.serve; print(sorted(name for name in sys.modules if 'redis' in name))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]"
