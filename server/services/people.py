"""People: who there is, new ones, their passwords, and who may not sign in any more."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, insert, select, update

from server.bus.base import AccessHint, ChangedHint
from server.domain.errors import Invalid, NameTaken, NotFound
from server.domain.session import Session
from server.domain.text import one_line, same_name
from server.protocol.calls import Account, People, Person
from server.services.claims import drop_claims_of
from server.services.identity import new_id, new_secret_id
from server.services.outcome import Outcome
from server.services.record import entry_of, write_audit
from server.services.sessions import begin_session, end_sessions
from server.services.vaults import access_has_changed, require_administrator
from server.storage.tables import person, session

OPERATOR = "server"
"""The name under which the command line acts. It has no password, so nobody can sign in by it."""


def operator(connection: Connection, *, at: datetime, lifetime: timedelta) -> Session:
    """A new session of the built-in person, an administrator who is made here the first time."""
    person_id = connection.execute(select(person.c.id).where(person.c.name_key == OPERATOR)).scalar_one_or_none()
    if person_id is None:
        person_id = _insert(connection, OPERATOR, password=None, administrator=True, at=at)
    begun = Session(
        id=new_secret_id(),
        person_id=person_id,
        person=OPERATOR,
        administrator=True,
        seat=None,
        expires=at + lifetime,
    )
    begin_session(connection, begun, at=at)
    return begun


def list_people(connection: Connection, mine: Session) -> People:
    """Everybody who has an account, by name. Raises Forbidden."""
    require_administrator(mine)
    rows = connection.execute(
        select(person.c.name, person.c.administrator, person.c.disabled)
        .where(person.c.name_key != OPERATOR)
        .order_by(person.c.name_key)
    )
    return People(
        people=[
            Account(name=row.name, administrator=row.administrator, disabled=row.disabled is not None) for row in rows
        ]
    )


def add_person(
    connection: Connection, mine: Session, name: str, *, password: str, administrator: bool, at: datetime
) -> Outcome[Person]:
    """A new person; `password` is what is to be kept of it. Raises Forbidden, NameTaken, Invalid."""
    require_administrator(mine)
    tidy = one_line(name, "name")
    if "/" in tidy or not tidy.strip("."):
        raise Invalid(f"“{tidy}” cannot be the name of a person: it has a slash, or nothing but dots. Choose another.")
    if connection.execute(select(person.c.id).where(person.c.name_key == same_name(tidy))).one_or_none() is not None:
        raise NameTaken(f"There is a person “{tidy}” already. Choose another name.")
    _insert(connection, tidy, password=password, administrator=administrator, at=at)
    access_has_changed(connection)
    write_audit(connection, [entry_of(mine, "person_added", at=at, name=tidy, administrator=administrator)])
    return Outcome(Person(name=tidy, administrator=administrator), (AccessHint(), ChangedHint("people")))


def set_password(connection: Connection, mine: Session, name: str, *, password: str, at: datetime) -> Outcome[None]:
    """Another password for somebody, who can sign in again if disabled; every session of that person ends.

    Raises Forbidden, NotFound.
    """
    require_administrator(mine)
    person_id = _find(connection, name)
    connection.execute(update(person).where(person.c.id == person_id).values(password=password, disabled=None))
    access_has_changed(connection)
    hints = end_sessions(connection, session.c.person == person_id, at=at)
    write_audit(connection, [entry_of(mine, "password_set", at=at, name=name)])
    return Outcome(None, (*hints, AccessHint(), ChangedHint("people")))


def disable_person(connection: Connection, mine: Session, name: str, *, at: datetime) -> Outcome[None]:
    """Somebody may not sign in any more, and every session of that person ends. Raises Forbidden, NotFound."""
    require_administrator(mine)
    person_id = _find(connection, name)
    over = drop_claims_of(connection, person_id, at=at)
    connection.execute(update(person).where(person.c.id == person_id).values(disabled=at))
    access_has_changed(connection)
    hints = end_sessions(connection, session.c.person == person_id, at=at)
    write_audit(connection, [entry_of(mine, "person_disabled", at=at, name=name)])
    return Outcome(None, (*over, *hints, AccessHint(), ChangedHint("people")))


def _find(connection: Connection, name: str) -> str:
    person_id: str | None = connection.execute(
        select(person.c.id).where(person.c.name_key == same_name(name), person.c.name_key != OPERATOR)
    ).scalar_one_or_none()
    if person_id is None:
        raise NotFound(f"There is no person “{name}”. Look at the list of people.")
    return person_id


def _insert(connection: Connection, name: str, *, password: str | None, administrator: bool, at: datetime) -> str:
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
        )
    )
    return person_id
