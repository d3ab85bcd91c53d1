"""All rows of one database into another, in one transaction of the other: all of them, or none."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from sqlalchemy import Connection, Table, func, insert, select

from server.storage.tables import lease, metadata

Progress = Callable[[str, int], None]

NUL: Final = "\0"
AT_ONCE: Final = 1_000
"""Rows that are in memory at the same time."""
TABLES: Final = tuple(table for table in metadata.sorted_tables if table is not lease)
"""In an order in which whatever a row refers to is there before it. Leases are of servers that run, and none does."""


class NotCopied(RuntimeError):
    """It cannot be, and nothing was. The text says why and what to do."""


def copy_all(source: Connection, target: Connection, *, told: Progress) -> Mapping[str, int]:
    """Copy every row, and count them on both sides. Returns how many there are, by table. Raises NotCopied."""
    _require_empty(target)
    return {table.name: _copy(table, source, target, told=told) for table in TABLES}


def _require_empty(target: Connection) -> None:
    for table in TABLES:
        if _count(table, target):
            raise NotCopied(
                "The PostgreSQL database is not empty: a server has begun there, or the data were moved there before."
                " Name a new, empty one, or start the server with this one."
            )


def _copy(table: Table, source: Connection, target: Connection, *, told: Progress) -> int:
    rows = source.execute(select(table).execution_options(yield_per=AT_ONCE))
    done = 0
    for part in rows.mappings().partitions():
        copied = [dict(row) for row in part]
        _require_text(table, copied)
        target.execute(insert(table), copied)
        done += len(part)
        told(table.name, done)
    for side in (source, target):
        if _count(table, side) != done:
            raise NotCopied(f"{done:,} rows of “{table.name}” were copied, and that is not how many there are.")
    return done


def _require_text(table: Table, rows: Sequence[Mapping[str, object]]) -> None:
    """SQLite keeps every character, PostgreSQL all but one. Raises NotCopied, and says which row it is."""
    for row in rows:
        for column, value in row.items():
            if isinstance(value, str) and NUL in value:
                key = ", ".join(f"{each.name} {row[each.name]!r}" for each in table.primary_key)
                cut = f"UPDATE {table} SET {column} = substr({column}, 1, length({column}))"  # noqa: S608 - a person reads it
                raise NotCopied(
                    f"The text “{column}” in the table “{table.name}”, row {key}, has the character U+0000, which"
                    " PostgreSQL cannot keep. Write that text anew on the server as it is, or cut such texts at that"
                    f" character in the SQLite file, of which you keep a copy: {cut}"
                )


def _count(table: Table, connection: Connection) -> int:
    return connection.execute(select(func.count()).select_from(table)).scalar_one()
