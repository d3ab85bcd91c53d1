"""Content that arrives: streamed to the disk and hashed on the way, in flat memory."""

import asyncio
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from server.domain.errors import TooLarge, WrongHash
from server.domain.session import Session
from server.protocol.calls import Upload
from server.protocol.limits import Hash, Size
from server.routes.bodies import answer, gives
from server.routes.calls import Here, Who, write
from server.routes.parts import Parts
from server.services.uploads import arrived
from server.storage.blobs import Content, Incoming

router = APIRouter(tags=["uploads"])

_PIECE_BYTES = 2**20
"""How much is gathered before it is written; twice that is in memory, since the next gathers meanwhile."""


@router.post(
    "/uploads",
    status_code=201,
    openapi_extra={"requestBody": {"required": True, "content": {"application/octet-stream": {}}}},
    responses=gives(Upload, 201),
)
async def upload(
    request: Request,
    parts: Here,
    session: Who,
    size: Annotated[Size | None, Query()] = None,
    hash: Annotated[Hash | None, Query()] = None,  # noqa: A002 - the contract's name
) -> Response:
    """The bytes of a file, to be named by a check-in or a new file. `size` and `hash` are what the sender read."""
    limit = parts.settings.max_file_bytes
    announced = request.headers.get("content-length")
    if announced is not None and announced.isdecimal():
        _require_within(int(announced), limit)
    if size is not None:
        _require_within(size, limit)
    return answer(await _receive(request, parts, session, size=size, content_hash=hash, limit=limit), status=201)


async def _receive(
    request: Request, parts: Parts, session: Session, *, size: int | None, content_hash: str | None, limit: int
) -> Upload:
    """Store what comes, or leave nothing behind. Raises TooLarge, WrongHash, Full."""
    incoming = await asyncio.to_thread(parts.blobs.begin)
    try:
        await _pour(request, incoming, limit=limit)
        content = await asyncio.to_thread(incoming.finish)
        _require_announced(content, size=size, content_hash=content_hash)
        lifetime = timedelta(hours=parts.settings.upload_hours)
        async with parts.gate.passing():
            await asyncio.to_thread(incoming.keep)
            return await write(
                parts, session, lambda connection, now: arrived(connection, session, content, at=now, lifetime=lifetime)
            )
    finally:
        await asyncio.to_thread(incoming.discard)


async def _pour(request: Request, incoming: Incoming, *, limit: int) -> None:
    """Write in one thread what has come, while more comes."""
    loop = asyncio.get_running_loop()
    writing: asyncio.Future[None] | None = None
    gathered, total = bytearray(), 0
    try:
        async for piece in request.stream():
            total += len(piece)
            _require_within(total, limit)
            gathered += piece
            if len(gathered) >= _PIECE_BYTES:
                if writing is not None:
                    await writing
                writing, gathered = loop.run_in_executor(None, incoming.write, gathered), bytearray()
    finally:
        # Nobody may take the file away from under a thread that writes to it.
        if writing is not None:
            await writing
    await asyncio.to_thread(incoming.write, gathered)


def _require_within(size: int, limit: int) -> None:
    if size > limit:
        raise TooLarge(
            f"This file has {size} bytes or more, and this server takes {limit} at most. Nothing was stored; ask who"
            " looks after the server for a higher limit."
        )


def _require_announced(content: Content, *, size: int | None, content_hash: str | None) -> None:
    if size is not None and size != content.size:
        raise WrongHash(what="size", announced=f"{size} bytes", arrived=f"{content.size} bytes")
    if content_hash is not None and content_hash != content.hash:
        raise WrongHash(what="hash", announced=content_hash, arrived=content.hash)
