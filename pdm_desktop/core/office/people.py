"""People as an administrator sees to them: what can be asked of the server, and how somebody is described."""

from collections.abc import Sequence
from dataclasses import field
from datetime import datetime
from itertools import groupby
from typing import Any, ClassVar, Final

from pdm_desktop.core import words
from pdm_desktop.core.office.requests import OfficeRequest
from pdm_desktop.core.office.topics import PEOPLE, SEATS, Topic
from server.protocol.calls import Account, RoleIn
from server.protocol.records import dataclass

_RANKS: Final = {"administrator": 0, "editor": 1, "reader": 2}
_NAMED: Final = 3
"""So many vaults are named; of more there is a number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AddPerson(OfficeRequest):
    """Somebody new; without a password, the first sign-in takes a one-time code or GitLab's token."""

    topics: ClassVar[tuple[Topic[Any], ...]] = (PEOPLE,)

    name: str
    password: str | None = field(default=None, repr=False)
    administrator: bool = False

    @property
    def done(self) -> str:
        """Said when it is done."""
        return f"{self.name} is added."


@dataclass(frozen=True, slots=True, kw_only=True)
class SetPassword(OfficeRequest):
    """Another password for somebody, who has to sign in again everywhere."""

    topics: ClassVar[tuple[Topic[Any], ...]] = (PEOPLE, SEATS)

    name: str
    password: str = field(repr=False)

    @property
    def done(self) -> str:
        """Said when it is done."""
        return f"{self.name} has another password, and signs in again everywhere."


@dataclass(frozen=True, slots=True, kw_only=True)
class DisablePerson(OfficeRequest):
    """Somebody may not sign in any more; check-outs stay."""

    topics: ClassVar[tuple[Topic[Any], ...]] = (PEOPLE, SEATS)

    name: str

    @property
    def done(self) -> str:
        """Said when it is done."""
        return f"{self.name} cannot sign in any more."


@dataclass(frozen=True, slots=True, kw_only=True)
class EnablePerson(OfficeRequest):
    """Somebody who was disabled may sign in again, as before."""

    topics: ClassVar[tuple[Topic[Any], ...]] = (PEOPLE,)

    name: str

    @property
    def done(self) -> str:
        """Said when it is done."""
        return f"{self.name} may sign in again."


@dataclass(frozen=True, slots=True, kw_only=True)
class MakeAdministrator(OfficeRequest):
    """Somebody administers the server from now on, or no longer."""

    topics: ClassVar[tuple[Topic[Any], ...]] = (PEOPLE,)

    name: str
    administrator: bool

    @property
    def done(self) -> str:
        """Said when it is done."""
        return f"{self.name} administers the server {'now' if self.administrator else 'no longer'}."


@dataclass(frozen=True, slots=True, kw_only=True)
class LookAtPerson(OfficeRequest):
    """Somebody is not new any more. It is not worth a word when that fails: the next look does it."""

    tells_trouble: ClassVar[bool] = False

    name: str


def roles_words(account: Account) -> str:
    """`Administers the server`, `Administrator of Tools; editor of Production and Fixtures`, `editor of 7 vaults`."""
    if account.administrator:
        return "Administers the server"
    ordered = sorted(account.roles, key=lambda each: _RANKS[each.role])
    parts = [f"{role} of {_vaults(list(of))}" for role, of in groupby(ordered, key=lambda each: each.role)]
    return _capital("; ".join(parts)) or "No role in any vault"


def way_in_words(account: Account, now: datetime) -> str:
    """By what somebody signs in."""
    if account.code_until is not None:
        return f"One-time code until {words.clock_or_day(account.code_until, now)}"
    gitlab = account.gitlab is not None
    if account.token_due:
        return "Password and GitLab token" if account.has_password else "GitLab token"
    if account.has_password:
        return "Password, GitLab linked" if gitlab else "Password"
    return "GitLab token" if gitlab else "Nothing yet"


def disable_words(account: Account) -> str:
    """What happens when somebody is disabled."""
    held = words.several(account.checked_out, "file stays", "files stay")
    left = f" {held} checked out: the tab Locks shows them." if account.checked_out else ""
    return f"{account.name} is signed out everywhere within seconds and cannot sign in again until enabled.{left}"


def _vaults(of: Sequence[RoleIn]) -> str:
    if len(of) > _NAMED:
        return words.several(len(of), "vault", "vaults")
    return words.listed([each.name for each in of])


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
