"""Wrong tries at one node count at the others."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime

import pytest

from server.auth.shared_throttle import SharedThrottle
from server.auth.throttle import FREE_FOR_ADDRESS, FREE_FOR_PERSON
from server.bus.memory import MemoryBus
from server.domain.errors import TooManyTries
from tests.support.waiting import wait_for_async

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
HERE = "10.0.0.7"


@pytest.fixture
async def nodes() -> AsyncIterator[list[SharedThrottle]]:
    bus = MemoryBus()
    nodes = [SharedThrottle(bus, lambda: NOW) for _ in range(3)]
    async with AsyncExitStack() as stack:
        for node in nodes:
            await stack.enter_async_context(node.run())
        yield nodes


async def told(nodes: list[SharedThrottle]) -> None:
    async def nothing_waits() -> bool:
        return all(node._told.empty() for node in nodes)

    await wait_for_async(nothing_waits)


async def test_wrong_tries_at_one_node_make_wait_at_another(nodes: list[SharedThrottle]) -> None:
    for number in range(FREE_FOR_PERSON):
        nodes[number % 2].admit(name="Ada", address=HERE, now=NOW)
    await told(nodes)
    for node in nodes:
        with pytest.raises(TooManyTries):
            node.admit(name="Ada", address=HERE, now=NOW)
    nodes[0].admit(name="Ben", address=HERE, now=NOW)


async def test_a_right_try_at_one_node_is_right_at_all(nodes: list[SharedThrottle]) -> None:
    one, two, _ = nodes
    for _ in range(FREE_FOR_PERSON - 1):
        one.admit(name="Ada", address=HERE, now=NOW)
    await told(nodes)
    two.succeeded(name="Ada", address=HERE)
    await told(nodes)
    for _ in range(FREE_FOR_PERSON - 1):
        one.admit(name="Ada", address=HERE, now=NOW)


async def test_tokens_count_at_all_nodes(nodes: list[SharedThrottle]) -> None:
    one, two, _ = nodes
    for _ in range(FREE_FOR_ADDRESS - 1):
        one.admit_token(address=HERE, now=NOW)
    one.token_succeeded(address=HERE)
    one.admit_token(address=HERE, now=NOW)
    one.admit_token(address=HERE, now=NOW)
    await told(nodes)
    with pytest.raises(TooManyTries):
        two.admit_token(address=HERE, now=NOW)
    two.admit(name="Ada", address=HERE, now=NOW)
