"""What the hub does all the time, each step again and again: one that fails is tried again, counted, and said once."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

import structlog

log = structlog.get_logger(__name__)

RETRY_SECONDS = 0.5
"""After the store could not answer."""
QUIET_SECONDS = 600.0
"""A kind of trouble that was not there for so long is said again."""


@dataclass(frozen=True, slots=True)
class Step:
    """One of them."""

    run: Callable[[], Awaitable[None]]
    news: asyncio.Event | None = None
    """What it waits for first: set once more when it fails."""


class Steps:
    """Used from the server's event loop only."""

    def __init__(self, steps: Mapping[str, Step], *, recovered: Callable[[], None]) -> None:
        """`recovered` is called when a step is done that failed the last time: what it had taken up may be lost."""
        self.failures: Counter[str] = Counter(dict.fromkeys(steps, 0))
        """How often each step has failed."""
        self._steps = steps
        self._recovered = recovered
        self._seen: dict[tuple[str, ...], float] = {}
        """When each kind of trouble was there last."""

    @asynccontextmanager
    async def run(self) -> AsyncIterator[None]:
        """At work until the end of the block."""
        async with asyncio.TaskGroup() as tasks:
            running = [
                tasks.create_task(self._again_and_again(name, step), name=f"hub {name}")
                for name, step in self._steps.items()
            ]
            try:
                yield
            finally:
                for task in running:
                    task.cancel()

    async def _again_and_again(self, name: str, step: Step) -> None:
        failed = False
        while True:
            try:
                await step.run()
            except Exception as error:
                failed = True
                self.failures[name] += 1
                if self._is_news(name, error):
                    log.exception("hub_step_failed", step=name)
                await asyncio.sleep(RETRY_SECONDS)
                if step.news is not None:
                    step.news.set()
            else:
                if failed:
                    self._recovered()
                failed = False

    def _is_news(self, step: str, error: Exception) -> bool:
        """Whether this kind of trouble is to be said: a store that is away for hours fails each step twice a second."""
        now, kind = asyncio.get_running_loop().time(), (step, *_names(error))
        last = self._seen.get(kind)
        self._seen[kind] = now
        return last is None or now - last > QUIET_SECONDS


def _names(error: BaseException | None) -> tuple[str, ...]:
    """What it is, and what it came from. Its words would differ each time: they have statements and addresses."""
    return () if error is None else (type(error).__qualname__, *_names(error.__cause__))
