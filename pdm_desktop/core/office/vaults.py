"""What an administrator asks of vaults: new ones, their names, their rules, and who may do what in them."""

from typing import ClassVar

from pdm_desktop.core.office.requests import OfficeRequest
from pdm_desktop.core.office.topics import PEOPLE, VAULT_ACCESS, VAULT_USES
from server.protocol.calls import GivenRole, VaultAccess
from server.protocol.records import dataclass
from server.protocol.vault_rules import VaultRules


def editors_in(access: VaultAccess) -> list[str]:
    """Who may have files of that vault checked out, by name."""
    return [each.name for each in access.people if each.role in ("editor", "administrator") and not each.disabled]


@dataclass(frozen=True, slots=True, kw_only=True)
class MakeVault(OfficeRequest):
    """A new, empty vault, with the role of everybody who is not named in it."""

    topics: ClassVar = (VAULT_USES,)

    name: str
    default: GivenRole


@dataclass(frozen=True, slots=True, kw_only=True)
class CallVault(OfficeRequest):
    """Another name for a vault."""

    topics: ClassVar = (VAULT_USES, VAULT_ACCESS)

    vault: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleVault(OfficeRequest):
    """Other rules for the files of a vault."""

    topics: ClassVar = (VAULT_USES,)

    vault: str
    rules: VaultRules
    base: VaultRules | None = None
    """Those from which they were made: others that somebody saved meanwhile are not taken back unseen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TryRules(OfficeRequest):
    """What rules would say of names. Changes nothing."""

    tells_trouble: ClassVar = False

    vault: str
    rules: VaultRules
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantRole(OfficeRequest):
    """A role for one person by name; `none` hides the vault."""

    topics: ClassVar = (VAULT_USES, VAULT_ACCESS, PEOPLE)

    vault: str
    person: str
    role: GivenRole
    give_up: bool = False
    """It is my own, and I shall not administer the vault any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DropRole(OfficeRequest):
    """One person has the vault's default role again."""

    topics: ClassVar = (VAULT_USES, VAULT_ACCESS, PEOPLE)

    vault: str
    person: str
    give_up: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SetDefaultRole(OfficeRequest):
    """The role of everybody whom the vault does not name."""

    topics: ClassVar = (VAULT_USES, VAULT_ACCESS, PEOPLE)

    vault: str
    role: GivenRole
    give_up: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CountUsualRoles(OfficeRequest):
    """Whether the default roles of vaults count for a person: "the usual roles" of a new one."""

    topics: ClassVar = (PEOPLE, VAULT_ACCESS)

    person: str
    usual: bool
