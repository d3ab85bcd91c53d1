"""What a seat asks of a revision to fetch only what changed: its chunks, and several pieces of it in one answer."""

from collections.abc import Iterator
from itertools import islice
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response

from server.domain.errors import Invalid
from server.domain.session import Session
from server.protocol.calls import Pieces
from server.protocol.chunks import cut, encode
from server.protocol.vault import Revision
from server.routes.bodies import body, takes
from server.routes.calls import Here, PathId, Who
from server.routes.content import PIECE_BYTES, Part, may_read_file, pieces_of, require_stored
from server.routes.entitled import EntitledResponse, MayRead
from server.routes.parts import Parts
from server.services import listing
from server.storage.blobs import Blobs, Content

router = APIRouter(tags=["files"])

_CHUNKS_AT_ONCE = 256
_BYTES: dict[int | str, dict[str, Any]] = {200: {"content": {"application/octet-stream": {}}}}


@router.get("/files/{file}/chunks", responses=_BYTES)
async def chunks(
    file: PathId, parts: Here, session: Who, revision: Annotated[str | None, Query(max_length=24)] = None
) -> Response:
    """The chunks of a revision's bytes, the newest's unless named: 20 bytes for each, its length and its hash."""
    _, wanted = await parts.store.read(lambda connection: listing.revision_of(connection, session, file, revision))
    return await _stream(parts, session, may_read_file(file), wanted, _listed(parts.blobs, wanted))


@router.post("/files/{file}/pieces", openapi_extra=takes(Pieces), responses=_BYTES)
async def pieces(file: PathId, parts: Here, session: Who, wish: Annotated[Pieces, Depends(body(Pieces))]) -> Response:
    """Several pieces of a revision's bytes, one behind the other and nothing between."""
    path, wanted = await parts.store.read(
        lambda connection: listing.revision_of(connection, session, file, wish.revision)
    )
    length, place = 0, 0
    for piece in wish.pieces:
        if piece.start < place or piece.start + piece.size > wanted.size:
            raise Invalid(
                f"The pieces of Rev {wanted.number} of “{path}” follow each other in order and end before byte"
                f" {wanted.size}. Ask for them like that."
            )
        length, place = length + piece.size, piece.start + piece.size
    content = _gathered(parts.blobs, wanted, wish)
    return await _stream(parts, session, may_read_file(file), wanted, content, length=length)


async def _stream(
    parts: Parts,
    session: Session,
    may_read: MayRead,
    wanted: Revision,
    content: Iterator[bytes],
    *,
    length: int | None = None,
) -> Response:
    await require_stored(parts, Content(size=wanted.size, hash=wanted.hash))
    headers = {"Cache-Control": "private, no-cache", "X-Content-Hash": wanted.hash, "X-Content-Type-Options": "nosniff"}
    if length is not None:
        headers["Content-Length"] = str(length)
    return EntitledResponse(parts, session, may_read, content, headers=headers)


def _listed(blobs: Blobs, wanted: Revision) -> Iterator[bytes]:
    """A list of chunks, in worker threads: it comes as the content is read."""
    found = cut(pieces_of(blobs, wanted.hash, [Part(0, wanted.size)]))
    while some := list(islice(found, _CHUNKS_AT_ONCE)):
        yield encode(some)


def _gathered(blobs: Blobs, wanted: Revision, wish: Pieces) -> Iterator[bytes]:
    """The pieces, small ones together: each is worth a trip to a thread."""
    gathered = bytearray()
    parts = [Part(piece.start, piece.start + piece.size) for piece in wish.pieces]
    for piece in pieces_of(blobs, wanted.hash, parts):
        gathered += piece
        if len(gathered) >= PIECE_BYTES:
            yield bytes(gathered)
            gathered.clear()
    yield bytes(gathered)
