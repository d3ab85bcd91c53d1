"""How a PostgreSQL database is opened: connections of ours, its mark, and its tables brought up to this version."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import asyncpg
import structlog
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from server.domain.errors import Full
from server.storage.discreet import make_discreet
from server.storage.postgres_trouble import OtherDatabase, Trouble, trouble_in
from server.storage.store import BadDatabase

log = structlog.get_logger(__name__)

CONNECT_SECONDS = 5.0
STATEMENT_SECONDS = 60.0
"""No statement of ours takes as long: the other end is gone without a word."""
_MARK: Final = (
    "SELECT format('%s.%s.%s.%s', system_identifier, substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8),"
    " (SELECT oid FROM pg_database WHERE datname = current_database()), 'server'::regclass::oid)"
    " FROM pg_control_system()"
)
"""The cluster's own number, its timeline (another after each recovery to a moment, and after a standby has taken over),
and the numbers of the database and of one of its tables (others after a dump was read).
"""


async def connect(url: str, settings: Mapping[str, str], mark: str) -> asyncpg.Connection:
    """One more connection: the driver understands such URLs as PostgreSQL's own tools do, `sslmode` and all.

    Raises OtherDatabase.
    """
    connection = await dial(url, settings)
    try:
        if await connection.fetchval(_MARK) != mark:
            raise OtherDatabase
    except BaseException:
        connection.terminate()
        raise
    return connection


async def dial(url: str, settings: Mapping[str, str]) -> asyncpg.Connection:
    """A connection to whatever is there."""
    return await asyncpg.connect(
        url, timeout=CONNECT_SECONDS, command_timeout=STATEMENT_SECONDS, server_settings=dict(settings)
    )


async def dial_first(url: str, settings: Mapping[str, str]) -> asyncpg.Connection:
    """The same at a start. Raises BadDatabase, Full."""
    try:
        return await dial(url, settings)
    except Exception as error:
        _say_plainly(error)
        raise


async def prepare(
    url: str, settings: Mapping[str, str], bring_up: Callable[[Connection], None]
) -> tuple[str, dict[str, str]]:
    """Bring the tables up to this version; of several servers that start at once one does it, and the others wait.

    Returns its mark, and what connections have to ask for besides, for what is committed to be on the disk. Raises
    BadDatabase, NewerData, Full.
    """

    async def dial_patiently(**_: Any) -> asyncpg.Connection:  # a migration takes as long as it takes
        return await asyncpg.connect(url, timeout=CONNECT_SECONDS, server_settings=dict(settings))

    engine = create_async_engine(
        "postgresql+asyncpg://", poolclass=NullPool, hide_parameters=True, async_creator=dial_patiently
    )
    make_discreet(engine.sync_engine)
    try:
        async with engine.begin() as connection:
            durable = await connection.run_sync(_durable)
            await connection.run_sync(bring_up)
            mark = (await connection.exec_driver_sql(_MARK)).scalar_one()
    except Exception as error:
        _say_plainly(error)
        raise
    finally:
        await engine.dispose()
    return mark, durable


def words_of(error: BaseException) -> str:
    """What it says, in one line."""
    cause = getattr(error, "orig", None) or error
    return " ".join(str(cause).split()) or type(cause).__name__


def _say_plainly(error: Exception) -> None:
    """Raises Full and BadDatabase for what is the matter with the database, and nothing for anything else."""
    trouble = trouble_in(error)
    if trouble is Trouble.FULL:
        raise Full from error
    if trouble is not None or isinstance(error, asyncpg.PostgresError):
        raise BadDatabase(
            f"The database cannot be used: {words_of(error)}. Check database_url, and whether PostgreSQL runs there."
        ) from error


def _durable(connection: Connection) -> dict[str, str]:
    def shown(name: str) -> str:
        return str(connection.exec_driver_sql(f"SHOW {name}").scalar_one())

    if shown("server_encoding") != "UTF8":
        raise BadDatabase("The database keeps its text in another encoding than UTF8. Make one with ENCODING 'UTF8'.")
    if shown("fsync") != "on":
        log.warning("database_is_not_durable", reason="fsync is off: when that computer fails, data may be lost")
    return {"synchronous_commit": "on"} if shown("synchronous_commit") in ("off", "local") else {}
