"""When each seat was last in contact: gathered and written down together, since a crowd may come at once."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

import structlog

log = structlog.get_logger(__name__)

GATHERING_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Contact:
    """Somebody who came or went, by id, and the seat; a browser has none."""

    person: str
    seat: str | None


class Contacts:
    """What has been noted and is not written down yet. Used from the server's event loop only."""

    def __init__(
        self, write: Callable[[Mapping[Contact, datetime]], Awaitable[None]], clock: Callable[[], datetime]
    ) -> None:
        self._write = write
        self._clock = clock
        self._noted: dict[Contact, datetime] = {}
        self._writing: Mapping[Contact, datetime] = {}
        self._news = asyncio.Event()

    def note(self, contact: Contact) -> None:
        """That one is in contact now."""
        self._noted[contact] = self._clock()
        self._news.set()

    def unwritten(self) -> Mapping[Contact, datetime]:
        """What the store does not say yet, perhaps."""
        return {**self._writing, **self._noted}

    @asynccontextmanager
    async def run(self) -> AsyncIterator[None]:
        """Write down what is noted, until the end of the block, and the last of it then."""
        async with asyncio.TaskGroup() as tasks:
            writing = tasks.create_task(self._write_on_and_on(), name="contacts")
            try:
                yield
            finally:
                writing.cancel()
        await self._write_down()

    async def _write_on_and_on(self) -> None:
        while True:
            await self._news.wait()
            self._news.clear()
            await self._write_down()
            await asyncio.sleep(GATHERING_SECONDS)

    async def _write_down(self) -> None:
        self._writing, self._noted = self._noted, {}
        if not self._writing:
            return
        try:
            await self._write(self._writing)
        except Exception:  # nobody's work depends on it
            log.exception("contacts_not_written", contacts=len(self._writing))
        finally:
            self._writing = {}
