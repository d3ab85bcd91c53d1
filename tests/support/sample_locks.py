"""What the office of the sample shop has on that Thursday morning: locks, who waits, deleted files, parked versions."""

from datetime import datetime, timedelta

from pdm_desktop.core.office.topics import Tombstone, Tombstones
from server.protocol.calls import DeletedFile, Line, Lines, LockEntry, Locks, ParkedVersion, ParkedVersions, Waiter
from server.protocol.vault import Lock, Revision
from tests.support.sample import MB, NOW


def ago(**span: float) -> datetime:
    """So long before now."""
    return NOW - timedelta(**span)


LAST_OF_JAN = NOW - timedelta(days=2, hours=19)


def lock(
    path: str, holder: str, computer: str, age: timedelta, *, vault: str = "production", seen: datetime = NOW,
    edited: datetime | None = None, is_open: bool | None = False, waiting: int = 0, left: datetime | None = None,
) -> LockEntry:  # fmt: skip
    """One check-out; `seen` before now: its seat is offline since then; `left`: nobody is at it since then."""
    return LockEntry(
        vault=vault, file=path.rpartition("/")[2], path=path, online=seen == NOW, away=left, last_contact=seen,
        edited=edited, open=is_open, waiting=waiting,
        lock=Lock(locked_by=holder, seat=f"seat-{computer.lower()}", computer=computer, since=NOW - age, token=7),
    )  # fmt: skip


def _age(days: int = 0, hours: int = 0, minutes: int = 0) -> timedelta:
    return timedelta(days=days, hours=hours, minutes=minutes)


LOCKS = Locks(locks=[
    lock("Hydraulics/2210-fixture-plate.sldprt", "Jan Kowalski", "CAM-03", _age(3, 2), seen=LAST_OF_JAN,
         edited=LAST_OF_JAN, waiting=1),
    lock("Tombstones/tombstone-4.sldasm", "Jan Kowalski", "CAM-03", _age(2, 23), vault="fixtures", seen=LAST_OF_JAN,
         edited=LAST_OF_JAN),
    lock("Medical/6020-plate-op30.mcam", "Priya Shah", "CAM-05", _age(1, 4), left=ago(minutes=25), is_open=False),
    lock("endmills.tooldb", "Mei Tanaka", "CAM-01", _age(0, 22), vault="tools", edited=ago(minutes=11), waiting=2),
    lock("Aerospace/4502-housing-op20.mcam", "Luca Ferri", "CAM-06", _age(0, 3, 50), edited=ago(minutes=2),
         is_open=True),
    lock("Aerospace/4502-housing.sldprt", "Anna Novak", "CAD-04", _age(0, 2, 40), edited=ago(minutes=9)),
    lock("Hydraulics/2210-block-op10.mcam", "Tomas Ruiz", "CAM-07", _age(0, 2, 14), edited=ago(minutes=20), waiting=2),
    lock("Hydraulics/2210-block-op20.mcam", "Sam Becker", "CAM-02", _age(0, 1, 5), edited=ago(minutes=4)),
    lock("Hydraulics/2210-block-op20.nc", "Sam Becker", "CAM-02", _age(0, 1, 5), edited=ago(minutes=4)),
    lock("Hydraulics/2210-block.sldprt", "Sam Becker", "CAM-02", _age(0, 0, 41)),
    lock("Hydraulics/2210-block.sldasm", "Anna Novak", "CAD-04", _age(0, 0, 26), edited=ago(minutes=9)),
])  # fmt: skip
LINES = Lines(lines=[
    Line(vault="production", file="2210-fixture-plate.sldprt", path="Hydraulics/2210-fixture-plate.sldprt",
         waiters=[Waiter(person="Anna Novak", since=ago(days=1, hours=2))]),
    Line(vault="tools", file="endmills.tooldb", path="endmills.tooldb",
         waiters=[Waiter(person="Luca Ferri", since=ago(minutes=80)),
                  Waiter(person="Priya Shah", since=ago(minutes=35))]),
])  # fmt: skip


def stone(
    path: str, by: str, at: datetime, *, vault: str = "production", purge: datetime | None = None, parked: int = 0
) -> Tombstone:
    """One deleted file."""
    head = Revision(major=2, minor=1, size=round(12.4 * MB), hash="3" * 64, author="Mei Tanaka", at=ago(days=40))
    return Tombstone(vault=vault, file=DeletedFile(
        id=path.rpartition("/")[2], path=path, head=head, deleted_by=by, deleted_at=at, purge=purge, parked=parked
    ))  # fmt: skip


DELETED = Tombstones(files=[
    stone("Aerospace/4471 Bracket/4471-bracket-old.sldprt", "Anna Novak", ago(days=3)),
    stone("Hydraulics/2204 End cap/2204-cap-test.nc", "Tomas Ruiz", ago(days=9), purge=NOW + timedelta(days=21)),
    stone("Prototypes/knob.mcam", "Mei Tanaka", ago(days=61), purge=ago(hours=3), parked=1),
    stone("Tombstones/tombstone-2.sldasm", "Luca Ferri", ago(days=2), vault="fixtures"),
])  # fmt: skip


def parked(one: str, path: str, person: str, computer: str, at: datetime, reason: str, size: float) -> ParkedVersion:
    """One parked version."""
    return ParkedVersion(
        id=one, vault="production", file=path.rpartition("/")[2], path=path, person=person, base="3.8",
        size=round(size * MB), hash="1" * 64, at=at, expires=at + timedelta(days=90), reason=reason, computer=computer,
    )  # fmt: skip


ALL_PARKED = ParkedVersions(parked=[
    parked("p1", "Hydraulics/2210-block-op20.mcam", "Sam Becker", "CAM-02", ago(minutes=8), "not_yours", 131.2),
    parked("p2", "Medical/6020-plate-op30.mcam", "Priya Shah", "CAM-05", ago(days=2), "old_base", 35.9),
])  # fmt: skip
