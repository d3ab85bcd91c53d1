"""The rules of a vault: trying them, and what came of it."""

from typing import Annotated

from server.protocol.bounds import MaxLen
from server.protocol.limits import PATH_CHARACTERS
from server.protocol.records import dataclass
from server.protocol.strict import STRICT
from server.protocol.vault_rules import TRIED_NAMES, VaultRules


@dataclass(frozen=True, slots=True, kw_only=True)
class TryRules:
    """Rules that are not saved, and names to try them with."""

    __pydantic_config__ = STRICT

    rules: VaultRules
    names: Annotated[list[Annotated[str, MaxLen(PATH_CHARACTERS)]], MaxLen(TRIED_NAMES)]


@dataclass(frozen=True, slots=True, kw_only=True)
class TriedName:
    """One of the names."""

    name: str
    flaw: str | None = None
    """Why no new file may have it; None: it may."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TriedRules:
    """What came of a try. Nothing was changed."""

    flaw: str | None = None
    """Why these cannot be the rules of a vault; None: they can."""
    names: list[TriedName]
    """In their order; none when the rules cannot be used."""
