"""That a server is at work on a database, said by an advisory lock of one connection that lives as long as it does.

PostgreSQL lets go of the lock with the connection, however that ends. One out of a pool is no place for it: that may
be ended and replaced at any time, and nobody would be the wiser.
"""

import asyncio
import platform
from typing import Final

import asyncpg

from server.storage.postgres_trouble import OtherDatabase
from server.storage.store import BadDatabase
from server.version import VERSION

OURS: Final = 0x50444D
"""The first half of the numbers of our locks (“PDM”)."""
AT_WORK: Final = 1
"""Held by whoever is at work: shared by several, by nobody else where a server is alone."""
LOOK_SECONDS: Final = 0.1
_HOLDERS: Final = f"""
SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted AND classid = {OURS} AND objid = {AT_WORK}
AND objsubid = 2 AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) AND pid <> $1
"""  # noqa: S608 - our own numbers


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


class Presence:
    """That of one server."""

    def __init__(self, *, alone: bool) -> None:
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
            self._former = connection.get_server_pid()
        return taken
