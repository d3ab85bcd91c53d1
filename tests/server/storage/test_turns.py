"""Turns: one at a time for each name, whoever lingers ends when somebody comes, and nobody ends who must not."""

import asyncio

import pytest

from server.storage.turns import TakenOver, Turns

PATIENCE = 30


async def linger(turns: Turns, seen: list[str], *, name: str = "one", who: str, inside: asyncio.Event) -> None:
    async with turns.passing(name):
        try:
            inside.set()
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            seen.append(f"{who} has cleaned up")


async def test_whoever_comes_ends_the_turn_before_and_waits_until_it_has_cleaned_up() -> None:
    turns, seen, inside = Turns(), list[str](), asyncio.Event()
    async with asyncio.timeout(PATIENCE), asyncio.TaskGroup() as tasks:
        first = tasks.create_task(ended(linger(turns, seen, who="first", inside=inside)), name="first")
        await inside.wait()
        async with turns.passing("one"):
            seen.append("second")
        assert await first
    assert seen == ["first has cleaned up", "second"]


async def test_of_those_that_wait_only_the_newest_has_a_turn() -> None:
    turns, seen, go_on = Turns(), list[str](), asyncio.Event()

    async def pass_through(who: str) -> None:
        async with turns.passing("one"):
            seen.append(who)

    async with asyncio.timeout(PATIENCE), asyncio.TaskGroup() as tasks:
        async with turns.alone("one"):
            older = tasks.create_task(ended(pass_through("older")), name="older")
            await asyncio.sleep(0)
            newer = tasks.create_task(ended(pass_through("newer")), name="newer")
            await asyncio.sleep(0)
            go_on.set()
        assert await older
        assert not await newer
    assert seen == ["newer"]


async def test_a_turn_alone_is_not_ended_and_names_do_not_concern_each_other() -> None:
    turns, seen = Turns(), list[str]()
    async with asyncio.timeout(PATIENCE), asyncio.TaskGroup() as tasks:
        async with turns.alone("one"):

            async def come() -> None:
                async with turns.passing("one"):
                    seen.append("came")

            waiting = tasks.create_task(come(), name="come")
            await asyncio.sleep(0)
            async with turns.passing("two"):
                seen.append("other name")
            await asyncio.sleep(0)
            assert seen == ["other name"]
        await waiting
    assert seen == ["other name", "came"]


async def test_it_is_settled_when_nobody_has_a_turn_and_nobody_is_ended_for_it() -> None:
    turns, inside, go_on = Turns(), asyncio.Event(), asyncio.Event()

    async def stay() -> None:
        async with turns.passing("one"):
            inside.set()
            await go_on.wait()

    async with asyncio.timeout(PATIENCE), asyncio.TaskGroup() as tasks:
        assert await turns.settled("one", patience=PATIENCE)
        staying = tasks.create_task(ended(stay()), name="staying")
        await inside.wait()
        assert await turns.settled("two", patience=PATIENCE)
        assert not await turns.settled("one", patience=0.01)
        settling = tasks.create_task(turns.settled("one", patience=PATIENCE), name="settling")
        await asyncio.sleep(0)
        go_on.set()
        assert await settling
        assert not await staying


async def test_a_time_out_of_its_own_stays_one() -> None:
    with pytest.raises(TimeoutError):
        async with Turns().passing("one"):
            raise TimeoutError


async def ended(work: object) -> bool:
    try:
        await work  # type: ignore[misc]  # a coroutine of this test
    except TakenOver:
        return True
    return False
