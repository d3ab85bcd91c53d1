"""Parked versions: list, look, fetch, check in from one, drop."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from sqlalchemy import Connection

from server.domain.session import Session
from server.protocol.calls import CheckInParked, FileState, ParkedVersion, ParkedVersions
from server.routes.bodies import answer, body, gives, takes
from server.routes.calls import Here, PathId, Who, settle
from server.routes.content import BYTES, serve
from server.services import parking
from server.storage.blobs import Content

router = APIRouter(tags=["parked"])


@router.get("/parked", responses=gives(ParkedVersions))
async def parked_versions(
    parts: Here,
    session: Who,
    everybodys: Annotated[bool, Query(alias="all")] = False,
    cursor: Annotated[str | None, Query(max_length=64)] = None,
) -> Response:
    """My parked versions, the newest first; with `all` everybody's, of the vaults that I administer."""
    return answer(
        await parts.store.read(
            lambda connection: parking.parked_versions(connection, session, everybodys=everybodys, cursor=cursor)
        )
    )


@router.get("/parked/{parked}", responses=gives(ParkedVersion))
async def parked_version(parked: PathId, parts: Here, session: Who) -> Response:
    """One parked version of mine; for administrators of its vault, anybody's."""
    return answer(await parts.store.read(lambda connection: parking.parked_version(connection, session, parked)))


@router.head("/parked/{parked}/content", include_in_schema=False)
@router.get("/parked/{parked}/content", responses=BYTES)
async def parked_content(parked: PathId, request: Request, parts: Here, session: Who) -> Response:
    """A parked version's bytes; a single range if asked for."""
    found = await parts.store.read(lambda connection: parking.parked_version(connection, session, parked))

    def may_read(connection: Connection, known: Session) -> object:
        return parking.parked_version(connection, known, parked)

    return await serve(request, parts, session, may_read, found.path, Content(size=found.size, hash=found.hash))


@router.post("/parked/{parked}/checkin", openapi_extra=takes(CheckInParked), responses=gives(FileState))
async def check_in_parked(
    parked: PathId,
    request: Request,
    parts: Here,
    session: Who,
    wish: Annotated[CheckInParked, Depends(body(CheckInParked))],
) -> Response:
    """Store a parked version as the next revision of its file, which I hold."""
    content = await parts.store.read(lambda connection: parking.content_of(connection, parked))
    is_here = content is not None and await asyncio.to_thread(parts.blobs.has, content)
    return await settle(
        request,
        session,
        wish,
        lambda connection, now: parking.check_in_parked(connection, session, parked, wish, is_here=is_here, at=now),
    )


@router.delete("/parked/{parked}", status_code=204)
async def drop_parked(parked: PathId, request: Request, session: Who) -> Response:
    """Keep a parked version of mine no longer."""
    return await settle(
        request, session, None, lambda connection, now: parking.drop_parked(connection, session, parked, at=now)
    )
