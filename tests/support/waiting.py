"""Wait for a condition of the outside world, which nobody announces."""

import asyncio
import time
from collections.abc import Awaitable, Callable

LONGEST = 60.0
"""Seconds after which a test gives up."""


def wait_for(condition: Callable[[], bool]) -> None:
    """Return as soon as the condition holds. Raises AssertionError when it does not come to hold."""
    deadline = time.monotonic() + LONGEST
    while not condition():
        assert time.monotonic() < deadline, "what the test waits for did not come"
        time.sleep(0.005)


async def wait_for_async(condition: Callable[[], Awaitable[bool]]) -> None:
    """The same of one that has to be asked for."""
    deadline = time.monotonic() + LONGEST
    while not await condition():
        assert time.monotonic() < deadline, "what the test waits for did not come"
        await asyncio.sleep(0.02)
