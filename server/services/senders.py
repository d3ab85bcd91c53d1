"""Who may send content: it takes room on the server's disk before any file has it, so not everybody may."""

from sqlalchemy import Connection, exists, or_, select

from server.domain.errors import Forbidden
from server.domain.permissions import Action, may
from server.domain.session import Session
from server.services.rights import readable_vaults
from server.storage.tables import audit, handover, inbox, lock


def require_sender(connection: Connection, session: Session) -> None:
    """Raises Forbidden for somebody who may change no vault, and has had no file of one that is still readable.

    Who had a file, and may only read by now, has work left of that check-out, which is parked.
    """
    mine = readable_vaults(connection, person_id=session.person_id, administrator=session.administrator)
    if any(may(each.role, Action.CHANGE) for each in mine):
        return
    if not mine or not _has_had_a_file(connection, session.person_id):
        raise Forbidden(
            "You may not change files in any vault here, so the server takes no content from you. Ask an administrator"
            " of a vault for that."
        )


def _has_had_a_file(connection: Connection, person_id: str) -> bool:
    """By a check-out, or from somebody else. Whoever holds one by now is among them, or got it by a transfer."""
    took = exists().where(audit.c.person == person_id, audit.c.action.in_(("checked_out", "adopted")))
    holds = exists().where(lock.c.person == person_id)
    was_given = exists().where(inbox.c.person == person_id, inbox.c.kind == "lock_transferred")
    was_given_work = exists().where(handover.c.receiver == person_id)
    had: bool = connection.execute(select(or_(took, holds, was_given, was_given_work))).scalar_one()
    return had
