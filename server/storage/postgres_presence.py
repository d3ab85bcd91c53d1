"""That a server is at work on a database, said by advisory locks of one connection that lives as long as it does.

PostgreSQL lets go of the locks with the connection, however that ends. One out of a pool is no place for them: that may
be ended and replaced at any time, and nobody would be the wiser.
"""

import asyncio
import platform
from typing import Final

import asyncpg
from sqlalchemy import Connection, text

from server.storage.postgres_trouble import OtherDatabase
from server.storage.store import BadDatabase
from server.version import VERSION

OURS: Final = 0x50444D
"""The first half of the numbers of our locks (“PDM”)."""
AT_WORK: Final = 1
"""Held by whoever is at work: shared by several, by nobody else where a server is alone."""
WITH_TABLES: Final = 1_000
"""Shared by all at work with the same tables: the number of their last migration is added."""
LOOK_SECONDS: Final = 0.1
_HELD: Final = """
pg_locks.locktype = 'advisory' AND pg_locks.granted AND pg_locks.classid = :ours AND pg_locks.objsubid = 2
AND pg_locks.database = (SELECT oid FROM pg_database WHERE datname = current_database())
""".replace(":ours", str(OURS))
_HOLDERS: Final = f"SELECT count(*) FROM pg_locks WHERE {_HELD} AND objid = {AT_WORK} AND pid <> $1"  # noqa: S608 - our own numbers
_OLDER: Final = text(f"""
SELECT DISTINCT coalesce(nullif(application_name, ''), 'a server') FROM pg_locks JOIN pg_stat_activity USING (pid)
WHERE {_HELD} AND objid > {WITH_TABLES} AND objid < {WITH_TABLES} + CAST(:mine AS bigint) ORDER BY 1
""")  # noqa: S608 - our own numbers


def who() -> dict[str, str]:
    """As whom this connection is known to PostgreSQL, and to who asks there which servers are at work."""
    return {"application_name": f"pdm-server {VERSION} at {platform.node()}"[:63]}


class Elsewhere(OtherDatabase):
    """Another server that does not go with this one is at work on the database by now."""

    def __str__(self) -> str:
        """What a person is told."""
        return (
            "Another server has begun on the database while this one was cut off from it, so this one serves no more."
            " Please tell who looks after the servers: one of them is to be stopped, or all need the same redis_url."
        )


def require_no_older(connection: Connection, tables: str) -> None:
    """Before the tables are brought up to that migration, in the turn. Raises BadDatabase with the names of others.

    Who starts meanwhile says so first and then waits for the turn, whichever version it is.
    """
    others = list(connection.execute(_OLDER, {"mine": int(tables)}).scalars())
    if others:
        raise BadDatabase(
            f"The tables of the database have to be brought up to version {VERSION} of the server, and servers of an"
            f" older one are at work on it: {', '.join(others)}. Nothing was changed. Stop those, start this one, and"
            " then the others with this version as well."
        )


class Presence:
    """That of one server, which knows the tables up to that migration."""

    def __init__(self, *, alone: bool, tables: str) -> None:
        self._say_tables = f"SELECT pg_advisory_lock_shared({OURS}, {WITH_TABLES + int(tables)})"
        self._take = f"SELECT pg_try_advisory_lock{'' if alone else '_shared'}({OURS}, {AT_WORK})"
        self._former = 0
        """The process of PostgreSQL that held it last."""

    async def take(self, connection: asyncpg.Connection, *, patience: float) -> None:
        """Say it at the start. Raises BadDatabase when others are there for so many seconds who do not go with it."""
        ends = asyncio.get_running_loop().time() + patience
        while not await self._try(connection):
            if asyncio.get_running_loop().time() > ends:
                raise BadDatabase(
                    "Another server is at work on the same database. Several share one where each has the same"
                    " redis_url: give it to all of them, or stop the other one."
                )
            await asyncio.sleep(LOOK_SECONDS)

    async def take_again(self, connection: asyncpg.Connection) -> None:
        """Say it by another connection, after the former one was lost.

        Raises Elsewhere, and ConnectionError while PostgreSQL does not know yet that the former one is.
        """
        if await self._try(connection):
            return
        if await connection.fetchval(_HOLDERS, self._former):
            raise Elsewhere
        raise ConnectionError("the former connection has not ended yet")

    async def _try(self, connection: asyncpg.Connection) -> bool:
        taken: bool = await connection.fetchval(self._take)
        if taken:
            await connection.execute(self._say_tables)
            self._former = connection.get_server_pid()
        return taken
