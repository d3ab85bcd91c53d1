"""A part that is made of pieces of a revision and of bytes that are sent: read beside each other, in flat memory."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import BinaryIO

from fastapi import Request
from pydantic import TypeAdapter

from server.domain.errors import BadRequest, Invalid
from server.domain.session import Session
from server.protocol.calls import Delta, DeltaStep
from server.routes.arriving import Part, announced_length
from server.routes.bodies import JSON_BYTES, decoded
from server.routes.parts import Parts
from server.services import listing

_PIECE_BYTES = 2**20
_DELTA = TypeAdapter(Delta)


@asynccontextmanager
async def part_of(request: Request, parts: Parts, session: Session, *, offset: int) -> AsyncIterator[Part]:
    """The part in a request's body; it reads from the body and the revision while this is open.

    Raises BadRequest, Invalid, NotFound for a revision that is not there or may not be read. Reading the part raises
    Invalid when the body has not as many bytes as its steps say.
    """
    body = _Body(request.stream())
    line = await body.line()
    delta = decoded(line, _DELTA)
    path, revision = await parts.store.read(
        lambda connection: listing.revision_of(connection, session, delta.file, delta.revision)
    )
    sent = sum(step.size for step in delta.steps if step.start is None)
    length = announced_length(request)
    if length is not None and length != len(line) + 1 + sent:
        raise _another_length()
    for step in delta.steps:
        if step.start is not None and step.start + step.size > revision.size:
            raise Invalid(
                f"Rev {revision.number} of “{path}” has {revision.size} bytes, and a step asks for {step.size} from"
                f" {step.start} on. Ask for what it has."
            )
    base = await asyncio.to_thread(parts.blobs.open, revision.hash)
    try:
        size = sum(step.size for step in delta.steps)
        yield Part(offset=offset, size=size, hash=None, pieces=_pieces(delta.steps, base, body))
    finally:
        await asyncio.to_thread(base.close)


async def _pieces(steps: list[DeltaStep], base: BinaryIO, body: "_Body") -> AsyncIterator[bytes]:
    for step in steps:
        source = body.take(step.size) if step.start is None else _copied(base, step.start, step.size)
        async for piece in source:
            yield piece
    await body.require_end()


async def _copied(base: BinaryIO, start: int, size: int) -> AsyncIterator[bytes]:
    rest = size
    while rest > 0:
        piece = await asyncio.to_thread(_read_at, base, start + size - rest, min(rest, _PIECE_BYTES))
        if not piece:
            raise EOFError("The content of a revision is shorter than it is written down.")
        rest -= len(piece)
        yield piece


def _read_at(base: BinaryIO, start: int, size: int) -> bytes:
    base.seek(start)
    return base.read(size)


class _Body:
    """The body of a request: one line, and bytes behind it."""

    def __init__(self, pieces: AsyncIterator[bytes]) -> None:
        self._pieces = pieces
        self._rest = b""

    async def line(self) -> bytes:
        """All up to the first end of a line, without that. Raises BadRequest."""
        found = bytearray()
        async for piece in self._pieces:
            before, end, self._rest = piece.partition(b"\n")
            found += before
            if end:
                return bytes(found)
            if len(found) > JSON_BYTES:
                break
        raise BadRequest(
            f"The body of this call begins with a line of JSON, at most {JSON_BYTES} bytes, that says what the part is"
            " made of. Put that line before the bytes."
        )

    async def take(self, size: int) -> AsyncIterator[bytes]:
        """The next bytes, so many. Raises Invalid when there are fewer."""
        left = size
        while left > 0:
            if not self._rest and not await self._goes_on():
                raise _another_length()
            piece, self._rest = self._rest[:left], self._rest[left:]
            left -= len(piece)
            yield piece

    async def require_end(self) -> None:
        """Raises Invalid when there are more bytes."""
        if self._rest or await self._goes_on():
            raise _another_length()

    async def _goes_on(self) -> bool:
        """Whether another byte comes; it waits in the rest."""
        async for piece in self._pieces:
            if piece:
                self._rest = piece
                return True
        return False


def _another_length() -> Invalid:
    return Invalid("The body of this call has more or fewer bytes than its steps say. Send as many as they say.")
