"""A disk without room, said plainly."""

import contextlib
import errno
import sqlite3
from collections.abc import Generator

from server.domain.errors import Full

DISK_FULL = "53100"
"""PostgreSQL's word for it (its manual, appendix A)."""


@contextlib.contextmanager
def disk_full_said_plainly() -> Generator[None]:
    """Whatever the system says of a full disk is raised as Full."""
    try:
        yield
    except OSError as error:
        if is_disk_full(error):
            raise Full from error
        raise


def is_disk_full(error: object) -> bool:
    """Whether it is the disk that has no room, told by the database or by the system."""
    match error:
        case sqlite3.Error():
            return getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL
        case OSError():
            return error.errno in (errno.ENOSPC, errno.EDQUOT if hasattr(errno, "EDQUOT") else errno.ENOSPC)
        case _:
            return getattr(error, "sqlstate", None) == DISK_FULL
