"""What people watch: files and folders of vaults that they may read."""

from datetime import datetime

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from server.bus.base import ChangedHint, Hint
from server.domain.errors import Invalid, NotFound
from server.domain.permissions import Action
from server.domain.session import Session
from server.protocol.calls import AddWatch, Watch
from server.protocol.calls.watches import WATCHES_MOST
from server.protocol.names import same_key
from server.services.checkout import require_living
from server.services.identity import new_id
from server.services.naming import any_file_below
from server.services.outcome import Outcome
from server.services.record import entry_of, write_audit
from server.services.rights import file_for, readable_vaults, vault_for
from server.storage.tables import file, person, watch

_MINE = select(
    watch.c.id, watch.c.vault, watch.c.file, watch.c.folder, watch.c.at, file.c.path, file.c.deleted
).select_from(watch.outerjoin(file, file.c.id == watch.c.file))  # fmt: skip

Found = Row[tuple[str, str, str | None, str | None, datetime, str | None, datetime | None]]


def list_watches(connection: Connection, session: Session) -> list[Watch]:
    """What I watch. What lies in a vault that I may not read any more is not among it."""
    mine = readable_vaults(connection, person_id=session.person_id, administrator=session.administrator)
    rows = connection.execute(
        _MINE.where(watch.c.person == session.person_id, watch.c.vault.in_([each.id for each in mine])).order_by(
            watch.c.at, watch.c.id
        )
    )
    return [_watch_in(row) for row in rows]


def add_watch(connection: Connection, session: Session, wish: AddWatch, *, at: datetime) -> Outcome[Watch]:
    """Watch a file or a folder from now on. One that I watch already stays as it is.

    Raises NotFound, Gone, Invalid: neither of the two, both, or too many watches.
    """
    if (wish.file is None) == (wish.folder is None):
        raise Invalid("A watch is about one file or about one folder. Name just one of them.")
    folder = _checked(connection, session, wish)
    # My own row stands for all my watches: two calls at once would add one twice.
    connection.execute(select(person.c.id).where(person.c.id == session.person_id).with_for_update())
    same = watch.c.file == wish.file if wish.file is not None else watch.c.folder == folder
    known = connection.execute(
        _MINE.where(watch.c.person == session.person_id, watch.c.vault == wish.vault, same)
    ).one_or_none()
    if known is not None:
        return Outcome(_watch_in(known))
    _require_room(connection, session)
    watch_id = new_id(at)
    connection.execute(
        insert(watch).values(
            id=watch_id, person=session.person_id, vault=wish.vault, file=wish.file, folder=folder, at=at
        )
    )
    entry = entry_of(session, "watch_added", at=at, vault_id=wish.vault, file_id=wish.file, folder=folder)
    write_audit(connection, [entry])
    made = connection.execute(_MINE.where(watch.c.id == watch_id)).one()
    return Outcome(_watch_in(made), (_hint(session.person_id),))


def drop_watch(connection: Connection, session: Session, watch_id: str, *, at: datetime) -> Outcome[None]:
    """Watch it no longer. Raises NotFound."""
    known = connection.execute(
        _MINE.where(watch.c.id == watch_id, watch.c.person == session.person_id)
    ).one_or_none()  # fmt: skip
    if known is None:
        raise NotFound("You have no such watch. You may have ended it at another seat.")
    connection.execute(delete(watch).where(watch.c.id == watch_id))
    entry = entry_of(session, "watch_ended", at=at, vault_id=known.vault, file_id=known.file, folder=known.folder)
    write_audit(connection, [entry])
    return Outcome(None, (_hint(session.person_id),))


def follow_folder(connection: Connection, vault_id: str, source: str, target: str) -> tuple[Hint, ...]:
    """A folder has another path: whoever watches it, or one below it, goes on to do so.

    Where it joins a folder that the same person watches, one watch of the two is left.
    """
    rows = connection.execute(
        select(watch.c.id, watch.c.person, watch.c.folder).where(
            watch.c.vault == vault_id, watch.c.folder.is_not(None), watch.c.folder != ""
        )
    ).all()
    goes = [row for row in rows if f"{same_key(row.folder)}/".startswith(f"{same_key(source)}/")]
    stays = {(row.person, same_key(row.folder)) for row in rows if row not in goes}
    for row in goes:
        moved = target + row.folder[len(source) :]
        if (row.person, same_key(moved)) in stays:
            connection.execute(delete(watch).where(watch.c.id == row.id))
        else:
            connection.execute(update(watch).where(watch.c.id == row.id).values(folder=moved))
    return (ChangedHint("watches", frozenset(row.person for row in goes)),) if goes else ()


def _checked(connection: Connection, session: Session, wish: AddWatch) -> str | None:
    """The folder as the vault spells it, or None for a file that is there. Raises NotFound, Gone."""
    if wish.file is not None:
        found = require_living(file_for(connection, session, wish.file, Action.READ))
        if found.vault != wish.vault:
            raise NotFound("There is no such file in this vault. It lies in another one.")
        return None
    vault_for(connection, session, wish.vault, Action.READ)
    folder = wish.folder or ""
    if not folder:
        return folder
    inside = any_file_below(connection, wish.vault, folder)
    if inside is None:
        raise NotFound(f"There is no folder “{folder}” in this vault. It may have been moved meanwhile.", path=folder)
    return "/".join(inside.split("/")[: folder.count("/") + 1])


def _require_room(connection: Connection, session: Session) -> None:
    count = connection.execute(
        select(func.count()).select_from(watch).where(watch.c.person == session.person_id)
    ).scalar_one()
    if count >= WATCHES_MOST:
        raise Invalid(f"You watch {count:,} files and folders, and more are not possible. Stop watching some of them.")


def _hint(person_id: str) -> Hint:
    return ChangedHint("watches", frozenset({person_id}))


def _watch_in(row: Found) -> Watch:
    return Watch(
        id=row[0], vault=row[1], file=row[2], folder=row[3], at=row[4], path=row[5], deleted=row[6] is not None
    )
