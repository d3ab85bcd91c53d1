"""Content that arrives: streamed to the disk and hashed on the way, in flat memory."""

import asyncio
from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from sqlalchemy import Connection

from server.domain.errors import TooLarge, WrongHash
from server.domain.session import Session
from server.protocol.calls import Announced, BeginUpload, Destination, Upload, UploadProgress
from server.protocol.limits import PATH_CHARACTERS, Hash, Id, Size
from server.routes import arriving, deltas
from server.routes.arriving import Part, announced_length, discard, limits_of
from server.routes.bodies import answer, body, gives, takes
from server.routes.calls import Here, PathId, Who, settle, write
from server.routes.parts import Parts
from server.routes.pouring import pour
from server.services.announcing import require_allowed
from server.services.arrivals import begin_upload
from server.services.outcome import Outcome
from server.services.uploads import arrived
from server.storage.blobs import Content

router = APIRouter(tags=["uploads"])

_BYTES: dict[str, Any] = {"requestBody": {"required": True, "content": {"application/octet-stream": {}}}}


@router.post("/uploads", status_code=201, openapi_extra=_BYTES, responses=gives(Upload, 201))
async def upload(
    request: Request,
    parts: Here,
    session: Who,
    size: Annotated[Size | None, Query()] = None,
    hash: Annotated[Hash | None, Query()] = None,  # noqa: A002 - the contract's name
    file: Annotated[Id | None, Query()] = None,
    vault: Annotated[Id | None, Query()] = None,
    path: Annotated[str | None, Query(max_length=PATH_CHARACTERS)] = None,
) -> Response:
    """The bytes of a file, to be named by a check-in or a new file. `size` and `hash` are what the sender read."""
    limit, length = parts.settings.max_file_bytes, announced_length(request)
    await arriving.require_sender(parts, session)
    _require_within(length, limit)
    _require_within(size, limit)
    to = Destination(file=file, vault=vault, path=path)
    if to != Destination():
        told = length if size is None else size
        await parts.store.read(lambda connection: require_allowed(connection, session, to, size=told))
    return answer(await _receive(request, parts, session, size=size, content_hash=hash, limit=limit), status=201)


@router.post("/uploads/begin", status_code=201, openapi_extra=takes(BeginUpload), responses=gives(UploadProgress, 201))
async def begin(
    request: Request, parts: Here, session: Who, wish: Annotated[BeginUpload, Depends(body(BeginUpload))]
) -> Response:
    """An upload in parts, of content that the sender has read. Complete at once when the sender may read it here."""
    _require_within(wish.size, parts.settings.max_file_bytes)
    content = Content(size=wish.size, hash=wish.hash)
    whole = await arriving.is_here(parts, session, content)  # while others pass: a disk may try to read for minutes
    async with parts.gate.passing() as fence:
        stored = whole and await asyncio.to_thread(parts.blobs.has, content)

        def begun(connection: Connection, now: datetime) -> Outcome[UploadProgress]:
            fence.require(connection)
            return begin_upload(connection, session, wish, stored=stored, limits=limits_of(parts), at=now)

        return await settle(request, session, wish, begun, status=201)


@router.get("/uploads/{upload}", responses=gives(UploadProgress))
async def upload_progress(upload: PathId, parts: Here, session: Who) -> Response:
    """How far an upload has come, and where its next part begins."""
    return answer(await arriving.progress(parts, session, upload))


@router.patch("/uploads/{upload}", openapi_extra=_BYTES, responses=gives(UploadProgress))
async def append(
    upload: PathId,
    request: Request,
    parts: Here,
    session: Who,
    offset: Annotated[Size, Query()],
    hash: Annotated[Hash | None, Query()] = None,  # noqa: A002 - the contract's name
) -> Response:
    """The next part of an upload, from that offset on. `hash` is that of this part as it was sent."""
    part = Part(offset=offset, size=announced_length(request), hash=hash, pieces=request.stream())
    return answer(await arriving.append(parts, session, upload, part))


@router.patch("/uploads/{upload}/delta", openapi_extra=_BYTES, responses=gives(UploadProgress))
async def append_delta(
    upload: PathId, request: Request, parts: Here, session: Who, offset: Annotated[Size, Query()]
) -> Response:
    """The next part of an upload, of pieces of a revision and of bytes: a line of JSON says which, the bytes follow."""
    async with deltas.part_of(request, parts, session, offset=offset) as part:
        return answer(await arriving.append(parts, session, upload, part))


@router.post("/uploads/{upload}/finish", openapi_extra=takes(Announced), responses=gives(Upload))
async def finish(
    upload: PathId, parts: Here, session: Who, wish: Annotated[Announced, Depends(body(Announced))]
) -> Response:
    """All parts are sent: check them, so that a check-in or a new file may name the upload."""
    return answer(await arriving.finish(parts, session, upload, wish))


@router.delete("/uploads/{upload}", status_code=204)
async def give_up(upload: PathId, parts: Here, session: Who) -> Response:
    """Give an upload up, finished or not, unless a file has it."""
    await arriving.give_up(parts, session, upload)
    return Response(status_code=204)


async def _receive(
    request: Request, parts: Parts, session: Session, *, size: int | None, content_hash: str | None, limit: int
) -> Upload:
    """Store what comes, or leave nothing behind. Raises TooLarge, WrongHash, Full."""
    incoming = await asyncio.to_thread(parts.blobs.begin)
    try:
        if not await pour(request.stream(), incoming.write, limit=limit):
            raise _too_large(limit)
        content = await asyncio.to_thread(incoming.finish)
        _require_announced(content, size=size, content_hash=content_hash)
        await asyncio.to_thread(incoming.assemble)
        lifetime = timedelta(hours=parts.settings.upload_hours)
        async with parts.gate.passing() as fence:
            await asyncio.to_thread(incoming.keep)

            def written_down(connection: Connection, now: datetime) -> Upload:
                fence.require(connection)
                return arrived(connection, session, content, at=now, lifetime=lifetime)

            return await write(parts, session, written_down)
    finally:
        await discard(incoming)


def _require_within(size: int | None, limit: int) -> None:
    if size is not None and size > limit:
        raise _too_large(limit)


def _too_large(limit: int) -> TooLarge:
    return TooLarge(
        f"This file has more than {limit:,} bytes, which is the most that this server takes. Nothing was stored; ask"
        " who looks after the server for a higher limit."
    )


def _require_announced(content: Content, *, size: int | None, content_hash: str | None) -> None:
    if size is not None and size != content.size:
        raise WrongHash(what="size", announced=f"{size} bytes", arrived=f"{content.size} bytes")
    if content_hash is not None and content_hash != content.hash:
        raise WrongHash(what="hash", announced=content_hash, arrived=content.hash)
