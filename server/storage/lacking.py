"""What a backup lacks: contents that the server's disk has lost or damaged, and which revisions they are."""

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from server.protocol.limits import Hash, Size
from server.storage.blobs import Content

Why = Literal["missing", "damaged", "unreadable"]


class NotWhole(Exception):
    """A content that is to be copied is not there, not what its name says, or cannot be read."""

    def __init__(self, content_hash: str, why: Why) -> None:
        super().__init__(f"The content {content_hash} is {why}.")
        self.why: Why = why


@dataclass(frozen=True, slots=True, kw_only=True)
class Lacking:
    """A content that a backup lacks, as it stands in `backup.json`."""

    hash: Hash
    size: Size
    why: Why
    where: list[str]
    """Vault, path and number of each revision that has it, for a person to read; parked versions as well."""


def lacking(database: Path, content: Content, why: Why) -> Lacking:
    """That content, with what the database says of it. Raises sqlite3.Error."""
    with closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)) as opened:
        revisions = opened.execute(
            "SELECT vault.name, file.path, revision.major, revision.minor FROM revision"
            " JOIN file ON file.id = revision.file JOIN vault ON vault.id = file.vault"
            " WHERE revision.hash = ? ORDER BY vault.name, file.path, revision.major, revision.minor",
            [content.hash],
        )
        where = [f"{vault}, {path} Rev {major}.{minor}" for vault, path, major, minor in revisions]
        parked = opened.execute(
            "SELECT vault.name, parked.path, person.name FROM parked JOIN vault ON vault.id = parked.vault"
            " JOIN person ON person.id = parked.person WHERE parked.hash = ? ORDER BY parked.id",
            [content.hash],
        )
        where += [f"{vault}, {path}, parked by {person}" for vault, path, person in parked]
    return Lacking(hash=content.hash, size=content.size, why=why, where=where)
