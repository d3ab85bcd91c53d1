"""A step of the hub that fails is tried again; its trouble is said once for each kind, and counted each time."""

import asyncio
from collections.abc import Iterator

import pytest
from structlog.testing import capture_logs

from server.hub import steps
from server.hub.steps import Step, Steps


class Play:
    """One step that goes as the test says: what it raises each time, and then nothing more to do."""

    def __init__(self, *troubles: Exception | None) -> None:
        self._troubles: Iterator[Exception | None] = iter(troubles)
        self._over = asyncio.Event()
        self.recovered: list[int] = []
        self.done = 0

    async def step(self) -> None:
        for trouble in self._troubles:
            self.done += 1
            if trouble is not None:
                raise trouble
            return
        self._over.set()
        await asyncio.Event().wait()

    async def said(self) -> tuple[Steps, list[str]]:
        """The steps after it is over, and what was logged."""
        played = Steps({"look": Step(self.step)}, recovered=lambda: self.recovered.append(self.done))
        with capture_logs() as lines:
            async with asyncio.timeout(10), played.run():
                await self._over.wait()
        return played, [each["event"] for each in lines]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(steps, "RETRY_SECONDS", 0)


def of_the_store(words: str, why: Exception) -> Exception:
    trouble = RuntimeError(words)
    trouble.__cause__ = why
    return trouble


async def test_trouble_is_said_once_for_each_kind_and_counted_each_time() -> None:
    away = [of_the_store(f"statement {number}", OSError("gone")) for number in range(5)]
    full = [of_the_store("statement", ValueError("full")) for _ in range(3)]
    played, said = await Play(*away, *full, None, *away).said()
    assert said == ["hub_step_failed"] * 2
    assert played.failures == {"look": 13}


async def test_trouble_that_comes_back_after_long_is_said_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(steps, "QUIET_SECONDS", -1)
    _, said = await Play(OSError("gone"), OSError("gone")).said()
    assert said == ["hub_step_failed"] * 2


async def test_who_wants_to_know_is_told_once_when_a_step_is_done_that_had_failed() -> None:
    play = Play(None, OSError("gone"), OSError("gone"), None, None, OSError("gone"), None)
    await play.said()
    assert play.recovered == [4, 7]


async def test_a_step_that_waits_for_news_is_tried_again_without_any() -> None:
    news, done, tries = asyncio.Event(), asyncio.Event(), list[int]()

    async def step() -> None:
        await news.wait()
        news.clear()
        tries.append(len(tries))
        if len(tries) < 2:
            raise OSError("gone")
        done.set()

    news.set()
    async with asyncio.timeout(10), Steps({"tell": Step(step, news)}, recovered=lambda: None).run():
        await done.wait()
    assert tries == [0, 1]
