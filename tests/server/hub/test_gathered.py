"""Many who ask at once are answered by one question, never by one that began before they asked."""

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager

import pytest

from server.hub.gathered import MOST, Gathered


class Store:
    """Answers each key with the number of the question; a question can be held back, and can fail."""

    def __init__(self) -> None:
        self.questions: list[Collection[str]] = []
        self.fails = False
        self.asked = asyncio.Event()
        self.may_answer = asyncio.Event()
        self.may_answer.set()

    async def answer(self, keys: Collection[str]) -> Mapping[str, int]:
        self.questions.append(keys)
        number = len(self.questions)
        self.asked.set()
        await self.may_answer.wait()
        if self.fails:
            raise OSError("the disk is away")
        return dict.fromkeys(keys, number)


@asynccontextmanager
async def gathered() -> AsyncIterator[tuple[Gathered[str, int], Store]]:
    store = Store()
    asking = Gathered(store.answer)
    async with asyncio.timeout(10), asking.run():
        yield asking, store


async def test_who_asks_at_the_same_time_is_answered_by_one_question() -> None:
    async with gathered() as (asking, store):
        keys = [f"k{number}" for number in range(100)]
        assert await asyncio.gather(*(asking.ask(key) for key in keys)) == [1] * 100
        assert [set(asked) for asked in store.questions] == [set(keys)]


async def test_who_asks_while_a_question_is_under_way_is_answered_by_the_next() -> None:
    async with gathered() as (asking, store), asyncio.TaskGroup() as tasks:
        store.may_answer.clear()
        first = tasks.create_task(asking.ask("same"), name="first")
        await store.asked.wait()
        second = tasks.create_task(asking.ask("same"), name="second")
        await asyncio.sleep(0)
        store.may_answer.set()
        assert (await first, await second) == (1, 2)


async def test_one_question_asks_for_so_many_at_most() -> None:
    async with gathered() as (asking, store):
        await asyncio.gather(*(asking.ask(f"k{number}") for number in range(MOST + 1)))
        assert [len(asked) for asked in store.questions] == [MOST, 1]


async def test_a_question_that_fails_fails_for_those_who_asked_it_alone() -> None:
    async with gathered() as (asking, store):
        store.fails = True
        answers = await asyncio.gather(asking.ask("a"), asking.ask("b"), return_exceptions=True)
        assert [type(each) for each in answers] == [OSError, OSError]
        store.fails = False
        assert await asking.ask("a") == 2


async def test_who_gives_up_takes_no_answer_from_others() -> None:
    async with gathered() as (asking, store), asyncio.TaskGroup() as tasks:
        store.may_answer.clear()
        gone = tasks.create_task(asking.ask("a"), name="gone")
        there = tasks.create_task(asking.ask("a"), name="there")
        await store.asked.wait()
        gone.cancel()
        store.may_answer.set()
        assert await there == 1


async def test_nobody_waits_for_an_answer_after_the_end() -> None:
    async def refused(asking: Gathered[str, int]) -> None:
        with pytest.raises(ConnectionError):
            await asking.ask("a")

    async with asyncio.TaskGroup() as tasks:
        async with gathered() as (asking, store):
            store.may_answer.clear()
            waiting = tasks.create_task(refused(asking), name="waiting")
            await store.asked.wait()
        await waiting
        await refused(asking)
