"""Whose check-out it was, of those that are over: the audit trail knows."""

import json

from sqlalchemy import Connection, select

from server.domain.session import Session
from server.storage.tables import audit

_BEGAN = ("checked_out", "adopted", "transferred", "forced")
"""Actions by which check-outs begin: by who has it from then on, or by somebody else who names that person."""


def was_mine(connection: Connection, session: Session, file_id: str, token: int) -> bool:
    """That check-out of the file was this person's, whatever the person may do by now."""
    rows = connection.execute(
        select(audit.c.person, audit.c.detail)
        .where(audit.c.file == file_id, audit.c.action.in_(_BEGAN))
        .where(audit.c.detail.contains(f'"token":{token}'))  # a few of what may be very many; which is seen below
    )
    return any(_is_of(session, row.person, json.loads(row.detail), token) for row in rows)


def _is_of(session: Session, by: str, detail: dict[str, object], token: int) -> bool:
    if detail.get("token") != token:
        return False
    given_to = detail.get("receiver", detail.get("holder"))
    return by == session.person_id if given_to is None else given_to == session.person
