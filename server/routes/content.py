"""The bytes of a revision, whole or in part (RFC 9110, 14)."""

import asyncio
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Query, Request, Response

from server.domain.errors import BadRange
from server.domain.permissions import Action
from server.domain.session import Session
from server.routes.calls import Here, PathId, Who
from server.routes.entitled import EntitledResponse, MayRead
from server.routes.parts import Parts
from server.services import listing
from server.services.rights import file_for
from server.storage.blobs import Blobs, Content

router = APIRouter(tags=["files"])

PIECE_BYTES = 2**18
"""So much is read at once."""
BYTES: dict[int | str, dict[str, Any]] = {200: {"content": {"application/octet-stream": {}}}, 206: {}, 304: {}}
"""What the API page says of an answer of bytes."""
_RANGE = re.compile(r"bytes=(\d{0,19})-(\d{0,19})")


@dataclass(frozen=True, slots=True)
class Part:
    """Bytes from `start` up to, and not with, `end`."""

    start: int
    end: int


@router.head("/files/{file}/content", include_in_schema=False)
@router.get("/files/{file}/content", responses=BYTES)
async def content(
    file: PathId,
    request: Request,
    parts: Here,
    session: Who,
    revision: Annotated[str | None, Query(max_length=24)] = None,
) -> Response:
    """A revision's bytes, the newest's unless named; a single range if asked for."""
    path, wanted = await parts.store.read(lambda connection: listing.revision_of(connection, session, file, revision))
    may_read = may_read_file(file)
    return await serve(request, parts, session, may_read, path, Content(size=wanted.size, hash=wanted.hash))


async def serve(
    request: Request, parts: Parts, session: Session, may_read: MayRead, path: str, wanted: Content
) -> Response:
    """Answer with that content under the name of that path, or with the part that is asked for. Raises BadRange.

    It breaks off when `may_read` says so of who asked.
    """
    headers = headers_of(path, wanted.hash) | {"X-Content-Hash": wanted.hash}
    if is_known(request, headers):
        return Response(status_code=304, headers=headers)
    part = part_of(request, path, size=wanted.size, tag=headers["ETag"])
    whole = part is None
    part = part or Part(0, wanted.size)
    headers["Content-Length"] = str(part.end - part.start)
    if not whole:
        headers["Content-Range"] = f"bytes {part.start}-{part.end - 1}/{wanted.size}"
    status = 200 if whole else 206
    await require_stored(parts, wanted)
    if request.method == "HEAD":
        return Response(status_code=status, headers=headers, media_type="application/octet-stream")
    pieces = pieces_of(parts.blobs, wanted.hash, [part])
    return EntitledResponse(parts, session, may_read, pieces, headers=headers, status=status)


def may_read_file(file_id: str) -> MayRead:
    """Of who is to go on reading that file."""
    return lambda connection, known: file_for(connection, known, file_id, Action.READ)


def part_in(header: str | None, *, size: int) -> Part | None:
    """The part that a Range header asks for, or None for the whole.

    What is no single range of bytes is not honoured, as the standard allows. Raises ValueError for a range without any
    byte in it.
    """
    match = _RANGE.fullmatch(header.replace(" ", "")) if header else None
    if match is None or not (match[1] or match[2]):
        return None
    if not match[1]:
        part = Part(max(0, size - int(match[2])), size)
    else:
        if match[2] and int(match[2]) < int(match[1]):
            return None
        part = Part(int(match[1]), min(size, int(match[2]) + 1) if match[2] else size)
    if part.start >= part.end:
        raise ValueError(header)
    return part


def is_known(request: Request, headers: Mapping[str, str]) -> bool:
    """Whether who asks has the content with that ETag already."""
    return headers["ETag"] in [each.strip() for each in request.headers.get("if-none-match", "").split(",")]


def part_of(request: Request, path: str, *, size: int, tag: str) -> Part | None:
    """The part that a call asks for of the content with that ETag, or None for the whole. Raises BadRange."""
    condition = request.headers.get("if-range")
    if condition is not None and condition.strip() != tag:
        return None
    try:
        return part_in(request.headers.get("range"), size=size)
    except ValueError as error:
        raise BadRange(path=path, size=size) from error


def headers_of(path: str, content_hash: str) -> dict[str, str]:
    """What every answer of bytes says; the ETag is the hash of all of them."""
    return {
        "Accept-Ranges": "bytes",
        "Cache-Control": "private, no-cache",
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(path.rpartition('/')[2], safe='')}",
        "ETag": f'"{content_hash}"',
        "X-Content-Type-Options": "nosniff",
    }


async def require_stored(parts: Parts, wanted: Content) -> None:
    """Raises FileNotFoundError, while there still is an answer to spoil."""
    if not await asyncio.to_thread(parts.blobs.has, wanted):
        raise FileNotFoundError(f"The content {wanted.hash} of a stored revision is not there, or was cut.")


def pieces_of(blobs: Blobs, content_hash: str, parts: Iterable[Part]) -> Iterator[bytes]:
    """Those parts of some content: read in worker threads, one piece for each time the connection takes one."""
    wanted = list(parts)
    with blobs.open(content_hash, at=wanted[0].start if wanted else 0) as stored:
        for part in wanted:
            stored.seek(part.start)
            rest = part.end - part.start
            while rest > 0:
                piece = stored.read(min(PIECE_BYTES, rest))
                if not piece:
                    raise EOFError(f"The content {content_hash} is shorter than its revision says.")
                rest -= len(piece)
                yield piece
