"""A mark in the data folder that no copy has: which file it is on the disk, since when, and beside which database.

A database that is copied back goes on from an older state, and would say again with other meanings what it has said
before. The database remembers the mark; where the two do not fit, the data are a copy.
"""

from pathlib import Path
from typing import Protocol

from server.storage.durable import rename

MARK = "server.mark"
BROUGHT_BACK = "brought back"
"""A mark that no folder and no database has."""


class Mark(Protocol):
    """What tells data from every copy of them."""

    def read(self) -> str | None:
        """What tells this mark from any other; None when there is none."""

    def renew(self) -> str | None:
        """Put a new mark in the place of the former, where that can be done, and read it. Raises OSError."""


class DatabaseMark(Mark):
    """Of a database that tells itself from its copies: each way to bring one back makes another mark."""

    def __init__(self, mark: str) -> None:
        self._mark = mark

    def read(self) -> str:
        """As the database said when it was opened."""
        return self._mark

    def renew(self) -> str:
        """It stays for as long as the database is this one."""
        return self._mark


class FolderMark(Mark):
    """The mark of one data folder. May wait for the disk."""

    def __init__(self, database: Path) -> None:
        self._database = database
        self._place = database.with_name(MARK)

    def read(self) -> str | None:
        """What tells this mark from any other; None when there is none."""
        try:
            mark = self._place.stat()
        except FileNotFoundError:
            return None
        return f"{self._database.stat().st_ino}.{mark.st_ino}.{mark.st_ctime_ns}"

    def renew(self) -> str | None:
        """Put a new mark in the place of the former, and read it. Raises OSError."""
        half_made = self._place.with_suffix(".part")
        half_made.unlink(missing_ok=True)
        half_made.write_text("Which data these are. A copy of this file is another mark.\n", encoding="utf-8")
        rename(half_made, self._place)
        return self.read()
