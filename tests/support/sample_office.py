"""What the server's office may answer in the sample shop."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from server.protocol.calls import (
    Contended,
    Dashboard,
    Happening,
    Hearing,
    InboxEntry,
    Line,
    LockEntry,
    MyLists,
    Present,
    Request,
    SeatTroubles,
    Waiter,
    Watch,
    What,
    Wholes,
)
from server.protocol.events import Troubles
from server.protocol.vault import Lock
from tests.support import sample
from tests.support.sample import FOLDER, NOW


def held(file: str, path: str, lock: Lock, **more: Any) -> LockEntry:
    """One lock, as the server lists it."""
    online = lock.locked_by in sample.ONLINE
    contact = NOW if online else NOW - timedelta(days=2, hours=19)
    vault = next((each.vault for each in sample.ELSEWHERE if each.file == file), "production")
    away = sample.AWAY.get(lock.locked_by)
    return LockEntry(
        vault=vault, file=file, path=path, lock=lock, online=online, away=away, last_contact=contact, **more
    )


def my_lists(
    *,
    requests: Sequence[Request] = (),
    lines: Sequence[Line] = (),
    watches: Sequence[Watch] = (),
    hearing: Hearing | None = None,
    messages: Sequence[InboxEntry] = (),
) -> MyLists:
    """What concerns one person alone; nothing that is not named."""
    return MyLists(
        requests=list(requests),
        lines=list(lines),
        watches=list(watches),
        hearing=hearing or Hearing(rule="all", quiet=[], at=NOW),
        messages=list(messages),
    )


LOCKS = sorted(
    (
        *(
            held(file.id, file.path, file.lock, open=True, edited=NOW - timedelta(minutes=4))
            for file in sample.FILES
            if file.lock
        ),
        *(held(each.file, each.path, each.lock) for each in sample.ELSEWHERE),
    ),
    key=lambda each: each.lock.since,
)
"""Every lock, the oldest first."""


def _here(person: str, computer: str, *, check_outs: int, hour: int = 0, minute: int = 0) -> Present:
    online = person in sample.ONLINE
    since = NOW.replace(hour=hour, minute=minute) if online else NOW - timedelta(days=2, hours=19)
    away = sample.AWAY.get(person)
    return Present(person=person, computer=computer, online=online, away=away, since=since, check_outs=check_outs)


def _line(vault: str, file: str, path: str, *waiters: tuple[str, float]) -> Line:
    return Line(
        vault=vault,
        file=file,
        path=path,
        waiters=[Waiter(person=person, since=NOW - timedelta(minutes=minutes)) for person, minutes in waiters],
    )


def _did(what: What, by: str, path: str, minutes: float, number: str | None = None, more: int = 0) -> Happening:
    return Happening(
        vault="production",
        at=NOW - timedelta(minutes=minutes),
        what=what,
        by=by,
        path=path,
        file=path.rpartition("/")[2],
        number=number,
        more=more,
    )


DASHBOARD = Dashboard(
    people=7,
    online=6,
    check_outs=len(LOCKS),
    held_offline=sum(not each.online for each in LOCKS),
    waiters=5,
    awaited=3,
    check_ins=14,
    hours=[0, 3, 4, 2, 5, 6, 3, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 4, 7, 5, 3],
    active=LOCKS[::-1][:8],
    oldest=LOCKS[:4],
    here=[
        _here("Anna Novak", "CAD-04", check_outs=2, hour=7, minute=31),
        _here("Luca Ferri", "CAM-06", check_outs=1, hour=8, minute=10),
        _here("Mei Tanaka", "CAM-01", check_outs=1, hour=6, minute=48),
        _here("Priya Shah", "CAM-05", check_outs=1, hour=7, minute=55),
        _here("Sam Becker", "CAM-02", check_outs=3, hour=7, minute=2),
        _here("Tomas Ruiz", "CAM-07", check_outs=1, hour=6, minute=55),
        _here("Jan Kowalski", "CAM-03", check_outs=2),
    ],
    lines=[
        _line("production", "2210-fixture-plate.sldprt", f"{FOLDER}/2210-fixture-plate.sldprt", ("Anna Novak", 1560)),
        _line("tools", "x5", "endmills.tooldb", ("Luca Ferri", 80), ("Priya Shah", 35)),
        _line(
            "production",
            "2210-block-op10.mcam",
            f"{FOLDER}/2210-block-op10.mcam",
            ("Sam Becker", 12),
            ("Mei Tanaka", 4),
        ),
    ],
    happenings=[
        _did("checked_out", "Anna Novak", f"{FOLDER}/2210-block.sldasm", 26),
        _did("checked_in", "Priya Shah", f"{FOLDER}/2210-cover-op10.mcam", 45, "3.0"),
        _did("checked_in", "Priya Shah", f"{FOLDER}/2210-cover.sldprt", 47, "4.1"),
        _did("checked_out", "Sam Becker", f"{FOLDER}/2210-block-op20.mcam", 65, more=1),
        _did("checked_out", "Tomas Ruiz", f"{FOLDER}/2210-block-op10.mcam", 134),
        _did("added", "Mei Tanaka", "endmills-2027.tooldb", 190),
        _did("moved", "Luca Ferri", "Prototypes/4471-jig.sldprt", 1200),
    ],
    contended=[
        Contended(vault="production", file=name, path=f"{FOLDER}/{name}", waits=waits)
        for name, waits in (
            ("2210-block-op10.mcam", 14),
            ("endmills.tooldb", 11),
            ("4502-housing.sldasm", 6),
            ("2210-block.sldasm", 5),
            ("jaw-blank.sldprt", 3),
        )
    ],
    troubles=[
        SeatTroubles(
            person="Jan Kowalski",
            computer="CAM-03",
            online=False,
            last_contact=NOW - timedelta(days=2, hours=19),
            troubles=Troubles(decisions=1, stopped=2),
        ),
        SeatTroubles(
            person="Mei Tanaka", computer="CAM-01", online=True, last_contact=NOW, troubles=Troubles(full=True)
        ),
    ],
    wholes=Wholes(active=8, here=7, waiting=5, contended=5, troubles=2),
)
"""How it stands with the shop at 10:42."""
