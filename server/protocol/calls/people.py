"""People and their accounts."""

from dataclasses import dataclass

from server.protocol.limits import NewPassword, PersonName
from server.protocol.strict import STRICT


@dataclass(frozen=True, slots=True, kw_only=True)
class AddPerson:
    """A new person with a first password."""

    __pydantic_config__ = STRICT

    name: PersonName
    password: NewPassword
    administrator: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A person who may sign in."""

    name: str
    administrator: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One person of the list, as an administrator sees it."""

    name: str
    administrator: bool
    disabled: bool
    """May not sign in any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """Everybody who has an account, by name."""

    people: list[Account]


@dataclass(frozen=True, slots=True, kw_only=True)
class SetPassword:
    """Another password for somebody, who may sign in again if disabled. Every session of the person ends."""

    __pydantic_config__ = STRICT

    password: NewPassword
