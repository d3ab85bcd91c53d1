"""Parked versions: what was not checked in is kept, until its owner decides or its time is over.

That is what a check-in brought that could not be, and what a check-out that is over has left on its seat.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, Select, delete, insert, or_, select, update

from server.bus.base import Hint
from server.domain.errors import Forbidden, Gone, NotArrived, NotFound, NotYours, OldBase, WrongHash
from server.domain.permissions import Action
from server.domain.revisions import number_of
from server.domain.session import Session
from server.domain.text import optional_lines
from server.protocol.calls import (
    SET_REFUSED,
    CheckIn,
    CheckInFiles,
    CheckInParked,
    FileState,
    FileStates,
    ParkedVersion,
    ParkedVersions,
    ParkedWork,
    ParkWork,
)
from server.protocol.limits import PAGE_ITEMS
from server.protocol.problems import Code
from server.services.checkin import add_revision, check_in, require_head
from server.services.checkout import require_living, seat_of
from server.services.counting import whole_time
from server.services.ended import was_mine
from server.services.handover import nothing_will_come, work_has_come
from server.services.identity import new_id
from server.services.outcome import Outcome, Refused
from server.services.record import entry_of, write_audit
from server.services.rights import administered, file_for, files_for, readable_vaults
from server.services.sets import alone, check_in_set
from server.services.stored import StoredFile
from server.services.unparking import keepers_list_changed, list_changed
from server.services.uploads import require_content, uploads_of
from server.storage.blobs import Content
from server.storage.tables import parked, person, revision

_receiver = person.alias("receiver")
_PARKED: Select[Any] = (
    select(parked, person.c.name, _receiver.c.name.label("receiver"))
    .join_from(parked, person, person.c.id == parked.c.person)
    .outerjoin(_receiver, _receiver.c.id == parked.c.given_to)
)


@dataclass(frozen=True, slots=True)
class _Kept:
    """A parked version by its id, what to hint at, and whether it was parked before."""

    id: str
    hints: tuple[Hint, ...]
    known: bool


def check_in_or_park(
    connection: Connection, session: Session, file_id: str, wish: CheckIn, *, lifetime: timedelta, at: datetime
) -> Outcome[FileState] | Refused:
    """Check in; or, if the file is not mine to change any more, keep what I sent and refuse.

    Raises NotFound, NotArrived, Forbidden, NoSeat, WrongHash; and NotYours, OldBase, Gone when there is nothing to
    keep: no such upload, or one that the newest revision has anyway.
    """
    try:
        return check_in(connection, session, file_id, wish, at=at)
    except (NotYours, OldBase, Gone) as refusal:
        found = file_for(connection, session, file_id, Action.CHANGE)
        stored = found.file.head.hash == wish.hash
        if stored or not _has_arrived(connection, session, wish, path=found.file.path, at=at):
            raise
        kept = _park(connection, session, found, wish, reason=refusal.code.word, lifetime=lifetime, at=at)
        return Refused(refusal.keeping(kept.id), kept.hints)


def check_in_set_or_park(
    connection: Connection, session: Session, wish: CheckInFiles, *, lifetime: timedelta, at: datetime
) -> Outcome[FileStates] | Refused:
    """Check several files in as one; or, if one of them is not mine to change any more, keep what I sent of them all.

    Each is parked for its own reason; `set_refused` for those that alone could have been checked in. Raises what
    `check_in_set` raises: NotYours, OldBase and Gone when there is nothing to keep.
    """
    try:
        return check_in_set(connection, session, wish, at=at)
    except (NotYours, OldBase, Gone) as refusal:
        _, files = files_for(connection, session, [each.file for each in wish.files], Action.CHANGE)
        kept: dict[str, _Kept] = {}
        for found, each in zip(files, wish.files, strict=True):
            sent = alone(wish, each)
            if found.file.head.hash == sent.hash or not _has_arrived(
                connection, session, sent, path=found.file.path, at=at
            ):
                continue
            reason = _reason_of(session, found, sent)
            kept[found.file.path] = _park(connection, session, found, sent, reason=reason, lifetime=lifetime, at=at)
        if not kept:
            raise
        first = kept.get(refusal.path or "")
        problem = refusal.keeping_set(None if first is None else first.id, count=len(kept))
        return Refused(problem, tuple(dict.fromkeys(hint for each in kept.values() for hint in each.hints)))


def park_work(
    connection: Connection, session: Session, file_id: str, wish: ParkWork, *, lifetime: timedelta, at: datetime
) -> Outcome[ParkedWork]:
    """Keep what a check-out of mine that is over has left on its seat; of the same content of a file there is one.

    Who was given the file by the end of that check-out has it as well, and is told; also when there is nothing to keep:
    the newest revision has that content, or one that was made since the work was begun, and an older one does not
    count; or its person holds it back. It is never checked in, whoever holds the file by now. Raises NotFound,
    Forbidden, NoSeat, NotArrived, WrongHash.
    """
    seat_of(session)
    found = _file_of_work(connection, session, file_id, token=wish.token)
    if wish.upload is not None:
        sent = uploads_of(connection, session, [wish.upload]).get(wish.upload)
        require_content(sent, path=found.file.path, size=wish.size, content_hash=wish.hash, at=at)
    if _is_kept_by_now(connection, found, wish):
        return Outcome(ParkedWork(), nothing_will_come(connection, session, found, token=wish.token, at=at))
    if wish.upload is None and wish.held_back:
        hints = nothing_will_come(connection, session, found, token=wish.token, at=at, why="work_held_back")
        return Outcome(ParkedWork(), hints)
    if wish.upload is None:
        why = f"No revision of “{found.file.path}” since Rev {wish.base} has what lies on this seat. Send it."
        raise NotArrived(why, path=found.file.path)
    reason = Code.NOT_YOURS if found.deleted is None else Code.GONE
    before = (parked.c.file == file_id) & (parked.c.person == session.person_id) & (parked.c.hash == wish.hash)
    base = connection.execute(select(parked.c.base).where(before).limit(1)).scalar_one_or_none()
    same = wish if base is None else replace(wish, base=base)
    kept = _park(connection, session, found, same, reason=reason.word, lifetime=lifetime, at=at)
    return Outcome(ParkedWork(parked=kept.id, known=kept.known), kept.hints)


def _file_of_work(connection: Connection, session: Session, file_id: str, *, token: int) -> StoredFile:
    """The file. Who lost the right to change it has work left all the same, of a check-out from before that."""
    try:
        return file_for(connection, session, file_id, Action.CHANGE)
    except Forbidden:
        if not was_mine(connection, session, file_id, token):
            raise
        return file_for(connection, session, file_id, Action.READ, locked=True)


def _is_kept_by_now(connection: Connection, found: StoredFile, wish: ParkWork) -> bool:
    if found.file.head.hash == wish.hash:
        return True
    base = number_of(wish.base)
    if base is None:
        return False
    of_file = (revision.c.file == found.file.id) & (revision.c.hash == wish.hash)
    since = or_(revision.c.major > base.major, (revision.c.major == base.major) & (revision.c.minor >= base.minor))
    return connection.execute(select(revision.c.major).where(of_file, since).limit(1)).first() is not None


def check_in_parked(
    connection: Connection, session: Session, parked_id: str, wish: CheckInParked, *, is_here: bool, at: datetime
) -> Outcome[FileState]:
    """Store a parked version as the next revision, by the rules of every check-in; then it is parked no more.

    `is_here` says whether the disk has its content. Raises NotFound, NotArrived, Forbidden, Gone, NoSeat, NotYours,
    OldBase; it stays parked then.
    """
    found = _parked_for(connection, session, parked_id)

    def stored(path: str) -> Content:
        if not is_here:
            why = "The server's disk has lost the content of this parked version. Whoever has it can check it in."
            raise NotArrived(why, path=path)
        return Content(size=found.size, hash=found.hash)

    try:
        done = add_revision(connection, session, found.file, wish, content_of=stored, at=at, parked=parked_id)
    except (NotYours, OldBase, Gone) as refusal:
        raise refusal.keeping(parked_id) from None
    connection.execute(delete(parked).where(parked.c.id == parked_id))
    concerned = (list_changed(found.person, found.given_to), keepers_list_changed(connection, found.vault))
    return replace(done, hints=(*done.hints, *concerned))


def content_of(connection: Connection, parked_id: str) -> Content | None:
    """The content of a parked version, whosever it is; None when there is none by that id."""
    row = connection.execute(select(parked.c.size, parked.c.hash).where(parked.c.id == parked_id)).one_or_none()
    return None if row is None else Content(size=row.size, hash=row.hash)


def parked_version(connection: Connection, session: Session, parked_id: str) -> ParkedVersion:
    """One of mine, or given to me; for administrators, anybody's. Raises NotFound."""
    return _version_in(_parked_for(connection, session, parked_id))


