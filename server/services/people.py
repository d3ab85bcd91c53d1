"""People: new ones, their passwords, who may not sign in any more, and who administers the server."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from server.bus.base import AccessHint, ChangedHint
from server.domain.errors import Invalid, NameTaken, NotFound
from server.domain.session import Session
from server.domain.text import has_invisible, one_line, same_name
from server.protocol.calls import Disabled, Person
from server.services.administrators import OPERATOR, administrators, require_administrator, require_another
from server.services.claims import drop_claims_lost_by, drop_claims_of
from server.services.identity import new_id, new_secret_id
from server.services.late import tell_of_late_work
from server.services.outcome import Outcome
from server.services.record import entry_of, write_audit
from server.services.sessions import begin_session, end_sessions
from server.services.vaults import access_has_changed
from server.storage.tables import lock, person, session


def operator(connection: Connection, *, at: datetime, lifetime: timedelta, place: str | None = None) -> Session:
    """A new session of the built-in person, an administrator who is made here the first time.

    `place` is where the node is, if there are several.
    """
    person_id = connection.execute(select(person.c.id).where(person.c.name_key == OPERATOR)).scalar_one_or_none()
    if person_id is None:
        person_id = insert_person(connection, OPERATOR, password=None, administrator=True, at=at)
    begun = Session(
        id=new_secret_id(),
        person_id=person_id,
        person=OPERATOR,
        administrator=True,
        seat=None,
        expires=at + lifetime,
    )
    begin_session(connection, begun, at=at, address=place)
    return begun


def add_person(
    connection: Connection, mine: Session, name: str, *, password: str | None, administrator: bool, at: datetime
) -> Outcome[Person]:
    """A new person; `password` is what is to be kept of it, if there is one. Raises Forbidden, NameTaken, Invalid."""
    require_administrator(mine)
    tidy = tidy_name(name)
    if connection.execute(select(person.c.id).where(person.c.name_key == same_name(tidy))).one_or_none() is not None:
        raise NameTaken(f"There is a person “{tidy}” already. Choose another name.")
    insert_person(connection, tidy, password=password, administrator=administrator, at=at)
    access_has_changed(connection)
    write_audit(connection, [entry_of(mine, "person_added", at=at, name=tidy, administrator=administrator)])
    return Outcome(Person(name=tidy, administrator=administrator), (AccessHint(), ChangedHint("people")))


def set_password(connection: Connection, mine: Session, name: str, *, password: str, at: datetime) -> Outcome[None]:
    """Another password for somebody, who can sign in again if disabled; sessions and a one-time code end.

    Raises Forbidden, NotFound.
    """
    require_administrator(mine)
    found = find_person(connection, name)
    connection.execute(
        update(person)
        .where(person.c.id == found.id)
        .values(password=password, disabled=None, code=None, code_expires=None)
    )
    access_has_changed(connection)
    hints = end_sessions(connection, session.c.person == found.id, at=at)
    entries = [entry_of(mine, "password_set", at=at, name=found.name)]
    if found.disabled is not None:
        entries.append(entry_of(mine, "person_enabled", at=at, name=found.name))
    write_audit(connection, entries)
    late = tell_of_late_work(connection, at=at)
    return Outcome(None, (*hints, AccessHint(), ChangedHint("people"), *late))


def disable_person(
    connection: Connection, mine: Session, name: str, *, by_gitlab: bool = False, at: datetime
) -> Outcome[Disabled]:
    """Somebody may not sign in any more, by a one-time code neither; every session ends, and check-outs stay.

    `by_gitlab`: a GitLab is set, by which another administrator may sign in.
    Raises Forbidden, NotFound, LastAdministrator.
    """
    require_administrator(mine)
    found = find_person(connection, name)
    held = _held_by(connection, found.id)
    if found.disabled is not None:
        return Outcome(Disabled(checked_out=held))
    require_another(connection, mine, found.id, found.name, by_gitlab=by_gitlab)
    over = drop_claims_of(connection, found.id, at=at)
    connection.execute(update(person).where(person.c.id == found.id).values(disabled=at, code=None, code_expires=None))
    access_has_changed(connection)
    hints = end_sessions(connection, session.c.person == found.id, at=at)
    write_audit(connection, [entry_of(mine, "person_disabled", at=at, name=found.name, checked_out=held)])
    return Outcome(Disabled(checked_out=held), (*over, *hints, AccessHint(), ChangedHint("people")))


def enable_person(connection: Connection, mine: Session, name: str, *, at: datetime) -> Outcome[None]:
    """Somebody who was disabled may sign in again, by the password of before. Raises Forbidden, NotFound."""
    require_administrator(mine)
    found = find_person(connection, name)
    if found.disabled is None:
        return Outcome(None)
    connection.execute(update(person).where(person.c.id == found.id).values(disabled=None))
    access_has_changed(connection)
    write_audit(connection, [entry_of(mine, "person_enabled", at=at, name=found.name)])
    return Outcome(None, (AccessHint(), ChangedHint("people"), *tell_of_late_work(connection, at=at)))


def make_administrator(
    connection: Connection, mine: Session, name: str, *, administrator: bool, by_gitlab: bool = False, at: datetime
) -> Outcome[None]:
    """Somebody administers the server from now on, or no longer; open connections follow at once.

    `by_gitlab`: a GitLab is set, by which another administrator may sign in.
    Raises Forbidden, NotFound, LastAdministrator.
    """
    require_administrator(mine)
    found = find_person(connection, name)
    if found.administrator == administrator:
        return Outcome(None)
    if not administrator:
        require_another(connection, mine, found.id, found.name, by_gitlab=by_gitlab)
    connection.execute(update(person).where(person.c.id == found.id).values(administrator=administrator))
    access_has_changed(connection)
    over = drop_claims_lost_by(connection, found.id, at=at)
    if administrator:
        entry = entry_of(mine, "administrator_made", at=at, name=found.name)
    else:
        entry = entry_of(mine, "administrator_taken_away", at=at, name=found.name)
    write_audit(connection, [entry])
    # The person's seats read anew what they may: where no role in a vault changes, nothing else tells them.
    hints = (AccessHint(), ChangedHint("people"), ChangedHint("rules", frozenset({found.id})))
    return Outcome(None, (*hints, *over, *tell_of_late_work(connection, at=at)))


def look_at_person(connection: Connection, mine: Session, name: str, *, at: datetime) -> Outcome[None]:
    """Somebody is not new to administrators any more. Raises Forbidden, NotFound."""
    require_administrator(mine)
    found = find_person(connection, name)
    if found.looked_at is not None:
        return Outcome(None)
    connection.execute(update(person).where(person.c.id == found.id).values(looked_at=at))
    write_audit(connection, [entry_of(mine, "person_looked_at", at=at, name=found.name)])
    return Outcome(None, (ChangedHint("people", administrators(connection)),))


def find_person(connection: Connection, name: str) -> Row[Any]:
    """The row of somebody who has an account. Raises NotFound."""
    row = connection.execute(
        select(person).where(person.c.name_key == same_name(name), person.c.name_key != OPERATOR)
    ).one_or_none()
    if row is None:
        raise NotFound(f"There is no person “{name}”. Look at the list of people.")
    return row


def tidy_name(name: str) -> str:
    """A name that a person can have. Raises Invalid."""
    tidy = one_line(name, "name")
    if has_invisible(tidy):
        raise Invalid(
            "The name has an invisible character, by which it would look like another name. Type it anew without it."
        )
    if "/" in tidy or not tidy.strip("."):
        raise Invalid(f"“{tidy}” cannot be the name of a person: it has a slash, or nothing but dots. Choose another.")
    return tidy


def insert_person(
    connection: Connection, name: str, *, password: str | None, administrator: bool, at: datetime, **more: Any
) -> str:
    """Store a new person, whose name nobody has; `more` are other columns. Returns the person's id."""
    person_id = new_id(at)
    connection.execute(
        insert(person).values(
            id=person_id,
            name=name,
            name_key=same_name(name),
            password=password,
            administrator=administrator,
            made=at,
            inbox_number=0,
            inbox_seen=0,
            **more,
        )
    )
    return person_id


def _held_by(connection: Connection, person_id: str) -> int:
    """How many files somebody has checked out."""
    query = select(func.count()).select_from(lock).where(lock.c.person == person_id)
    held: int = connection.execute(query).scalar_one()
    return held
