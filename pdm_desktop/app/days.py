"""Midnight: words that say "Today" are others then, also after a night in which the computer slept."""

import asyncio
from collections.abc import Callable
from datetime import datetime

from pdm_desktop.state.store import Store

LOOK_EVERY = 60.0
"""Seconds between two looks at the date. A longer sleep would end late after the computer's own."""


async def watch_days(store: Store, clock: Callable[[], datetime], *, look_every: float = LOOK_EVERY) -> None:
    """Tell the store of each new day, for ever."""
    today = clock().date()
    while True:
        await asyncio.sleep(look_every)
        if clock().date() != today:
            today = clock().date()
            store.reword()