def parked_versions(
    connection: Connection, session: Session, *, everybodys: bool, cursor: str | None
) -> ParkedVersions:
    """Mine and those given to me, the newest first; or everybody's, of vaults that I administer. Raises Forbidden."""
    query = _PARKED
    if everybodys:
        mine = administered(connection, session)
        if not mine:
            raise Forbidden("Only an administrator of a vault may see what others have parked. Please ask one.")
        query = query.where(parked.c.vault.in_(mine))
    else:
        given = (parked.c.given_to == session.person_id) & parked.c.vault.in_(_readable(connection, session))
        query = query.where(or_(parked.c.person == session.person_id, given))
    if cursor is not None:
        query = query.where(parked.c.id < cursor)
    rows = connection.execute(query.order_by(parked.c.id.desc()).limit(PAGE_ITEMS + 1)).all()
    page = [_version_in(row) for row in rows[:PAGE_ITEMS]]
    return ParkedVersions(parked=page, cursor=page[-1].id if len(rows) > PAGE_ITEMS else None)


def drop_parked(connection: Connection, session: Session, parked_id: str, *, at: datetime) -> Outcome[None]:
    """Keep one of mine no longer; of what was given to me, its owner keeps it on.

    Raises NotFound, and Forbidden for what is somebody else's, or was given to somebody by me.
    """
    found = _parked_for(connection, session, parked_id)
    if found.given_to == session.person_id:
        connection.execute(update(parked).where(parked.c.id == parked_id).values(given_to=None))
    elif found.person != session.person_id:
        raise Forbidden(f"This parked version is {found.name}\u2019s work. Only {found.name} may drop it.")
    elif found.given_to is not None:
        raise Forbidden(f"You handed this over with its file. As long as {found.receiver} keeps it, it stays.")
    else:
        connection.execute(delete(parked).where(parked.c.id == parked_id))
    entry = entry_of(
        session, "parked_dropped", at=at, vault_id=found.vault, file_id=found.file, parked=parked_id, hash=found.hash
    )
    write_audit(connection, [entry])
    return Outcome(None, (list_changed(found.person, found.given_to), keepers_list_changed(connection, found.vault)))


