"""How people get in, as administrators see to it: one-time codes, and what GitLab has to do with somebody."""

from datetime import datetime

from sqlalchemy import Connection, select, update

from server.bus.base import ChangedHint
from server.domain.errors import Invalid, NameTaken
from server.domain.session import Session
from server.services.administrators import require_administrator
from server.services.outcome import Outcome
from server.services.people import find_person
from server.services.record import entry_of, write_audit
from server.storage.tables import person

_PEOPLE = ChangedHint("people")


def make_code(
    connection: Connection, mine: Session, name: str, *, kept: str, expires: datetime, at: datetime
) -> Outcome[str]:
    """Somebody can sign in once with a code and set a new password; `kept` is what is kept of it. Gives the name.

    A former code works no longer. The password works until the code is used. Raises Forbidden, NotFound, Invalid.
    """
    require_administrator(mine)
    found = find_person(connection, name)
    if found.disabled is not None:
        raise Invalid(f"{found.name} is disabled, so a code would let nobody in. Enable {found.name} first.")
    connection.execute(update(person).where(person.c.id == found.id).values(code=kept, code_expires=expires))
    write_audit(connection, [entry_of(mine, "code_made", at=at, name=found.name, expires=expires)])
    return Outcome(found.name, (_PEOPLE,))


def require_token(
    connection: Connection, mine: Session, name: str, *, wanted: bool, offered: bool, at: datetime
) -> Outcome[None]:
    """Whether somebody's next sign-in takes a token of GitLab beside the password. Raises Forbidden, NotFound, Invalid.

    `offered`: this server has a GitLab to ask.
    """
    require_administrator(mine)
    found = find_person(connection, name)
    if wanted and not offered:
        raise Invalid("This server has no GitLab to ask. Give it the setting “gitlab_url” first.")
    if wanted and found.gitlab is None:
        raise Invalid(f"{found.name} is not linked to an account at GitLab and has no token. Link one first.")
    if found.token_due == wanted:
        return Outcome(None)
    connection.execute(update(person).where(person.c.id == found.id).values(token_due=wanted))
    write_audit(connection, [entry_of(mine, "token_required", at=at, name=found.name, wanted=wanted)])
    return Outcome(None, (_PEOPLE,))


def link_gitlab(connection: Connection, mine: Session, name: str, *, number: int, at: datetime) -> Outcome[None]:
    """Somebody is the person whom GitLab knows by that number. Raises Forbidden, NotFound, NameTaken."""
    require_administrator(mine)
    found = find_person(connection, name)
    other = connection.execute(
        select(person.c.name).where(person.c.gitlab == str(number), person.c.id != found.id)
    ).scalar_one_or_none()
    if other is not None:
        raise NameTaken(f"GitLab's account {number} is linked to {other} already. Unlink it there first.")
    if found.gitlab == str(number):
        return Outcome(None)
    connection.execute(
        update(person).where(person.c.id == found.id).values(gitlab=str(number), gitlab_name=None, token_due=False)
    )
    write_audit(connection, [entry_of(mine, "gitlab_linked", at=at, name=found.name, gitlab=number)])
    return Outcome(None, (_PEOPLE,))


def unlink_gitlab(connection: Connection, mine: Session, name: str, *, at: datetime) -> Outcome[None]:
    """GitLab has nothing to do with somebody any more; the password stays. Raises Forbidden, NotFound."""
    require_administrator(mine)
    found = find_person(connection, name)
    if found.gitlab is None:
        return Outcome(None)
    connection.execute(
        update(person).where(person.c.id == found.id).values(gitlab=None, gitlab_name=None, token_due=False)
    )
    write_audit(connection, [entry_of(mine, "gitlab_unlinked", at=at, name=found.name, gitlab=int(found.gitlab))])
    return Outcome(None, (_PEOPLE,))
