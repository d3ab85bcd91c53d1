"""Contents that one of several nodes is removing: nobody stores one before its removal is known to be over.

A process may stand still between its last look and the removal, for however long, and go on. So it writes down first
what it removes, where nobody refers to that, and only who knows that this process removes nothing any more may take
the rows away: itself, or the next process at the same place. A place to which nobody comes back is given up by counted
time.
"""

from collections.abc import Collection
from datetime import timedelta

from sqlalchemy import ColumnElement, Connection, delete, insert, or_, select, true

from server.domain.errors import NotReady
from server.services.counting import COUNTED_AT_ONCE
from server.storage.gate import Process
from server.storage.tables import going

GIVEN_UP = timedelta(hours=24)
"""A process that has stood still for so long, as counted while others were at work, has ended."""
RETRY_SECONDS = 5.0


def enter(connection: Connection, hashes: Collection[str], *, by: Process) -> None:
    """Write down that these are removed from now on; nothing may refer to them."""
    known = set(connection.execute(select(going.c.hash).where(going.c.hash.in_(hashes))).scalars())
    left = GIVEN_UP + COUNTED_AT_ONCE
    rows = [{"hash": each, "node": by.node, "place": by.place, "remaining": left} for each in set(hashes) - known]
    if rows:
        connection.execute(insert(going), rows)


def leave(connection: Connection, hashes: Collection[str], *, by: Process) -> None:
    """These are removed, by us, and nobody has stored one meanwhile."""
    connection.execute(delete(going).where(going.c.hash.in_(hashes), going.c.node == by.node))


def require_staying(connection: Connection, content_hash: str) -> None:
    """Raises NotReady for content that may be removed at any moment, also after it was stored again."""
    if connection.execute(select(going.c.hash).where(going.c.hash == content_hash)).first() is not None:
        raise NotReady(
            "The server is just removing an old copy of this very content. Nothing is lost; please send it again in a"
            " moment.",
            retry_after=RETRY_SECONDS,
        )


def is_anything_left(connection: Connection, *, by: Process | None) -> bool:
    """Whether there are rows whose removal is over, for who removes nothing at this moment."""
    return connection.execute(select(going.c.hash).where(_is_over(by)).limit(1)).first() is not None


def forget_left(connection: Connection, *, by: Process | None) -> None:
    """Let go of what was left. The bytes that are there still are like any that nobody has written down.

    For who has closed the gate and removes nothing at this moment: nobody has stored such content and not said so yet.
    """
    connection.execute(delete(going).where(_is_over(by)))


def _is_over(by: Process | None) -> ColumnElement[bool]:
    """Of ourselves, of a process that ran where we do and has ended; of all where there is nobody else."""
    if by is None:
        return true()
    return or_(going.c.node == by.node, going.c.place == by.place, going.c.remaining <= timedelta())
