"""The one thread that changes a SQLite file: whoever waits for it at the same time shares a commit, and its fsync."""

import asyncio
import contextlib
import sqlite3
from collections import deque
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from time import monotonic
from typing import Any, Generic, TypeVar, cast

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DatabaseError

from server.domain.errors import Full
from server.storage.figures import StoreFigures, noted_from_now
from server.storage.room import is_disk_full

T = TypeVar("T")

MOST = 64
"""Use cases in one transaction."""
SECONDS = 0.02
"""After so long a transaction takes nobody more in: the first in it waits for its answer."""


@dataclass(slots=True, eq=False)
class _Turn(Generic[T]):
    """One use case that waits for the thread, and what came of it once it is over."""

    use_case: Callable[[Connection], T]
    wanted: bool = True
    """Somebody waits for it."""
    over: bool = False
    """It is committed, or has changed nothing."""
    answers: tuple[T, ...] = ()
    noted: Sequence[str] = ()
    """The actions of its rows of the audit trail."""
    error: BaseException | None = None

    def result(self) -> T:
        """What the use case returned. Raises what it raised, or what came of the transaction."""
        if self.error is not None:
            with full_database_said_plainly():
                raise self.error
        return self.answers[0]


class Writer:
    """One use case after the other, each whole or not at all, in the order in which they came.

    Several that wait stand in one transaction, each in a savepoint of its own: one that raises leaves nothing of itself
    and takes nothing from the others. None is answered before the commit, and one that fails fails for all of them.
    """

    def __init__(self, engine: Engine, figures: StoreFigures) -> None:
        """What is noted of a change is added to `figures` once it is committed."""
        self._engine = engine
        self._figures = figures
        self._thread = ThreadPoolExecutor(1, "store-writer")
        self._waiting: deque[_Turn[Any]] = deque()
        self.committed = 0
        """How many use cases these commits were of."""

    @property
    def commits(self) -> int:
        """How often something was committed."""
        return self._figures.commits

    async def write(self, use_case: Callable[[Connection], T], *, first: bool = False) -> T:
        """The use case in a transaction: when this returns, it is committed; when it raises, nothing has changed.

        `first`: before all who wait.
        """
        turn = _Turn(use_case)
        if first:
            self._waiting.appendleft(turn)
        else:
            self._waiting.append(turn)
        try:
            await self.run(partial(self._see_through, turn))
        except asyncio.CancelledError:
            turn.wanted = False
            raise
        return turn.result()

    async def run(self, work: Callable[[], T]) -> T:
        """Do something else on the thread."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def close(self) -> None:
        """Finish what waits. Waits for it."""
        self._thread.shutdown()

    def _see_through(self, turn: _Turn[Any]) -> None:
        while not turn.over:
            if len(self._waiting) == 1:
                self._alone(self._waiting.popleft())
            else:
                self._together()

    def _alone(self, turn: _Turn[Any]) -> None:
        if turn.wanted:
            try:
                with self._engine.begin() as connection:
                    _carry_out(turn, connection)
                self._count([turn])
            except BaseException as error:  # noqa: BLE001 - whatever it is, it belongs to who waits
                turn.error = error
        turn.over = True

    def _together(self) -> None:
        group: list[_Turn[Any]] = []
        try:
            with self._engine.begin() as connection:
                self._take_in(connection, group)
            self._count([each for each in group if each.answers])
        except BaseException as error:  # noqa: BLE001 - a failed commit belongs to all that were to be committed
            for each in group:
                each.error = each.error or error
        for each in group:
            each.over = True

    def _take_in(self, connection: Connection, group: list[_Turn[Any]]) -> None:
        """One after the other of those that wait, also of those that come meanwhile, as long as there is time."""
        driver = cast("sqlite3.Connection", connection.connection.dbapi_connection)
        ends = monotonic() + SECONDS
        while self._waiting and len(group) < MOST and (not group or monotonic() < ends):
            turn = self._waiting.popleft()
            group.append(turn)
            if turn.wanted:
                _in_savepoint(driver, turn, connection)

    def _count(self, committed: Sequence[_Turn[Any]]) -> None:
        self._figures.commits += bool(committed)
        self.committed += len(committed)
        for each in committed:
            self._figures.committed.update(each.noted)


def _carry_out(turn: _Turn[Any], connection: Connection) -> None:
    turn.noted = noted_from_now(connection)
    turn.answers = (turn.use_case(connection),)


def _in_savepoint(driver: sqlite3.Connection, turn: _Turn[Any], connection: Connection) -> None:
    """Raises what the use case raised when that has ended the whole transaction, as SQLite may on a full disk."""
    driver.execute("SAVEPOINT turn")
    try:
        _carry_out(turn, connection)
    except BaseException as error:
        turn.error = error
        if not driver.in_transaction:
            raise
        driver.execute("ROLLBACK TO turn")
    driver.execute("RELEASE turn")


@contextlib.contextmanager
def full_database_said_plainly() -> Generator[None]:
    """Whatever the database says of a full disk is raised as Full."""
    try:
        yield
    except DatabaseError as error:
        if is_disk_full(error.orig):
            raise Full from error
        raise
