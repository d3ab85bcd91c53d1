"""Who may do what in a vault: read and changed by those who administer it."""

from typing import Literal

from server.protocol.limits import Count, Id, VaultName
from server.protocol.records import dataclass
from server.protocol.strict import STRICT
from server.protocol.vault import Role

GivenRole = Role | Literal["none"]
"""A role that somebody gives; `none`: the vault is not to be seen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonAccess:
    """What one person may do in a vault, and by what."""

    name: str
    role: Role | None = None
    """None: the vault does not exist for this person."""
    granted: GivenRole | None = None
    """What the vault says of this person by name; None: nothing, so the default counts."""
    usual: bool = True
    """The default roles of vaults count for this person."""
    administrator: bool = False
    """Administers the server, and so every vault."""
    disabled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class VaultAccess:
    """Who may do what in a vault. Everybody with an account is listed, by name."""

    vault: Id
    name: str
    default: Role | None = None
    """Of everybody whom the vault does not name; None: nobody else may see it."""
    people: list[PersonAccess]


@dataclass(frozen=True, slots=True, kw_only=True)
class VaultEditors:
    """Who may change files of a vault, and so get one of them handed over, by name."""

    vault: Id
    people: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class GiveRole:
    """A role for one person, or for everybody who is not named."""

    __pydantic_config__ = STRICT

    role: GivenRole
    give_up: bool = False
    """I know that I shall not administer this vault any more, and cannot take that back myself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetUsual:
    """Whether the default roles of vaults count for a person."""

    __pydantic_config__ = STRICT

    usual: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RenameVault:
    """Another name for a vault."""

    __pydantic_config__ = STRICT

    name: VaultName


@dataclass(frozen=True, slots=True, kw_only=True)
class VaultUse:
    """A vault that I administer: how large it is, and for how many it is there."""

    vault: Id
    files: Count
    size: Count
    """Bytes of all newest revisions."""
    default: Role | None = None
    named: Count
    """So many people have a role by name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VaultUses:
    """The vaults that I administer, by name."""

    vaults: list[VaultUse]
