"""People and their accounts."""

from dataclasses import field
from datetime import datetime

from server.protocol.limits import Count, Id, NewPassword, PersonName
from server.protocol.records import dataclass
from server.protocol.strict import STRICT
from server.protocol.vault import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class AddPerson:
    """A new person. Without a first password, the first sign-in takes a one-time code or a token of GitLab."""

    __pydantic_config__ = STRICT

    name: PersonName
    password: NewPassword | None = field(default=None, repr=False)
    administrator: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A person who may sign in."""

    name: str
    administrator: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleIn:
    """What somebody is in one vault."""

    vault: Id
    name: str
    role: Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One person of the list, as an administrator sees it."""

    name: str
    administrator: bool
    disabled: bool
    """May not sign in any more."""
    made: datetime | None = None
    seen: datetime | None = None
    """When somebody was last signed in or connected by that name; None: never."""
    online: bool = False
    away: datetime | None = None
    """Online, and since when at none of the person's seats."""
    new: bool = False
    """No administrator has looked at this person yet."""
    has_password: bool = True
    """Without one, a first sign-in takes a token of GitLab or a code."""
    code_until: datetime | None = None
    """A one-time code for this person may be used until then."""
    usual: bool = True
    """The default roles of vaults count for this person."""
    seats: Count = 0
    """Seats and browsers that are signed in."""
    checked_out: Count = 0
    """Files."""
    roles: list[RoleIn] = field(default_factory=list)
    """In every vault that the person may read, by name; none for administrators of the server, who may everything."""
    gitlab: int | None = None
    """The number by which GitLab knows the person."""
    gitlab_name: str | None = None
    """What GitLab called the person at the last sign-in with a token."""
    token_due: bool = False
    """The next sign-in takes a token of GitLab beside the password."""


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """Everybody who has an account, by name."""

    people: list[Account]


@dataclass(frozen=True, slots=True, kw_only=True)
class Disabled:
    """Somebody may not sign in any more; what was checked out stays so until an administrator releases it."""

    checked_out: Count
    """Files."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetPassword:
    """Another password for somebody, who may sign in again if disabled. Every session of the person ends."""

    __pydantic_config__ = STRICT

    password: NewPassword
