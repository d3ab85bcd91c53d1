"""Passwords that cost nothing to check: what is kept of one says by itself how much work that takes.

By the program's own measure each sign-in takes a tenth of a second of processor time, and there are thousands in a run.
"""

import sqlite3
from contextlib import closing
from functools import cache
from pathlib import Path

from argon2 import PasswordHasher

_hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@cache
def cheaply_hashed(password: str) -> str:
    """What is kept of it."""
    return _hasher.hash(password)


def keep_cheaply(database: Path, name: str, password: str) -> None:
    """The person with that name is known by so cheap a hash from now on, in a SQLite file which a server may use."""
    with closing(sqlite3.connect(database, timeout=60)) as connection, connection:
        changed = connection.execute(
            "UPDATE person SET password = ? WHERE name = ?", [cheaply_hashed(password), name]
        ).rowcount
    assert changed == 1, name
