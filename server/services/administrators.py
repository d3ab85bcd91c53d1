"""Administrators of the server: who they are, what only they may, and that there is always one."""

from typing import Final

from sqlalchemy import Connection, or_, select

from server.domain.errors import Forbidden, LastAdministrator
from server.domain.session import Session
from server.storage.tables import person

OPERATOR: Final = "server"
"""The name under which the command line acts. It has no password, so nobody can sign in by it."""
_ADMITTED = person.c.administrator.is_(True) & person.c.disabled.is_(None) & (person.c.name_key != OPERATOR)
_BY_PASSWORD = _ADMITTED & person.c.password.is_not(None)
_ABLE = _ADMITTED & or_(person.c.password.is_not(None), person.c.gitlab.is_not(None))
"""Those who can sign in and administer, where a GitLab is set."""


def require_administrator(session: Session) -> None:
    """Raises Forbidden for everybody but the server's administrators."""
    if not session.administrator:
        raise Forbidden("Only an administrator of the server may do this. Please ask one.")


def administrators(connection: Connection) -> frozenset[str]:
    """The ids of those who can sign in and administer: they hear what administrators look at."""
    return frozenset(connection.execute(select(person.c.id).where(_ABLE)).scalars())


def require_another(connection: Connection, session: Session, person_id: str, name: str, *, by_gitlab: bool) -> None:
    """Raises LastAdministrator when nobody but this person could sign in and administer.

    `by_gitlab`: a GitLab is set, so that who has no password yet can sign in by it.
    The command line may all the same: it can make another one. All rows of administrators are taken first, so that two
    administrators who take it from each other at once do not both succeed.
    """
    which = _ABLE if by_gitlab else _BY_PASSWORD
    able = connection.execute(select(person.c.id).where(which).order_by(person.c.id).with_for_update()).scalars().all()
    if session.person != OPERATOR and set(able) == {person_id}:
        raise LastAdministrator(name)
