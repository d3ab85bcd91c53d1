"""Lists that the window shows as the server has them, and by which news each of them becomes another."""

from typing import Final, Generic, TypeVar, get_args

from server.protocol.calls import (
    AuditPage,
    Backups,
    Dashboard,
    DeletedFile,
    Line,
    Lines,
    Locks,
    MyLists,
    ParkedVersions,
    People,
    Receipts,
    SeatsOfAll,
    SentMessages,
    ServerState,
    VaultAccess,
    VaultEditors,
    VaultUses,
)
from server.protocol.events import ListName
from server.protocol.records import dataclass

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic(Generic[T]):
    """One list. While it is shown it is read again whenever something happens that may change it."""

    name: str
    kind: type[T]
    """What the server answers with."""
    hears: frozenset[ListName] = frozenset()
    """The hints of the server after which it may be another."""
    hears_locks: bool = False
    """Every lock and release may change it as well."""
    hears_events: bool = False
    """Every event of a vault may change it as well."""
    hears_presence: bool = False
    """Everybody who comes or goes may change it as well."""
    gather: float = 0.3
    """Seconds over which news is gathered before it is read again: a set that is checked in is many events."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tombstone:
    """A deleted file, and the vault that it was in."""

    vault: str
    file: DeletedFile


@dataclass(frozen=True, slots=True, kw_only=True)
class Tombstones:
    """The deleted files of the vaults that were asked for, by vault and path."""

    files: list[Tombstone]


PEOPLE: Final = Topic(
    name="people", kind=People, hears=frozenset({"people", "seats"}), hears_locks=True, hears_presence=True
)
SEATS: Final = Topic(
    name="seats", kind=SeatsOfAll, hears=frozenset({"people", "seats", "releases"}), hears_presence=True
)
MESSAGES: Final = Topic(name="messages", kind=SentMessages, hears=frozenset({"messages"}))
RECEIPTS: Final = Topic(name="receipts", kind=Receipts, hears=frozenset({"messages"}))
LOCKS: Final = Topic(
    name="locks", kind=Locks, hears=frozenset({"reports", "requests"}), hears_locks=True, hears_presence=True
)
LINES: Final = Topic(name="lines", kind=Lines, hears=frozenset({"requests"}), hears_locks=True)
HELD: Final = Topic(name="held", kind=Locks, hears=LOCKS.hears, hears_locks=True, hears_presence=True)
"""The lock of one file, with what its seat told of the work."""
DASHBOARD: Final = Topic(
    name="dashboard",
    kind=Dashboard,
    hears=frozenset({"reports", "requests", "people", "seats"}),
    hears_events=True,
    hears_presence=True,
)
DELETED: Final = Topic(name="deleted", kind=Tombstones, hears=frozenset({"deleted"}), hears_events=True)
"""Of the vaults that the query names, each as `vault`."""
ALL_PARKED: Final = Topic(name="all parked", kind=ParkedVersions, hears=frozenset({"parked"}))
"""Everybody's, of the vaults that I administer."""
AUDIT: Final = Topic(
    name="audit",
    kind=AuditPage,
    hears=frozenset(get_args(ListName)) - {"reports", "releases"},
    hears_events=True,
    hears_presence=True,
    gather=1.0,
)
"""Every change adds a row to it; what seats tell of their work is none."""
BACKUPS: Final = Topic(name="backups", kind=Backups, hears=frozenset({"backups"}))
SERVER: Final = Topic(
    name="server",
    kind=ServerState,
    hears=frozenset({"seats", "backups", "releases", "parked", "deleted", "rules"}),
    hears_events=True,
    hears_presence=True,
    gather=5.0,
)
"""It costs the server some work to count: not more often than a person can follow."""
VAULT_USES: Final = Topic(name="vault_uses", kind=VaultUses, hears=frozenset({"people", "rules"}))
"""The vaults that I administer."""
VAULT_ACCESS: Final = Topic(name="vault_access", kind=VaultAccess, hears=frozenset({"people", "rules"}))
"""Who may do what in one vault, which the query names as `vault`."""
VAULT_EDITORS: Final = Topic(name="vault_editors", kind=VaultEditors, hears=frozenset({"people", "rules"}))
"""Who may change files of one vault, which the query names as `vault`, for those who may themselves."""
LINE: Final = Topic(name="line", kind=Line, hears=frozenset({"requests"}))
"""Of one file, whose id is the query."""
MINE: Final = Topic(
    name="mine", kind=MyLists, hears=frozenset({"requests", "watches", "people", "hearing", "messages"})
)
"""What every seat knows of its person all the time, whatever the window shows: in one answer, so that a seat that comes
back costs the server one call for all of it."""
