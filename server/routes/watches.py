"""What I watch, and what I want to hear of."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from server.protocol.calls import AddWatch, ChooseHearing, Hearing, Watch
from server.routes.bodies import body, gives, takes
from server.routes.calls import PathId, Who, settle
from server.services import hearing, watches

router = APIRouter(tags=["watches"])


@router.put("/watches", openapi_extra=takes(AddWatch), responses=gives(Watch))
async def add_watch(request: Request, session: Who, wish: Annotated[AddWatch, Depends(body(AddWatch))]) -> Response:
    """Watch a file, or everything below a folder."""
    return await settle(
        request, session, wish, lambda connection, now: watches.add_watch(connection, session, wish, at=now)
    )


@router.delete("/watches/{watch}", status_code=204, responses=gives(None, 204))
async def drop_watch(watch: PathId, request: Request, session: Who) -> Response:
    """Watch it no longer."""
    return await settle(
        request, session, None, lambda connection, now: watches.drop_watch(connection, session, watch, at=now)
    )


@router.put("/session/hearing", openapi_extra=takes(ChooseHearing), responses=gives(Hearing))
async def choose_hearing(
    request: Request, session: Who, wish: Annotated[ChooseHearing, Depends(body(ChooseHearing))]
) -> Response:
    """Choose what I want to hear of, and my quiet hours, for all my seats."""
    return await settle(
        request, session, wish, lambda connection, now: hearing.choose_hearing(connection, session, wish, at=now)
    )
