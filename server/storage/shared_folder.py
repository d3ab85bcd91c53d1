"""A folder of contents that several nodes share: a mark in it tells whether a node has the same one as the others."""

import os
import secrets
from contextlib import suppress
from pathlib import Path

from server.storage.durable import sync_folder

MARK = "shared.mark"


class SharedFolder:
    """The contents of one node. Every method waits for a disk, and raises OSError."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def mark(self) -> str | None:
        """What stands in it; None where no node has begun yet."""
        try:
            return (self.root / MARK).read_text(encoding="ascii").strip() or None
        except FileNotFoundError:
            return None

    def put_mark(self) -> None:
        """Make it known by a mark that no other has, unless it has one: also where two nodes begin at once."""
        half_made = self.root / f"{MARK}.{secrets.token_hex(4)}"
        with half_made.open("x", encoding="ascii") as file:
            file.write(f"{secrets.token_hex(16)}\n")
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            (self.root / MARK).hardlink_to(half_made)
        half_made.unlink()
        sync_folder(self.root)
