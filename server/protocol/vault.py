"""The nouns of a vault: file, revision, lock, and who holds it."""

from datetime import datetime
from typing import Literal

from server.protocol.limits import Count, Hash, Id, Size
from server.protocol.records import dataclass
from server.protocol.set_rule import DEFAULT_RULE, SetRule
from server.protocol.vault_rules import NO_RULES, VaultRules

Role = Literal["reader", "editor", "administrator"]
"""What a person may do in a vault, each including the ones before it."""

UnlockReason = Literal["checked_in", "undone", "forced", "deleted"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """One immutable stored state of a file."""

    major: int
    minor: int
    size: Size
    """Bytes."""
    hash: Hash
    """BLAKE3-256, 64 lower-case hexadecimal digits."""
    author: str
    at: datetime
    comment: str | None = None

    @property
    def number(self) -> str:
        """`5.2`, as people say it and as a check-in names its base."""
        return f"{self.major}.{self.minor}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """Who holds a file: a person on a seat. `token` is the fencing token and only grows, also over a new epoch."""

    locked_by: str
    seat: Id
    computer: str
    since: datetime
    token: Count
    message: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """One path in a vault with its newest revision. It keeps its id when it is renamed or moved."""

    id: Id
    path: str
    """Folders and name, separated by `/`, without a leading one."""
    head: Revision
    lock: Lock | None = None

    @property
    def filename(self) -> str:
        """The last part of the path."""
        return self.path.rpartition("/")[2]

    @property
    def folder(self) -> str:
        """The path without its last part; empty for a file at the top of its vault."""
        return self.path.rpartition("/")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Vault:
    """A vault as one person sees it: that person's role, and the number of its newest event."""

    id: Id
    name: str
    role: Role
    seq: Count
    sets: SetRule | None = None
    """Which files belong together, where the vault has a rule of its own."""
    rules: VaultRules | None = None
    """What holds for its files, where that is anything."""

    @property
    def set_rule(self) -> SetRule:
        """Which files belong together."""
        return DEFAULT_RULE if self.sets is None else self.sets

    @property
    def file_rules(self) -> VaultRules:
        """What holds for its files."""
        return NO_RULES if self.rules is None else self.rules
