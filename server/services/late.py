"""Work that came for somebody who could not see it: it is told when that person can."""

from collections import defaultdict
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, exists, select

from server.bus.base import Hint
from server.domain.permissions import Action
from server.services.inbox import Message, send_all
from server.services.reading import people_who_may
from server.storage.tables import file, handover, inbox, parked, person


def tell_of_late_work(connection: Connection, *, at: datetime) -> tuple[Hint, ...]:
    """Tell who may read now of work that came meanwhile. For every transaction by which somebody gets a right."""
    untold: dict[str, list[Row[Any]]] = defaultdict(list)
    for row in _untold(connection):
        untold[row.vault].append(row)
    told: list[tuple[str, Message]] = []
    for vault, rows in untold.items():
        may = people_who_may(connection, vault, Action.READ, among={each.receiver for each in rows})
        told += [(each.receiver, _message(each)) for each in rows if each.receiver in may]
    return tuple(send_all(connection, told, at=at))


def _untold(connection: Connection) -> list[Row[Any]]:
    """What came after its file, is the receiver's still, and was not told: what comes with a file is told by that."""
    was_told = (
        exists()
        .where(inbox.c.person == handover.c.receiver, inbox.c.file == handover.c.file)
        .where(inbox.c.kind == "work_arrived", inbox.c.by == person.c.name, inbox.c.at >= handover.c.at)
    )
    query = (
        select(handover.c.receiver, handover.c.file, file.c.vault, file.c.path, person.c.name, parked.c.computer)
        .join_from(handover, parked, parked.c.id == handover.c.parked)
        .join(file, file.c.id == handover.c.file)
        .join(person, person.c.id == handover.c.giver)
        .where(parked.c.given_to == handover.c.receiver, parked.c.at > handover.c.at, ~was_told)
        .order_by(handover.c.file, handover.c.token)
    )
    return list(connection.execute(query))


def _message(row: Row[Any]) -> Message:
    return Message(
        kind="work_arrived", vault=row.vault, file=row.file, path=row.path, by=row.name, computer=row.computer
    )
