"""The bus: every subscriber hears every hint in order, and one's fault is not another's; the same on each kind."""

import sys
from collections.abc import AsyncIterator

import pytest

from server.bus.base import AccessHint, Bus, Hint, VaultHint
from server.bus.memory import MemoryBus

REDIS = pytest.param("redis", marks=pytest.mark.skipif(sys.platform == "win32", reason="Debian's Redis runs on Linux"))


@pytest.fixture(params=["memory", REDIS])
async def bus(request: pytest.FixtureRequest) -> AsyncIterator[Bus]:
    if request.param == "memory":
        yield MemoryBus()
        return
    from server.bus.redis import RedisBus

    bus = RedisBus(request.getfixturevalue("redis").url, channel=request.node.nodeid)
    async with bus.at_work():
        yield bus


async def test_every_subscriber_hears_every_hint_in_order(bus: Bus) -> None:
    first: list[Hint] = []
    second: list[Hint] = []
    bus.subscribe(first.append)
    bus.subscribe(second.append)
    hints: list[Hint] = [VaultHint("mill", 1), AccessHint(), VaultHint("mill", 2)]
    for hint in hints:
        await bus.publish(hint)
    assert first == second == hints


async def test_who_has_left_hears_nothing_more(bus: Bus) -> None:
    heard: list[Hint] = []
    leave = bus.subscribe(heard.append)
    await bus.publish(AccessHint())
    leave()
    leave()
    await bus.publish(AccessHint())
    assert heard == [AccessHint()]


async def test_a_subscriber_that_breaks_does_not_hide_a_hint_from_the_others(bus: Bus) -> None:
    heard: list[Hint] = []

    def broken(hint: Hint) -> None:
        raise ValueError(hint)

    bus.subscribe(broken)
    bus.subscribe(heard.append)
    await bus.publish(AccessHint())
    assert heard == [AccessHint()]


async def test_after_closing_nobody_hears_anything(bus: Bus) -> None:
    heard: list[Hint] = []
    bus.subscribe(heard.append)
    await bus.close()
    await bus.publish(AccessHint())
    assert heard == []