def forget_old_parked(connection: Connection) -> int:
    """Forget parked versions whose time is over, as counted last; how many."""
    return connection.execute(delete(parked).where(parked.c.remaining <= timedelta())).rowcount


def _reason_of(session: Session, found: StoredFile, wish: CheckIn) -> str:
    """Why this file of a refused set could not be checked in."""
    try:
        require_head(session, require_living(found), token=wish.token, base=wish.base)
    except (NotYours, OldBase, Gone) as refusal:
        return refusal.code.word
    return SET_REFUSED


def _has_arrived(connection: Connection, session: Session, wish: CheckIn, *, path: str, at: datetime) -> bool:
    sent = uploads_of(connection, session, [wish.upload]).get(wish.upload)
    try:
        require_content(sent, path=path, size=wish.size, content_hash=wish.hash, at=at)
    except (NotArrived, WrongHash):
        return False
    return True


def _park(
    connection: Connection,
    session: Session,
    found: StoredFile,
    wish: CheckIn | ParkWork,
    *,
    reason: str,
    lifetime: timedelta,
    at: datetime,
) -> _Kept:
    """Park it once, whatever the number of tries; each begins its time anew."""
    kept, known = _put(connection, session, found, wish, reason=reason, lifetime=lifetime, at=at)
    given = work_has_come(connection, session, found, kept, token=wish.token, lifetime=lifetime, at=at)
    hints = (list_changed(session.person_id), keepers_list_changed(connection, found.vault), *given)
    return _Kept(kept, hints, known)


def _put(
    connection: Connection,
    session: Session,
    found: StoredFile,
    wish: CheckIn | ParkWork,
    *,
    reason: str,
    lifetime: timedelta,
    at: datetime,
) -> tuple[str, bool]:
    time = whole_time(lifetime, at=at)
    same = (
        (parked.c.file == found.file.id)
        & (parked.c.person == session.person_id)
        & (parked.c.base == wish.base)
        & (parked.c.hash == wish.hash)
    )
    known = connection.execute(update(parked).where(same).values(at=at, **time).returning(parked.c.id))
    known_id: str | None = known.scalar_one_or_none()
    if known_id is not None:
        return known_id, True
    parked_id = new_id(at)
    connection.execute(
        insert(parked).values(
            id=parked_id,
            person=session.person_id,
            vault=found.vault,
            file=found.file.id,
            path=found.file.path,
            computer=session.computer,
            base=wish.base,
            hash=wish.hash,
            size=wish.size,
            comment=optional_lines(wish.comment, "comment"),
            reason=reason,
            at=at,
            **time,
        )
    )
    about = {"parked": parked_id, "hash": wish.hash, **({"token": wish.token} if isinstance(wish, ParkWork) else {})}
    entry = entry_of(session, "parked", at=at, vault_id=found.vault, file_id=found.file.id, **about)
    write_audit(connection, [entry])
    return parked_id, False


def _parked_for(connection: Connection, session: Session, parked_id: str) -> Row[Any]:
    row = connection.execute(_PARKED.where(parked.c.id == parked_id)).one_or_none()
    if row is None or not (
        row.person == session.person_id
        or (row.given_to == session.person_id and row.vault in _readable(connection, session))
        or row.vault in administered(connection, session)
    ):
        raise NotFound("There is no such parked version of yours. It was checked in or dropped, or its time was over.")
    return row


def _readable(connection: Connection, session: Session) -> list[str]:
    """What was given stays with its vault: who may not read that any more has nothing of it."""
    mine = readable_vaults(connection, person_id=session.person_id, administrator=session.administrator)
    return [each.id for each in mine]


def _version_in(row: Row[Any]) -> ParkedVersion:
    return ParkedVersion(
        id=row.id,
        vault=row.vault,
        file=row.file,
        path=row.path,
        person=row.name,
        base=row.base,
        size=row.size,
        hash=row.hash,
        at=row.at,
        expires=row.expires,
        reason=row.reason,
        comment=row.comment,
        computer=row.computer,
        given_to=row.receiver,
    )
