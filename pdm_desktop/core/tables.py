"""A table as a text that spreadsheet programs read (RFC 4180)."""

import csv
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
    written = _Written()
    writer = csv.writer(written, lineterminator="\r\n")
    writer.writerow(head)
    writer.writerows([[_plain(cell) for cell in row] for row in rows])
    return MARK + "".join(written.parts)


class _Written:
    """What takes text as a file does, and is none."""

    def __init__(self) -> None:
        self.parts: list[str] = []

    def write(self, text: str) -> None:
        """So much more."""
        self.parts.append(text)


def _plain(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) and not _is_number(cell) else cell


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True
