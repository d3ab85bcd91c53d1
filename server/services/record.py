"""What is written of every change: its events with their seqs, and its rows in the audit trail."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, CursorResult, bindparam, insert, select, update

from server.domain.audit import Entry, Head, Record, chained, first_break, follow
from server.domain.session import Session
from server.protocol.events import VaultEvent
from server.protocol.wire import plain, type_of
from server.storage.figures import note
from server.storage.tables import audit, audit_head, event, server, vault

# Built once: building such statements takes longer than running them.
_NEXT_SEQS = (
    update(vault)
    .where(vault.c.id == bindparam("of_vault"))
    .values(seq=vault.c.seq + bindparam("so_many"))
    .returning(vault.c.seq, select(server.c.epoch).scalar_subquery())
)
_ADD_EVENTS = insert(event)
_ADD_AUDIT = insert(audit)
_HEAD = select(audit_head.c.number, audit_head.c.hash)
_HEAD_TO_CHANGE = _HEAD.with_for_update()
_MOVE_HEAD = update(audit_head).values(number=bindparam("last_number"), hash=bindparam("last_hash"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a vault is behind a change."""

    epoch: str
    seq: int


def entry_of(
    session: Session,
    action: str,
    *,
    at: datetime,
    vault_id: str | None = None,
    file_id: str | None = None,
    **detail: Any,
) -> Entry:
    """An entry for the audit trail: who did what to which file, and what else is worth knowing."""
    return Entry(
        at=at,
        person=session.person_id,
        action=action,
        vault=vault_id,
        file=file_id,
        detail=msgspec.json.encode(plain(detail)).decode(),
    )


def record(
    connection: Connection, vault_id: str, events: Sequence[VaultEvent], *, entries: Sequence[Entry], at: datetime
) -> Place:
    """Write a change's events and audit rows, as the last thing in its transaction. Returns where the vault is then."""
    seq, epoch = connection.execute(_NEXT_SEQS, {"of_vault": vault_id, "so_many": len(events)}).one()
    connection.execute(
        _ADD_EVENTS,
        [
            {
                "vault": vault_id,
                "seq": number,
                "type": type_of(each),
                "at": at,
                "data": msgspec.json.encode(plain(each)).decode(),
            }
            for number, each in enumerate(events, seq - len(events) + 1)
        ],
    )
    write_audit(connection, entries)
    return Place(epoch=epoch, seq=seq)


def write_audit(connection: Connection, entries: Sequence[Entry]) -> None:
    """Add to the audit trail. Its head is taken here: after every other row that the transaction locks."""
    head = _head_in(connection.execute(_HEAD_TO_CHANGE))
    rows = []
    for entry in entries:
        added = chained(head, entry)
        head = Head(added.number, added.hash)
        rows.append(_row_of(added))
    connection.execute(_ADD_AUDIT, rows)
    connection.execute(_MOVE_HEAD, {"last_number": head.number, "last_hash": head.hash})
    note(connection, (entry.action for entry in entries))


def first_break_in_audit(connection: Connection) -> int | None:
    """The number of the first audit row that was changed, taken out or put in; None when the trail is sound."""
    rows = connection.execute(select(audit).order_by(audit.c.number).execution_options(yield_per=1_000))
    return first_break((_record_in(row) for row in rows), head=_head_in(connection.execute(_HEAD)))


def follow_audit(connection: Connection, last: Head, *, limit: int) -> tuple[Head, int | None, bool]:
    """Go on along the chain behind `last`, at most so many rows.

    How far it is sound, the number of the first row that is not, and whether that is all.
    """
    query = select(audit).where(audit.c.number > last.number).order_by(audit.c.number).limit(limit)
    rows = connection.execute(query).all()
    reached, broken = follow(last, (_record_in(row) for row in rows))
    ended = len(rows) < limit
    if ended and broken is None and reached != _head_in(connection.execute(_HEAD)):
        broken = reached.number + 1
    return reached, broken, ended or broken is not None


def _head_in(result: CursorResult[tuple[int, str]]) -> Head:
    row = result.one()
    return Head(row.number, row.hash)


def _row_of(added: Record) -> dict[str, Any]:
    entry = added.entry
    return {
        "number": added.number,
        "at": entry.at,
        "person": entry.person,
        "action": entry.action,
        "vault": entry.vault,
        "file": entry.file,
        "detail": entry.detail,
        "previous": added.previous,
        "hash": added.hash,
    }


def _record_in(row: Any) -> Record:
    entry = Entry(at=row.at, person=row.person, action=row.action, vault=row.vault, file=row.file, detail=row.detail)
    return Record(number=row.number, entry=entry, previous=row.previous, hash=row.hash)
