"""A table as a text that spreadsheet programs read (RFC 4180)."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Final

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
"""A cell that begins with one of these would be calculated: a comment of somebody else must not run anything (OWASP,
"CSV injection").
"""
MARK: Final = "\ufeff"
"""By it Excel knows that the text is UTF-8."""


def as_csv(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """The table with its titles. What would be a formula is a text, behind an apostrophe."""
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\r\n")
    writer.writerow(head)
    writer.writerows([[_plain(cell) for cell in row] for row in rows])
    return MARK + written.getvalue()


def _plain(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) and not _is_number(cell) else cell


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True
