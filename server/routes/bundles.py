"""Many small files at once, for a seat that gets a folder: their states in one answer, their contents in another."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Annotated, Any

import structlog
from fastapi import APIRouter, Depends, Response
from sqlalchemy import Connection

from server.domain.errors import Internal, ProblemError, TooLarge
from server.domain.session import Session
from server.protocol.bundle import line_of
from server.protocol.calls import Bundled, ContentsWanted, FilesSeen, FilesWanted
from server.protocol.limits import BUNDLE_BYTES, BUNDLED_BYTES
from server.protocol.vault import Revision
from server.routes.bodies import answer, body, gives, takes
from server.routes.calls import Here, Who
from server.routes.content import PIECE_BYTES
from server.routes.entitled import EntitledResponse
from server.services import bundles
from server.storage.blobs import Blobs, Content, Unread

router = APIRouter(tags=["files"])

_BYTES: dict[int | str, dict[str, Any]] = {200: {"content": {"application/octet-stream": {}}}}
_log = structlog.get_logger("server.routes")


@router.post("/files/states", openapi_extra=takes(FilesWanted), responses=gives(FilesSeen))
async def states(parts: Here, session: Who, wish: Annotated[FilesWanted, Depends(body(FilesWanted))]) -> Response:
    """Many files, deleted or not; what there is not, or may not be read, is not in the answer."""
    found = await parts.store.read(lambda connection: bundles.states_of(connection, session, wish.files))
    return answer(FilesSeen(files=found))


@router.post("/files/contents", openapi_extra=takes(ContentsWanted), responses=_BYTES)
async def contents(
    parts: Here, session: Who, wish: Annotated[ContentsWanted, Depends(body(ContentsWanted))]
) -> Response:
    """The bytes of many small revisions: for each a line of JSON that says whose, then the bytes, or why not."""
    found = await parts.store.read(lambda connection: bundles.revisions_of(connection, session, wish.files))
    with suppress(OSError):  # what a disk cannot read is said of each file; a bucket that is away, while one can say it
        await asyncio.to_thread(parts.blobs.reach)
    wanted = [(each.file, revision) for each, revision in zip(wish.files, found, strict=True)]
    headers = {"Cache-Control": "private, no-cache", "X-Content-Type-Options": "nosniff"}

    def may_read(connection: Connection, known: Session) -> None:
        for before, now in zip(found, bundles.revisions_of(connection, known, wish.files), strict=True):
            if isinstance(now, ProblemError) and not isinstance(before, ProblemError):
                raise now

    return EntitledResponse(parts, session, may_read, _gathered(parts.blobs, wanted), headers=headers)


def _gathered(blobs: Blobs, wanted: Sequence[tuple[str, Revision | ProblemError]]) -> Iterator[bytes]:
    """In worker threads, small ones together: each piece is worth a trip to one."""
    gathered, answered = bytearray(), _with_room(wanted)
    small = blobs.small(Content(size=each.size, hash=each.hash) for _, each in answered if isinstance(each, Revision))
    for file, found in answered:
        content = _read(found, next(small)) if isinstance(found, Revision) else found
        if isinstance(content, ProblemError):
            gathered += line_of(Bundled(file=file, problem=content.problem()))
        else:
            gathered += line_of(Bundled(file=file, size=len(content)))
            gathered += content
        if len(gathered) >= PIECE_BYTES:
            yield bytes(gathered)
            gathered.clear()
    yield bytes(gathered)


def _with_room(wanted: Sequence[tuple[str, Revision | ProblemError]]) -> list[tuple[str, Revision | ProblemError]]:
    """The same, with a refusal in the place of each revision that is too much for one answer."""
    room, answered = BUNDLE_BYTES, list[tuple[str, Revision | ProblemError]]()
    for file, found in wanted:
        if isinstance(found, ProblemError):
            answered.append((file, found))
        elif found.size > min(room, BUNDLED_BYTES):
            words = f"Rev {found.number} has {found.size:,} bytes, too many for this answer. Ask for it alone."
            answered.append((file, TooLarge(words)))
        else:
            room -= found.size
            answered.append((file, found))
    return answered


def _read(found: Revision, content: bytes | Unread) -> bytes | ProblemError:
    if isinstance(content, bytes):
        return content
    # The others are not spoiled by it, and whoever asks for it alone is told the same.
    _log.error("content missing", hash=found.hash, why=str(content))
    return Internal()
