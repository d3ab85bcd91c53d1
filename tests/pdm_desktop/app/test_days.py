"""Midnight: the store is told of a new day, and of nothing else."""

import asyncio
from datetime import UTC, datetime, timedelta

from pdm_desktop.app.days import watch_days
from pdm_desktop.state.store import Store


class Counted(Store):
    """A store that counts how often its words were made anew."""

    reworded = 0

    def reword(self) -> None:
        self.reworded += 1
        super().reword()


async def test_a_new_day_makes_the_words_anew_once() -> None:
    times = iter(datetime(2026, 3, 5, 23, 59, 58, tzinfo=UTC) + timedelta(seconds=each) for each in range(6))
    last = datetime(2026, 3, 6, 0, 0, 3, tzinfo=UTC)
    store = Counted(clock=lambda: last)
    asked = 0
    enough = asyncio.Event()

    def clock() -> datetime:
        nonlocal asked
        asked += 1
        if asked > 8:
            enough.set()
        return next(times, last)

    async with asyncio.TaskGroup() as tasks:
        watching = tasks.create_task(watch_days(store, clock, look_every=0.001), name="days")
        await asyncio.wait_for(enough.wait(), 5)
        watching.cancel()
    assert store.reworded == 1
