"""The audit trail as text to take away: CSV for a spreadsheet, or one JSON object a line for a program."""

import csv
from collections.abc import Iterable
from datetime import datetime
from typing import Final, Literal

import msgspec

from server.protocol.calls import AuditRow
from server.protocol.wire import plain

Format = Literal["csv", "jsonl"]

MEDIA_TYPES: Final[dict[Format, str]] = {
    "csv": "text/csv; charset=utf-8; header=present",
    "jsonl": "application/x-ndjson",
}
COLUMNS: Final = ("number", "at", "person", "action", "words", "vault", "path", "file", "detail", "previous", "hash")
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")
"""What a spreadsheet takes for the beginning of a formula, or skips before one (OWASP, “CSV Injection”)."""


def head_of(kind: Format) -> bytes:
    """What stands before the first row. The mark at the beginning of CSV tells Excel that it is UTF-8."""
    return b"" if kind == "jsonl" else "\ufeff".encode() + _csv([COLUMNS])


def lines_of(rows: Iterable[AuditRow], kind: Format) -> bytes:
    """Rows as they stand in the file; in JSON with all of which each hash was made, but `person` by name."""
    if kind == "jsonl":
        return b"".join(msgspec.json.encode(plain(each)) + b"\n" for each in rows)
    return _csv([_cell(value) for value in _values(each)] for each in rows)


def _values(row: AuditRow) -> tuple[object, ...]:
    named = {"vault": row.vault_name or row.vault}
    return tuple(named.get(name, getattr(row, name)) for name in COLUMNS)


def _cell(value: object) -> str:
    """As text, and never as a formula: an apostrophe before it, as OWASP says."""
    match value:
        case None:
            return ""
        case datetime():
            return value.isoformat()
    text = str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def _csv(rows: Iterable[Iterable[str]]) -> bytes:
    """Records as RFC 4180 has them: every cell in quotes, CR LF at the end of each."""
    lines = _Lines()
    csv.writer(lines, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerows(rows)
    return "".join(lines).encode()


class _Lines(list[str]):
    """What the writer of CSV takes for a file."""

    def write(self, line: str) -> int:
        self.append(line)
        return len(line)
