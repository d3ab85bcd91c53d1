"""Store the next revision of a file that I hold."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, bindparam, insert, update

from server.domain.errors import OldBase
from server.domain.revisions import Number
from server.domain.session import Session
from server.domain.text import optional_lines
from server.domain.vault_rules import counts_as_major, require_comment, require_size
from server.protocol.calls import CheckIn, CheckInParked, FileState
from server.protocol.events import FileUnlocked, FileUpdated
from server.protocol.vault import File, Revision, Vault
from server.services.change import Change, changed_file
from server.services.checkout import free_lock, living_file_at_home_for, require_lock, seat_of
from server.services.outcome import Outcome
from server.services.record import entry_of
from server.services.releasing import is_released
from server.services.stored import StoredFile
from server.services.unparking import drop_stored
from server.services.uploads import require_content, uploads_of
from server.storage.blobs import Content
from server.storage.tables import file, revision

# Built once: building such statements takes longer than running them.
_ADD_REVISION = insert(revision)
_MOVE_HEAD = update(file).where(file.c.id == bindparam("of_file"))


def check_in(
    connection: Connection, session: Session, file_id: str, wish: CheckIn, *, at: datetime
) -> Outcome[FileState]:
    """Store an upload as the next revision, and give the lock back unless it is to be kept.

    Raises NotFound, NotArrived, Forbidden, Gone, NoSeat, NotYours, OldBase, WrongHash, AgainstRule.
    """

    def content_of(path: str) -> Content:
        return require_content(
            uploads_of(connection, session, [wish.upload]).get(wish.upload),
            path=path,
            size=wish.size,
            content_hash=wish.hash,
            at=at,
        )

    return add_revision(connection, session, file_id, wish, content_of=content_of, at=at)


def add_revision(
    connection: Connection,
    session: Session,
    file_id: str,
    wish: CheckIn | CheckInParked,
    *,
    content_of: Callable[[str], Content],
    at: datetime,
    **detail: str,
) -> Outcome[FileState]:
    """Store the next revision, wherever its content comes from, for whoever holds the file; nothing is written before.

    `content_of` is asked with the file's path, `detail` goes to the audit trail. Raises NotFound, Forbidden, Gone,
    NoSeat, NotYours, OldBase, AgainstRule, and what `content_of` raises.
    """
    seat_of(session)
    home, found = living_file_at_home_for(connection, session, file_id)
    require_head(session, found, token=wish.token, base=wish.base)
    content = content_of(found.file.path)
    change = advance(connection, session, home, found, wish, content=content, at=at, **detail)
    return changed_file(connection, found.vault, change, at=at)


def require_head(session: Session, found: StoredFile, *, token: int, base: str) -> None:
    """Raises NotYours unless this seat holds the file by that check-out, OldBase unless that is the newest revision."""
    require_lock(session, found, token=token)
    if base != found.file.head.number:
        raise OldBase(found.file.path, base=base, head=found.file.head)


def advance(
    connection: Connection,
    session: Session,
    home: Vault,
    found: StoredFile,
    wish: CheckIn | CheckInParked,
    *,
    content: Content,
    at: datetime,
    **detail: str,
) -> Change:
    """Store the next revision of a file that passed `require_head`. Raises AgainstRule, and Invalid for the comment.

    What this person has parked of the file with that very content is parked no more.
    """
    require_size(home, found.file.path, content.size)
    require_comment(home, found.file.path, wish.comment)
    major = counts_as_major(home, found.file.path, asked=wish.major)
    now = replace(
        found.file,
        head=_next_revision(session, found, wish, major=major, content=content, at=at),
        lock=found.file.lock if wish.keep else None,
    )
    _store(connection, session, now)
    unparked = drop_stored(connection, session, now.id, now.head.hash)
    released = () if wish.keep else is_released(connection, session, found, at=at)
    entry = entry_of(
        session,
        "checked_in",
        at=at,
        vault_id=found.vault,
        file_id=now.id,
        revision=now.head.number,
        hash=now.head.hash,
        kept=wish.keep,
        **({"unparked": list(unparked.ids)} if unparked.ids else {}),
        **detail,
    )
    return Change(file=now, events=(_event(session, now),), entry=entry, hints=(*unparked.hints, *released))


def revision_row(session: Session, file_id: str, made: Revision) -> dict[str, object]:
    """How a new revision is stored."""
    return {
        "file": file_id,
        "major": made.major,
        "minor": made.minor,
        "size": made.size,
        "hash": made.hash,
        "author": session.person_id,
        "at": made.at,
        "comment": made.comment,
    }


def _next_revision(
    session: Session, found: StoredFile, wish: CheckIn | CheckInParked, *, major: bool, content: Content, at: datetime
) -> Revision:
    number = Number(found.file.head.major, found.file.head.minor).next(major=major)
    return Revision(
        major=number.major,
        minor=number.minor,
        size=content.size,
        hash=content.hash,
        author=session.person,
        at=at,
        comment=optional_lines(wish.comment, "comment"),
    )


def _store(connection: Connection, session: Session, now: File) -> None:
    connection.execute(_ADD_REVISION, revision_row(session, now.id, now.head))
    connection.execute(_MOVE_HEAD, {"of_file": now.id, "major": now.head.major, "minor": now.head.minor})
    if now.lock is None:
        free_lock(connection, now.id)


def _event(session: Session, now: File) -> FileUpdated | FileUnlocked:
    if now.lock is not None:
        return FileUpdated(file=now, by=session.person)
    return FileUnlocked(
        file=now.id, path=now.path, filename=now.filename, by=session.person, why="checked_in", revision=now.head
    )
