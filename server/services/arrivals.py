"""Uploads that arrive in parts, as they are written down: announced, how far they have come, and complete."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, exists, func, insert, select, update

from server.domain.errors import Gone, NotFound, TooManyUploads
from server.domain.session import Session
from server.protocol.calls import BeginUpload, Upload, UploadProgress
from server.services.announcing import require_allowed
from server.services.identity import new_id
from server.services.outcome import Outcome
from server.services.rights import readable_vaults
from server.services.senders import require_sender
from server.services.uploads import arrived, uploads_of
from server.storage.blobs import Content
from server.storage.tables import arrival, blob, file, parked, revision, upload


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """An upload in parts that is not finished."""

    id: str
    announced: Content
    kept: int
    """So many bytes were durable when they were last written down."""
    checked: bool
    """All has arrived and is what was announced: it may lie under its hash by now."""
    expires: datetime
    node: str | None = None
    """Of several nodes the process that went on with it last."""
    token: int = 0
    """What that process has got for it: the next one gets a higher one."""

    def progress(self, offset: int) -> UploadProgress:
        """What is said of it while so many bytes are here."""
        return UploadProgress(
            id=self.id,
            size=self.announced.size,
            hash=self.announced.hash,
            offset=offset,
            expires=self.expires,
            complete=False,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How many uploads may be open, and for how long."""

    open_uploads: int
    """Of one person."""
    open_lifetime: timedelta
    """Since the last byte."""
    lifetime: timedelta
    """Of one that is complete."""


def begin_upload(
    connection: Connection, session: Session, wish: BeginUpload, *, stored: bool, limits: Limits, at: datetime
) -> Outcome[UploadProgress]:
    """A new upload in parts: complete at once when I may read such content already and it is `stored`.

    Raises Forbidden; TooManyUploads, also where no bytes are needed: an answer must not tell what others have; and what
    `require_allowed` raises for what it is to be.
    """
    require_sender(connection, session)
    if wish.to is not None:
        require_allowed(connection, session, wish.to, size=wish.size)
    _require_room(connection, session, limit=limits.open_uploads, at=at)
    content = Content(size=wish.size, hash=wish.hash)
    if stored and may_read(connection, session, content, at=at):
        made = arrived(connection, session, content, at=at, lifetime=limits.lifetime)
        return Outcome(progress_of(made))
    begun = Arrival(id=new_id(at), announced=content, kept=0, checked=False, expires=at + limits.open_lifetime)
    connection.execute(
        insert(arrival).values(
            id=begun.id,
            person=session.person_id,
            hash=content.hash,
            size=content.size,
            kept=0,
            checked=False,
            expires=begun.expires,
        )
    )
    return Outcome(begun.progress(0))


def upload_in_parts(connection: Connection, session: Session, upload_id: str, *, at: datetime) -> Arrival | Upload:
    """My upload with that id, finished or not. Raises NotFound, Gone."""
    complete = uploads_of(connection, session, [upload_id]).get(upload_id)
    found = complete or _open_upload(connection, session, upload_id)
    if found is None:
        raise NotFound("There is no such upload of yours. It was given up, or never begun; begin it again.")
    if found.expires <= at:
        raise Gone("This upload had no new bytes for too long and was given up. Begin it again.")
    return found


def progress_of(complete: Upload) -> UploadProgress:
    """What is said of an upload that is complete."""
    return UploadProgress(
        id=complete.id,
        size=complete.size,
        hash=complete.hash,
        offset=complete.size,
        expires=complete.expires,
        complete=True,
    )


def advance(connection: Connection, of: Arrival, *, kept: int, expires: datetime) -> UploadProgress:
    """Write down that so many bytes are durable. Raises NotFound when it was given up meanwhile."""
    changed = connection.execute(
        update(arrival).where(arrival.c.id == of.id).values(kept=kept, checked=False, expires=expires)
    ).rowcount
    if not changed:
        raise _given_up()
    return UploadProgress(
        id=of.id, size=of.announced.size, hash=of.announced.hash, offset=kept, expires=expires, complete=False
    )


