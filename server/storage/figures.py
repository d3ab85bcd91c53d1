"""What a store counts of itself, whatever its engine: transactions, how long they took, and what they committed."""

from collections import Counter
from collections.abc import AsyncGenerator, Generator, Iterable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from time import perf_counter
from typing import Final

from sqlalchemy import Connection

from server.domain.spread import Spread

BOUNDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
"""Of the seconds that a transaction takes."""
_NOTED: Final = "noted"


class Work:
    """Transactions of one kind."""

    def __init__(self) -> None:
        self.open = 0
        """Those that wait for their turn or are at work."""
        self.seconds = Spread(*BOUNDS)
        """How long each took, from the wish to the answer: waiting counts."""

    @contextmanager
    def one(self) -> Generator[None]:
        """One transaction, whatever its end. On the event loop."""
        self.open += 1
        begun = perf_counter()
        try:
            yield
        finally:
            self.open -= 1
            self.seconds.add(perf_counter() - begun)

    @asynccontextmanager
    async def in_turn(self, place: AbstractAsyncContextManager[None]) -> AsyncGenerator[None]:
        """One that needs a place; waiting for it counts."""
        with self.one():
            async with place:
                yield


@dataclass(slots=True)
class StoreFigures:
    """The counts of one store since it was opened."""

    reads: Work = field(default_factory=Work)
    writes: Work = field(default_factory=Work)
    streams: Work = field(default_factory=Work)
    committed: Counter[str] = field(default_factory=Counter)
    """Rows of the audit trail that were committed, by their action."""
    commits: int = 0
    """Transactions that were committed. On SQLite changes that wait together share one."""


def note(connection: Connection, actions: Iterable[str]) -> None:
    """These actions are part of the transaction: they count once it is committed."""
    connection.info.setdefault(_NOTED, []).extend(actions)


def noted_from_now(connection: Connection) -> list[str]:
    """What will have been noted by the end of the transaction that begins here."""
    noted: list[str] = []
    connection.info[_NOTED] = noted
    return noted
