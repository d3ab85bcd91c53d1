"""What PostgreSQL and the way to it can say no by, and what that means for whoever asked."""

from enum import Enum

import asyncpg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnectionFree

from server.storage.room import is_disk_full


class OtherDatabase(Exception):
    """Where the database was, there is an older one, or the one of another computer that has taken over."""

    def __str__(self) -> str:
        """What a person is told."""
        return (
            "The server found another database than at its start: a copy was brought back, or another computer has"
            " taken over. Please tell who looks after the server to start it again; then it begins a new epoch."
        )


class NewerTables(OtherDatabase):
    """A newer version of the server has brought the tables up to its own."""

    def __str__(self) -> str:
        """What a person is told."""
        return (
            "The tables of the database are those of a newer version of the server by now, so this one serves no more."
            " Please tell who looks after it to install that version here as well, and to start it again."
        )


class Silent(Exception):
    """The database has not answered for a while, whatever it was asked."""

    def __str__(self) -> str:
        """What the log says."""
        return "the database does not answer"


class Trouble(Enum):
    """What is the matter."""

    FULL = "full"
    """The disk of the database has no room."""
    COLLIDED = "collided"
    """Somebody else's transaction was in the way; the same again may go through."""
    BROKEN = "broken"
    """The connection has ended, an old one after a restart, say; the same on another one may go through."""
    AWAY = "away"
    """The database cannot be reached, starts or stops, has no connection left, or takes too long."""


COLLISIONS = frozenset({"40001", "40P01"})
"""Serialization failure, deadlock (PostgreSQL's manual, appendix A, as all that follow)."""
BROKEN_CODES = frozenset({"08003", "08006", "57P01", "57P02"})
"""The connection is gone; the server stops or has crashed, and may be back when somebody connects anew."""
AWAY_CLASSES = ("08", "57P", "53")
AWAY_CODES = frozenset({"25P03", "55000", "55P03", "57014", "3D000", "42P01"})
"""A transaction was ended that stood still for long; a standby was asked; a lock was waited for in vain; a statement
took too long; the database or a table is not there: one that is just being brought back.
"""
_GONE = (asyncpg.InterfaceError, asyncpg.InternalClientError, ConnectionResetError, BrokenPipeError)
"""What the driver and the system say of a connection that has ended."""


def trouble_in(error: BaseException) -> Trouble | None:
    """What is the matter by that error; None: it is a fault, or a use case's own no."""
    cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    if is_disk_full(cause):
        return Trouble.FULL
    by_code = _by_code(getattr(cause, "sqlstate", None) or "")
    if by_code is not None:
        return by_code
    if isinstance(cause, _GONE) or (isinstance(error, DBAPIError) and error.connection_invalidated):
        return Trouble.BROKEN
    return Trouble.AWAY if isinstance(cause, (OtherDatabase, Silent, OSError, NoConnectionFree)) else None


def was_answered(error: BaseException) -> bool:
    """Whether PostgreSQL itself has said no, over a connection that lives: then nothing was committed."""
    cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    state = getattr(cause, "sqlstate", None) or ""
    return bool(state) and not state.startswith(("08", "57P", "XX"))


def _by_code(state: str) -> Trouble | None:
    if state in COLLISIONS:
        return Trouble.COLLIDED
    if state in BROKEN_CODES:
        return Trouble.BROKEN
    return Trouble.AWAY if state.startswith(AWAY_CLASSES) or state in AWAY_CODES else None