def go_on(connection: Connection, of: Arrival, *, node: str) -> Arrival:
    """From now on that process works on it, and what another one writes late counts no more.

    Raises NotFound when it was given up meanwhile.
    """
    taken = update(arrival).where(arrival.c.id == of.id).values(node=node, token=arrival.c.token + 1)
    token: int | None = connection.execute(taken.returning(arrival.c.token)).scalar_one_or_none()
    if token is None:
        raise _given_up()
    return replace(of, node=node, token=token)


def mark_checked(connection: Connection, of: Arrival) -> None:
    """Write down that all has arrived and is what was announced, before it goes to its final place."""
    connection.execute(update(arrival).where(arrival.c.id == of.id).values(checked=True))


def complete_upload(
    connection: Connection, session: Session, of: Arrival, *, at: datetime, lifetime: timedelta
) -> Upload:
    """Turn it into an upload that a file may name, under the same id."""
    connection.execute(delete(arrival).where(arrival.c.id == of.id))
    return arrived(connection, session, of.announced, at=at, lifetime=lifetime, upload_id=of.id)


def give_up(connection: Connection, session: Session, upload_id: str) -> None:
    """Forget my upload, finished or not. Raises NotFound."""
    forgotten = sum(
        connection.execute(delete(table).where(table.c.id == upload_id, table.c.person == session.person_id)).rowcount
        for table in (arrival, upload)
    )
    if not forgotten:
        raise NotFound("There is no such upload of yours. It was given up before, or never begun.")


def forget_expired_arrivals(connection: Connection, *, now: datetime) -> int:
    """Forget open uploads whose time is over; how many."""
    return connection.execute(delete(arrival).where(arrival.c.expires <= now)).rowcount


def unknown_arrivals(connection: Connection, ids: Collection[str]) -> set[str]:
    """Those of the ids that are no open upload."""
    known = connection.execute(select(arrival.c.id).where(arrival.c.id.in_(ids))).scalars()
    return set(ids).difference(known)


def may_read(connection: Connection, session: Session, content: Content, *, at: datetime) -> bool:
    """Whether a revision that I may read, an upload or a parked version of mine has that content."""
    readable = readable_vaults(connection, person_id=session.person_id, administrator=session.administrator)
    in_a_revision = (
        exists()
        .where(revision.c.hash == content.hash, file.c.id == revision.c.file)
        .where(file.c.vault.in_([each.id for each in readable]))
    )
    sent_by_me = exists().where(
        upload.c.hash == content.hash, upload.c.person == session.person_id, upload.c.expires > at
    )
    parked_of_mine = exists().where(parked.c.hash == content.hash, parked.c.person == session.person_id)
    known = select(blob.c.hash).where(
        blob.c.hash == content.hash,
        blob.c.size == content.size,
        in_a_revision | sent_by_me | parked_of_mine,
    )
    return connection.execute(known).one_or_none() is not None


def _require_room(connection: Connection, session: Session, *, limit: int, at: datetime) -> None:
    count: int = connection.execute(
        select(func.count()).select_from(arrival).where(arrival.c.person == session.person_id, arrival.c.expires > at)
    ).scalar_one()
    if count >= limit:
        raise TooManyUploads(limit=limit)


def _open_upload(connection: Connection, session: Session, upload_id: str) -> Arrival | None:
    row = connection.execute(
        select(arrival).where(arrival.c.id == upload_id, arrival.c.person == session.person_id)
    ).one_or_none()
    if row is None:
        return None
    return Arrival(
        id=row.id,
        announced=Content(size=row.size, hash=row.hash),
        kept=row.kept,
        checked=row.checked,
        expires=row.expires,
        node=row.node,
        token=row.token,
    )


def _given_up() -> NotFound:
    return NotFound("This upload was given up meanwhile. Begin it again.")
