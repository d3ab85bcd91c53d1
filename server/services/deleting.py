"""Delete a file, which leaves a tombstone, and bring it back."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, delete, update

from server.domain.errors import NameTaken
from server.domain.permissions import Action
from server.domain.session import Session
from server.domain.vault_rules import require_name
from server.protocol.calls import FileState, RestoreFile
from server.protocol.events import FileDeleted, FileRestored, FileUnlocked, VaultEvent
from server.protocol.names import same_key
from server.services.change import Change, changed_file
from server.services.checkout import living_file_for
from server.services.moving import require_nobody_else
from server.services.naming import allowed_path, require_free
from server.services.outcome import Outcome
from server.services.record import entry_of
from server.services.releasing import close_requests, tell_next
from server.services.rights import file_at_home_for
from server.services.stored import StoredFile
from server.storage.tables import file, lock


def delete_file(connection: Connection, session: Session, file_id: str, *, at: datetime) -> Outcome[FileState]:
    """Free the file's path; its revisions stay. My own lock on it ends.

    Raises NotFound, Forbidden, Gone, Locked (by somebody else).
    """
    found = living_file_for(connection, session, file_id)
    require_nobody_else(session, found)
    outcome = changed_file(connection, found.vault, bury(connection, session, found, at=at), at=at)
    return replace(outcome, answer=replace(outcome.answer, deleted=True))


def bury(connection: Connection, session: Session, found: StoredFile, *, at: datetime) -> Change:
    """Make a tombstone of a living file that nobody else holds. Its line stands still until it is back."""
    now = replace(found.file, lock=None)
    events: list[VaultEvent] = []
    if found.file.lock is not None:
        connection.execute(delete(lock).where(lock.c.file == now.id))
        events.append(FileUnlocked(file=now.id, path=now.path, filename=now.filename, by=session.person, why="deleted"))
    connection.execute(update(file).where(file.c.id == now.id).values(deleted=at, deleted_by=session.person_id))
    events.append(FileDeleted(file=now, by=session.person))
    entry = entry_of(session, "deleted", at=at, vault_id=found.vault, file_id=now.id, path=now.path)
    hints = close_requests(connection, session, found, lambda _: "over", at=at)
    return Change(file=now, events=tuple(events), entry=entry, hints=hints)


def restore_file(
    connection: Connection, session: Session, file_id: str, wish: RestoreFile, *, at: datetime
) -> Outcome[FileState]:
    """Bring a deleted file back, at its old path or another.

    Raises NotFound, Forbidden, ForbiddenPath, AgainstRule, and NameTaken: also when it is not deleted.
    """
    home, found = file_at_home_for(connection, session, file_id, Action.CHANGE)
    if found.deleted is None:
        raise NameTaken(f"“{found.file.path}” is not deleted: somebody has brought it back.", path=found.file.path)
    path = found.file.path if wish.path is None else allowed_path(wish.path)
    require_name(home, path)
    require_free(connection, found.vault, [path])
    connection.execute(
        update(file)
        .where(file.c.id == file_id)
        .values(path=path, path_key=same_key(path), deleted=None, deleted_by=None, purge=None)
    )
    now = replace(found.file, path=path)
    entry = entry_of(session, "restored", at=at, vault_id=found.vault, file_id=file_id, path=path)
    hints = tell_next(connection, found.vault, now, by=session.person, at=at)
    change = Change(file=now, events=(FileRestored(file=now, by=session.person),), entry=entry, hints=hints)
    return changed_file(connection, found.vault, change, at=at)
