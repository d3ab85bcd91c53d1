"""Time that counts: what is kept for so many days is kept for as many hours in which the server was at work.

No clock is believed: one that jumps ends nothing. What is counted may last longer, never shorter.
"""

from datetime import datetime, timedelta

from sqlalchemy import Connection, literal, select, update

from server.storage.tables import file, going, parked, server
from server.storage.types import Duration, Moment

COUNTED_AT_ONCE = timedelta(hours=1)
"""The most that passes from one count to the next, whatever a clock says: as long as a server that runs lets pass
between two.
"""


def whole_time(lifetime: timedelta, *, at: datetime) -> dict[str, datetime | timedelta]:
    """The columns of a parked version whose whole time is left at that moment.

    The next count may count time from before it: that much is added.
    """
    return {"expires": at + lifetime, "remaining": lifetime + COUNTED_AT_ONCE}


def count_time(connection: Connection, *, now: datetime) -> None:
    """Count the time since the last count, for whatever stays for a time that is counted."""
    counted = _counted(connection)
    passed = time_passed(counted, now)
    connection.execute(update(server).values(counted=now))
    left = parked.c.remaining - passed
    connection.execute(update(parked).values(remaining=left, expires=literal(now, Moment) + left))
    connection.execute(update(going).values(remaining=going.c.remaining - passed))
    if counted is not None:
        # What the clock has moved without counting moves the end as well: the time until then is what counts.
        moved = literal(now - counted - passed, Duration)
        # Only deleted files have one, and those are found without a look at all the others.
        to_purge = file.c.deleted.is_not(None) & file.c.purge.is_not(None)
        connection.execute(update(file).where(to_purge).values(purge=file.c.purge + moved))


def time_passed(counted: datetime | None, now: datetime) -> timedelta:
    """How much of the time since the last count counts: none backwards, and not more than passes between two counts."""
    return timedelta() if counted is None else max(timedelta(), min(now - counted, COUNTED_AT_ONCE))


def end_of(connection: Connection, span: timedelta, *, at: datetime) -> datetime:
    """When a span that begins at `at` is over, by the clock of the last count: that clock is what it is compared with.

    The next count may count time from before this moment: that much is added.
    """
    return (_counted(connection) or at) + span + COUNTED_AT_ONCE


def _counted(connection: Connection) -> datetime | None:
    counted: datetime | None = connection.execute(select(server.c.counted)).scalar_one()
    return counted
