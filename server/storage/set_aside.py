"""Databases that a restore has set aside: what they name stays for as long as they lie there."""

import sqlite3
from collections.abc import Collection
from contextlib import closing
from pathlib import Path

import structlog

from server.config import DATABASE

log = structlog.get_logger(__name__)

REPLACED = "replaced-"
"""How the names of their folders begin."""


class SetAside:
    """Those of one data folder."""

    def __init__(self, data: Path) -> None:
        self._data = data

    def named(self, hashes: Collection[str]) -> set[str]:
        """Those of the hashes that one of them names; all where one cannot be read. May wait for the disk."""
        found: set[str] = set()
        for folder in self._data.glob(f"{REPLACED}*"):
            found |= _named_in(folder / DATABASE, hashes)
        return found


def _named_in(database: Path, hashes: Collection[str]) -> set[str]:
    wanted = ", ".join("?" * len(hashes))
    try:
        with closing(sqlite3.connect(f"{database.absolute().as_uri()}?mode=ro", uri=True)) as opened:
            rows = opened.execute(f"SELECT hash FROM blob WHERE hash IN ({wanted})", list(hashes))  # noqa: S608 - question marks
            return {content_hash for (content_hash,) in rows}
    except Exception:  # it may have been set aside because it is damaged: then nobody knows what it names
        log.exception("set_aside_not_read", path=str(database))
        return set(hashes)
