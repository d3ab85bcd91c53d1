"""Who holds what."""

from fastapi import APIRouter, Response

from server.protocol.calls import LockEntry, Locks
from server.routes.bodies import answer, gives
from server.routes.calls import Here, Who
from server.routes.parts import Presence
from server.services import listing
from server.services.listing import Held

router = APIRouter(tags=["locks"])


@router.get("/locks", responses=gives(Locks))
async def locks(
    parts: Here,
    session: Who,
    vault: str | None = None,
    mine: bool = False,
    file: str | None = None,
    cursor: str | None = None,
) -> Response:
    """The locks of one vault or of all that I may read, or only mine, or that of one file."""
    held, more = await parts.store.read(
        lambda connection: listing.held_files(
            connection, session, vault_id=vault, mine=mine, cursor=cursor, file_id=file
        )
    )
    return answer(Locks(locks=[entry(parts.presence, each) for each in held], cursor=more))


def entry(presence: Presence, held: Held) -> LockEntry:
    """One lock with what is known of its holder and of the work on it."""
    report = presence.reported(held.file)
    return LockEntry(
        vault=held.vault,
        file=held.file,
        path=held.path,
        lock=held.lock,
        online=presence.online(held.lock.seat),
        away=presence.away(held.lock.seat),
        last_contact=held.last_contact,
        waiting=held.waiting,
        edited=None if report is None else report.edited,
        open=None if report is None else report.open,
    )
