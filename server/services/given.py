"""A parked version goes to who got its file: that person has it as its owner has."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from server.bus.base import ChangedHint
from server.protocol.calls import HANDED_OVER
from server.services.counting import whole_time
from server.services.identity import new_id
from server.services.unparking import keepers_list_changed, list_changed
from server.storage.tables import parked


def give_parked(
    connection: Connection, parked_id: str, receiver: str, *, lifetime: timedelta, at: datetime
) -> tuple[ChangedHint, ...]:
    """It is the receiver's as well, and its time begins anew. Who was given it before keeps it all the same.

    What comes back to its owner is the owner's alone. The hints are for all whose list is another by that.
    """
    row = connection.execute(select(parked).where(parked.c.id == parked_id)).one()
    before = None if row.given_to in (row.person, receiver) else row.given_to
    if before is not None:
        _keep_for(connection, row, before, lifetime=lifetime, at=at)
    given_to = None if receiver == row.person else receiver
    time = whole_time(lifetime, at=at)
    connection.execute(
        update(parked).where(parked.c.id == parked_id).values(given_to=given_to, reason=HANDED_OVER, **time)
    )
    return (list_changed(row.person, receiver, before), keepers_list_changed(connection, row.vault))


def _keep_for(connection: Connection, row: Row[Any], person: str, *, lifetime: timedelta, at: datetime) -> None:
    """A version of the person's own, unless there is one: what was given is taken back by nobody."""
    time = whole_time(lifetime, at=at)
    same = (
        (parked.c.file == row.file)
        & (parked.c.person == person)
        & (parked.c.base == row.base)
        & (parked.c.hash == row.hash)
    )
    if connection.execute(update(parked).where(same).values(time)).rowcount == 0:
        own = {"id": new_id(at), "person": person, "given_to": None, "reason": HANDED_OVER, **time}
        connection.execute(insert(parked).values(**row._asdict() | own))
