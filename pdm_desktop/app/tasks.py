"""Tasks that the program owns: each has a name, is kept while it runs, and is cancelled at the end."""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from contextlib import suppress
from functools import partial
from typing import Any, TypeVar

from pdm_desktop import log

T = TypeVar("T")


class Tasks:
    """All that runs beside the window. An exception that nobody expected is logged with the task's name, and told."""

    def __init__(self, broke: Callable[[BaseException], None]) -> None:
        self._broke = broke
        self._running: set[asyncio.Task[Any]] = set()

    def apart(self) -> "Tasks":
        """Tasks of a part of the program, which end with that; what breaks among them is told as here."""
        return Tasks(self._broke)

    def start(self, work: Coroutine[Any, Any, Any], *, name: str) -> None:
        """Run it beside the others."""
        _ = self.begin(work, name=name)

    def begin(self, work: Coroutine[Any, Any, T], *, name: str) -> asyncio.Task[T]:
        """Run it beside the others; the answer is for whoever wants to wait for it or to end it."""
        task = asyncio.get_running_loop().create_task(work, name=name)
        self._running.add(task)
        task.add_done_callback(self._ended)
        return task

    async def stop(self) -> None:
        """Cancel what still runs, and wait until it has ended."""
        running = self._running - {asyncio.current_task()}
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._running.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.trouble("task broke", error, task=task.get_name())
            self._broke(error)


async def in_own_thread(work: Callable[[], T], *, name: str) -> T:
    """Do what may block for minutes, as a question of the system does. The end of the program does not wait for it."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[T] = loop.create_future()

    def end(settle: Callable[[], None]) -> None:
        if not done.done():
            settle()

    def run() -> None:
        try:
            settle = partial(done.set_result, work())
        except Exception as error:  # noqa: BLE001 - whoever waits is told, whatever it is
            settle = partial(done.set_exception, error)
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(end, settle)

    threading.Thread(target=run, name=name, daemon=True).start()
    return await done
