"""Parked versions that are parked no more: their very content is a revision of their file by now."""

from sqlalchemy import Connection, bindparam, delete

from server.bus.base import ChangedHint
from server.domain.session import Session
from server.storage.tables import parked

# Built once: building such a statement takes longer than running it.
_STORED = (
    delete(parked)
    .where(
        parked.c.file == bindparam("of_file"),
        parked.c.person == bindparam("of_person"),
        parked.c.hash == bindparam("stored"),
    )
    .returning(parked.c.id)
)


def drop_stored(connection: Connection, session: Session, file_id: str, content_hash: str) -> tuple[str, ...]:
    """Keep no longer what this person has parked of a file with the content of its newest revision; their ids.

    Call it in the transaction that stores the revision: no byte is without one or the other.
    """
    about = {"of_file": file_id, "of_person": session.person_id, "stored": content_hash}
    return tuple(connection.execute(_STORED, about).scalars())


def list_changed(person_id: str) -> ChangedHint:
    """That person should read the list of parked versions again."""
    return ChangedHint("parked", frozenset({person_id}))
