"""Who may do what in a vault. Nobody may do anything that no rule allows."""

from dataclasses import dataclass
from enum import Enum

from server.protocol.vault import Role


class Action(Enum):
    """What somebody wants in a vault, with the roles that may."""

    READ = frozenset[Role]({"reader", "editor", "administrator"})
    CHANGE = frozenset[Role]({"editor", "administrator"})
    ADMINISTER = frozenset[Role]({"administrator"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What a vault grants one person by name. `role` None takes away what the vault's default would give."""

    role: Role | None


def role_in(*, default: Role | None, grant: Grant | None, server_administrator: bool) -> Role | None:
    """The person's role in a vault, or None: the vault does not exist for that person."""
    if server_administrator:
        return "administrator"
    if grant is not None:
        return grant.role
    return default


def may(role: Role | None, action: Action) -> bool:
    """Whether that role allows the action."""
    return role in action.value
