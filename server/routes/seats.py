"""Everybody's seats, for administrators of the server."""

from fastapi import APIRouter, Request, Response

from server.protocol.calls import SeatsOfAll
from server.routes.bodies import answer, gives
from server.routes.calls import Here, PathId, Who, settle
from server.services import seats
from server.services.seats import Connected

router = APIRouter(tags=["people"])


@router.get("/seats", responses=gives(SeatsOfAll))
async def list_seats_of_all(parts: Here, session: Who) -> Response:
    """All seats, and the browsers that are signed in; for administrators of the server."""
    last = {contact.seat: at for contact, at in parts.contacts.unwritten().items() if contact.seat is not None}
    here, now = parts.presence, parts.clock()
    connected = Connected(sessions=here.sessions_online(), last=last, away=here.away)
    found = await parts.store.read(
        lambda connection: seats.list_seats_of_all(connection, session, connected=connected, now=now)
    )
    return answer(SeatsOfAll(newest=parts.releases.newest, seats=found))


@router.delete("/seats/{seat}", status_code=204, responses=gives(None, 204))
async def end_seat_of(seat: PathId, request: Request, session: Who) -> Response:
    """End the sessions of somebody's seat, or of a browser; for administrators of the server."""
    return await settle(
        request, session, None, lambda connection, now: seats.end_seat_of(connection, session, seat, at=now)
    )
