"""Vaults as a whole: their list, tree, changes, folders and deleted files."""

from datetime import datetime
from typing import Any

from server.protocol.calls.access import GivenRole
from server.protocol.limits import Count, Id, Path, VaultName
from server.protocol.records import dataclass
from server.protocol.set_rule import SetRule
from server.protocol.strict import STRICT
from server.protocol.vault import Revision, Vault


@dataclass(frozen=True, slots=True, kw_only=True)
class Vaults:
    """The vaults that I may read, by name."""

    epoch: str
    vaults: list[Vault]


@dataclass(frozen=True, slots=True, kw_only=True)
class AddVault:
    """A new vault."""

    __pydantic_config__ = STRICT

    name: VaultName
    default: GivenRole = "editor"
    """Of everybody, until somebody is named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSets:
    """Which files of a vault belong together from now on; without a rule the usual one."""

    __pydantic_config__ = STRICT

    rule: SetRule | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeHead:
    """The first line of a tree snapshot: what it is true for. Each line after it is one File, ordered by path."""

    epoch: str
    vault: Id
    seq: Count
    files: Count


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One event of a vault, as the socket would have sent it."""

    type: str
    seq: Count
    timestamp: datetime
    data: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """Events after a seq, in order. `seq` is the vault's newest; read on while the last change is below it."""

    epoch: str
    vault: Id
    seq: Count
    changes: list[Change]


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveFolder:
    """Another path for everything below a folder."""

    __pydantic_config__ = STRICT

    path: Path
    to: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderMove:
    """A folder that has moved, with how many files."""

    epoch: str
    vault: Id
    seq: Count
    files: Count


@dataclass(frozen=True, slots=True, kw_only=True)
class DeletedFile:
    """A file that can be restored."""

    id: Id
    path: str
    head: Revision
    deleted_by: str
    deleted_at: datetime
    purge: datetime | None = None
    """From then on it goes for good; None: it stays."""
    parked: Count = 0
    """Parked versions of it. As long as there is one, it stays whatever `purge` says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeletedFiles:
    """Deleted files of a vault, by path."""

    files: list[DeletedFile]
    cursor: str | None = None
