"""Whether the server can serve: what it stands on is asked, and nobody waits long for an answer."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

import structlog
from sqlalchemy.exc import SQLAlchemyError

from server.bus.base import Bus
from server.domain.errors import ProblemError
from server.services.reading import epoch_of
from server.storage.blobs import Blobs
from server.storage.store import Store

log = structlog.get_logger(__name__)

T_co = TypeVar("T_co", covariant=True)

PATIENCE: Final = 2.0
"""Seconds after which something counts as out of reach: shorter than whoever asks waits."""


class Look(Generic[T_co]):
    """A look at something that may hang. One at a time: whoever comes meanwhile waits for the same one.

    So a disk that does not answer holds one thread, however often somebody asks.
    """

    def __init__(self, look: Callable[[], Awaitable[T_co]], *, name: str, patience: float = PATIENCE) -> None:
        self._look = look
        self._name = name
        self._patience = patience
        self._running: asyncio.Task[T_co] | None = None

    async def now(self) -> T_co:
        """What is found. Raises TimeoutError when that takes too long, and what the look raises."""
        if self._running is None or self._running.done():
            self._running = asyncio.get_running_loop().create_task(self._found(), name=self._name)
            self._running.add_done_callback(_take_note)
        async with asyncio.timeout(self._patience):
            return await asyncio.shield(self._running)

    async def close(self) -> None:
        """Nobody waits for it any more."""
        if self._running is not None:
            self._running.cancel()
            await asyncio.wait([self._running])

    async def _found(self) -> T_co:
        return await self._look()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """What answers at this moment."""

    database: bool
    contents: bool
    bus: bool
    """To the other nodes; a server of one node always reaches them all."""

    @property
    def is_ready(self) -> bool:
        """Calls can be taken. Without the bus seats hear a second later, by the look of each node at the database."""
        return self.database and self.contents

    @property
    def missing(self) -> list[str]:
        """The names of what does not answer."""
        return [name for name in ("database", "contents", "bus") if not getattr(self, name)]


class Readiness:
    """Asks the seams of one server."""

    def __init__(self, store: Store, blobs: Blobs, bus: Bus, *, patience: float = PATIENCE) -> None:
        self._store = store
        self._blobs = blobs
        self._bus = bus
        self._database = Look(self._ask_database, name="look at the database", patience=patience)
        self._contents = Look(self._ask_contents, name="look at the contents", patience=patience)

    async def reached(self) -> Reached:
        """What answers now."""
        database, contents = await asyncio.gather(
            _answers(self._database, "database"), _answers(self._contents, "contents")
        )
        return Reached(database=database, contents=contents, bus=self._bus.hears)

    async def close(self) -> None:
        """Wait for nothing any more."""
        await self._database.close()
        await self._contents.close()

    async def _ask_database(self) -> None:
        await self._store.read(epoch_of)

    async def _ask_contents(self) -> None:
        await asyncio.to_thread(self._blobs.reach)


async def _answers(look: Look[None], what: str) -> bool:
    try:
        await look.now()
    except (SQLAlchemyError, OSError, ProblemError) as error:  # a TimeoutError is one of them
        log.warning("not_reached", what=what, why=str(error) or type(error).__name__)
        return False
    return True


def _take_note(done: "asyncio.Task[T_co]") -> None:
    """Whoever asked may have gone: what went wrong is nobody's surprise later."""
    if not done.cancelled():
        done.exception()
