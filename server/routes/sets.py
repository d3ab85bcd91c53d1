"""Several files as one: check out, check in, undo, delete. All of them change, or none does."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from server.protocol.calls import CheckInFiles, CheckOutFiles, DeleteFiles, FileStates, UndoCheckOuts
from server.routes.bodies import body, gives, takes
from server.routes.calls import Here, Who, settle
from server.routes.lost import forget_lost
from server.services import parking, sets

router = APIRouter(tags=["sets"], prefix="/files/set")

FILES = gives(FileStates)


@router.post("/checkout", openapi_extra=takes(CheckOutFiles), responses=FILES)
async def check_out_set(
    request: Request, session: Who, wish: Annotated[CheckOutFiles, Depends(body(CheckOutFiles))]
) -> Response:
    """Take the locks of several files of one vault, all or none."""
    return await settle(
        request, session, wish, lambda connection, now: sets.check_out_set(connection, session, wish, at=now)
    )


@router.post("/checkin", openapi_extra=takes(CheckInFiles), responses=FILES)
async def check_in_set(
    request: Request, parts: Here, session: Who, wish: Annotated[CheckInFiles, Depends(body(CheckInFiles))]
) -> Response:
    """Store the next revisions of several files, all or none. When a check-in comes too late, all content is parked."""
    await forget_lost(parts, session, {each.upload for each in wish.files})
    lifetime = timedelta(days=parts.settings.parked_days)
    return await settle(
        request,
        session,
        wish,
        lambda connection, now: parking.check_in_set_or_park(connection, session, wish, lifetime=lifetime, at=now),
    )


@router.post("/undo", openapi_extra=takes(UndoCheckOuts), responses=FILES)
async def undo_set(
    request: Request, session: Who, wish: Annotated[UndoCheckOuts, Depends(body(UndoCheckOuts))]
) -> Response:
    """Give the locks of several files back without new revisions, all or none."""
    return await settle(
        request, session, wish, lambda connection, now: sets.undo_set(connection, session, wish, at=now)
    )


@router.post("/delete", openapi_extra=takes(DeleteFiles), responses=FILES)
async def delete_set(
    request: Request, session: Who, wish: Annotated[DeleteFiles, Depends(body(DeleteFiles))]
) -> Response:
    """Free the paths of several files, all or none; their revisions stay."""
    return await settle(
        request, session, wish, lambda connection, now: sets.delete_set(connection, session, wish, at=now)
    )
