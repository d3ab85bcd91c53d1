"""What people want to hear of, which is the same at all their seats."""

from datetime import datetime

import msgspec
from sqlalchemy import Connection, select, update

from server.bus.base import ChangedHint
from server.domain.session import Session
from server.protocol.calls import ChooseHearing, Hearing
from server.protocol.wire import plain
from server.services.outcome import Outcome
from server.services.record import entry_of, write_audit
from server.storage.tables import person


def read_hearing(connection: Connection, session: Session) -> Hearing:
    """What I want to hear of; everything, until I choose."""
    kept = connection.execute(select(person.c.hearing).where(person.c.id == session.person_id)).scalar_one()
    return Hearing(rule="all", quiet=[]) if kept is None else msgspec.json.decode(kept, type=Hearing)


def choose_hearing(
    connection: Connection, session: Session, wish: ChooseHearing, *, at: datetime
) -> Outcome[Hearing]:  # fmt: skip
    """I want to hear of this from now on; all my seats are told."""
    chosen = Hearing(rule=wish.rule, quiet=list(wish.quiet), at=at)
    kept = msgspec.json.encode(plain(chosen)).decode()
    connection.execute(update(person).where(person.c.id == session.person_id).values(hearing=kept))
    write_audit(connection, [entry_of(session, "hearing_chosen", at=at, rule=wish.rule, quiet=len(wish.quiet))])
    return Outcome(chosen, (ChangedHint("hearing", frozenset({session.person_id})),))
