"""A file goes from one person to another: ask for it, answer, wait in line, hand over, take away."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request, Response

from server.protocol import calls
from server.protocol.calls import (
    AskForFile,
    FileState,
    ForceRelease,
    HandedOver,
    KeepFile,
    Line,
    Lines,
    TransferFile,
)
from server.routes.bodies import answer, body, gives, takes
from server.routes.calls import Here, PathId, Who, settle
from server.services import asking, forcing, handover, waiting

router = APIRouter(tags=["hand-over"])

Asked = Annotated[str, Path(alias="request", min_length=1, max_length=64)]
"""The id of somebody's request for a file."""


@router.post("/files/{file}/ask", status_code=201, openapi_extra=takes(AskForFile), responses=gives(calls.Request, 201))
async def ask_for_file(
    file: PathId, request: Request, session: Who, wish: Annotated[AskForFile, Depends(body(AskForFile))]
) -> Response:
    """Ask the holder of a file for it. 409 when it is free, mine, or asked for by me already."""
    return await settle(
        request,
        session,
        wish,
        lambda connection, now: asking.ask_for_file(connection, session, file, wish, at=now),
        status=201,
    )


@router.post("/requests/{request}/keep", openapi_extra=takes(KeepFile), responses=gives(calls.Request))
async def keep_file(
    asked: Asked, request: Request, session: Who, wish: Annotated[KeepFile, Depends(body(KeepFile))]
) -> Response:
    """Say no to a request for a file that I hold. 409 when it is over."""
    return await settle(
        request, session, wish, lambda connection, now: asking.keep_file(connection, session, asked, wish, at=now)
    )


@router.delete("/requests/{request}", status_code=204, responses=gives(None, 204))
async def withdraw_request(asked: Asked, request: Request, session: Who) -> Response:
    """Ask for a file no longer. 409 when that request is over."""
    return await settle(
        request, session, None, lambda connection, now: asking.withdraw_request(connection, session, asked, at=now)
    )


@router.post("/files/{file}/transfer", openapi_extra=takes(TransferFile), responses=gives(FileState))
async def transfer_file(
    file: PathId,
    request: Request,
    parts: Here,
    session: Who,
    wish: Annotated[TransferFile, Depends(body(TransferFile))],
) -> Response:
    """Hand a file that I hold over to somebody, with a parked version of what is saved and not checked in."""
    online, lifetime = parts.presence.online, timedelta(days=parts.settings.parked_days)
    return await settle(
        request,
        session,
        wish,
        lambda connection, now: handover.transfer_file(
            connection, session, file, wish, online=online, lifetime=lifetime, at=now
        ),
    )


@router.get("/files/{file}/handover", responses=gives(HandedOver))
async def handed_over(file: PathId, parts: Here, session: Who) -> Response:
    """Whose work comes to me with a file that I hold, and whether it is here. 404 when there is none."""
    return answer(await parts.store.read(lambda connection: handover.handed_over(connection, session, file)))


@router.post("/files/{file}/force", openapi_extra=takes(ForceRelease), responses=gives(FileState))
async def force_release(
    file: PathId,
    request: Request,
    parts: Here,
    session: Who,
    wish: Annotated[ForceRelease, Depends(body(ForceRelease))],
) -> Response:
    """End somebody's check-out, or give it to somebody else; for administrators of the vault. 409 when it is over."""
    online, lifetime = parts.presence.online, timedelta(days=parts.settings.parked_days)
    return await settle(
        request,
        session,
        wish,
        lambda connection, now: forcing.force_release(
            connection, session, file, wish, online=online, lifetime=lifetime, at=now
        ),
    )


@router.put("/files/{file}/waiting", responses=gives(Line))
async def wait_for_file(file: PathId, request: Request, session: Who) -> Response:
    """Tell me when the file is free. 409 when it is, or when I have it."""
    return await settle(
        request, session, None, lambda connection, now: waiting.wait_for_file(connection, session, file, at=now)
    )


@router.delete("/files/{file}/waiting", responses=gives(Line))
async def wait_no_longer(file: PathId, request: Request, session: Who) -> Response:
    """Leave the line for a file."""
    return await settle(
        request, session, None, lambda connection, now: waiting.wait_no_longer(connection, session, file, at=now)
    )


@router.get("/files/{file}/waiting", responses=gives(Line))
async def line_of(file: PathId, parts: Here, session: Who) -> Response:
    """Who waits for one file, in order."""
    return answer(await parts.store.read(lambda connection: waiting.line_of(connection, session, file)))


@router.get("/waiting", responses=gives(Lines))
async def lines(parts: Here, session: Who) -> Response:
    """Who waits for which file, of all that I may read."""
    return answer(await parts.store.read(lambda connection: waiting.lines(connection, session)))
