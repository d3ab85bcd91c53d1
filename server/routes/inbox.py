"""My personal messages."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from server.protocol.calls import Acknowledge, Inbox
from server.routes.bodies import answer, body, gives, takes
from server.routes.calls import Here, Who, settle
from server.services import inbox

router = APIRouter(tags=["inbox"])


@router.get("/inbox", responses=gives(Inbox))
async def read_inbox(parts: Here, session: Who, since: Annotated[int, Query(ge=0, le=2**53)] = 0) -> Response:
    """My messages after a number, the oldest first."""
    return answer(await parts.store.read(lambda connection: inbox.read_inbox(connection, session, since=since)))


@router.post("/inbox/acknowledge", openapi_extra=takes(Acknowledge), responses=gives(Inbox))
async def acknowledge(
    request: Request, session: Who, wish: Annotated[Acknowledge, Depends(body(Acknowledge))]
) -> Response:
    """I have seen my messages up to a number."""
    return await settle(request, session, wish, lambda connection, _: inbox.acknowledge(connection, session, wish))
