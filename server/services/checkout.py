"""Take a file's lock, give it back, or take it over on another seat of mine."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, insert, update

from server.domain.errors import Gone, Locked, NoSeat, NotYours
from server.domain.permissions import Action
from server.domain.session import Session
from server.domain.text import optional_line
from server.protocol.calls import CheckOut, FileState, UndoCheckOut
from server.protocol.events import FileLocked, FileUnlocked
from server.protocol.vault import Lock, Vault
from server.services.change import Change, changed_file, unchanged_file
from server.services.inbox import Message, send
from server.services.outcome import Outcome
from server.services.record import entry_of
from server.services.releasing import follow_adoption, has_begun, is_released
from server.services.rights import file_at_home_for
from server.services.stored import StoredFile
from server.storage.tables import file, lock

# Built once: building such statements takes longer than running them.
_NEXT_TOKEN = (
    update(file).where(file.c.id == bindparam("of_file")).values(token=file.c.token + 1).returning(file.c.token)
)
_TAKE = insert(lock)
_GIVE_BACK = delete(lock).where(lock.c.file == bindparam("of_file"))


def check_out(
    connection: Connection, session: Session, file_id: str, wish: CheckOut, *, at: datetime
) -> Outcome[FileState]:
    """Take the lock; on the seat that has it already, it stays as it is.

    Raises NotFound, Forbidden, Gone, NoSeat, Locked.
    """
    seat_of(session)
    found = living_file_for(connection, session, file_id)
    if is_held_here(session, found):
        return unchanged_file(connection, found)
    return changed_file(connection, found.vault, take(connection, session, found, wish.message, at=at), at=at)


def undo_check_out(
    connection: Connection, session: Session, file_id: str, wish: UndoCheckOut, *, at: datetime
) -> Outcome[FileState]:
    """Give the lock back without a new revision. Raises NotFound, Forbidden, Gone, NoSeat, NotYours."""
    seat_of(session)
    found = living_file_for(connection, session, file_id)
    require_lock(session, found, token=wish.token)
    return changed_file(connection, found.vault, give_back(connection, session, found, token=wish.token, at=at), at=at)


def adopt(connection: Connection, session: Session, file_id: str, *, at: datetime) -> Outcome[FileState]:
    """Take my lock over from another seat of mine, with a new token; on the seat that has it, it stays as it is.

    Raises NotFound, Forbidden, Gone, NoSeat, NotYours, Locked.
    """
    seat = seat_of(session)
    found = living_file_for(connection, session, file_id)
    held = found.file.lock
    if held is None:
        raise NotYours(found.file.path, None)
    if found.holder_id != session.person_id:
        raise Locked(found.file.path, held)
    if holds_here(session, found):
        return unchanged_file(connection, found)
    taken = _new_lock(connection, session, found, seat=seat, message=held.message, at=at)
    connection.execute(update(lock).where(lock.c.file == file_id).values(seat=seat, since=at, token=taken.token))
    follow_adoption(connection, file_id, taken.token, since=held.since, at=at)
    note = Message(
        kind="lock_adopted",
        vault=found.vault,
        file=file_id,
        path=found.file.path,
        by=session.person,
        computer=session.computer,
    )
    hint = send(connection, session.person_id, note, at=at)
    change = _locked(session, found, taken, action="adopted", at=at)
    outcome = changed_file(connection, found.vault, change, at=at)
    return replace(outcome, hints=(*outcome.hints, hint))


def take(connection: Connection, session: Session, found: StoredFile, message: str | None, *, at: datetime) -> Change:
    """Take the lock of a file that nobody holds, for the session's seat. Raises NoSeat, Invalid."""
    seat = seat_of(session)
    taken = _new_lock(connection, session, found, seat=seat, message=optional_line(message, "message"), at=at)
    row = {"file": found.file.id, "person": session.person_id, "seat": seat}
    connection.execute(_TAKE, {**row, "since": at, "token": taken.token, "message": taken.message})
    change = _locked(session, found, taken, action="checked_out", at=at)
    return replace(change, hints=has_begun(connection, found, session.person_id))


