"""Many who ask the same at about the same time, answered by one question to the store."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping
from contextlib import asynccontextmanager
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")

MOST = 500
"""So many are answered by one question at most."""


class Gathered(Generic[K, V]):
    """Who asks while a question is under way is answered by the next one, which begins later: no answer is older than
    its asking. Somebody who asks alone waits for nobody. Used from one event loop only.
    """

    def __init__(self, question: Callable[[Collection[K]], Awaitable[Mapping[K, V]]]) -> None:
        """`question` has an answer for each key that it is asked for."""
        self._question = question
        self._waiting: list[tuple[K, asyncio.Future[V]]] = []
        self._asked: list[tuple[K, asyncio.Future[V]]] = []
        self._news = asyncio.Event()
        self._stopped = False

    async def ask(self, key: K) -> V:
        """The answer for this key. Raises what the question raises, and ConnectionError after the end of `run`."""
        if self._stopped:
            raise _stopped()
        answer: asyncio.Future[V] = asyncio.get_running_loop().create_future()
        self._waiting.append((key, answer))
        self._news.set()
        return await answer

    @asynccontextmanager
    async def run(self) -> AsyncIterator[None]:
        """Answer, until the end of the block."""
        async with asyncio.TaskGroup() as tasks:
            answering = tasks.create_task(self._answer_on_and_on(), name="gathered")
            try:
                yield
            finally:
                self._stopped = True
                answering.cancel()
                for _, answer in self._asked + self._waiting:
                    if not answer.done():
                        answer.set_exception(_stopped())

    async def _answer_on_and_on(self) -> None:
        while True:
            await self._news.wait()
            self._asked, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
            if not self._waiting:
                self._news.clear()
            await self._answer_those_who_asked()

    async def _answer_those_who_asked(self) -> None:
        failed: Exception | None = None
        found: Mapping[K, V] = {}
        try:
            found = await self._question({key for key, _ in self._asked})
        except Exception as error:  # noqa: BLE001 - it is theirs who asked: each of them raises it
            failed = error
        for key, answer in self._asked:
            if answer.done():  # who asked is gone
                continue
            if failed is None:
                answer.set_result(found[key])
            else:
                answer.set_exception(failed)
        self._asked = []


def _stopped() -> ConnectionError:
    return ConnectionError("The server stops and asks its store nothing more.")
