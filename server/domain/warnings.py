"""What of a server needs somebody, in words."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from server.protocol.calls import Disk, ServerState

LEAST_FREE: Final = 0.1
"""Share of a disk that should be free."""
BEFORE_END: Final = timedelta(days=30)
"""So long before its end a certificate should be renewed."""
IN_POSTGRES: Final = (
    "The database is in PostgreSQL, and its backups are made there. Be sure that somebody makes them, and copies the"
    " contents as well."
)
BACKUP_DUE: Final = timedelta(days=7)


def warnings_of(state: ServerState, *, makes_backups: bool, has_file: bool = True, open_gitlab: str = "") -> list[str]:
    """Everything that needs somebody, the most urgent first. `makes_backups`: it has a folder for them; `has_file`: its
    database is a file, of which it could make one.

    `open_gitlab`: what people call the GitLab all of whose accounts come in; empty: there is no such one.
    """
    found = [text for disk in state.disks if (text := _of_disk(disk))]
    found += _of_certificate(state.certificate_ends, state.now)
    found += _of_backup(state, makes_backups=makes_backups) if has_file else [IN_POSTGRES]
    return [*found, *_of_seats(state), *_of_gitlab(open_gitlab)]


def _of_disk(disk: Disk) -> str | None:
    if disk.free is None or disk.total is None:
        return f"The disk of the {disk.what}, {disk.folder}, cannot be reached. Connect it, or correct the setting."
    if disk.free >= LEAST_FREE * disk.total:
        return None
    return (
        f"The disk of the {disk.what} is nearly full: {_size(disk.free)} of {_size(disk.total)} are free. Make room"
        " there; nothing can be checked in on a full disk."
    )


def _of_certificate(ends: datetime | None, now: datetime) -> Iterator[str]:
    if ends is None or ends - now > BEFORE_END:
        return
    if ends <= now:
        yield f"The certificate for HTTPS ended on {_day(ends)}. Seats do not connect before there is a new one."
    else:
        left = _days((ends - now).days)
        yield f"The certificate for HTTPS ends on {_day(ends)}, in {left}. Put a new one in its place before that."


def _of_backup(state: ServerState, *, makes_backups: bool) -> Iterator[str]:
    if not makes_backups:
        yield (
            "This server makes no backups itself. Set backup_folder and backup_hours, or be sure that somebody runs"
            " the command."
        )
    elif state.last_backup is None:
        yield "There is no backup yet. Make one."
    elif state.now - state.last_backup > BACKUP_DUE:
        age = _days((state.now - state.last_backup).days)
        yield f"The last backup was made on {_day(state.last_backup)}, {age} ago. Make one, and look why none was made."


def _of_seats(state: ServerState) -> Iterator[str]:
    older = sum(each.seats for each in state.seats if each.older)
    if older:
        seats = "1 seat is" if older == 1 else f"{older:,} seats are"
        yield f"{seats} older than {state.newest_client}, the newest that this server knows of. Update them."


def _size(count: int) -> str:
    """Decimal units, as disks are sold."""
    return f"{count / 1e12:.1f} TB" if count >= 1e12 else f"{count / 1e9:.1f} GB"


def _day(moment: datetime) -> str:
    return f"{moment.day} {moment:%b %Y}"


def _days(count: int) -> str:
    return "1 day" if count == 1 else f"{count:,} days"


def _of_gitlab(host: str) -> Iterator[str]:
    if host:
        yield (
            f"Whoever has an account at GitLab ({host}) comes in here. If some of them are not people of yours, set"
            " gitlab_group or gitlab_project on the server, and look through the list of people."
        )
