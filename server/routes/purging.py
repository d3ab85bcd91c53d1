"""Deleted files that go for good: the wish, and another thought."""

from datetime import timedelta

from fastapi import APIRouter, Request, Response

from server.protocol.calls import Purge
from server.routes.bodies import gives
from server.routes.calls import Here, PathId, Who, settle
from server.services import purging

router = APIRouter(tags=["files"])


@router.post("/files/{file}/purge", responses=gives(Purge))
async def purge(file: PathId, request: Request, parts: Here, session: Who) -> Response:
    """Have a deleted file and all its revisions removed, `purge_days` from now; for administrators of its vault."""
    delay = timedelta(days=parts.settings.purge_days)
    return await settle(
        request,
        session,
        None,
        lambda connection, now: purging.ask_purge(connection, session, file, delay=delay, at=now),
    )


@router.delete("/files/{file}/purge", responses=gives(Purge))
async def keep(file: PathId, request: Request, session: Who) -> Response:
    """Do not purge it after all; for administrators of its vault."""
    return await settle(
        request, session, None, lambda connection, now: purging.keep_file(connection, session, file, at=now)
    )
