"""`backup` and `restore`: a copy of the data folder while the server goes on, and the way back."""

import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from server.cli.folder import hold
from server.cli.trouble import Trouble
from server.storage.backup import Copied, Unusable, back_up, describe
from server.storage.backup import restore as bring_back

Say = Callable[[str], None]


def backup(data: Path, into: Path, *, quick: bool, say: Say) -> None:
    """Copy the data folder, whether its server runs or not. Raises Trouble."""
    data, into = data.resolve(), into.resolve()
    if into.is_relative_to(data):
        raise Trouble(f"{into} lies in the data folder itself. Choose a folder elsewhere, best on another disk.")
    copied: list[Copied] = []
    try:
        made = back_up(data, into, at=datetime.now(UTC), quick=quick, copied=copied.append)
    except Unusable as error:
        raise Trouble(f"Not backed up: {error} Choose another folder, or check --data.") from error
    except (OSError, sqlite3.Error) as error:
        raise Trouble(f"Not backed up: {error}. Put that right and start the command again; it goes on.") from error
    say(
        f"{into} is a backup of {made.at:%Y-%m-%d %H:%M} UTC: {made.contents:,} contents, {made.bytes / 1e6:,.1f} MB;"
        f" {len(copied):,} of them ({sum(each.size for each in copied) / 1e6:,.1f} MB) are new there."
    )
    if quick:
        say(f"The other {made.contents - len(copied):,} were there already and compared by their size alone.")
    _say_damaged(into, copied, say)


def restore(data: Path, backup_folder: Path, *, say: Say) -> None:
    """Bring a backup back. The server must not run. Raises Trouble."""
    data, backup_folder = data.resolve(), backup_folder.resolve()
    copied: list[Copied] = []
    try:
        describe(backup_folder)  # before a data folder is made for nothing
        with hold(data):
            made = bring_back(backup_folder, data, at=datetime.now(UTC), copied=copied.append)
    except Unusable as error:
        raise Trouble(f"Not restored, and nothing has changed: {error} Choose another backup.") from error
    except (OSError, sqlite3.Error) as error:
        raise Trouble(f"Not restored: {error}. The database is as before; put that right and start again.") from error
    say(
        f"{data} is as it was on {made.at:%Y-%m-%d %H:%M} UTC. What was there before is in its folder “replaced-…”,"
        " and no content of it goes before you remove that folder. Seats read everything anew, and keep what this"
        " server does not have."
    )
    _say_damaged(data, copied, say)


def _say_damaged(folder: Path, copied: list[Copied], say: Say) -> None:
    damaged = sum(each.was_damaged for each in copied)
    if damaged:
        say(f"{damaged:,} contents were damaged in {folder} and are whole again. Please look after its disk.")
