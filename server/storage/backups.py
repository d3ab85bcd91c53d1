"""The backups that a server makes itself: folders in one folder, each whole by itself, the newest ones kept."""

import shutil
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from server.storage.backup import Description, GoingOn, Unusable, back_up, describe
from server.storage.blobs import Blobs

PREFIX: Final = "backup-"
_REMOVING: Final = "removing-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """One of them."""

    folder: Path
    description: Description | None
    """None: it is not finished."""

    @property
    def is_whole(self) -> bool:
        """Finished, and nothing is lacking."""
        return self.description is not None and not self.description.lacks


class Backups:
    """Those of one data folder, and of its contents where these are elsewhere. Call every method in a worker thread."""

    def __init__(
        self, data: Path, folder: Path | None, *, kept: int, contents: Blobs | None = None, has_file: bool = True
    ) -> None:
        self.data = data
        self.has_file = has_file
        """The database is a file in the data folder; if not, its own tools make backups of it."""
        self.folder = folder
        self.kept = kept
        self._contents = contents

    def place(self) -> Path:
        """Where they are. Raises Unusable.

        It is never made here: in the place of a disk that is not connected it would fill another one.
        """
        if not self.has_file:
            raise Unusable(
                "The database of this server is in PostgreSQL, and backups of it are made with PostgreSQL's own tools:"
                " pg_dump, and a copy of the contents. Its manual (docs/server.md) says how."
            )
        if self.folder is None:
            raise Unusable("This server has no folder for backups. Set backup_folder, and start the server again.")
        if not self.folder.is_dir():
            raise Unusable(f"The folder for backups, {self.folder}, is not there: its disk may not be connected.")
        return self.folder

    def all(self) -> list[Backup]:
        """Every backup, the newest first. Raises Unusable, OSError."""
        folders = (each for each in self.place().iterdir() if each.name.startswith(PREFIX) and each.is_dir())
        return [Backup(folder=each, description=_description_of(each)) for each in sorted(folders, reverse=True)]

    def make(self, *, at: datetime, going_on: GoingOn) -> Backup:
        """Make one more. One that was begun last by now and not finished is gone on with.

        Raises Unusable, OSError, and what `going_on` raises: then it is not finished.
        """
        known, new = self.all(), self.place() / f"{PREFIX}{at:%Y-%m-%dT%H%M%SZ}"
        finished = next((each.folder for each in known if each.description is not None), None)
        last = next((each for each in known if each.folder <= new), None)
        into = last.folder if last is not None and last.description is None else new
        made = back_up(self.data, into, at=at, contents=self._contents, beside=finished, going_on=going_on)
        return Backup(folder=into, description=made)

    def let_go(self, *, now: datetime) -> None:
        """Remove what is not kept, with what was begun before the newest. Raises Unusable, OSError.

        What says it was made later than now is of a clock that was wrong: it stays, and takes no other's place.
        """
        known = [each for each in self.all() if each.description is None or each.description.at <= now]
        whole = next((each.folder for each in known if each.is_whole), None)
        finished = [each for each in known if each.description is not None]
        stays = {each.folder for each in finished[: self.kept]} | {whole}
        newest = finished[0].folder if finished else None
        for each in known:
            if each.folder not in stays and newest is not None and each.folder < newest:
                # Under another name first: what is only half there never looks like a backup.
                each.folder.rename(each.folder.with_name(f"{_REMOVING}{each.folder.name}"))
        for folder in self.place().glob(f"{_REMOVING}*"):
            with suppress(FileNotFoundError):
                shutil.rmtree(folder)


def _description_of(folder: Path) -> Description | None:
    try:
        return describe(folder)
    except Unusable:
        return None
