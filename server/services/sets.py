"""Several files of one vault as one: all of them change in one transaction, or none does."""

import contextlib
from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import Connection

from server.domain.errors import ProblemError
from server.domain.permissions import Action
from server.domain.session import Session
from server.protocol.calls import (
    CheckIn,
    CheckInFiles,
    CheckOutFiles,
    DeleteFiles,
    FileStates,
    NextRevision,
    UndoCheckOuts,
)
from server.services.change import changed_files
from server.services.checkin import advance, require_head
from server.services.checkout import give_back, is_held_here, require_living, require_lock, seat_of, take
from server.services.deleting import bury
from server.services.moving import require_nobody_else
from server.services.outcome import Outcome
from server.services.rights import files_for
from server.services.uploads import require_content, uploads_of


def check_out_set(
    connection: Connection, session: Session, wish: CheckOutFiles, *, at: datetime
) -> Outcome[FileStates]:
    """Take the locks of all the files; one that this seat has already stays as it is.

    Raises NotFound, Forbidden, Gone, NoSeat, Locked, Invalid.
    """
    seat_of(session)
    home, files = files_for(connection, session, wish.files, Action.CHANGE)
    with _together(wish.files):
        free = [each for each in files if not is_held_here(session, require_living(each))]
        taken = {each.file.id: take(connection, session, each, wish.message, at=at) for each in free}
    now = [taken[each.file.id].file if each.file.id in taken else each.file for each in files]
    return changed_files(connection, home.id, list(taken.values()), now=now, at=at)


def check_in_set(connection: Connection, session: Session, wish: CheckInFiles, *, at: datetime) -> Outcome[FileStates]:
    """Store an upload as the next revision of each file, and give the locks back unless they are to be kept.

    Every file is looked at before the first is written. Raises NotFound, NotArrived, Forbidden, Gone, NoSeat,
    NotYours, OldBase, WrongHash, AgainstRule, Invalid.
    """
    seat_of(session)
    home, files = files_for(connection, session, [each.file for each in wish.files], Action.CHANGE)
    uploads = uploads_of(connection, session, {each.upload for each in wish.files})
    with _together(wish.files):
        for found, each in zip(files, wish.files, strict=True):
            require_head(session, require_living(found), token=each.token, base=each.base)
        contents = [
            require_content(
                uploads.get(each.upload), path=found.file.path, size=each.size, content_hash=each.hash, at=at
            )
            for found, each in zip(files, wish.files, strict=True)
        ]
        changes = [
            advance(connection, session, home, found, alone(wish, each), content=content, at=at)
            for found, each, content in zip(files, wish.files, contents, strict=True)
        ]
    return changed_files(connection, home.id, changes, now=[change.file for change in changes], at=at)


def undo_set(connection: Connection, session: Session, wish: UndoCheckOuts, *, at: datetime) -> Outcome[FileStates]:
    """Give all the locks back without new revisions. Raises NotFound, Forbidden, Gone, NoSeat, NotYours, Invalid."""
    seat_of(session)
    home, files = files_for(connection, session, [each.file for each in wish.files], Action.CHANGE)
    with _together(wish.files):
        for found, each in zip(files, wish.files, strict=True):
            require_lock(session, require_living(found), token=each.token)
    changes = [
        give_back(connection, session, found, token=each.token, at=at)
        for found, each in zip(files, wish.files, strict=True)
    ]
    return changed_files(connection, home.id, changes, now=[change.file for change in changes], at=at)


def delete_set(connection: Connection, session: Session, wish: DeleteFiles, *, at: datetime) -> Outcome[FileStates]:
    """Free the paths of all the files; my own locks on them end. Raises NotFound, Forbidden, Gone, Locked, Invalid."""
    home, files = files_for(connection, session, wish.files, Action.CHANGE)
    with _together(wish.files):
        for found in files:
            require_nobody_else(session, require_living(found))
    changes = [bury(connection, session, found, at=at) for found in files]
    return changed_files(connection, home.id, changes, now=[change.file for change in changes], at=at)


def alone(wish: CheckInFiles, each: NextRevision) -> CheckIn:
    """The check-in of one file of the set, as if it were alone."""
    return CheckIn(
        upload=each.upload,
        base=each.base,
        token=each.token,
        size=each.size,
        hash=each.hash,
        comment=wish.comment,
        major=wish.major,
        keep=wish.keep,
    )


@contextlib.contextmanager
def _together(files: Sequence[object]) -> Iterator[None]:
    """A refusal of one file says that it is one of all of them."""
    try:
        yield
    except ProblemError as refusal:
        raise refusal.of_set(len(files)) from None
