"""Files, locks and revisions for tests of rules, with everything that does not matter filled in."""

from datetime import UTC, datetime, timedelta, timezone

from pdm_desktop.core.copies import LocalCopy
from server.protocol.events import FileLocked, FileUnlocked
from server.protocol.vault import File, Lock, Revision, UnlockReason

BERLIN = timezone(timedelta(hours=2))
NOW = datetime(2026, 6, 18, 14, 30, tzinfo=BERLIN)
"""A Thursday afternoon, where the summer is two hours before UTC."""


def revision(number: str = "1.0", *, size: int = 100, digest: str = "0" * 64) -> Revision:
    major, _, minor = number.partition(".")
    return Revision(
        major=int(major),
        minor=int(minor),
        size=size,
        hash=digest,
        author="Mei Tanaka",
        at=datetime(2026, 6, 1, tzinfo=UTC),
    )


def lock(person: str = "Tomas Ruiz", *, seat: str = "seat-7", message: str | None = None, token: int = 1) -> Lock:
    return Lock(
        locked_by=person,
        seat=seat,
        computer="CAM-07",
        since=datetime(2026, 6, 18, 8, 16, tzinfo=UTC),
        token=token,
        message=message,
    )


def file(id_: str = "f1", path: str = "Jobs/plate.nc", *, number: str = "1.0", held: Lock | None = None) -> File:
    return File(id=id_, path=path, head=revision(number), lock=held)


def copy(base: tuple[int, int] = (1, 0), *, edited: bool = False) -> LocalCopy:
    return LocalCopy(base=base, path="/somewhere/plate.nc", edited=edited)


def locked(
    path: str = "Jobs/plate.nc",
    *,
    person: str = "Tomas Ruiz",
    id_: str = "f1",
    message: str | None = None,
    before: str | None = None,
) -> FileLocked:
    return FileLocked(
        file=id_,
        path=path,
        filename=path.rpartition("/")[2],
        locked_by=person,
        seat="seat-7",
        computer="CAM-07",
        since=datetime(2026, 6, 18, 8, 16, tzinfo=UTC),
        token=1,
        message=message,
        from_=before,
    )


def unlocked(
    path: str = "Jobs/plate.nc",
    *,
    person: str = "Tomas Ruiz",
    id_: str = "f1",
    why: UnlockReason = "undone",
    number: str | None = None,
) -> FileUnlocked:
    return FileUnlocked(
        file=id_,
        path=path,
        filename=path.rpartition("/")[2],
        by=person,
        why=why,
        revision=revision(number) if number else None,
    )
