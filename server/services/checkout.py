"""Take a file's lock, give it back, or take it over on another seat of mine."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from server.bus.base import Hint, VaultHint
from server.domain.errors import Gone, Locked, NoSeat, NotYours
from server.domain.permissions import Action
from server.domain.session import Session
from server.domain.text import optional_line
from server.protocol.calls import CheckOut, FileState, UndoCheckOut
from server.protocol.events import FileLocked, FileUnlocked
from server.protocol.vault import File, Lock
from server.services.inbox import Message, send
from server.services.outcome import Outcome
from server.services.reading import epoch_of
from server.services.record import entry_of, record
from server.services.rights import file_for
from server.services.stored import StoredFile
from server.storage.tables import file, lock, vault

# Built once: building such a statement takes longer than running it.
_NEXT_TOKEN = (
    update(file).where(file.c.id == bindparam("of_file")).values(token=file.c.token + 1).returning(file.c.token)
)


def check_out(
    connection: Connection, session: Session, file_id: str, wish: CheckOut, *, at: datetime
) -> Outcome[FileState]:
    """Take the lock; on the seat that has it already, it stays as it is.

    Raises NotFound, Forbidden, Gone, NoSeat, Locked.
    """
    seat = seat_of(session)
    found = living_file_for(connection, session, file_id)
    if found.file.lock is not None:
        if holds_here(session, found):
            return unchanged_file(connection, found)
        raise Locked(found.file.path, found.file.lock, mine=found.holder_id == session.person_id)
    message = optional_line(wish.message, "message")
    taken = _new_lock(connection, session, found, seat=seat, message=message, at=at)
    connection.execute(
        insert(lock).values(
            file=file_id, person=session.person_id, seat=seat, since=at, token=taken.token, message=message
        )
    )
    return _locked(connection, session, found, taken, action="checked_out", at=at)


def undo_check_out(
    connection: Connection, session: Session, file_id: str, wish: UndoCheckOut, *, at: datetime
) -> Outcome[FileState]:
    """Give the lock back without a new revision. Raises NotFound, Forbidden, Gone, NoSeat, NotYours."""
    seat_of(session)
    found = living_file_for(connection, session, file_id)
    require_lock(session, found, token=wish.token)
    connection.execute(delete(lock).where(lock.c.file == file_id))
    free = replace(found.file, lock=None)
    event = FileUnlocked(file=free.id, path=free.path, filename=free.filename, by=session.person, why="undone")
    entry = entry_of(session, "undone", at=at, vault_id=found.vault, file_id=free.id, token=wish.token)
    seq = record(connection, found.vault, [event], entries=[entry], at=at)
    return changed_file(connection, found.vault, free, seq=seq)


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
    note = Message(
        kind="lock_adopted",
        vault=found.vault,
        file=file_id,
        path=found.file.path,
        by=session.person,
        computer=session.computer,
    )
    hint = send(connection, session.person_id, note, at=at)
    return _locked(connection, session, found, taken, action="adopted", at=at, also=(hint,))


def seat_of(session: Session) -> str:
    """The session's seat. Raises NoSeat."""
    if session.seat is None:
        raise NoSeat
    return session.seat


def living_file_for(connection: Connection, session: Session, file_id: str) -> StoredFile:
    """The file, for a change. Raises NotFound, Forbidden, Gone."""
    found = file_for(connection, session, file_id, Action.CHANGE)
    if found.deleted is not None:
        raise Gone(f"“{found.file.path}” is deleted. It can be restored from the deleted files.", path=found.file.path)
    return found


def holds_here(session: Session, found: StoredFile) -> bool:
    """Whether this person on this seat holds the file."""
    held = found.file.lock
    return held is not None and found.holder_id == session.person_id and held.seat == session.seat


def require_lock(session: Session, found: StoredFile, *, token: int) -> None:
    """Raises NotYours unless this seat holds the file by that very check-out."""
    held = found.file.lock
    if held is None or not holds_here(session, found) or held.token != token:
        raise NotYours(found.file.path, held, mine=found.holder_id == session.person_id)


def changed_file(connection: Connection, vault_id: str, now: File, *, seq: int) -> Outcome[FileState]:
    """The outcome of a change of one file."""
    state = FileState(epoch=epoch_of(connection), vault=vault_id, seq=seq, file=now)
    return Outcome(state, (VaultHint(vault_id, seq),))


def unchanged_file(connection: Connection, found: StoredFile) -> Outcome[FileState]:
    """The outcome of a call that asked for what is already so."""
    seq: int = connection.execute(select(vault.c.seq).where(vault.c.id == found.vault)).scalar_one()
    return Outcome(FileState(epoch=epoch_of(connection), vault=found.vault, seq=seq, file=found.file), changed=False)


def _new_lock(
    connection: Connection, session: Session, found: StoredFile, *, seat: str, message: str | None, at: datetime
) -> Lock:
    token: int = connection.execute(_NEXT_TOKEN, {"of_file": found.file.id}).scalar_one()
    return Lock(
        locked_by=session.person, seat=seat, computer=session.computer or seat, since=at, token=token, message=message
    )


def _locked(
    connection: Connection,
    session: Session,
    found: StoredFile,
    taken: Lock,
    *,
    action: str,
    at: datetime,
    also: tuple[Hint, ...] = (),
) -> Outcome[FileState]:
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
    seq = record(connection, found.vault, [event], entries=[entry], at=at)
    outcome = changed_file(connection, found.vault, now, seq=seq)
    return replace(outcome, hints=(*outcome.hints, *also))
