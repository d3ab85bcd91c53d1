"""My personal messages."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from server.protocol.calls import Acknowledge, Inbox, InboxEntry
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


@router.post("/inbox/{number}/acknowledge", responses=gives(InboxEntry))
async def acknowledge_message(
    request: Request, session: Who, number: Annotated[int, Path(ge=0, le=2**53)]
) -> Response:  # fmt: skip
    """I have understood a message of an administrator."""
    return await settle(
        request,
        session,
        None,
        lambda connection, now: inbox.acknowledge_message(connection, session, number, at=now),
    )
