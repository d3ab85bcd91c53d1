"""Files: add, check out, check in, undo, adopt, move, delete, restore, and what is known of one."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from server.protocol.calls import (
    AddFile,
    AddFiles,
    CheckIn,
    CheckOut,
    FileState,
    FileStates,
    History,
    MoveFile,
    ParkedWork,
    ParkWork,
    RestoreFile,
    UndoCheckOut,
)
from server.routes.bodies import answer, body, gives, takes
from server.routes.calls import Here, PathId, Who, settle
from server.routes.lost import forget_lost
from server.services import adding, checkout, deleting, listing, moving, parking

router = APIRouter(tags=["files"])

FILE = gives(FileState)


@router.post("/vaults/{vault}/files", status_code=201, openapi_extra=takes(AddFile), responses=gives(FileState, 201))
async def add_file(
    vault: PathId, request: Request, parts: Here, session: Who, wish: Annotated[AddFile, Depends(body(AddFile))]
) -> Response:
    """A new file, Rev 1.0."""
    await forget_lost(parts, session, [wish.upload])
    return await settle(
        request,
        session,
        wish,
        lambda connection, now: adding.add_file(connection, session, vault, wish, at=now),
        status=201,
    )


@router.post(
    "/vaults/{vault}/files/set", status_code=201, openapi_extra=takes(AddFiles), responses=gives(FileStates, 201)
)
async def add_files(
    vault: PathId, request: Request, parts: Here, session: Who, wish: Annotated[AddFiles, Depends(body(AddFiles))]
) -> Response:
    """Several new files, all of them or none."""
    await forget_lost(parts, session, {each.upload for each in wish.files})
    return await settle(
        request,
        session,
        wish,
        lambda connection, now: adding.add_files(connection, session, vault, wish, at=now),
        status=201,
    )


@router.get("/files/{file}", responses=FILE)
async def file_state(file: PathId, parts: Here, session: Who) -> Response:
    """One file, deleted or not."""
    return answer(await parts.store.read(lambda connection: listing.file_state(connection, session, file)))


@router.get("/files/{file}/history", responses=gives(History))
async def history(
    file: PathId,
    parts: Here,
    session: Who,
    oldest: Annotated[str | None, Query(alias="from", max_length=24)] = None,
    newest: Annotated[str | None, Query(alias="to", max_length=24)] = None,
    cursor: Annotated[str | None, Query(max_length=24)] = None,
) -> Response:
    """A file's revisions, the newest first."""
    return answer(
        await parts.store.read(
            lambda connection: listing.history(connection, session, file, oldest=oldest, newest=newest, cursor=cursor)
        )
    )


@router.post("/files/{file}/checkout", openapi_extra=takes(CheckOut), responses=FILE)
async def check_out(
    file: PathId, request: Request, session: Who, wish: Annotated[CheckOut, Depends(body(CheckOut))]
) -> Response:
    """Take the file's lock."""
    return await settle(
        request, session, wish, lambda connection, now: checkout.check_out(connection, session, file, wish, at=now)
    )


@router.post("/files/{file}/checkin", openapi_extra=takes(CheckIn), responses=FILE)
async def check_in(
    file: PathId, request: Request, parts: Here, session: Who, wish: Annotated[CheckIn, Depends(body(CheckIn))]
) -> Response:
    """Store the next revision. What cannot be checked in any more is parked, and the refusal names it."""
    await forget_lost(parts, session, [wish.upload])
    lifetime = timedelta(days=parts.settings.parked_days)
    return await settle(
        request,
        session,
        wish,
        lambda connection, now: parking.check_in_or_park(connection, session, file, wish, lifetime=lifetime, at=now),
    )


@router.post("/files/{file}/undo", openapi_extra=takes(UndoCheckOut), responses=FILE)
async def undo(
    file: PathId, request: Request, session: Who, wish: Annotated[UndoCheckOut, Depends(body(UndoCheckOut))]
) -> Response:
    """Give the lock back without a new revision."""
    return await settle(
        request,
        session,
        wish,
        lambda connection, now: checkout.undo_check_out(connection, session, file, wish, at=now),
    )


@router.post("/files/{file}/adopt", responses=FILE)
async def adopt(file: PathId, request: Request, session: Who) -> Response:
    """Take my lock over from another seat of mine."""
    return await settle(
        request, session, None, lambda connection, now: checkout.adopt(connection, session, file, at=now)
    )


@router.post("/files/{file}/park", openapi_extra=takes(ParkWork), responses=gives(ParkedWork))
async def park(
    file: PathId, request: Request, parts: Here, session: Who, wish: Annotated[ParkWork, Depends(body(ParkWork))]
) -> Response:
    """Park what a check-out of mine that is over has left on its seat. It is never checked in by that."""
    await forget_lost(parts, session, [] if wish.upload is None else [wish.upload])
    lifetime = timedelta(days=parts.settings.parked_days)
    return await settle(
        request,
        session,
        wish,
        lambda connection, now: parking.park_work(connection, session, file, wish, lifetime=lifetime, at=now),
    )


@router.post("/files/{file}/move", openapi_extra=takes(MoveFile), responses=FILE)
async def move(
    file: PathId, request: Request, session: Who, wish: Annotated[MoveFile, Depends(body(MoveFile))]
) -> Response:
    """Another path for the file."""
    return await settle(
        request, session, wish, lambda connection, now: moving.move_file(connection, session, file, wish, at=now)
    )


@router.delete("/files/{file}", responses=FILE)
async def delete(file: PathId, request: Request, session: Who) -> Response:
    """Free the file's path; its revisions stay."""
    return await settle(
        request, session, None, lambda connection, now: deleting.delete_file(connection, session, file, at=now)
    )


@router.post("/files/{file}/restore", openapi_extra=takes(RestoreFile), responses=FILE)
async def restore(
    file: PathId, request: Request, session: Who, wish: Annotated[RestoreFile, Depends(body(RestoreFile))]
) -> Response:
    """Bring a deleted file back."""
    return await settle(
        request,
        session,
        wish,
        lambda connection, now: deleting.restore_file(connection, session, file, wish, at=now),
    )
