"""`move-database`: what is in the SQLite file of a stopped server goes to PostgreSQL; the server goes on there."""

import sqlite3
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, create_engine, select
from sqlalchemy.exc import DatabaseError
from sqlalchemy.pool import NullPool

from server.cli.folder import hold
from server.cli.trouble import Exit, Trouble
from server.config import DATABASE, Config
from server.domain.errors import Full, NotReady
from server.services.beginning import call_for_epoch, remember_mark
from server.services.record import first_break_in_audit
from server.storage.copying import NotCopied, copy_all
from server.storage.durable import sync_folder
from server.storage.mark import FolderMark
from server.storage.migrate import NewerData
from server.storage.store import BadDatabase, Store
from server.storage.tables import server

Say = Callable[[str], None]

ASIDE: Final = "moved-to-postgresql"
"""Where the SQLite file is from then on: no server may start on it by mistake."""
TOLD_EVERY: Final = 50_000
"""Rows."""


async def move_database(config: Config, *, say: Say) -> Exit:
    """Copy all of it in one transaction, look through it there, and set the file aside. Raises Trouble."""
    file, aside = config.data / DATABASE, config.data / ASIDE
    if not config.database_url:
        raise Trouble("Nothing was done: say where to with the setting “database_url” (PDM_DATABASE_URL).")
    with hold(config.data):
        if not file.is_file():
            raise Trouble(f"There is no {file}: nothing was done. Name the server's data folder with --data.")
        if (aside / DATABASE).exists():
            raise Trouble(f"There is a {aside / DATABASE} already, of an earlier move. Put it elsewhere first.")
        try:
            counts = await _move(config, file, say=say)
        except (NotCopied, BadDatabase, NewerData) as error:
            raise Trouble(f"Nothing was moved. {error}") from error
        except (NotReady, Full, DatabaseError, sqlite3.Error, OSError) as error:
            raise Trouble(f"Nothing was moved: {error} Put that right and start the command again.") from error
        _set_aside(file, aside)
    say(
        f"{sum(counts.values()):,} rows were moved, {counts['file']:,} files and {counts['audit']:,} rows of the audit"
        f" trail among them, and its chain is sound. Start the server with the same “database_url”: everybody stays"
        f" signed in. The SQLite file as it was is {aside / DATABASE}; remove it once you are content."
    )
    return Exit.DONE


async def _move(config: Config, file: Path, *, say: Say) -> Mapping[str, int]:
    sqlite = f"sqlite:///{file.as_posix()}"
    await (await Store.open(sqlite)).close()  # the tables of this version, and nothing left beside the file
    mark = FolderMark(file).read()
    engine = create_engine(sqlite, poolclass=NullPool, hide_parameters=True)
    target = await Store.open(config.database_url, alone=True)  # where a node is at work, nothing is moved under it

    def told(table: str, done: int) -> None:
        if done % TOLD_EVERY == 0:
            say(f"{table}: {done:,} rows …")

    def copy(there: Connection) -> Mapping[str, int]:
        with engine.connect() as here:
            counts = copy_all(here, there, told=told)
            remembered = here.execute(select(server.c.mark)).scalar_one_or_none()
        broken = first_break_in_audit(there) if counts["audit_head"] else None
        if broken is not None:
            raise NotCopied(
                f"Row {broken:,} of the audit trail is not what its chain says. `GET /api/audit/verify` of the server"
                " finds it as well: find out why first."
            )
        if remembered is not None and remembered != mark:  # a copy that no server has started on since
            call_for_epoch(there)
        else:
            remember_mark(there, target.mark)
        return counts

    try:
        return await target.write(copy)
    finally:
        await target.close()
        engine.dispose()


def _set_aside(file: Path, aside: Path) -> None:
    """What was there stays whole: the file with all that may lie beside it."""
    aside.mkdir(mode=0o700, exist_ok=True)
    for ending in ("-wal", "-shm", ""):
        part = file.with_name(f"{file.name}{ending}")
        if part.exists():
            part.rename(aside / part.name)
    (aside / "moved.txt").write_text(
        f"Moved to PostgreSQL on {datetime.now(UTC):%Y-%m-%d %H:%M} UTC.\n", encoding="utf-8"
    )
    sync_folder(aside)
    sync_folder(aside.parent)
