"""The seat's installer, for seats that are older; open to all, since a seat that is too old cannot sign in."""

import asyncio
from collections.abc import Iterator
from typing import BinaryIO

from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse

from server.domain.errors import NotFound
from server.protocol.calls import Installer as Told
from server.routes.bodies import answer, gives
from server.routes.calls import Here
from server.routes.content import BYTES, PIECE_BYTES, Part, headers_of, is_known, part_of
from server.routes.parts import Parts
from server.storage.installers import Installer

router = APIRouter(tags=["session"])


@router.get("/installer", responses=gives(Told))
async def installer(parts: Here) -> Response:
    """The newest installer of the seat for Windows that an operator has put here; open to all. 404: there is none."""
    found = await _found(parts)
    return answer(Told(name=found.name, version=found.version, size=found.size, sha256=found.sha256))


@router.head("/installer/content", include_in_schema=False)
@router.get("/installer/content", responses=BYTES)
async def installer_content(request: Request, parts: Here) -> Response:
    """That installer's bytes; a single range if asked for. The ETag is its SHA-256."""
    found = await _found(parts)
    headers = headers_of(found.name, found.sha256)
    if is_known(request, headers):
        return Response(status_code=304, headers=headers)
    part = part_of(request, found.name, size=found.size, tag=headers["ETag"])
    if part is not None:
        headers["Content-Range"] = f"bytes {part.start}-{part.end - 1}/{found.size}"
    status, part = (200, Part(0, found.size)) if part is None else (206, part)
    headers["Content-Length"] = str(part.end - part.start)
    if request.method == "HEAD":
        return Response(status_code=status, headers=headers, media_type="application/octet-stream")
    try:
        file = await asyncio.to_thread(parts.releases.installers.open, found)
    except FileNotFoundError as gone:
        raise _nothing() from gone
    return StreamingResponse(_pieces(file, part), status, headers, media_type="application/octet-stream")


async def _found(parts: Parts) -> Installer:
    """Raises NotFound."""
    found = await asyncio.to_thread(parts.releases.look)
    if found is None:
        raise _nothing()
    return found


def _nothing() -> NotFound:
    return NotFound("No installer of PDM Desktop is on this server. An operator puts one there: installer add.")


def _pieces(file: BinaryIO, part: Part) -> Iterator[bytes]:
    """Read in worker threads, one piece for each time the connection takes one."""
    with file:
        file.seek(part.start)
        rest = part.end - part.start
        while rest > 0:
            piece = file.read(min(PIECE_BYTES, rest))
            if not piece:
                raise EOFError("The installer is shorter than it was.")
            rest -= len(piece)
            yield piece
