"""The audit trail for whoever reads it: pages of it, all of it as lines, and whether its chain is sound."""

from collections.abc import Generator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, func, or_, select, true

from server.bus.base import ChangedHint
from server.domain.audit import EMPTY, Head
from server.domain.errors import Forbidden, Invalid, NotFound
from server.domain.session import Session
from server.domain.text import same_name
from server.protocol.audit_words import AUDIT_WORDS, words_of
from server.protocol.calls import AuditPage, AuditRow
from server.protocol.limits import PAGE_ITEMS
from server.protocol.names import same_key
from server.services.administrators import OPERATOR, administrators, require_administrator
from server.services.outcome import Outcome
from server.services.record import entry_of, follow_audit, write_audit
from server.services.rights import NO_VAULT, readable_vaults
from server.services.stored import FOLDER_END
from server.storage.tables import audit, audit_head, file, person, vault

SEARCHED_AT_ONCE = 20_000
"""So many rows are searched for a text before the answer: a long trail is searched in several calls."""
CHECKED_AT_ONCE = 2_000
"""So many rows of the chain are looked at in one snapshot, some 20 ms; then others have their turn."""
_ROWS_AT_ONCE = 500

_ROWS: Select[Any] = select(
    audit, person.c.name.label("person_name"), vault.c.name.label("vault_name"), file.c.path.label("path")
).select_from(
    audit.outerjoin(person, person.c.id == audit.c.person)
    .outerjoin(vault, vault.c.id == audit.c.vault)
    .outerjoin(file, file.c.id == audit.c.file)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which rows: those for which all of this is so."""

    person: str | None = None
    """By name."""
    action: str | None = None
    vault: str | None = None
    """By id."""
    file: str | None = None
    """By id, or by the path of a file or folder in any vault."""
    since: datetime | None = None
    until: datetime | None = None
    text: str | None = None
    """Somewhere: in the detail, the file's path, a name, or the words for the action."""

    def named(self) -> dict[str, str]:
        """What narrows, by its name."""
        every = ((name, getattr(self, name)) for name in self.__slots__)
        return {name: str(value) for name, value in every if value is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """How far a look along the chain has come."""

    reached: Head = EMPTY
    first_break: int | None = None
    ended: bool = False


def page(connection: Connection, session: Session, wanted: Wanted, *, cursor: int | None) -> AuditPage:
    """Rows below the number `cursor`, the newest first. Raises Forbidden, NotFound, Invalid."""
    where = _condition(connection, session, wanted)
    end: int = connection.execute(select(audit_head.c.number)).scalar_one() + 1 if cursor is None else cursor
    where &= audit.c.number < end
    least = 0
    if wanted.text is not None:
        least = max(0, end - SEARCHED_AT_ONCE)
        where &= audit.c.number >= least
    rows = connection.execute(_ROWS.where(where).order_by(audit.c.number.desc()).limit(PAGE_ITEMS + 1)).all()
    found = [_row_in(each) for each in rows[:PAGE_ITEMS]]
    if len(rows) > PAGE_ITEMS:
        return AuditPage(rows=found, cursor=str(found[-1].number))
    return AuditPage(rows=found, cursor=str(least) if least > 1 else None)


def export(connection: Connection, session: Session, wanted: Wanted) -> Generator[list[AuditRow]]:
    """All rows, the oldest first, some at a time. Raises Forbidden, NotFound before the first."""
    where = _condition(connection, session, wanted)
    query = _ROWS.where(where).order_by(audit.c.number).execution_options(yield_per=_ROWS_AT_ONCE)
    with connection.execute(query) as found:
        rows = iter(found)
        while piece := [_row_in(each) for each in islice(rows, _ROWS_AT_ONCE)]:
            yield piece


def note_export(connection: Connection, session: Session, wanted: Wanted, *, kind: str, at: datetime) -> Outcome[None]:
    """Whoever takes the trail away stands in it. Raises Forbidden, NotFound."""
    _condition(connection, session, wanted)
    # Not under the vault itself: that it was asked for is nothing that happened in it.
    write_audit(connection, [entry_of(session, "audit_exported", at=at, format=kind, by=wanted.named())])
    return Outcome(None, (ChangedHint("audit", administrators(connection)),))


def check_on(connection: Connection, session: Session, walk: Walk) -> Walk:
    """Look at the next rows of the chain; for administrators of the server. Raises Forbidden."""
    require_administrator(session)
    reached, broken, ended = follow_audit(connection, walk.reached, limit=CHECKED_AT_ONCE)
    return Walk(reached=reached, first_break=broken, ended=ended)


def cursor_in(text: str | None) -> int | None:
    """The number in a cursor. Raises Invalid."""
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise Invalid("This cursor is none that the server gave out. Begin with the first page.")
    return int(text)


def _condition(connection: Connection, session: Session, wanted: Wanted) -> ColumnElement[bool]:
    where = _visible(connection, session, wanted.vault)
    if wanted.person is not None:
        where &= _by(connection, wanted.person)
    if wanted.action is not None:
        where &= audit.c.action == wanted.action
    if wanted.file is not None:
        where &= _of(connection, wanted.file)
    if wanted.since is not None:
        where &= audit.c.at >= _in_utc(wanted.since, "since")
    if wanted.until is not None:
        where &= audit.c.at < _in_utc(wanted.until, "until")
    if wanted.text is not None:
        where &= _says(wanted.text)
    return where


def _visible(connection: Connection, session: Session, vault_id: str | None) -> ColumnElement[bool]:
    seen = seen_by(connection, session, vault_id)
    return (
        true() if seen is None else audit.c.vault.in_(sorted(seen)) if vault_id is None else audit.c.vault == vault_id
    )


def seen_by(connection: Connection, session: Session, vault_id: str | None) -> frozenset[str] | None:
    """The vaults, of that one or of all, whose rows this person may read; None: every row.

    Raises Forbidden, NotFound.
    """
    readable = readable_vaults(connection, person_id=session.person_id, administrator=session.administrator)
    mine = [each.id for each in readable if each.role == "administrator"]
    if vault_id is not None:
        named = next((each for each in readable if each.id == vault_id), None)
        if named is None:
            raise NotFound(NO_VAULT)
        if named.id not in mine:
            raise Forbidden(f"Only an administrator of the vault “{named.name}” may read its audit trail.")
        return frozenset({vault_id})
    if session.administrator:
        return None
    if not mine:
        raise Forbidden("Only administrators may read the audit trail. Please ask one.")
    return frozenset(mine)


def require_seen(connection: Connection, session: Session, vault_id: str | None, seen: frozenset[str] | None) -> None:
    """Raises Forbidden, NotFound when somebody may not read all of that any more."""
    now = seen_by(connection, session, vault_id)
    if now is not None and (seen is None or not seen <= now):
        raise Forbidden("You may not read all of this audit trail any more. Ask for it again.")


def _by(connection: Connection, name: str) -> ColumnElement[bool]:
    """One person is one equal: only then the index gives the newest rows first."""
    key = same_name(name)
    known = connection.execute(select(person.c.id).where(person.c.name_key == key)).scalar_one_or_none()
    # What the server does by itself stands under its name, not under an id.
    ids = [each for each in (known, key if key == OPERATOR else None) if each is not None]
    return audit.c.person == ids[0] if len(ids) == 1 else audit.c.person.in_(ids)


def _of(connection: Connection, id_or_path: str) -> ColumnElement[bool]:
    known = connection.execute(select(file.c.id).where(file.c.id == id_or_path)).one_or_none()
    return audit.c.file == id_or_path if known is not None else audit.c.file.in_(_at(id_or_path))


def _at(path: str) -> Select[tuple[str]]:
    """The files that are there, or below that folder."""
    key = same_key(path.strip("/"))
    below = (file.c.path_key > f"{key}/") & (file.c.path_key < f"{key}{FOLDER_END}")
    return select(file.c.id).where(or_(file.c.path_key == key, below))


def _says(text: str) -> ColumnElement[bool]:
    lower = text.lower()
    actions = [action for action, words in AUDIT_WORDS.items() if lower in words]
    return or_(
        func.lower(audit.c.detail).contains(lower, autoescape=True),
        file.c.path_key.contains(same_key(text), autoescape=True),
        person.c.name_key.contains(same_name(text), autoescape=True),
        vault.c.name_key.contains(same_name(text), autoescape=True),
        audit.c.action.in_(actions),
    )


def _in_utc(moment: datetime, what: str) -> datetime:
    if moment.tzinfo is None:
        raise Invalid(f"“{what}” has no time zone. Write it as in 2026-03-02T08:00:00Z.")
    return moment


def _row_in(row: Row[Any]) -> AuditRow:
    return AuditRow(
        number=row.number,
        at=row.at,
        person=row.person_name or row.person,
        action=row.action,
        words=words_of(row.action),
        vault=row.vault,
        vault_name=row.vault_name,
        file=row.file,
        path=row.path,
        detail=row.detail,
        previous=row.previous,
        hash=row.hash,
    )
