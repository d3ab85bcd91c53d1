"""Parked versions that are parked no more: their very content is a revision of their file by now."""

from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, delete, or_

from server.bus.base import ChangedHint
from server.domain.permissions import Action
from server.domain.session import Session
from server.services.reading import people_who_may
from server.storage.tables import parked

# Built once: building such a statement takes longer than running it.
_STORED = (
    delete(parked)
    .where(
        parked.c.file == bindparam("of_file"),
        or_(parked.c.person == bindparam("of_person"), parked.c.given_to == bindparam("of_person")),
        parked.c.hash == bindparam("stored"),
    )
    .returning(parked.c.id, parked.c.person, parked.c.given_to, parked.c.vault)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unparked:
    """What is parked no more, by its ids, and what to hint at."""

    ids: tuple[str, ...]
    hints: tuple[ChangedHint, ...]


def drop_stored(connection: Connection, session: Session, file_id: str, content_hash: str) -> Unparked:
    """Keep no longer what this person has parked of a file, or was given, with the content of its newest revision.

    Call it in the transaction that stores the revision: no byte is without one or the other.
    """
    about = {"of_file": file_id, "of_person": session.person_id, "stored": content_hash}
    rows = connection.execute(_STORED, about).all()
    concerned = list_changed(*(each for row in rows for each in (row.person, row.given_to)))
    others = (keepers_list_changed(connection, vault) for vault in sorted({row.vault for row in rows}))
    return Unparked(ids=tuple(row.id for row in rows), hints=(concerned, *others) if rows else ())


def list_changed(*people: str | None) -> ChangedHint:
    """These people should read the list of parked versions again."""
    return ChangedHint("parked", frozenset(each for each in people if each is not None))


def keepers_list_changed(connection: Connection, vault_id: str) -> ChangedHint:
    """Who administers the vault should read the list of everybody's parked versions again."""
    return ChangedHint("parked", frozenset(people_who_may(connection, vault_id, Action.ADMINISTER)))
