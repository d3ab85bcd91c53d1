"""Whether somebody is at this computer: asked once a minute, and told when it is another than before."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

from pdm_desktop.app.tasks import in_own_thread
from pdm_desktop.core.idle import left_since

LOOK_EVERY = 60.0
"""Seconds between two questions to the system."""


async def watch_leaving(
    ask: Callable[[], timedelta | None],
    tell: Callable[[datetime | None], None],
    clock: Callable[[], datetime],
    *,
    look_every: float = LOOK_EVERY,
) -> None:
    """Tell since when nobody is at the computer, and None when somebody is back, for ever."""
    told: datetime | None = None
    while True:
        idle = await in_own_thread(ask, name="idle time")
        since = left_since(idle, clock(), told)
        if since != told:
            told = since
            tell(since)
        await asyncio.sleep(look_every)