def give_back(connection: Connection, session: Session, found: StoredFile, *, token: int, at: datetime) -> Change:
    """Give back a lock that `require_lock` has found to be the session's, by that token."""
    free_lock(connection, found.file.id)
    free = replace(found.file, lock=None)
    event = FileUnlocked(file=free.id, path=free.path, filename=free.filename, by=session.person, why="undone")
    entry = entry_of(session, "undone", at=at, vault_id=found.vault, file_id=free.id, token=token)
    return Change(file=free, events=(event,), entry=entry, hints=is_released(connection, session, found, at=at))


def free_lock(connection: Connection, file_id: str) -> None:
    """The file has no lock any more."""
    connection.execute(_GIVE_BACK, {"of_file": file_id})


def seat_of(session: Session) -> str:
    """The session's seat. Raises NoSeat."""
    if session.seat is None:
        raise NoSeat
    return session.seat


def living_file_for(connection: Connection, session: Session, file_id: str) -> StoredFile:
    """The file, for a change. Raises NotFound, Forbidden, Gone."""
    return living_file_at_home_for(connection, session, file_id)[1]


def living_file_at_home_for(connection: Connection, session: Session, file_id: str) -> tuple[Vault, StoredFile]:
    """The same, with its vault. Raises NotFound, Forbidden, Gone."""
    home, found = file_at_home_for(connection, session, file_id, Action.CHANGE)
    return home, require_living(found)


def require_living(found: StoredFile) -> StoredFile:
    """The same. Raises Gone when it is deleted."""
    if found.deleted is not None:
        raise Gone(f"“{found.file.path}” is deleted. It can be restored from the deleted files.", path=found.file.path)
    return found


def is_held_here(session: Session, found: StoredFile) -> bool:
    """Whether this seat has the lock that somebody asks for. Raises Locked when anybody else has it."""
    if found.file.lock is None:
        return False
    if not holds_here(session, found):
        raise Locked(found.file.path, found.file.lock, mine=found.holder_id == session.person_id)
    return True


def holds_here(session: Session, found: StoredFile) -> bool:
    """Whether this person on this seat holds the file."""
    held = found.file.lock
    return held is not None and found.holder_id == session.person_id and held.seat == session.seat


def require_lock(session: Session, found: StoredFile, *, token: int) -> None:
    """Raises NotYours unless this seat holds the file by that very check-out."""
    held = found.file.lock
    if held is None or not holds_here(session, found) or held.token != token:
        raise NotYours(found.file.path, held, mine=found.holder_id == session.person_id)


def next_token(connection: Connection, file_id: str) -> int:
    """The fencing token of a new check-out: higher than any before."""
    token: int = connection.execute(_NEXT_TOKEN, {"of_file": file_id}).scalar_one()
    return token


def _new_lock(
    connection: Connection, session: Session, found: StoredFile, *, seat: str, message: str | None, at: datetime
) -> Lock:
    return Lock(
        locked_by=session.person,
        seat=seat,
        computer=session.computer or seat,
        since=at,
        token=next_token(connection, found.file.id),
        message=message,
    )


def _locked(session: Session, found: StoredFile, taken: Lock, *, action: str, at: datetime) -> Change:
    now = replace(found.file, lock=taken)
    event = FileLocked(
        file=now.id,
        path=now.path,
        filename=now.filename,
        locked_by=taken.locked_by,
        seat=taken.seat,
        computer=taken.computer,
        since=taken.since,
        token=taken.token,
        message=taken.message,
    )
    entry = entry_of(session, action, at=at, vault_id=found.vault, file_id=now.id, seat=taken.seat, token=taken.token)
    return Change(file=now, events=(event,), entry=entry)
