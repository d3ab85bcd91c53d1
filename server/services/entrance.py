"""Ways in beside the password: the first sign-in by GitLab's word, and an administrator's one-time code."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from server.bus.base import AccessHint, ChangedHint, Hint
from server.domain.audit import Entry
from server.domain.entrance import CodeExpired, GitlabPerson, PasswordExists, WrongCode
from server.domain.errors import Forbidden, Invalid, NameTaken
from server.domain.session import Session
from server.domain.text import same_name
from server.protocol.calls import SeatInfo, TokenOwner
from server.protocol.limits import NAME_CHARACTERS
from server.protocol.vault import Role
from server.services.outcome import Outcome
from server.services.people import insert_person, tidy_name
from server.services.record import entry_of
from server.services.sessions import TokenShown, come_in, end_sessions, take_token
from server.services.vaults import access_has_changed
from server.storage.tables import access, person, session, vault


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptCode:
    """What is kept of a one-time code."""

    kept: str
    expires: datetime


def token_owner(connection: Connection, owner: GitlabPerson) -> TokenOwner:
    """Whose token it is, and whether there is more to do than to set a password. Changes nothing.

    Raises Forbidden, NameTaken, Invalid.
    """
    found = _known(connection, owner)
    if found is None:
        name = _free_name(connection, owner)
        return TokenOwner(person=name, called=owner.name or name, has_password=False)
    return TokenOwner(person=found.name, called=owner.name or found.name, has_password=found.password is not None)


def begin_by_token(
    connection: Connection,
    owner: GitlabPerson,
    *,
    password: str,
    role: Role | None,
    seat_info: SeatInfo | None,
    lifetime: timedelta,
    at: datetime,
    address: str | None = None,
) -> Outcome[Session]:
    """The first sign-in of somebody whom GitLab knows, who is new here unless an administrator has linked the account.

    `password` is what is to be kept of it; `role` is what a new person may do in every vault of today.
    Raises PasswordExists, Forbidden, NameTaken, SeatTaken, Invalid.
    """
    access_has_changed(connection)  # first of all: it lets two such sign-ins come one after the other
    found = _known(connection, owner)
    if found is not None and found.password is not None:
        raise PasswordExists(found.name)
    entries: tuple[Entry, ...] = ()
    if found is None:
        person_id, added = _add(connection, owner, password=password, role=role, at=at)
        entries = (added,)
    else:
        person_id = found.id
    connection.execute(
        update(person)
        .where(person.c.id == person_id)
        .values(password=password, gitlab_name=owner.username, token_due=False, code=None, code_expires=None)
    )
    now = connection.execute(select(person).where(person.c.id == person_id)).one()
    hints: tuple[Hint, ...] = (AccessHint(), ChangedHint("people"))
    return come_in(
        connection,
        now,
        "token",
        seat_info=seat_info,
        lifetime=lifetime,
        at=at,
        address=address,
        hints=hints,
        entries=entries,
    )


def kept_code(connection: Connection, name: str) -> KeptCode | None:
    """What is kept of the code of somebody who may sign in; None when there is none by that name."""
    found = connection.execute(
        select(person.c.code, person.c.code_expires).where(
            person.c.name_key == same_name(name), person.c.disabled.is_(None), person.c.code.is_not(None)
        )
    ).one_or_none()
    return None if found is None else KeptCode(kept=found.code, expires=found.code_expires)


def begin_by_code(
    connection: Connection,
    name: str,
    kept: str,
    *,
    password: str,
    shown: TokenShown,
    seat_info: SeatInfo | None,
    lifetime: timedelta,
    at: datetime,
    address: str | None = None,
) -> Outcome[Session]:
    """A sign-in with a code that was found to be `kept`, which works no more; every other session of the person ends.

    Raises WrongCode when it was used meanwhile, CodeExpired, TokenNeeded, SeatTaken, Invalid.
    """
    found = connection.execute(
        select(person)
        .where(person.c.name_key == same_name(name), person.c.code == kept, person.c.disabled.is_(None))
        .with_for_update()
    ).one_or_none()
    if found is None:
        raise WrongCode
    if found.code_expires <= at:
        raise CodeExpired(found.code_expires)
    hints = take_token(connection, found, shown)
    connection.execute(
        update(person).where(person.c.id == found.id).values(password=password, code=None, code_expires=None)
    )
    ended = end_sessions(connection, session.c.person == found.id, at=at)
    told = (*ended, *hints, ChangedHint("people"))
    return come_in(
        connection, found, "code", seat_info=seat_info, lifetime=lifetime, at=at, address=address, hints=told
    )


def _known(connection: Connection, owner: GitlabPerson) -> Row[Any] | None:
    """The person whom GitLab knows by that number. Raises Forbidden for one who may not sign in any more."""
    found = connection.execute(select(person).where(person.c.gitlab == str(owner.number))).one_or_none()
    if found is not None and found.disabled is not None:
        raise Forbidden(f"{found.name} may not sign in any more. An administrator of this server can change that.")
    return found


def _free_name(connection: Connection, owner: GitlabPerson) -> str:
    """The name that a new person gets. A person of that name who is somebody else, for all we know, keeps it."""
    name = tidy_name(owner.username)
    if len(name) > NAME_CHARACTERS:  # by no call could this person be named, not even to be disabled
        raise Invalid(
            f"Your user name at GitLab has {len(name)} characters, and a name here has {NAME_CHARACTERS} at most. Ask"
            f" an administrator to add you by a shorter one and to link it to account {owner.number}."
        )
    taken = connection.execute(select(person.c.name).where(person.c.name_key == same_name(name))).scalar_one_or_none()
    if taken is not None:
        raise NameTaken(
            f"There is a person “{taken}” here already who is not linked to your account {owner.number} at GitLab. If"
            f" that is you, sign in with your password, or ask an administrator to link account {owner.number}."
        )
    return name


def _add(
    connection: Connection, owner: GitlabPerson, *, password: str, role: Role | None, at: datetime
) -> tuple[str, Entry]:
    """Store the new person. Returns the id, and what the audit trail says of it."""
    name = _free_name(connection, owner)
    person_id = insert_person(
        connection, name, password=password, administrator=False, at=at, gitlab=str(owner.number), by_default=False
    )
    vaults = () if role is None else connection.execute(select(vault.c.id)).scalars().all()
    if vaults:
        connection.execute(insert(access), [{"vault": each, "person": person_id, "role": role} for each in vaults])
    # Nobody else adds the person.
    themselves = Session(id="", person_id=person_id, person=name, administrator=False, seat=None, expires=at)
    return person_id, entry_of(themselves, "person_added", at=at, name=name, gitlab=owner.number, role=role)
