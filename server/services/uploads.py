"""Content that has arrived whole and waits to become a revision."""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, delete, exists, insert, select, true, update

from server.domain.errors import NotArrived, WrongHash
from server.domain.session import Session
from server.protocol.calls import Upload
from server.services.going import require_staying
from server.services.identity import new_id
from server.storage.blobs import Content
from server.storage.tables import arrival, blob, parked, revision, upload

_ARRIVING = select(arrival.c.hash).where(arrival.c.checked)
"""Of open uploads that have all their bytes: these may lie under their hash by now."""
# Built once: building such a statement takes longer than running it.
_MINE = select(upload.c.id, upload.c.size, upload.c.hash, upload.c.expires).where(
    upload.c.id.in_(bindparam("wanted", expanding=True)), upload.c.person == bindparam("whose")
)


def arrived(
    connection: Connection,
    session: Session,
    content: Content,
    *,
    at: datetime,
    lifetime: timedelta,
    upload_id: str | None = None,
) -> Upload:
    """Write down content that is stored by now, as an upload of mine, under a new id unless it has one.

    Raises NotReady for content that another node may remove.
    """
    require_staying(connection, content.hash)
    known = connection.execute(update(blob).where(blob.c.hash == content.hash).values(arrived=at)).rowcount
    if not known:
        connection.execute(insert(blob).values(hash=content.hash, size=content.size, arrived=at))
    made = Upload(id=upload_id or new_id(at), size=content.size, hash=content.hash, expires=at + lifetime)
    connection.execute(
        insert(upload).values(
            id=made.id, person=session.person_id, hash=made.hash, size=made.size, expires=made.expires
        )
    )
    return made


def uploads_of(connection: Connection, session: Session, ids: Collection[str]) -> dict[str, Upload]:
    """Those of the uploads that are mine, by id."""
    rows = connection.execute(_MINE, {"wanted": list(ids), "whose": session.person_id})
    return {row.id: Upload(id=row.id, size=row.size, hash=row.hash, expires=row.expires) for row in rows}


def require_content(found: Upload | None, *, path: str, size: int, content_hash: str, at: datetime) -> Content:
    """The content of an upload, if it is what was read on the seat. Raises NotArrived, WrongHash."""
    if found is None:
        raise NotArrived(
            f"The content of “{path}” has not arrived here, or under another name. Send it again.", path=path
        )
    if found.expires <= at:
        raise NotArrived(f"The content of “{path}” arrived too long ago and was given up. Send it again.", path=path)
    if found.size != size:
        raise WrongHash(what="size", announced=f"{size} bytes", arrived=f"{found.size} bytes", path=path)
    if found.hash != content_hash:
        raise WrongHash(what="hash", announced=content_hash, arrived=found.hash, path=path)
    return Content(size=size, hash=content_hash)


def forget(connection: Connection, session: Session, ids: Collection[str]) -> None:
    """Forget those uploads of mine."""
    connection.execute(delete(upload).where(upload.c.id.in_(ids), upload.c.person == session.person_id))


def forget_expired(connection: Connection, *, now: datetime) -> int:
    """Forget uploads whose time is over; how many."""
    return connection.execute(delete(upload).where(upload.c.expires <= now)).rowcount


def forget_unused_content(connection: Connection, *, before: datetime, since: datetime | None, limit: int) -> list[str]:
    """Forget content that nothing refers to, and that arrived before that moment and not before `since`.

    At most `limit` hashes.
    """
    hashes = list(
        connection.execute(
            select(blob.c.hash)
            .where(
                blob.c.arrived < before,
                true() if since is None else blob.c.arrived >= since,
                ~exists().where(revision.c.hash == blob.c.hash),
                ~exists().where(upload.c.hash == blob.c.hash),
                ~exists().where(parked.c.hash == blob.c.hash),
                blob.c.hash.not_in(_ARRIVING),
            )
            .limit(limit)
        ).scalars()
    )
    connection.execute(delete(blob).where(blob.c.hash.in_(hashes)))
    return hashes


def newest_content(connection: Connection, *, limit: int) -> list[Content]:
    """What arrived last, and is in use."""
    rows = connection.execute(
        select(blob.c.hash, blob.c.size)
        .where(exists().where(revision.c.hash == blob.c.hash))
        .order_by(blob.c.arrived.desc())
        .limit(limit)
    )
    return [Content(hash=row.hash, size=row.size) for row in rows]


def unknown_content(connection: Connection, hashes: Collection[str]) -> set[str]:
    """Those of the hashes of which nothing is written down: no content, and no open upload that has put it there."""
    stored = select(blob.c.hash).where(blob.c.hash.in_(hashes))
    known = connection.execute(stored.union(_ARRIVING.where(arrival.c.hash.in_(hashes)))).scalars()
    return set(hashes).difference(known)
