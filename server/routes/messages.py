"""Messages of administrators to one person or all."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from server.protocol.calls import Receipts, SendMessage, SentMessage, SentMessages
from server.routes.bodies import answer, body, gives, takes
from server.routes.calls import Here, PathId, Who, settle
from server.services import messages

router = APIRouter(tags=["messages"])


@router.get("/messages", responses=gives(SentMessages))
async def list_messages(parts: Here, session: Who, cursor: str | None = None) -> Response:
    """What was told to people, the newest first; for administrators of the server."""
    return answer(await parts.store.read(lambda connection: messages.list_messages(connection, session, cursor=cursor)))


@router.post("/messages", status_code=201, openapi_extra=takes(SendMessage), responses=gives(SentMessage, 201))
async def send_message(
    request: Request, session: Who, wish: Annotated[SendMessage, Depends(body(SendMessage))]
) -> Response:
    """Tell one person, or everybody who may sign in; for administrators of the server."""
    return await settle(
        request,
        session,
        wish,
        lambda connection, now: messages.send_message(connection, session, wish, at=now),
        status=201,
    )


@router.get("/messages/{message}", responses=gives(Receipts))
async def receipts(parts: Here, session: Who, message: PathId) -> Response:
    """Who got a message, and who has acknowledged it; for administrators of the server."""
    return answer(await parts.store.read(lambda connection: messages.receipts_of(connection, session, message)))
