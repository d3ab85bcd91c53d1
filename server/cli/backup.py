"""`backup` and `restore`: a copy of the data folder while the server goes on, and the way back."""

import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from server.cli.folder import hold
from server.cli.trouble import Exit, Trouble
from server.config import Config
from server.domain.errors import ContentsAway
from server.storage.backup import BLOBS, DESCRIPTION, Copied, Unusable, back_up, describe
from server.storage.backup import restore as bring_back
from server.storage.blobs import Blobs
from server.storage.contents import contents_in
from server.storage.lacking import Lacking

Say = Callable[[str], None]

NAMED = 20
"""So many of the revisions that are lacking are named one by one: of a lost disk there may be very many."""


def require_file(config: Config) -> None:
    """Raises Trouble where the database is no file that these commands could copy."""
    if config.database_url:
        raise Trouble(
            "Nothing was done: the database of this server is in PostgreSQL (database_url), and this command copies a"
            " data folder with its SQLite file. Use pg_dump and pg_restore, and copy the contents beside it:"
            " docs/server.md says how, under “PostgreSQL”."
        )


def backup(config: Config, into: Path, *, quick: bool, say: Say) -> Exit:
    """Copy the data folder, whether its server runs or not; LACKING when it has lost contents. Raises Trouble."""
    data, into = config.data.resolve(), into.resolve()
    if into.is_relative_to(data):
        raise Trouble(f"{into} lies in the data folder itself. Choose a folder elsewhere, best on another disk.")
    copied: list[Copied] = []
    try:
        made = back_up(data, into, at=datetime.now(UTC), contents=_bucket_of(config), quick=quick, copied=copied.append)
    except Unusable as error:
        raise Trouble(f"Not backed up: {error} Choose another folder, or check --data.") from error
    except ContentsAway as error:
        raise Trouble(
            f"Not backed up: {error.why} Start the command again when it can be reached; it goes on."
        ) from error
    except (OSError, sqlite3.Error) as error:
        raise Trouble(f"Not backed up: {error}. Put that right and start the command again; it goes on.") from error
    say(
        f"{into} is a backup of {made.at:%Y-%m-%d %H:%M} UTC: {made.contents:,} contents, {made.bytes / 1e6:,.1f} MB;"
        f" {len(copied):,} of them ({sum(each.size for each in copied) / 1e6:,.1f} MB) are new there."
    )
    if quick:
        say(f"The other {made.contents - len(copied):,} were there already and compared by their size alone.")
    _say_damaged(into, copied, say)
    if not made.lacks:
        return Exit.DONE
    say("The disk of this server has lost or damaged contents that no earlier backup in that folder has:")
    _say_lacking(made.lacks, into, say)
    say(f"{_healing(config)} Then start the backup again, and please look after that disk.")
    say(f"The backup was made, but it lacks {len(made.lacks):,} contents; all of them are named in its {DESCRIPTION}.")
    return Exit.LACKING


def restore(config: Config, backup_folder: Path, *, say: Say) -> Exit:
    """Bring a backup back. The server must not run; LACKING when the backup lacks contents. Raises Trouble."""
    data, backup_folder = config.data.resolve(), backup_folder.resolve()
    copied: list[Copied] = []
    lacks: list[Lacking] = []

    def warn(lacking: list[Lacking]) -> None:
        lacks.extend(lacking)
        say(f"{backup_folder} lacks contents that its server had lost when it was made, and {data} has not either:")
        _say_lacking(lacking, backup_folder, say)
        say("All others are restored now.")

    try:
        describe(backup_folder)  # before a data folder is made for nothing
        with hold(data):
            made = bring_back(
                backup_folder,
                data,
                at=datetime.now(UTC),
                contents=_bucket_of(config),
                lacking=warn,
                copied=copied.append,
            )
    except Unusable as error:
        raise Trouble(f"Not restored, and nothing has changed: {error} Choose another backup.") from error
    except ContentsAway as error:
        raise Trouble(f"Not restored: {error.why} The database is as before; start again when it is.") from error
    except (OSError, sqlite3.Error) as error:
        raise Trouble(f"Not restored: {error}. The database is as before; put that right and start again.") from error
    say(
        f"{data} is as it was on {made.at:%Y-%m-%d %H:%M} UTC. What was there before is in its folder “replaced-…”,"
        " and no content of it goes before you remove that folder. Seats read everything anew, and keep what this"
        " server does not have."
    )
    _say_damaged(data, copied, say)
    if not lacks:
        return Exit.DONE
    say(f"What is lacking cannot be downloaded. {_healing(config)}")
    say(
        f"The backup was restored, but {len(lacks):,} contents are lacking; all of them are named in"
        f" {backup_folder / DESCRIPTION}."
    )
    return Exit.LACKING


def _say_damaged(folder: Path, copied: list[Copied], say: Say) -> None:
    damaged = sum(each.was_damaged for each in copied)
    if damaged:
        say(f"{damaged:,} contents were damaged in {folder} and are whole again. Please look after its disk.")


def _healing(config: Config) -> str:
    where = config.data.resolve() / BLOBS if config.bucket is None else f"the prefix of the bucket {config.bucket}"
    return (
        "Each is whole again as soon as somebody checks the same content in (surely up to 64 MiB), or when you copy its"
        f" file from an older backup to the same place below {where}."
    )


def _bucket_of(config: Config) -> Blobs | None:
    """The contents, unless they are in the data folder itself."""
    return None if config.bucket is None else contents_in(config.data, config.bucket)


def _say_lacking(lacks: list[Lacking], backup_folder: Path, say: Say) -> None:
    lines = [
        f"- {where}: content {each.hash} is {each.why}."
        for each in lacks
        for where in each.where or ["No revision yet"]
    ]
    for line in lines[:NAMED]:
        say(line)
    if len(lines) > NAMED:
        say(f"… and {len(lines) - NAMED:,} more; all are in {backup_folder / DESCRIPTION}.")
