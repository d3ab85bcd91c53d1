"""The database: one transaction for each use case, whichever database it is."""

from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Callable, Generator
from functools import cached_property
from typing import TypeVar

from sqlalchemy import Connection, make_url

from server.storage.figures import StoreFigures

T = TypeVar("T")

STREAMS_EACH = 4
"""So many streams one person has at a time: each keeps a connection for as long as its reader takes."""


class BadDatabase(RuntimeError):
    """There is no database to work with. The text says what is wrong and what to do, and has no password in it."""


class Store(ABC):
    """Where everything stands but the contents. A use case is a plain function of a connection, on every database."""

    @classmethod
    async def open(cls, url: str, *, alone: bool = False) -> "Store":
        """The database at that URL, brought up to this version's tables. `alone`: no other server may be at work on it.

        Raises ValueError for a kind of database that is not known, NewerData for data of a newer version of the server,
        BadDatabase for one that cannot be used, Full when the disk is, and SQLAlchemy's DatabaseError for a file that
        is no database.
        """
        match make_url(url).get_backend_name():
            case "sqlite":
                from server.storage.store_sqlite import SqliteStore

                return await SqliteStore.open(url)
            case "postgresql":
                from server.storage.store_postgres import PostgresStore

                return await PostgresStore.open(url, alone=alone)
            case other:
                raise ValueError(f"The store is at sqlite:///… or postgresql://…, and not in a database of {other}.")

    @cached_property
    def figures(self) -> StoreFigures:
        """What it counts of itself."""
        return StoreFigures()

    @property
    def mark(self) -> str | None:
        """What no copy of this database has in common with it; None: its folder tells it from a copy."""
        return None

    async def hold(self) -> None:  # noqa: B027 - a file is nobody else's
        """Serve this very state of the data from now on, and what becomes of it, and no earlier one or copy.

        Where the database turns out to be another one, everything raises NotReady until the server is started again.
        """

    async def look(self) -> None:  # noqa: B027 - a file is nobody else's
        """Look whether it is, for a server that changes nothing for a while. Nothing is raised."""

    @abstractmethod
    async def read(self, use_case: Callable[[Connection], T]) -> T:
        """What the use case finds in one snapshot."""

    @abstractmethod
    async def write(self, use_case: Callable[[Connection], T]) -> T:
        """The use case in one transaction: when this returns, it is committed; when it raises, nothing has changed.

        Raises Full when the disk is, NotReady while the database is away. That one says whether it may be done.
        """

    @abstractmethod
    async def write_first(self, use_case: Callable[[Connection], T]) -> T:
        """The same before everybody who waits. It takes no turn: others may change what it sees while it looks.

        So it is for what is decided in one statement. Raises as write.
        """

    @abstractmethod
    def stream(self, use_case: Callable[[Connection], Generator[T]], *, whose: str | None = None) -> AsyncGenerator[T]:
        """What the use case yields, out of one snapshot, fetched as the caller asks for it.

        The use case closes its queries when it is closed itself. `whose` is the id of the person it is for, who has
        STREAMS_EACH of them at a time. Raises NotReady when there is no place for one for a while.
        """

    @abstractmethod
    async def close(self) -> None:
        """Finish what is being done and let go of the database."""
