"""The next in line is told that a file is still free, when who was told before has not taken it for a while."""

from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import Connection, func, or_, select

from server.bus.base import Hint
from server.services.releasing import tell_next
from server.services.stored import find_file
from server.storage.store import Store
from server.storage.tables import file, lock, vault, waiting


async def tell_all_due(store: Store, *, after: timedelta, now: datetime) -> list[Hint]:
    """Tell the next in every line that has waited for so long; what to hint at. Each file is its own transaction."""
    before, hints = now - after, list[Hint]()
    for file_id in await store.read(partial(due_files, before=before)):
        hints += await store.write(partial(tell_next_if_due, file_id=file_id, before=before, at=now))
    return hints


def due_files(connection: Connection, *, before: datetime) -> list[str]:
    """Ids of free files for which somebody waits untold, where nobody was told after that time."""
    told = func.max(waiting.c.told)
    rows = connection.execute(
        select(waiting.c.file)
        .join(file, file.c.id == waiting.c.file)
        .outerjoin(lock, lock.c.file == waiting.c.file)
        .where(lock.c.file.is_(None), file.c.deleted.is_(None))
        .group_by(waiting.c.file)
        .having((func.count() > func.count(waiting.c.told)) & or_(told.is_(None), told <= before))
    )
    return list(rows.scalars())


def tell_next_if_due(connection: Connection, file_id: str, *, before: datetime, at: datetime) -> tuple[Hint, ...]:
    """The next in line is told that a file is still free. Looked at again, as somebody may have been faster."""
    home = select(file.c.vault).where(file.c.id == file_id).scalar_subquery()
    connection.execute(select(vault.c.id).where(vault.c.id == home).with_for_update())
    found = find_file(connection, file_id)
    if found is None or file_id not in due_files(connection, before=before):
        return ()
    return tell_next(connection, found.vault, found.file, by=None, at=at)
