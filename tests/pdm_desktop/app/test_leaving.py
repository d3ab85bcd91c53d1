"""Whether somebody is at the computer is asked again and again, and told when it changes."""

import asyncio
from datetime import UTC, datetime, timedelta

from pdm_desktop.app.leaving import watch_leaving

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)


async def test_it_is_told_when_somebody_leaves_and_comes_back_and_not_in_between() -> None:
    answers: list[float | None] = [0, 9, 10, 11, 30, None, 12, 0, 0]
    asked: list[float | None] = []
    told: list[datetime | None] = []
    done = asyncio.Event()
    loop = asyncio.get_running_loop()

    def ask() -> timedelta | None:
        if not answers:
            loop.call_soon_threadsafe(done.set)
            return None
        asked.append(answers.pop(0))
        return None if asked[-1] is None else timedelta(minutes=asked[-1])

    def clock() -> datetime:
        """A minute an answer, but for the long one."""
        return NOW + timedelta(minutes=len(asked) + (18 if len(asked) > 4 else 0))

    async with asyncio.timeout(10), asyncio.TaskGroup() as group:
        watching = group.create_task(watch_leaving(ask, told.append, clock, look_every=0.0), name="leaving")
        await done.wait()
        watching.cancel()
    assert told == [NOW - timedelta(minutes=7), None, NOW + timedelta(minutes=13), None]
