"""Reading of whole contents, which takes minutes when they are large: in few threads of its own.

All else that waits for the disk is done in the threads that everybody shares, and would wait behind it there.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

AT_ONCE = 2
"""Contents that are read at the same time."""

T = TypeVar("T")


class WholeReads:
    """Does so many at a time; the others wait for their turn."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(AT_ONCE, "whole-reads")

    def run(self, work: Callable[[], T]) -> "asyncio.Future[T]":
        """What the work will give, which reads some content from its beginning to its end."""
        return asyncio.get_running_loop().run_in_executor(self._threads, work)

    def close(self) -> None:
        """Let go of the threads; what nobody has begun with is not done."""
        self._threads.shutdown(cancel_futures=True)
