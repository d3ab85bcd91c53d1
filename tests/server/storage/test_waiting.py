"""Room: places in the order in which they are asked for, and nobody waits for one without end."""

import asyncio
from contextlib import AsyncExitStack

import pytest

from server.domain.errors import NotReady
from server.storage.waiting import Room, SharedRoom


async def test_who_waits_too_long_is_told_to_come_again_and_takes_no_place() -> None:
    room = Room(1, 0.05)
    async with room.place():
        with pytest.raises(NotReady, match="more to do") as refused:
            async with room.place():
                raise AssertionError("there is none")
        assert refused.value.retry_after
    async with room.place():
        pass


async def test_one_person_leaves_the_others_theirs() -> None:
    room = SharedRoom(4, 0.05, each=2)
    async with AsyncExitStack() as places:
        for _ in range(2):
            await places.enter_async_context(room.place_of("anna"))
        with pytest.raises(NotReady, match="You have 2 long answers"):
            async with room.place_of("anna"):
                raise AssertionError("there is none for her")
        async with room.place_of("ben"), room.place_of(None):
            with pytest.raises(NotReady, match="more to do"):
                async with room.place_of("carl"):
                    raise AssertionError("there is none")
    assert not room._rooms
    async with room.place_of("anna"), room.place_of("anna"):
        pass


async def test_who_waits_has_the_place_when_it_is_free() -> None:
    room = SharedRoom(4, 20, each=1)
    order = list[str]()

    async def come() -> None:
        async with room.place_of("anna"):
            order.append("second")

    async with asyncio.TaskGroup() as tasks, room.place_of("anna"):
        tasks.create_task(come(), name="second")
        await asyncio.sleep(0)
        order.append("first")
    assert order == ["first", "second"]
