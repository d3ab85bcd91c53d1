"""A server's database without room: each statement that writes and each commit is known, and can be refused.

    with FullDatabase() as full:    # of whatever simulated server is started last
        full.fill(3)                # from the third on that needs room there is none
        ...
        full.free()                 # there is room again

They fail with SQLite's own error for a full disk, as the real store hears it.
"""

import sqlite3
from typing import Any, Self

from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from tests.support.points import Call
from tests.support.sim_server import _engines

_WRITING = ("INSERT", "UPDATE", "DELETE", "REPLACE", "CREATE", "WITH")


class NoCommit:
    """A database that has no room for its n-th commit, nor for any later one. None: there is room."""

    def __init__(self) -> None:
        self.first: int | None = None
        self.reached: list[str] = []

    def free(self) -> None:
        """There is room again."""
        self.first = None

    def before(self, call: Call) -> None:
        if call.method == "commit":
            self.ask(str(call))

    def after(self, call: Call) -> None:
        """Nothing."""

    def ask(self, what: str) -> None:
        """Room is needed. Raises OperationalError when there is none."""
        self.reached.append(what)
        if self.first is not None and len(self.reached) >= self.first:
            full = sqlite3.OperationalError("database or disk is full")
            full.sqlite_errorcode = sqlite3.SQLITE_FULL
            raise OperationalError(what, {}, full)


class FullDatabase(NoCommit):
    """The same for every statement that writes as well, heard where they are executed, while it is open."""

    def fill(self, first: int) -> None:
        """There is room for one statement or commit less than so many, counted from now."""
        self.reached, self.first = [], first

    def __enter__(self) -> Self:
        event.listen(_engines()[0], "before_cursor_execute", self._before_statement)
        event.listen(_engines()[0], "commit", self._before_commit)
        return self

    def __exit__(self, *_: object) -> None:
        event.remove(_engines()[0], "before_cursor_execute", self._before_statement)
        event.remove(_engines()[0], "commit", self._before_commit)

    def _before_commit(self, _connection: Any) -> None:
        self.ask("COMMIT")

    def _before_statement(
        self, _connection: Any, _cursor: Any, statement: str, _values: Any, _context: Any, _many: bool
    ) -> None:
        if statement.lstrip().startswith(_WRITING):
            self.ask(" ".join(statement.split()[:3]))
