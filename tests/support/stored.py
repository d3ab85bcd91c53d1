"""Content in a folder of blobs, as if it had been stored long ago, and epochs that began then."""

import contextlib
import os
import sqlite3
import time
from datetime import datetime
from pathlib import Path

from server.config import DATABASE
from server.storage.blobs import Content
from server.storage.blobs_disk import DiskBlobs

DAY = 86_400


def place_of(folder: Path, content_hash: str) -> Path:
    """Where a content lies in a data folder, or in a backup."""
    return folder / "blobs" / content_hash[:2] / content_hash[2:4] / content_hash


def keep(blobs: DiskBlobs, content: bytes = b"G0 X0\n", *, at: datetime | None = None) -> Content:
    """Content that is stored and not written down, since then or since now."""
    incoming = blobs.begin()
    incoming.write(content)
    kept = incoming.finish()
    incoming.keep()
    incoming.discard()
    if at is not None:
        os.utime(blobs.place(kept.hash), (at.timestamp(), at.timestamp()))
    return kept


def make_old(data: Path, *, days: float = 2) -> None:
    """All content of a data folder was stored so many days ago."""
    at = time.time() - days * DAY
    for each in (data / "blobs").glob("??/??/*"):
        os.utime(each, (at, at))


def let_epoch_age(data: Path, *, days: float) -> None:
    """The epoch of a data folder began so many days earlier; no server is at work on it."""
    with contextlib.closing(sqlite3.connect(data / DATABASE)) as database:
        database.execute("UPDATE server SET began = began - ?", [int(days * DAY * 1e6)])
        database.commit()
