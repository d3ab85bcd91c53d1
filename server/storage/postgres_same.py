"""Whether the database is still the one that a server began with, looked at in each turn and each second.

Connections live on when a newer version of the server changes the tables, and when an older dump is read into their
database: its tables are others then, or its epoch is, or the audit trail is shorter than it was. A server that went on
would give its numbers a second meaning.
"""

from dataclasses import dataclass
from typing import Final, Self

from sqlalchemy import Connection, text, update

from server.storage.mark import BROUGHT_BACK
from server.storage.postgres_trouble import NewerTables, OtherDatabase
from server.storage.tables import server

_LOOK: Final = text(
    "SELECT server.tableoid::bigint AS number, alembic_version.version_num AS tables, server.epoch, server.mark,"
    " audit_head.number AS trail FROM server, audit_head, alembic_version"
)


class WentBack(OtherDatabase):
    """The same tables with fewer rows of the audit trail. What its transaction has changed is to be committed."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What tells one state of a database from an earlier one, and from a copy."""

    table: int
    """The number of one of its tables: another one after a dump was read."""
    tables: str
    """The number of the last migration."""
    epoch: str
    mark: str | None
    trail: int
    """The number of the newest row of the audit trail."""

    @classmethod
    def by(cls, connection: Connection) -> Self | None:
        """What is there now; None: no server has begun on it."""
        row = connection.execute(_LOOK).one_or_none()
        return None if row is None else cls(row.number, row.tables, row.epoch, row.mark, row.trail)


class SameDatabase:
    """What one server holds its database to. Used from its event loop only."""

    def __init__(self) -> None:
        self._known: Seen | None = None
        self._other: OtherDatabase | None = None

    def hold(self, seen: Seen | None) -> None:
        """From now on it has to be this one, or what has become of it."""
        self._known = seen

    def give_up(self, other: OtherDatabase) -> None:
        """It is another one, for as long as this server runs."""
        self._other = other

    def require(self) -> None:
        """Raises OtherDatabase once it was found to be another one."""
        if self._other is not None:
            raise type(self._other)

    def look(self, connection: Connection) -> OtherDatabase | None:
        """What is wrong with what is there now, if anything is."""
        known = self._known  # as it was before: others may see more while this question is under way
        if known is None:
            return None
        seen = Seen.by(connection)
        if seen is not None and seen.tables > known.tables:
            return NewerTables()
        if seen is None or (seen.table, seen.epoch, seen.mark) != (known.table, known.epoch, known.mark):
            return OtherDatabase()
        if seen.trail < known.trail:
            return WentBack()
        if self._known is not None and seen.trail > self._known.trail:
            self._known = seen
        return None

    def require_in_turn(self, connection: Connection) -> None:
        """Raises OtherDatabase, and WentBack where nothing else would tell the next start of it."""
        other = self.look(connection)
        if isinstance(other, WentBack):
            connection.execute(update(server).values(mark=BROUGHT_BACK))
        elif other is not None:
            self.give_up(other)
        if other is not None:
            raise other
