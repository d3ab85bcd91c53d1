"""Backups that the server makes itself."""

from datetime import datetime

from fastapi import APIRouter, Request, Response
from sqlalchemy import Connection

from server.protocol.calls import BackupRun, Backups
from server.routes.bodies import answer, gives
from server.routes.calls import Here, Who, settle
from server.services.administrators import require_administrator
from server.services.outcome import Outcome

router = APIRouter(tags=["administration"])


@router.get("/backups", responses=gives(Backups))
async def list_backups(parts: Here, session: Who) -> Response:
    """Every backup that the server has made, and how far one is; for administrators of the server."""
    require_administrator(session)
    return answer(await parts.backing_up.told())


@router.post("/backups", status_code=202, responses=gives(BackupRun, 202))
async def back_up(request: Request, parts: Here, session: Who) -> Response:
    """Begin a backup, and do not wait for it; one at a time (409). For administrators of the server."""
    require_administrator(session)
    await parts.backing_up.require_usable()
    claimed: list[BackupRun] = []

    def claim(connection: Connection, now: datetime) -> Outcome[BackupRun]:
        outcome = parts.backing_up.claim(connection, session, at=now)
        claimed.append(outcome.answer)
        return outcome

    try:
        begun = await settle(request, session, None, claim, status=202)
    except BaseException:  # whatever it was, also when the caller has gone: nobody else could begin one
        if claimed:
            parts.backing_up.give_up()
        raise
    if claimed:
        parts.backing_up.begin()
    return begun
