"""Rows of the journal that cannot be read: put aside in a table of their own, so that they end nothing else."""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from pdm_desktop import log
from pdm_desktop.core.results import Trouble
from pdm_desktop.core.words import listed, several
from pdm_desktop.sync.journal_file import Connection
from pdm_desktop.sync.rows import check_in_of, intent_of, lost_of
from server.protocol.records import dataclass

NAMED = 5
"""So many files are named of what was put aside; of more it is said how many there are."""
_UNREADABLE = (msgspec.DecodeError, ValueError, KeyError, TypeError, AttributeError)
"""What reading a row raises that was cut or changed on the disk, or that a newer version has written."""
_TEXTS = {
    "intents": ("key", "kind", "file", "path", "fields"),
    "waiting": ("file", "fields"),
    "lost": ("file", "fields"),
}
"""Tables and their columns of text; the first says which row it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Aside:
    """A row that cannot be read: nothing is done about it, and nothing of it goes."""

    table: str
    id: bytes
    """Which row of its table it is."""
    file: str
    path: str
    """Empty where the row does not say."""
    fields: bytes


def unreadable(connection: Connection) -> list[Aside]:
    """Every row that cannot be read. All others can be when these are put aside."""
    found: list[Aside] = []
    for table, columns in _TEXTS.items():
        # As bytes: what is no text any more would break the reading of all.
        wanted = ", ".join(f"CAST({column} AS BLOB)" for column in columns)
        for row in connection.execute(f"SELECT {wanted} FROM {table}").fetchall():  # noqa: S608 - names of this module
            why = _trouble(_CHECKS[table], row)
            if why is not None:
                found.append(_aside(connection, table, dict(zip(columns, row, strict=True))))
                log.note("row cannot be read", table=table, file=found[-1].file, why=why)
    return found


def put_aside(connection: Connection, aside: Aside) -> None:
    """Move a row to where nobody reads it; in the caller's transaction."""
    columns = ", ".join(_TEXTS[aside.table])
    rest = f"FROM {aside.table} WHERE CAST({_TEXTS[aside.table][0]} AS BLOB) = ?"
    sql = f"INSERT INTO aside (of, {columns}) SELECT '{aside.table}', {columns} {rest}"
    connection.execute(sql, (aside.id,))
    connection.execute(f"DELETE {rest}", (aside.id,))


def trouble_of(aside: Sequence[Aside]) -> Trouble:
    """What is said of the rows that were put aside."""
    names = sorted({each.path or each.file for each in aside})
    more = [several(len(names) - NAMED, "other file", "other files")] if len(names) > NAMED else []
    return Trouble(
        title="Something in the journal of the workspace cannot be read",
        text=f"What was begun or waited for {listed([*names[:NAMED], *more])} cannot be read, and does not go on.",
        advice="See how it stands in the vault, and ask for it again. No file of the workspace was touched.",
    )


def _aside(connection: Connection, table: str, values: dict[str, bytes]) -> Aside:
    file = values["file"].decode(errors="replace")
    path = values.get("path", b"").decode(errors="replace") or _path_of(connection, file)
    return Aside(table=table, id=values[_TEXTS[table][0]], file=file, path=path, fields=values["fields"])


def _path_of(connection: Connection, file: str) -> str:
    sql = "SELECT path FROM holds WHERE file = ? UNION SELECT path FROM copies WHERE file = ?"
    found = connection.execute(sql, (file, file)).fetchone()
    return "" if found is None else str(found[0])


def _trouble(check: Callable[..., Any], row: Sequence[bytes]) -> str | None:
    try:
        check(*(value.decode() for value in row))
    except _UNREADABLE as error:
        return f"{type(error).__name__}: {error}"
    return None


def _check_intent(key: str, kind: str, file: str, path: str, fields: str) -> None:
    intent = intent_of(key, kind, file, path, fields)
    _ = intent.files, intent.tokens, intent.answer


def _check_waiting(file: str, fields: str) -> None:
    if check_in_of(fields).file != file:
        raise ValueError("another file's")


def _check_lost(file: str, fields: str) -> None:
    if lost_of(fields).file != file:
        raise ValueError("another file's")


_CHECKS: dict[str, Callable[..., None]] = {
    "intents": _check_intent,
    "waiting": _check_waiting,
    "lost": _check_lost,
}
